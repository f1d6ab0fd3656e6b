#include "pagelab/cli/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "pagelab/base/status.h"
#include "pagelab/base/temporary_file.h"
#include "pagelab/base/text.h"
#include "pagelab/cli/command.h"

namespace pagelab {
namespace {

// A descriptor that is closed when it goes.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  ~Descriptor() { Close(); }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    Close();
    fd_ = std::exchange(other.fd_, -1);
    return *this;
  }

  int get() const { return fd_; }
  void Close() {
    if (fd_ >= 0) close(std::exchange(fd_, -1));
  }

 private:
  int fd_;
};

struct Pipe {
  Descriptor out;
  Descriptor in;
};

absl::StatusOr<Pipe> MakePipe(const std::string& program) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return SystemError(errno, program, "cannot make a pipe");
  }
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

absl::StatusOr<std::string> ReadToEnd(int fd, const std::string& program) {
  std::string text;
  char buffer[1 << 16];
  for (;;) {
    const ssize_t size = read(fd, buffer, sizeof(buffer));
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return SystemError(errno, program, "cannot read its output");
    if (size == 0) return text;
    text.append(buffer, static_cast<size_t>(size));
  }
}

// What the child needs, made before fork(): after it, nothing may allocate.
struct ChildSide {
  std::vector<char*> argv;
  int nothing = -1;
  int out = -1;
  // -1 for that of this process.
  int err = -1;
  // Takes the errno of a program that could not be started.
  int failure = -1;
  pid_t parent = 0;
};

[[noreturn]] void BecomeProgram(const ChildSide& side) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  // The parent may have ended before that.
  if (getppid() != side.parent) _exit(1);
  signal(SIGPIPE, SIG_DFL);
  dup2(side.nothing, STDIN_FILENO);
  dup2(side.out, STDOUT_FILENO);
  if (side.err >= 0) dup2(side.err, STDERR_FILENO);
  execv(side.argv[0], side.argv.data());
  const int error_number = errno;
  if (write(side.failure, &error_number, sizeof(error_number)) < 0) _exit(126);
  _exit(127);
}

absl::Status Outcome(const std::string& program, int wait_status) {
  if (WIFSIGNALED(wait_status)) {
    const int number = WTERMSIG(wait_status);
    return absl::InternalError(program + ": was ended by signal " +
                               std::to_string(number) + " (" +
                               strsignal(number) + ")");
  }
  const int code = WEXITSTATUS(wait_status);
  if (code == 0) return absl::OkStatus();
  const std::string message =
      program + ": failed with exit code " + std::to_string(code);
  return code == kExitBadInput ? InvalidInput(message)
                               : absl::InternalError(message);
}

// What a quiet child had to say.
void ShowFile(int fd, const std::string& program) {
  if (lseek(fd, 0, SEEK_SET) != 0) return;
  const absl::StatusOr<std::string> text = ReadToEnd(fd, program);
  if (text.ok()) std::fputs(text->c_str(), stderr);
}

absl::Status StartFailure(int fd, const std::string& program) {
  int error_number = 0;
  const ssize_t size = read(fd, &error_number, sizeof(error_number));
  if (size != static_cast<ssize_t>(sizeof(error_number))) {
    return absl::OkStatus();
  }
  return SystemError(error_number, program, "cannot be started");
}

}  // namespace

absl::StatusOr<std::string> RunChild(const ChildCommand& command) {
  const std::string& program = command.program;
  PAGELAB_ASSIGN_OR_RETURN(Pipe out, MakePipe(program));
  PAGELAB_ASSIGN_OR_RETURN(Pipe failure, MakePipe(program));
  const Descriptor nothing(open("/dev/null", O_RDONLY | O_CLOEXEC));
  Descriptor messages;
  if (command.quiet) {
    PAGELAB_ASSIGN_OR_RETURN(const int fd, OpenTemporaryFile());
    messages = Descriptor(fd);
  }
  ChildSide side;
  side.argv.push_back(const_cast<char*>(program.c_str()));
  for (const std::string& argument : command.arguments) {
    side.argv.push_back(const_cast<char*>(argument.c_str()));
  }
  side.argv.push_back(nullptr);
  side.nothing = nothing.get();
  side.out = out.in.get();
  side.err = messages.get();
  side.failure = failure.in.get();
  side.parent = getpid();
  const pid_t child = fork();
  if (child < 0) return SystemError(errno, program, "cannot start a process");
  if (child == 0) BecomeProgram(side);
  out.in.Close();
  failure.in.Close();
  const absl::Status started = StartFailure(failure.out.get(), program);
  absl::StatusOr<std::string> text = ReadToEnd(out.out.get(), program);
  int wait_status = 0;
  while (waitpid(child, &wait_status, 0) < 0 && errno == EINTR) {
  }
  PAGELAB_RETURN_IF_ERROR(started);
  const absl::Status ended = Outcome(program, wait_status);
  if (!ended.ok() && command.quiet) ShowFile(messages.get(), program);
  PAGELAB_RETURN_IF_ERROR(ended);
  return text;
}

}  // namespace pagelab

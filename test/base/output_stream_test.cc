#include "pagelab/base/output_stream.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/temporary_directory.h"

namespace pagelab {
namespace {

using Names = std::vector<std::string>;

TEST_CASE("OutputStream: text arrives whole and in order", "[base][output]") {
  StringOutput output;
  std::string expected;
  // Pieces below, across and above the size of the buffer.
  for (const size_t size : {0, 1, 1000, 1 << 19, 1 << 20, 3 << 20, 7}) {
    const std::string piece(size, static_cast<char>('a' + size % 26));
    output.Append(piece);
    expected += piece;
  }
  CHECK(output.text() == expected);
  CHECK(output.Commit().ok());
}

TEST_CASE("OutputStream: text can be formatted in place", "[base][output]") {
  StringOutput output;
  std::string expected;
  for (uint64_t i = 0; i < 300'000; ++i) {
    output.Advance(WriteDecimal(output.Reserve(kMaxDecimalDigits), i));
    AppendDecimal(expected, i);
  }
  // More room than the buffer has.
  char* room = output.Reserve(5 << 20);
  std::memset(room, 'x', 5 << 20);
  output.Advance(room + (5 << 20));
  expected.append(5 << 20, 'x');
  CHECK(output.text() == expected);
}

TEST_CASE("OutputStream: a file appears only when it is committed",
          "[base][output]") {
  const TemporaryDirectory directory;
  auto output = *OpenOutput(directory.File("dump"));
  CHECK(output->name() == directory.File("dump"));
  output->Append("page_owner\n");
  REQUIRE(output->Flush().ok());
  CHECK(FileContents(directory.File("dump")).empty());
  REQUIRE(output->Commit().ok());
  CHECK(directory.Names() == Names{"dump"});
  CHECK(FileContents(directory.File("dump")) == "page_owner\n");
}

TEST_CASE("OutputStream: an uncommitted file leaves nothing behind",
          "[base][output]") {
  const TemporaryDirectory directory;
  directory.WriteFile("dump", "old");
  {
    auto output = *OpenOutput(directory.File("dump"));
    output->Append("new");
    REQUIRE(output->Flush().ok());
  }
  CHECK(directory.Names() == Names{"dump"});
  CHECK(FileContents(directory.File("dump")) == "old");
}

TEST_CASE("OutputStream: an existing file keeps its mode, a link stays a link",
          "[base][output]") {
  const TemporaryDirectory directory;
  directory.WriteFile("target", "old");
  REQUIRE(chmod(directory.File("target").c_str(), 0640) == 0);
  REQUIRE(symlink("target", directory.File("link").c_str()) == 0);
  auto output = *OpenOutput(directory.File("link"));
  output->Append("new");
  REQUIRE(output->Commit().ok());
  CHECK(FileContents(directory.File("target")) == "new");
  struct stat info;
  REQUIRE(lstat(directory.File("link").c_str(), &info) == 0);
  CHECK(S_ISLNK(info.st_mode));
  REQUIRE(stat(directory.File("target").c_str(), &info) == 0);
  CHECK((info.st_mode & 07777) == 0640);
}

TEST_CASE("OutputStream: two outputs to one path do not mix",
          "[base][output]") {
  const TemporaryDirectory directory;
  auto first = *OpenOutput(directory.File("dump"));
  auto second = *OpenOutput(directory.File("dump"));
  first->Append("first");
  second->Append("second");
  REQUIRE(second->Commit().ok());
  REQUIRE(first->Commit().ok());
  CHECK(FileContents(directory.File("dump")) == "first");
  first.reset();
  second.reset();
  CHECK(directory.Names() == Names{"dump"});
}

TEST_CASE("OutputStream: a device is written, not replaced", "[base][output]") {
  auto output = *OpenOutput("/dev/null");
  output->Append("text");
  REQUIRE(output->Commit().ok());
  struct stat info;
  REQUIRE(stat("/dev/null", &info) == 0);
  CHECK(S_ISCHR(info.st_mode));
}

TEST_CASE("OutputStream: a full device is an error that sticks",
          "[base][output]") {
  auto output = *OpenOutput("/dev/full");
  output->Append("text");
  CHECK(output->ok());
  CHECK(FromAbsl(output->Flush().message()) ==
        "/dev/full: cannot write: No space left on device");
  output->Append("more");
  CHECK_FALSE(output->ok());
  CHECK(ExitCodeFor(output->Commit()) == 4);
}

TEST_CASE("OutputStream: impossible paths are refused with the reason",
          "[base][output]") {
  const TemporaryDirectory directory;
  const auto error = [](const std::string& path) {
    return std::string(FromAbsl(OpenOutput(path).status().message()));
  };
  CHECK(error(directory.path()) ==
        directory.path() + ": is a directory, not a file");
  CHECK(error(directory.File("absent/dump")) ==
        directory.File("absent/dump") +
            ": cannot create the file: No such file or directory");
  CHECK(error("") == "the output path is empty");
  CHECK(directory.Names().empty());
}

TEST_CASE("OutputStream: a very long file name still has a temporary",
          "[base][output]") {
  const TemporaryDirectory directory;
  const std::string name(255, 'n');
  auto output = *OpenOutput(directory.File(name));
  REQUIRE(output->Commit().ok());
  CHECK(directory.Names() == Names{name});
}

TEST_CASE("OutputStream: an interrupt removes the temporaries",
          "[base][output]") {
  for (const int signal_number : {SIGINT, SIGTERM, SIGHUP}) {
    CAPTURE(signal_number);
    const TemporaryDirectory directory;
    const pid_t child = fork();
    if (child == 0) {
      signal(signal_number, SIG_DFL);
      InstallOutputSignalHandlers();
      auto first = *OpenOutput(directory.File("first"));
      auto second = *OpenOutput(directory.File("second"));
      second->Append("text");
      if (!second->Commit().ok() || directory.Names().size() != 2) _exit(1);
      raise(signal_number);
      _exit(2);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == signal_number);
    CHECK(directory.Names() == Names{"second"});
  }
}

TEST_CASE("OutputStream: an ignored interrupt stays ignored",
          "[base][output]") {
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGHUP, SIG_IGN);
    InstallOutputSignalHandlers();
    raise(SIGHUP);
    _exit(0);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
}

TEST_CASE("OutputStream: a closed pipe is a quiet end", "[base][output]") {
  const TemporaryDirectory directory;
  const std::string path = directory.File("pipe");
  REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  const pid_t child = fork();
  if (child == 0) {
    InstallOutputSignalHandlers();
    const int reader = open(path.c_str(), O_RDONLY | O_NONBLOCK);
    auto output = *OpenOutput(path);
    close(reader);
    output->Append("text");
    _exit(IsClosedPipe(output->Commit()) ? 0 : 1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("OutputStream: a dash is standard output", "[base][output]") {
  const TemporaryDirectory directory;
  const std::string path = directory.WriteFile("stdout", "");
  const pid_t child = fork();
  if (child == 0) {
    dup2(open(path.c_str(), O_WRONLY), STDOUT_FILENO);
    auto output = *OpenOutput("-");
    output->Append("through stdout\n");
    _exit(output->name() == "stdout" && output->Commit().ok() ? 0 : 1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  CHECK(FileContents(path) == "through stdout\n");
}

}  // namespace
}  // namespace pagelab

#include "pagelab/base/output_stream.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <optional>
#include <utility>

#include "pagelab/base/check.h"
#include "pagelab/base/replaced_file.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"

namespace pagelab {
namespace {

constexpr size_t kBufferSize = size_t{1} << 20;

// The temporaries an interrupt must remove: a list that only grows, walked by
// the signal handler. A null path is a free node.
struct Temporary {
  std::atomic<char*> path = nullptr;
  Temporary* next = nullptr;
};
std::atomic<Temporary*> temporaries = nullptr;

Temporary* RegisterTemporary(const std::string& path) {
  char* copy = strdup(path.c_str());
  PAGELAB_CHECK(copy != nullptr);
  for (Temporary* node = temporaries.load(); node; node = node->next) {
    char* expected = nullptr;
    if (node->path.compare_exchange_strong(expected, copy)) return node;
  }
  auto* node = new Temporary;
  node->path = copy;
  node->next = temporaries.load();
  while (!temporaries.compare_exchange_weak(node->next, node)) {
  }
  return node;
}

void UnregisterTemporary(Temporary* node) {
  free(node->path.exchange(nullptr));
}

extern "C" void RemoveTemporariesAndDie(int signal_number) {
  for (Temporary* node = temporaries.load(); node; node = node->next) {
    if (const char* path = node->path.exchange(nullptr)) unlink(path);
  }
  signal(signal_number, SIG_DFL);
  raise(signal_number);
}

absl::Status WriteAll(int fd, std::string_view text, const std::string& name) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return SystemError(errno, name, "cannot write");
    }
    text.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

// The path that `path` leads to through symbolic links, so that a link stays
// one when its target is replaced.
std::string ResolveLinks(const std::string& path) {
  char* resolved = realpath(path.c_str(), nullptr);
  if (resolved == nullptr) return path;
  std::string target = resolved;
  free(resolved);
  return target;
}

std::string TemporaryName(const std::string& target) {
  static std::atomic<uint64_t> counter = 0;
  const size_t slash = target.rfind('/');
  const size_t name_at = slash == std::string::npos ? 0 : slash + 1;
  // The directory is kept; the name is cut so that the whole fits NAME_MAX.
  std::string name = target.substr(0, name_at) + ".";
  name += target.substr(name_at, 200);
  name += '.';
  AppendDecimal(name, static_cast<uint64_t>(getpid()));
  name += '.';
  AppendDecimal(name, counter.fetch_add(1));
  name += ".tmp";
  return name;
}

// Standard output, or what exists and is not a regular file.
class DirectOutput : public OutputStream {
 public:
  DirectOutput(std::string name, int fd, bool owned)
      : OutputStream(std::move(name)), fd_(fd), owned_(owned) {}
  ~DirectOutput() override {
    if (owned_) close(fd_);
  }

 protected:
  absl::Status Write(std::string_view text) override {
    return WriteAll(fd_, text, name());
  }

 private:
  const int fd_;
  const bool owned_;
};

// A regular file, under a temporary name until Finish().
class AtomicFile : public OutputStream {
 public:
  AtomicFile(std::string name, std::string target)
      : OutputStream(std::move(name)),
        target_(std::move(target)),
        temporary_(TemporaryName(target_)),
        registration_(RegisterTemporary(temporary_)) {}
  ~AtomicFile() override {
    if (fd_ >= 0) {
      close(fd_);
      unlink(temporary_.c_str());
    }
    UnregisterTemporary(registration_);
  }

  // Makes the temporary, with the given permission bits if there are any.
  absl::Status Create(std::optional<mode_t> mode) {
    fd_ =
        open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd_ < 0) return SystemError(errno, name(), "cannot create the file");
    if (mode.has_value() && fchmod(fd_, *mode) != 0) {
      return SystemError(errno, name(), "cannot keep the file's mode");
    }
    return absl::OkStatus();
  }

 protected:
  absl::Status Write(std::string_view text) override {
    return WriteAll(fd_, text, name());
  }
  absl::Status Finish() override {
    // close() is where a network file system reports a failed write.
    const int closed = close(std::exchange(fd_, -1));
    if (closed == 0 && rename(temporary_.c_str(), target_.c_str()) == 0) {
      return absl::OkStatus();
    }
    const int error_number = errno;
    unlink(temporary_.c_str());
    return SystemError(error_number, name(), "cannot replace the file");
  }

 private:
  const std::string target_;
  const std::string temporary_;
  Temporary* const registration_;
  int fd_ = -1;
};

// The temporary of an atomic file, lent out.
class LentFile final : public ReplacedFile {
 public:
  explicit LentFile(const std::string& path)
      : name_(path),
        target_(ResolveLinks(path)),
        temporary_(TemporaryName(target_)),
        registration_(RegisterTemporary(temporary_)) {}
  ~LentFile() override {
    if (made_) unlink(temporary_.c_str());
    UnregisterTemporary(registration_);
  }

  absl::Status Make(std::optional<mode_t> mode) {
    const int fd =
        open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0) return SystemError(errno, name_, "cannot create the file");
    made_ = true;
    const bool fine = !mode.has_value() || fchmod(fd, *mode) == 0;
    const int error_number = errno;
    close(fd);
    if (fine) return absl::OkStatus();
    return SystemError(error_number, name_, "cannot keep the file's mode");
  }

  const std::string& temporary_path() const override { return temporary_; }

  absl::Status Commit() override {
    if (rename(temporary_.c_str(), target_.c_str()) != 0) {
      return SystemError(errno, name_, "cannot replace the file");
    }
    made_ = false;
    return absl::OkStatus();
  }

 private:
  const std::string name_;
  const std::string target_;
  const std::string temporary_;
  Temporary* const registration_;
  bool made_ = false;
};

}  // namespace

OutputStream::OutputStream(std::string name)
    : name_(std::move(name)),
      buffer_(new char[kBufferSize]),
      end_(buffer_.get()),
      limit_(buffer_.get() + kBufferSize) {}

absl::Status OutputStream::Flush() {
  const std::string_view text(buffer_.get(),
                              static_cast<size_t>(end_ - buffer_.get()));
  end_ = buffer_.get();
  if (status_.ok() && !text.empty()) status_ = Write(text);
  return status_;
}

absl::Status OutputStream::Commit() {
  if (Flush().ok()) status_ = Finish();
  return status_;
}

void OutputStream::AppendSlowly(std::string_view text) {
  if (!Flush().ok()) return;
  if (text.size() >= kBufferSize) {
    status_ = Write(text);
  } else {
    Append(text);
  }
}

void OutputStream::MakeRoom(size_t size) {
  // A failure sticks in status_; the buffer is free either way.
  if (!Flush().ok()) end_ = buffer_.get();
  if (size <= room()) return;
  buffer_.reset(new char[size]);
  end_ = buffer_.get();
  limit_ = end_ + size;
}

absl::StatusOr<std::unique_ptr<OutputStream>> OpenOutput(
    const std::string& path) {
  if (path == "-") {
    return std::make_unique<DirectOutput>("stdout", STDOUT_FILENO, false);
  }
  if (path.empty()) return InvalidInput("the output path is empty");
  struct stat existing;
  const bool exists = stat(path.c_str(), &existing) == 0;
  if (exists && S_ISDIR(existing.st_mode)) {
    return InvalidInput(path + ": is a directory, not a file");
  }
  if (exists && !S_ISREG(existing.st_mode)) {
    const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd < 0) return SystemError(errno, path, "cannot open for writing");
    return std::make_unique<DirectOutput>(path, fd, true);
  }
  if (exists && access(path.c_str(), W_OK) != 0) {
    return SystemError(errno, path, "cannot open for writing");
  }
  auto file = std::make_unique<AtomicFile>(path, ResolveLinks(path));
  std::optional<mode_t> mode;
  if (exists) mode = existing.st_mode & 07777;
  PAGELAB_RETURN_IF_ERROR(file->Create(mode));
  return file;
}

absl::StatusOr<std::unique_ptr<ReplacedFile>> ReplacedFile::Create(
    const std::string& path) {
  if (path.empty()) return InvalidInput("the output path is empty");
  struct stat existing;
  const bool exists = stat(path.c_str(), &existing) == 0;
  if (exists && !S_ISREG(existing.st_mode)) {
    return InvalidInput(path + ": must be a regular file, or none yet");
  }
  if (exists && access(path.c_str(), W_OK) != 0) {
    return SystemError(errno, path, "cannot open for writing");
  }
  auto file = std::make_unique<LentFile>(path);
  std::optional<mode_t> mode;
  if (exists) mode = existing.st_mode & 07777;
  PAGELAB_RETURN_IF_ERROR(file->Make(mode));
  return file;
}

const std::string& StringOutput::text() {
  // Memory never fails.
  PAGELAB_CHECK(Flush().ok());
  return text_;
}

absl::Status StringOutput::Write(std::string_view text) {
  text_ += text;
  return absl::OkStatus();
}

void InstallOutputSignalHandlers() {
  for (const int signal_number : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction action;
    if (sigaction(signal_number, nullptr, &action) != 0) continue;
    if (action.sa_handler == SIG_IGN) continue;
    action = {};
    action.sa_handler = RemoveTemporariesAndDie;
    sigemptyset(&action.sa_mask);
    sigaction(signal_number, &action, nullptr);
  }
  signal(SIGPIPE, SIG_IGN);
}

}  // namespace pagelab

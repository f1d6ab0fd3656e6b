// Text on its way out: buffered, and visible only once it is whole.

#ifndef PAGELAB_BASE_OUTPUT_STREAM_H_
#define PAGELAB_BASE_OUTPUT_STREAM_H_

#include <cstddef>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace pagelab {

// A buffered sink. The first failure sticks: later text is dropped, status()
// and Commit() report it. A writer of a long output asks ok() now and then
// and stops when it is false. Thread-compatible.
class OutputStream {
 public:
  virtual ~OutputStream() = default;
  OutputStream(const OutputStream&) = delete;
  OutputStream& operator=(const OutputStream&) = delete;

  void Append(std::string_view text) {
    if (text.size() > room()) return AppendSlowly(text);
    if (text.empty()) return;
    std::memcpy(end_, text.data(), text.size());
    end_ += text.size();
  }

  // Room for `size` bytes to format in place. Advance(end of what was
  // written) must follow before any other call.
  char* Reserve(size_t size) {
    if (size > room()) MakeRoom(size);
    return end_;
  }
  void Advance(char* end) { end_ = end; }

  bool ok() const { return status_.ok(); }
  const absl::Status& status() const { return status_; }
  // The path, "stdout", or the name given.
  const std::string& name() const { return name_; }

  // Hands the buffered text on.
  absl::Status Flush();
  // Flushes and makes the output final. Nothing may be written after it.
  absl::Status Commit();

 protected:
  explicit OutputStream(std::string name);
  virtual absl::Status Write(std::string_view text) = 0;
  virtual absl::Status Finish() { return absl::OkStatus(); }

 private:
  size_t room() const { return static_cast<size_t>(limit_ - end_); }
  void AppendSlowly(std::string_view text);
  void MakeRoom(size_t size);

  std::string name_;
  std::unique_ptr<char[]> buffer_;
  char* end_;
  char* limit_;
  absl::Status status_;
};

// Opens `path` for writing. "-" is standard output. A regular file, new or
// existing, appears under its name on Commit() and not before: the text goes
// to a temporary in the same directory that is renamed over it. Destroyed
// uncommitted, or interrupted, it leaves nothing behind. What exists and is
// not a regular file (/dev/null, a FIFO) is written directly.
absl::StatusOr<std::unique_ptr<OutputStream>> OpenOutput(
    const std::string& path);

// An output kept in memory.
class StringOutput : public OutputStream {
 public:
  StringOutput() : OutputStream("memory") {}
  // Everything appended so far.
  const std::string& text();

 protected:
  absl::Status Write(std::string_view text) override;

 private:
  std::string text_;
};

// For programs: SIGINT, SIGTERM and SIGHUP remove the temporaries of
// uncommitted outputs before they end the process as they would have, and
// SIGPIPE becomes a status (IsClosedPipe). A signal that is ignored stays so.
void InstallOutputSignalHandlers();

}  // namespace pagelab

#endif  // PAGELAB_BASE_OUTPUT_STREAM_H_

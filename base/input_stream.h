// Input files as a stream of bytes, decompressed if they are compressed.

#ifndef PAGELAB_BASE_INPUT_STREAM_H_
#define PAGELAB_BASE_INPUT_STREAM_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace pagelab {

// A file, a pipe, or standard input, read once from front to back. gzip, xz,
// zstd, bzip2 and lz4 are recognised by content, never by name, and
// decompressed on a second thread while the reader parses. Memory use does
// not depend on the length of the input. Thread-compatible.
class InputStream {
 public:
  // "-" is standard input.
  static absl::StatusOr<std::unique_ptr<InputStream>> Open(
      const std::string& path);
  // The given bytes, treated as a file's would be.
  static absl::StatusOr<std::unique_ptr<InputStream>> FromString(
      std::string name, std::string contents);

  virtual ~InputStream() = default;
  InputStream(const InputStream&) = delete;
  InputStream& operator=(const InputStream&) = delete;

  // Fills `out` from its front and returns how many bytes it got: at least
  // one, or 0 at the end of the input. A compressed input that ends early or
  // is damaged gives an error that names the byte. What was read before the
  // error may be wrong too: a checksum comes after what it is of. REQUIRES:
  // `out` not empty.
  virtual absl::StatusOr<size_t> Read(absl::Span<char> out) = 0;

  // The path, or "stdin".
  const std::string& name() const { return name_; }

 protected:
  explicit InputStream(std::string name) : name_(std::move(name)) {}

 private:
  std::string name_;
};

// The whole, decompressed contents. For small files.
absl::StatusOr<std::string> ReadWholeFile(const std::string& path);

}  // namespace pagelab

#endif  // PAGELAB_BASE_INPUT_STREAM_H_

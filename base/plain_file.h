#ifndef PAGELAB_BASE_PLAIN_FILE_H_
#define PAGELAB_BASE_PLAIN_FILE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace pagelab {

// A regular file that is not compressed: it can be read at any place, by many
// threads. Thread-safe.
class PlainFile {
 public:
  // Null for what can only be read from front to back, see InputStream: "-",
  // pipes, devices, compressed files.
  static absl::StatusOr<std::unique_ptr<PlainFile>> OpenIfPlain(
      const std::string& path);

  ~PlainFile();
  PlainFile(const PlainFile&) = delete;
  PlainFile& operator=(const PlainFile&) = delete;

  const std::string& path() const { return path_; }
  // Bytes when it was opened.
  uint64_t size() const { return size_; }
  // Fills `out` from `offset` on; fewer bytes only at the end.
  absl::StatusOr<size_t> ReadAt(uint64_t offset, absl::Span<char> out) const;

 private:
  PlainFile(std::string path, int descriptor, uint64_t size)
      : path_(std::move(path)), descriptor_(descriptor), size_(size) {}

  const std::string path_;
  const int descriptor_;
  const uint64_t size_;
};

}  // namespace pagelab

#endif  // PAGELAB_BASE_PLAIN_FILE_H_

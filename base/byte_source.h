// Where the bytes of an input come from; internal to input_stream.cc,
// decompressor.cc and gzip_reader.cc.

#ifndef PAGELAB_BASE_BYTE_SOURCE_H_
#define PAGELAB_BASE_BYTE_SOURCE_H_

#include <cstddef>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace pagelab {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Waits for at least one byte; 0 at the end.
  virtual absl::StatusOr<size_t> Read(absl::Span<char> out) = 0;
  // Makes a Read() that waits in another thread, and every later one, return
  // 0. Thread-safe.
  virtual void Cancel() {}
};

}  // namespace pagelab

#endif  // PAGELAB_BASE_BYTE_SOURCE_H_

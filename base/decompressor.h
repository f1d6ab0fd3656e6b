// Decompression on a thread of its own; internal to input_stream.cc.

#ifndef PAGELAB_BASE_DECOMPRESSOR_H_
#define PAGELAB_BASE_DECOMPRESSOR_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "pagelab/base/byte_source.h"

struct archive;

namespace pagelab {

// How many of the first bytes LooksCompressed() needs.
inline constexpr size_t kCompressionMagicSize = 6;

// Whether an input with these first bytes is gzip, xz, zstd, bzip2 or lz4.
bool LooksCompressed(std::string_view head);
bool LooksGzipped(std::string_view head);

// What is wrong with a compressed input, and where: the end of what was read
// of it.
absl::Status CompressedInputEndsEarly(std::string_view name, uint64_t byte);
absl::Status CompressedInputDamaged(std::string_view name, uint64_t byte);

// zlib for gzip, whose trailer libarchive does not verify; libarchive for the
// others.
enum class Decoder { kZlib, kLibarchive };

// Fills a ring of large buffers from a thread that decompresses, bounded so
// that a slow reader does not make it grow. One reader.
class Decompressor {
 public:
  Decompressor(std::string name, Decoder decoder,
               std::unique_ptr<ByteSource> source);
  ~Decompressor();
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;

  // As InputStream::Read().
  absl::StatusOr<size_t> Read(absl::Span<char> out);

 private:
  static constexpr size_t kBuffers = 4;
  static constexpr size_t kBufferSize = size_t{1} << 20;

  struct Buffer {
    std::unique_ptr<char[]> bytes;
    size_t size = 0;
  };

  // The second thread.
  void Run();
  absl::Status DecompressGzip();
  absl::Status DecompressArchive();
  // Passes on all that `read`, which is as InputStream::Read(), gives.
  absl::Status FillRing(
      absl::FunctionRef<absl::StatusOr<size_t>(absl::Span<char>)> read);
  absl::Status OpenArchive(struct archive* reader);
  // Why libarchive stopped, with the position in the compressed input.
  absl::Status DamagedInput() const;
  // Waits for a free buffer; null once the reader is gone.
  Buffer* WaitForFreeBuffer();
  static ptrdiff_t Refill(struct archive* reader, void* self,
                          const void** block);

  const std::string name_;
  const Decoder decoder_;
  const std::unique_ptr<ByteSource> source_;

  // Only the second thread uses these, and only with libarchive.
  std::unique_ptr<char[]> compressed_;
  uint64_t compressed_bytes_ = 0;
  bool source_ended_ = false;
  absl::Status source_status_;

  std::array<Buffer, kBuffers> ring_;
  absl::Mutex mutex_;
  absl::CondVar changed_;
  // Buffers written and consumed since the start; their difference is how
  // many of the ring are full.
  uint64_t written_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t consumed_ ABSL_GUARDED_BY(mutex_) = 0;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status final_status_ ABSL_GUARDED_BY(mutex_);

  // The reader's position in the buffer it is consuming.
  size_t position_ = 0;

  std::thread thread_;
};

}  // namespace pagelab

#endif  // PAGELAB_BASE_DECOMPRESSOR_H_

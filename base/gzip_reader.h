// gzip, with its checksums; internal to decompressor.cc.

#ifndef PAGELAB_BASE_GZIP_READER_H_
#define PAGELAB_BASE_GZIP_READER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pagelab/base/byte_source.h"

struct z_stream_s;

namespace pagelab {

// The text of a gzip file: members one after the other, and zeros behind the
// last one as tapes and block devices have them. Differs from gzip: anything
// else behind a member is damage, not ignored; a dump may go on there.
class GzipReader {
 public:
  // `source` must outlive the reader.
  GzipReader(std::string name, ByteSource& source);
  ~GzipReader();
  GzipReader(const GzipReader&) = delete;
  GzipReader& operator=(const GzipReader&) = delete;

  // Fills all of `out` unless the input ends or is damaged; 0 at the end. An
  // error comes after the text before it.
  absl::StatusOr<size_t> Read(absl::Span<char> out);

 private:
  // Where the next byte of the input belongs.
  enum class Place { kMember, kBetweenMembers, kPadding };

  absl::Status Inflate(absl::Span<char> out, size_t& filled);
  // The next block of the input; `ended_` if there is none.
  absl::Status Refill();
  // Decides what follows a member.
  absl::Status PassMemberEnd();
  absl::Status Damaged() const;

  const std::string name_;
  ByteSource& source_;
  const std::unique_ptr<char[]> compressed_;
  const std::unique_ptr<z_stream_s> stream_;
  uint64_t compressed_bytes_ = 0;
  Place place_ = Place::kMember;
  bool ended_ = false;
  absl::Status status_;
};

}  // namespace pagelab

#endif  // PAGELAB_BASE_GZIP_READER_H_

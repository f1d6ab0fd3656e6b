#include "pagelab/base/gzip_reader.h"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "pagelab/base/check.h"
#include "pagelab/base/decompressor.h"
#include "pagelab/base/status.h"

namespace pagelab {
namespace {

constexpr size_t kCompressedBlock = size_t{256} << 10;
// The largest window, and 16 more for gzip's header and trailer, which
// inflate() then verifies.
constexpr int kWindowBits = 15 + 16;
constexpr Bytef kFirstMagicByte = 0x1f;

}  // namespace

GzipReader::GzipReader(std::string name, ByteSource& source)
    : name_(std::move(name)),
      source_(source),
      compressed_(new char[kCompressedBlock]),
      stream_(new z_stream{}) {
  PAGELAB_CHECK_EQ(inflateInit2(stream_.get(), kWindowBits), Z_OK);
}

GzipReader::~GzipReader() { inflateEnd(stream_.get()); }

absl::StatusOr<size_t> GzipReader::Read(absl::Span<char> out) {
  size_t filled = 0;
  if (status_.ok()) status_ = Inflate(out, filled);
  if (filled == 0 && !status_.ok()) return status_;
  return filled;
}

absl::Status GzipReader::Inflate(absl::Span<char> out, size_t& filled) {
  while (filled < out.size()) {
    if (stream_->avail_in == 0) {
      PAGELAB_RETURN_IF_ERROR(Refill());
      if (ended_ && place_ != Place::kMember) return absl::OkStatus();
      if (ended_) return CompressedInputEndsEarly(name_, compressed_bytes_);
    }
    if (place_ != Place::kMember) {
      PAGELAB_RETURN_IF_ERROR(PassMemberEnd());
      continue;
    }
    const size_t room =
        std::min<size_t>(out.size() - filled, std::numeric_limits<uInt>::max());
    stream_->next_out = reinterpret_cast<Bytef*>(out.data() + filled);
    stream_->avail_out = static_cast<uInt>(room);
    const int result = inflate(stream_.get(), Z_NO_FLUSH);
    filled += room - stream_->avail_out;
    if (result == Z_STREAM_END) {
      place_ = Place::kBetweenMembers;
    } else if (result == Z_MEM_ERROR) {
      return absl::ResourceExhaustedError("out of memory");
    } else if (result != Z_OK) {
      return Damaged();
    }
  }
  return absl::OkStatus();
}

absl::Status GzipReader::Refill() {
  if (ended_) return absl::OkStatus();
  PAGELAB_ASSIGN_OR_RETURN(
      const size_t got,
      source_.Read(absl::MakeSpan(compressed_.get(), kCompressedBlock)));
  stream_->next_in = reinterpret_cast<Bytef*>(compressed_.get());
  stream_->avail_in = static_cast<uInt>(got);
  compressed_bytes_ += got;
  ended_ = got == 0;
  return absl::OkStatus();
}

absl::Status GzipReader::PassMemberEnd() {
  const Bytef next = *stream_->next_in;
  if (next == kFirstMagicByte && place_ == Place::kBetweenMembers) {
    PAGELAB_CHECK_EQ(inflateReset(stream_.get()), Z_OK);
    place_ = Place::kMember;
    return absl::OkStatus();
  }
  ++stream_->next_in;
  --stream_->avail_in;
  if (next != 0) return Damaged();
  place_ = Place::kPadding;
  return absl::OkStatus();
}

absl::Status GzipReader::Damaged() const {
  // What inflate() has not taken is not to blame.
  return CompressedInputDamaged(name_, compressed_bytes_ - stream_->avail_in);
}

}  // namespace pagelab

#include "pagelab/base/decompressor.h"

#include <archive.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "pagelab/base/check.h"
#include "pagelab/base/gzip_reader.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"

namespace pagelab {
namespace {

constexpr size_t kCompressedBlock = size_t{256} << 10;

struct ArchiveDeleter {
  void operator()(struct archive* reader) const { archive_read_free(reader); }
};

absl::Status CompressedInputError(std::string_view name, std::string_view what,
                                  uint64_t byte) {
  std::string message(name);
  message += ": the compressed input ";
  message += what;
  message += " byte ";
  AppendDecimal(message, byte);
  return InvalidInput(message);
}

}  // namespace

bool LooksCompressed(std::string_view head) {
  using std::string_view_literals::operator""sv;
  // A bzip2 stream is "BZh", a level, and the first byte of pi or, if it is
  // empty, of its square root.
  const bool bzip2 = head.size() >= 5 && head.starts_with("BZh") &&
                     head[3] >= '1' && head[3] <= '9' &&
                     (head[4] == '\x31' || head[4] == '\x17');
  return bzip2 || LooksGzipped(head) || head.starts_with("\xfd\x37zXZ\x00"sv) ||
         head.starts_with("\x28\xb5\x2f\xfd"sv) ||
         head.starts_with("\x04\x22\x4d\x18"sv);
}

bool LooksGzipped(std::string_view head) {
  return head.starts_with("\x1f\x8b");
}

absl::Status CompressedInputEndsEarly(std::string_view name, uint64_t byte) {
  return CompressedInputError(name, "ends early, at", byte);
}

absl::Status CompressedInputDamaged(std::string_view name, uint64_t byte) {
  return CompressedInputError(name, "is damaged before", byte);
}

Decompressor::Decompressor(std::string name, Decoder decoder,
                           std::unique_ptr<ByteSource> source)
    : name_(std::move(name)),
      decoder_(decoder),
      source_(std::move(source)),
      thread_([this] { Run(); }) {}

Decompressor::~Decompressor() {
  {
    absl::MutexLock lock(&mutex_);
    cancelled_ = true;
    changed_.SignalAll();
  }
  source_->Cancel();
  thread_.join();
}

absl::StatusOr<size_t> Decompressor::Read(absl::Span<char> out) {
  Buffer* buffer = nullptr;
  {
    absl::MutexLock lock(&mutex_);
    while (written_ == consumed_ && !finished_) changed_.Wait(&mutex_);
    if (written_ == consumed_) {
      if (!final_status_.ok()) return final_status_;
      return 0;
    }
    buffer = &ring_[consumed_ % kBuffers];
  }
  const size_t size = std::min(out.size(), buffer->size - position_);
  std::memcpy(out.data(), buffer->bytes.get() + position_, size);
  position_ += size;
  if (position_ == buffer->size) {
    absl::MutexLock lock(&mutex_);
    ++consumed_;
    position_ = 0;
    changed_.SignalAll();
  }
  return size;
}

void Decompressor::Run() {
  absl::Status status =
      decoder_ == Decoder::kZlib ? DecompressGzip() : DecompressArchive();
  absl::MutexLock lock(&mutex_);
  final_status_ = std::move(status);
  finished_ = true;
  changed_.SignalAll();
}

absl::Status Decompressor::DecompressGzip() {
  GzipReader reader(name_, *source_);
  return FillRing([&reader](absl::Span<char> out) { return reader.Read(out); });
}

absl::Status Decompressor::OpenArchive(struct archive* reader) {
  compressed_.reset(new char[kCompressedBlock]);
  archive_read_support_filter_xz(reader);
  archive_read_support_filter_zstd(reader);
  archive_read_support_filter_bzip2(reader);
  archive_read_support_filter_lz4(reader);
  archive_read_support_format_raw(reader);
  archive_read_support_format_empty(reader);
  if (archive_read_open(reader, this, nullptr, &Decompressor::Refill,
                        nullptr) != ARCHIVE_OK) {
    return DamagedInput();
  }
  // Without a filter the bytes would pass as they are.
  if (archive_filter_code(reader, 0) == ARCHIVE_FILTER_NONE) {
    return DamagedInput();
  }
  return absl::OkStatus();
}

absl::Status Decompressor::DecompressArchive() {
  const std::unique_ptr<struct archive, ArchiveDeleter> reader(
      archive_read_new());
  PAGELAB_CHECK(reader != nullptr);
  PAGELAB_RETURN_IF_ERROR(OpenArchive(reader.get()));
  struct archive_entry* entry = nullptr;
  const int header = archive_read_next_header(reader.get(), &entry);
  if (header == ARCHIVE_EOF && archive_errno(reader.get()) == 0) {
    return absl::OkStatus();
  }
  if (header != ARCHIVE_OK) return DamagedInput();
  return FillRing([&](absl::Span<char> out) -> absl::StatusOr<size_t> {
    const la_ssize_t got =
        archive_read_data(reader.get(), out.data(), out.size());
    if (got < 0) return DamagedInput();
    return static_cast<size_t>(got);
  });
}

absl::Status Decompressor::FillRing(
    absl::FunctionRef<absl::StatusOr<size_t>(absl::Span<char>)> read) {
  while (Buffer* buffer = WaitForFreeBuffer()) {
    if (buffer->bytes == nullptr) buffer->bytes.reset(new char[kBufferSize]);
    PAGELAB_ASSIGN_OR_RETURN(
        buffer->size, read(absl::MakeSpan(buffer->bytes.get(), kBufferSize)));
    if (buffer->size == 0) break;
    absl::MutexLock lock(&mutex_);
    ++written_;
    changed_.SignalAll();
  }
  return absl::OkStatus();
}

Decompressor::Buffer* Decompressor::WaitForFreeBuffer() {
  absl::MutexLock lock(&mutex_);
  while (written_ - consumed_ == kBuffers && !cancelled_) {
    changed_.Wait(&mutex_);
  }
  return cancelled_ ? nullptr : &ring_[written_ % kBuffers];
}

absl::Status Decompressor::DamagedInput() const {
  if (!source_status_.ok()) return source_status_;
  // libarchive asks for more input only when it needs it.
  return source_ended_ ? CompressedInputEndsEarly(name_, compressed_bytes_)
                       : CompressedInputDamaged(name_, compressed_bytes_);
}

la_ssize_t Decompressor::Refill(struct archive* reader, void* self,
                                const void** block) {
  auto* decompressor = static_cast<Decompressor*>(self);
  *block = decompressor->compressed_.get();
  const auto got = decompressor->source_->Read(
      absl::MakeSpan(decompressor->compressed_.get(), kCompressedBlock));
  if (!got.ok()) {
    decompressor->source_status_ = got.status();
    archive_set_error(reader, EIO, "cannot read");
    return -1;
  }
  decompressor->compressed_bytes_ += *got;
  decompressor->source_ended_ = *got == 0;
  return static_cast<la_ssize_t>(*got);
}

}  // namespace pagelab

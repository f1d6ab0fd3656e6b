#include "pagelab/base/input_stream.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "pagelab/base/byte_source.h"
#include "pagelab/base/check.h"
#include "pagelab/base/decompressor.h"
#include "pagelab/base/status.h"

namespace pagelab {
namespace {

constexpr size_t kBufferSize = size_t{256} << 10;
// page_owner gives a whole record or fails, so what is read to see if it is
// compressed has room for one.
constexpr size_t kFirstRead = size_t{4} << 10;

// A file descriptor, closed at the end unless it is standard input.
class FileSource : public ByteSource {
 public:
  FileSource(std::string name, int fd)
      : name_(std::move(name)), fd_(fd), cancel_(eventfd(0, EFD_CLOEXEC)) {}
  ~FileSource() override {
    if (fd_ != STDIN_FILENO) close(fd_);
    if (cancel_ >= 0) close(cancel_);
  }

  absl::StatusOr<size_t> Read(absl::Span<char> out) override {
    while (true) {
      if (!WaitForInput()) return 0;
      const ssize_t got = read(fd_, out.data(), out.size());
      if (got >= 0) return static_cast<size_t>(got);
      if (errno != EINTR && errno != EAGAIN) {
        return SystemError(errno, name_, "cannot read");
      }
    }
  }

  void Cancel() override {
    const uint64_t one = 1;
    // Only a counter at its limit refuses, and that wakes the reader as well.
    if (write(cancel_, &one, sizeof(one)) < 0) return;
  }

 private:
  // False once cancelled.
  bool WaitForInput() {
    struct pollfd polled[2] = {{fd_, POLLIN, 0}, {cancel_, POLLIN, 0}};
    while (poll(polled, 2, -1) < 0) {
      if (errno != EINTR) return true;  // read() will say what is wrong.
    }
    return (polled[1].revents & POLLIN) == 0;
  }

  const std::string name_;
  const int fd_;
  const int cancel_;
};

class StringSource : public ByteSource {
 public:
  explicit StringSource(std::string contents)
      : contents_(std::move(contents)) {}

  absl::StatusOr<size_t> Read(absl::Span<char> out) override {
    const size_t size = std::min(out.size(), contents_.size() - position_);
    std::memcpy(out.data(), contents_.data() + position_, size);
    position_ += size;
    return size;
  }

 private:
  const std::string contents_;
  size_t position_ = 0;
};

// What detection has read, then the rest.
class PrefixedSource : public ByteSource {
 public:
  PrefixedSource(std::string prefix, std::unique_ptr<ByteSource> rest)
      : prefix_(std::move(prefix)), rest_(std::move(rest)) {}

  absl::StatusOr<size_t> Read(absl::Span<char> out) override {
    if (position_ == prefix_.size()) return rest_->Read(out);
    const size_t size = std::min(out.size(), prefix_.size() - position_);
    std::memcpy(out.data(), prefix_.data() + position_, size);
    position_ += size;
    return size;
  }
  void Cancel() override { rest_->Cancel(); }

 private:
  const std::string prefix_;
  std::unique_ptr<ByteSource> rest_;
  size_t position_ = 0;
};

// Uncompressed input. Large reads go straight to the source, small ones
// through a buffer.
class PlainStream : public InputStream {
 public:
  PlainStream(std::string name, std::unique_ptr<ByteSource> source)
      : InputStream(std::move(name)), source_(std::move(source)) {}

  absl::StatusOr<size_t> Read(absl::Span<char> out) override {
    PAGELAB_CHECK(!out.empty());
    if (buffered_.empty()) {
      if (out.size() >= kBufferSize) return source_->Read(out);
      if (buffer_ == nullptr) buffer_.reset(new char[kBufferSize]);
      PAGELAB_ASSIGN_OR_RETURN(
          const size_t got,
          source_->Read(absl::MakeSpan(buffer_.get(), kBufferSize)));
      buffered_ = std::string_view(buffer_.get(), got);
    }
    const size_t size = std::min(out.size(), buffered_.size());
    std::memcpy(out.data(), buffered_.data(), size);
    buffered_.remove_prefix(size);
    return size;
  }

 private:
  std::unique_ptr<ByteSource> source_;
  std::unique_ptr<char[]> buffer_;
  std::string_view buffered_;
};

class CompressedStream : public InputStream {
 public:
  CompressedStream(std::string name, Decoder decoder,
                   std::unique_ptr<ByteSource> source)
      : InputStream(name),
        decompressor_(std::move(name), decoder, std::move(source)) {}

  absl::StatusOr<size_t> Read(absl::Span<char> out) override {
    PAGELAB_CHECK(!out.empty());
    return decompressor_.Read(out);
  }

 private:
  Decompressor decompressor_;
};

absl::StatusOr<std::unique_ptr<InputStream>> Detect(
    std::string name, std::unique_ptr<ByteSource> source) {
  std::string head(kFirstRead, '\0');
  size_t size = 0;
  while (size < kCompressionMagicSize) {
    PAGELAB_ASSIGN_OR_RETURN(const size_t got,
                             source->Read(absl::MakeSpan(head).subspan(size)));
    if (got == 0) break;
    size += got;
  }
  head.resize(size);
  const bool compressed = LooksCompressed(head);
  const Decoder decoder =
      LooksGzipped(head) ? Decoder::kZlib : Decoder::kLibarchive;
  auto whole =
      std::make_unique<PrefixedSource>(std::move(head), std::move(source));
  if (compressed) {
    return std::make_unique<CompressedStream>(std::move(name), decoder,
                                              std::move(whole));
  }
  return std::make_unique<PlainStream>(std::move(name), std::move(whole));
}

}  // namespace

absl::StatusOr<std::unique_ptr<InputStream>> InputStream::Open(
    const std::string& path) {
  if (path == "-") {
    return Detect("stdin", std::make_unique<FileSource>("stdin", STDIN_FILENO));
  }
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return SystemError(errno, path, "cannot open");
  posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
  return Detect(path, std::make_unique<FileSource>(path, fd));
}

absl::StatusOr<std::unique_ptr<InputStream>> InputStream::FromString(
    std::string name, std::string contents) {
  return Detect(std::move(name),
                std::make_unique<StringSource>(std::move(contents)));
}

absl::StatusOr<std::string> ReadWholeFile(const std::string& path) {
  PAGELAB_ASSIGN_OR_RETURN(auto stream, InputStream::Open(path));
  std::string contents;
  std::unique_ptr<char[]> buffer(new char[kBufferSize]);
  while (true) {
    PAGELAB_ASSIGN_OR_RETURN(const size_t got, stream->Read(absl::MakeSpan(
                                                   buffer.get(), kBufferSize)));
    if (got == 0) return contents;
    contents.append(buffer.get(), got);
  }
}

}  // namespace pagelab

#include "pagelab/owner/dump/scan_dump.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "pagelab/base/input_stream.h"
#include "pagelab/base/plain_file.h"
#include "pagelab/base/status.h"
#include "pagelab/owner/dump/frame_scan.h"

namespace pagelab {
namespace {

// What is read at once stays in the second-level cache.
constexpr size_t kWindow = size_t{256} << 10;
// The kernel prints records of up to 4 KiB; a text without an empty line is
// cut here.
constexpr size_t kMaxRecord = size_t{1} << 20;
// What a thread gets to do at once.
constexpr uint64_t kShare = uint64_t{4} << 20;
constexpr size_t kFirstProbe = size_t{4} << 10;

using ReadFunction =
    std::function<absl::StatusOr<size_t>(uint64_t offset, absl::Span<char>)>;
using DoneFunction = std::function<void(size_t bytes)>;

// The window on the text that a reader looks through.
class Window {
 public:
  Window(PieceReader& reader, const ScanOptions& options)
      : reader_(reader), options_(options), buffer_(kWindow) {}

  // Feeds the text from `begin` on until `read` gives no more.
  absl::Status Feed(uint64_t begin, const ReadFunction& read,
                    const DoneFunction& done) {
    offset_ = begin;
    size_t filled = 0;
    while (!options_.stop || !options_.stop()) {
      PAGELAB_ASSIGN_OR_RETURN(
          const size_t got,
          read(offset_ + filled, absl::MakeSpan(buffer_).subspan(filled)));
      filled += got;
      const bool last = got == 0;
      const bool too_long = !last && filled >= kMaxRecord;
      const size_t taken =
          reader_.Take({buffer_.data(), filled}, offset_, last);
      filled = Drop(taken, filled);
      if (last) return absl::OkStatus();
      if (taken == 0 && too_long) {
        filled =
            Drop(reader_.Take({buffer_.data(), filled}, offset_, true), filled);
      } else if (taken == 0 && filled == buffer_.size()) {
        buffer_.resize(buffer_.size() * 2);
      }
      done(got);
    }
    return absl::OkStatus();
  }

 private:
  size_t Drop(size_t taken, size_t filled) {
    std::memmove(buffer_.data(), buffer_.data() + taken, filled - taken);
    offset_ += taken;
    return filled - taken;
  }

  PieceReader& reader_;
  const ScanOptions& options_;
  std::vector<char> buffer_;
  uint64_t offset_ = 0;
};

// A plain file, cut into shares of equal size. A piece begins behind the first
// empty line in its share and goes on to the beginning of the next piece, so
// that a share without an empty line has none.
class SharedFile {
 public:
  SharedFile(const PlainFile& file, const ScanOptions& options)
      : file_(file),
        options_(options),
        shares_((file.size() + kShare - 1) / kShare) {}

  uint64_t shares() const { return shares_; }

  void Work(PieceReader& reader, bool tells_progress) {
    Window window(reader, options_);
    while (!failed_.load(std::memory_order_relaxed)) {
      const uint64_t share = next_.fetch_add(1, std::memory_order_relaxed);
      if (share >= shares_ || (options_.stop && options_.stop())) return;
      const absl::Status status = Feed(window, share, tells_progress);
      if (status.ok()) continue;
      failed_ = true;
      if (options_.failed) options_.failed();
      absl::MutexLock lock(&mutex_);
      status_.Update(status);
    }
  }

  absl::Status status() {
    absl::MutexLock lock(&mutex_);
    return status_;
  }

 private:
  absl::Status Feed(Window& window, uint64_t share, bool tells_progress) {
    PAGELAB_ASSIGN_OR_RETURN(const std::optional<uint64_t> begin,
                             BeginningIn(share));
    if (!begin.has_value()) return absl::OkStatus();
    uint64_t end = file_.size();
    for (uint64_t next = share + 1; next < shares_; ++next) {
      PAGELAB_ASSIGN_OR_RETURN(const std::optional<uint64_t> found,
                               BeginningIn(next));
      if (!found.has_value()) continue;
      end = *found;
      break;
    }
    return window.Feed(
        *begin,
        [this, end](uint64_t offset, absl::Span<char> out) {
          return file_.ReadAt(
              offset,
              out.subspan(0, std::min<uint64_t>(out.size(), end - offset)));
        },
        [this, tells_progress](size_t bytes) {
          const uint64_t done =
              done_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
          if (tells_progress && options_.progress) {
            options_.progress(done, file_.size());
          }
        });
  }

  // Behind the first empty line of which the second newline is in the share,
  // or in the byte before it.
  absl::StatusOr<std::optional<uint64_t>> BeginningIn(uint64_t share) const {
    if (share == 0) return std::optional<uint64_t>(0);
    uint64_t at = share * kShare - 2;
    const uint64_t end = std::min((share + 1) * kShare - 1, file_.size());
    std::vector<char> probe(kFirstProbe);
    while (at + 2 <= end) {
      PAGELAB_ASSIGN_OR_RETURN(
          const size_t got,
          file_.ReadAt(at, absl::MakeSpan(probe).subspan(
                               0, std::min<uint64_t>(probe.size(), end - at))));
      const char* behind = EndOfEmptyLine(probe.data(), probe.data() + got);
      if (behind != nullptr) {
        return std::optional<uint64_t>(
            at + static_cast<uint64_t>(behind - probe.data()));
      }
      if (got < 2) break;
      at += got - 1;
      probe.resize(kWindow);
    }
    return std::optional<uint64_t>();
  }

  const PlainFile& file_;
  const ScanOptions& options_;
  const uint64_t shares_;
  std::atomic<uint64_t> next_ = 0;
  std::atomic<uint64_t> done_ = 0;
  std::atomic<bool> failed_ = false;
  absl::Mutex mutex_;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
};

absl::StatusOr<uint64_t> ScanFile(const PlainFile& file,
                                  absl::Span<PieceReader* const> readers,
                                  const ScanOptions& options) {
  SharedFile shared(file, options);
  const size_t threads = std::min<uint64_t>(readers.size(), shared.shares());
  {
    std::vector<std::jthread> others;
    for (size_t i = 1; i < threads; ++i) {
      others.emplace_back([&shared, reader = readers[i]] {
        shared.Work(*reader, /*tells_progress=*/false);
      });
    }
    shared.Work(*readers[0], /*tells_progress=*/true);
  }
  PAGELAB_RETURN_IF_ERROR(shared.status());
  return file.size();
}

absl::StatusOr<uint64_t> ScanStream(InputStream& input, PieceReader& reader,
                                    const ScanOptions& options) {
  uint64_t size = 0;
  Window window(reader, options);
  PAGELAB_RETURN_IF_ERROR(window.Feed(
      0,
      [&input](uint64_t, absl::Span<char> out) -> absl::StatusOr<size_t> {
        if (out.empty()) return 0;
        return input.Read(out);
      },
      [&size, &options](size_t bytes) {
        size += bytes;
        if (options.progress) options.progress(size, 0);
      }));
  return size;
}

}  // namespace

int ScanThreads() {
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

absl::StatusOr<uint64_t> ScanDump(const std::string& path,
                                  absl::Span<PieceReader* const> readers,
                                  const ScanOptions& options) {
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<PlainFile> file,
                           PlainFile::OpenIfPlain(path));
  if (file != nullptr) return ScanFile(*file, readers, options);
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<InputStream> input,
                           InputStream::Open(path));
  return ScanStream(*input, *readers[0], options);
}

}  // namespace pagelab

#include "pagelab/report/page/frame_chunks.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "pagelab/report/page/column_writer.h"

namespace pagelab {
namespace {

// As many as are sorted at once.
constexpr size_t kMaxUnpacked = size_t{1} << 20;
constexpr uint64_t kChunkFrames = uint64_t{1} << kChunkOrder;
// RunKind of web/src/data/contract.ts.
constexpr uint64_t kContinued = 3;

// Columns of "frames".
enum : size_t { kGap, kCount, kHead, kStack, kClass, kTask, kNrColumns };

uint64_t PagesOf(const FrameBlock& block) { return uint64_t{1} << block.order; }

bool SameRun(const FrameBlock& a, const FrameBlock& b) {
  return a.kind == b.kind && a.order == b.order && a.stack == b.stack &&
         a.record_class == b.record_class && a.task == b.task;
}

// The runs of one chunk, one after the other.
class RunWriter {
 public:
  explicit RunWriter(uint64_t begin) : begin_(begin), end_(begin) {}

  // Whether the frame is in a run already: a dump may have a frame twice.
  bool Has(uint64_t pfn) const { return std::max(pfn, begin_) < end_; }

  void Add(const FrameBlock& first, uint64_t count) {
    const bool allocated = first.kind == FrameBlock::Kind::kAllocated;
    const uint64_t start = std::max(first.pfn, begin_);
    const uint64_t kind = allocated && first.pfn < begin_
                              ? kContinued
                              : static_cast<uint64_t>(first.kind);
    columns_.Add(kGap, start - end_);
    columns_.Add(kCount, count);
    columns_.Add(kHead, uint64_t{first.order} << 2 | kind);
    end_ = std::min(start + count * PagesOf(first), begin_ + kChunkFrames);
    if (!allocated) return;
    columns_.Add(kStack, first.stack);
    columns_.Add(kClass, first.record_class);
    columns_.Add(kTask, first.task);
  }
  std::string Take() { return columns_.Take(); }

 private:
  uint64_t begin_;
  // Behind the last run.
  uint64_t end_;
  ColumnWriter columns_{kNrColumns};
};

}  // namespace

void FrameChunks::Add(const FrameBlock& block) {
  blocks_.push_back(block);
  if (blocks_.size() >= kMaxUnpacked) Flush();
}

void FrameChunks::Flush() {
  const auto by_pfn = [](const FrameBlock& a, const FrameBlock& b) {
    return a.pfn < b.pfn;
  };
  if (!std::is_sorted(blocks_.begin(), blocks_.end(), by_pfn)) {
    std::stable_sort(blocks_.begin(), blocks_.end(), by_pfn);
  }
  const absl::Span<const FrameBlock> all = blocks_;
  for (size_t at = 0; at < all.size();) {
    const uint64_t chunk = all[at].pfn >> kChunkOrder;
    size_t end = at;
    while (end < all.size() && all[end].pfn >> kChunkOrder == chunk) ++end;
    Pack(all.subspan(at, end - at), chunk);
    // A block that is larger than a chunk is in each of those it covers.
    const FrameBlock& last = all[end - 1];
    const uint64_t stop = (last.pfn + PagesOf(last) - 1) >> kChunkOrder;
    for (uint64_t other = chunk + 1; other <= stop; ++other) {
      Pack(all.subspan(end - 1, 1), other);
    }
    at = end;
  }
  blocks_.clear();
}

std::string FrameChunks::PartName(const char* what, uint64_t chunk,
                                  uint32_t part) {
  std::string name = absl::StrCat(what, "-", chunk);
  if (part > 0) absl::StrAppend(&name, ".", part);
  return name;
}

void FrameChunks::Pack(absl::Span<const FrameBlock> blocks, uint64_t chunk) {
  RunWriter runs(chunk << kChunkOrder);
  ColumnWriter times(1);
  uint64_t time = 0;
  for (size_t at = 0; at < blocks.size();) {
    const FrameBlock& first = blocks[at];
    if (runs.Has(first.pfn)) {
      ++at;
      continue;
    }
    size_t end = at;
    while (end < blocks.size() && SameRun(first, blocks[end]) &&
           blocks[end].pfn == first.pfn + (end - at) * PagesOf(first)) {
      if (first.kind == FrameBlock::Kind::kAllocated) {
        times.AddSigned(0, static_cast<int64_t>(blocks[end].ts_nsec - time));
        time = blocks[end].ts_nsec;
      }
      ++end;
    }
    runs.Add(first, end - at);
    at = end;
  }
  Parts& parts = parts_[chunk];
  sections_.Add(PartName("frames", chunk, parts.frames++), runs.Take());
  if (times.size(0) > 0) {
    sections_.Add(PartName("times", chunk, parts.times++), times.Take());
  }
}

}  // namespace pagelab

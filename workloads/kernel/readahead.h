#ifndef PAGELAB_WORKLOADS_KERNEL_READAHEAD_H_
#define PAGELAB_WORKLOADS_KERNEL_READAHEAD_H_

#include <cstdint>
#include <optional>

#include "absl/functional/function_ref.h"

namespace pagelab {

// Pages of a file to bring in: the one at `begin + count - marked` gets the
// marker, at which more is brought in before it is asked for. 0: none does.
struct ReadaheadWindow {
  uint64_t begin = 0;
  uint64_t count = 0;
  uint64_t marked = 0;
};

// How an open file is read, and so what to read next: a first window of four
// pages for a reader of single pages, the following ones larger, up to
// 128 KiB; what is read here and there is read as it is.
// Kernel counterpart: struct file_ra_state, mm/readahead.c.
class Readahead {
 public:
  // VM_READAHEAD_PAGES.
  static constexpr uint64_t kMaxPages = 32;

  // Whether the file has a page at that index.
  using IsCached = absl::FunctionRef<bool(uint64_t index)>;

  // `index` is not there, and `wanted` pages from it on are read.
  // Kernel counterpart: page_cache_sync_ra().
  ReadaheadWindow OnMiss(uint64_t index, uint64_t wanted, IsCached cached);
  // The page at `index` has the marker; nothing: all of it is there already.
  // Kernel counterpart: page_cache_async_ra().
  std::optional<ReadaheadWindow> OnMarker(uint64_t index, uint64_t wanted,
                                          IsCached cached);
  // The page was read. Kernel counterpart: file_ra_state::prev_pos.
  void NoteRead(uint64_t index) { previous_ = index; }

 private:
  ReadaheadWindow Current() const { return {start_, size_, async_size_}; }

  uint64_t start_ = 0;
  uint64_t size_ = 0;
  uint64_t async_size_ = 0;
  // UINT64_MAX: nothing was read yet.
  uint64_t previous_ = UINT64_MAX;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_KERNEL_READAHEAD_H_

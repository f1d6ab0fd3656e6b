#ifndef PAGELAB_PAGEEXT_PAGE_IDLE_H_
#define PAGELAB_PAGEEXT_PAGE_IDLE_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pagelab/alloc/allocator_state.h"
#include "pagelab/alloc/hooks.h"
#include "pagelab/base/output_stream.h"
#include "pagelab/pageext/hook_chain.h"
#include "pagelab/pageext/page_ext.h"

namespace pagelab {

// Where a build keeps the two bits of a page.
enum class PageIdleForm : uint8_t {
  // 64-bit: page flags 21 (young) and 22 (idle).
  kPageFlags,
  // 32-bit, where page flags are scarce: bits 2 (young) and 3 (idle) of the
  // flags word of page_ext, a client of size 0 that is always needed.
  kPageExt,
};

// Idle page tracking: which pages nobody used since somebody marked them idle.
// Only user pages take part: heads of blocks that are on an LRU list; of a
// large folio the head alone.
//
// Access through a mapping sets the mapping's accessed bit (Page::pte) and no
// more: Idle falls when the next read or write of the bitmap, or reclaim's
// check, walks the mappings. That walk takes the accessed bit away, so it
// leaves Young behind, which reclaim counts as one reference.
//
// Idle and Young follow a split; they move with the page when its contents do.
// In the form kPageFlags the allocator and whoever moves page flags see to
// that, and this class does not watch allocations. In the form kPageExt the
// bits of a freed page stay until its next owner's accesses clear them.
// Thread-compatible.
//
// Differs from Linux: a look-up in the page cache for writing, clear_refs and
// madvise do not exist here, so they clear nothing.
//
// Kernel counterpart: mm/page_idle.c (page-ext-owner-depot.md 12).
class PageIdle final : public AllocationHooks {
 public:
  // All outlive it.
  struct Dependencies {
    AllocatorState& state;
    HookChain& hooks;
    PageExt& page_ext;
  };

  // Bytes of one word of the bitmap; offsets and lengths are multiples of it.
  static constexpr uint64_t kWordBytes = 8;

  // In the form kPageExt it registers itself with page_ext.
  PageIdle(const Dependencies& dependencies, PageIdleForm form);
  // Detaches from the allocator.
  ~PageIdle() override;
  PageIdle(const PageIdle&) = delete;
  PageIdle& operator=(const PageIdle&) = delete;

  PageIdleForm form() const { return form_; }

  // --- the bitmap: bit pfn % 64 of the 64-bit word pfn / 64 ---

  // Fills `out` from byte `offset` of the bitmap on. Returns the bytes of
  // whole words up to the last frame of memory: a last word that memory does
  // not fill is filled in but not counted, and 0 behind the end. Pages that
  // turn out to be used lose Idle. An error that begins with EINVAL unless
  // offset and length are multiples of kWordBytes.
  absl::StatusOr<size_t> ReadBitmap(uint64_t offset, absl::Span<char> out);
  // Marks idle the user pages whose bits are set; other bits do nothing.
  // Counts as ReadBitmap() does; an error that begins with ENXIO behind the
  // last frame.
  absl::StatusOr<size_t> WriteBitmap(uint64_t offset, std::string_view in);
  // All that reads would give from the start, without changing anything.
  absl::Status DumpBitmap(OutputStream& out) const;

  // --- a page ---

  // REQUIRES: the pfn has a descriptor. False where page_ext has no entry.
  bool IsIdle(Pfn head) const;
  bool IsYoung(Pfn head) const;
  // Read or write by a system call: Idle falls at once.
  // Kernel counterpart: mark_page_accessed() without multi-gen LRU.
  void MarkAccessed(Pfn head);
  // Reclaim asks how often the page was used since it last asked: 0, 1 or 2.
  // Takes the accessed bit away, then Idle falls; takes Young away, which
  // counts as one more. A page that is not mapped was not used.
  // Kernel counterpart: folio_referenced().
  int TakeReferences(Pfn head);

  // AllocationHooks.
  void OnAlloc(ExecutionContext& context, Pfn head, Order order,
               Gfp gfp) override;
  void OnFree(ExecutionContext& context, Pfn head, Order order) override;
  void OnSplit(Pfn head, Order old_order, Order new_order) override;
  void OnMigrate(ExecutionContext& context, Pfn from, Pfn to) override;

 private:
  // The two bits of a page, wherever they are.
  struct Bits {
    bool young = false;
    bool idle = false;
  };

  absl::Status Init();
  Bits BitsOf(Pfn head) const;
  void SetBits(Pfn head, Bits bits);
  // Takes the accessed bits of the mappings into account.
  void WalkMappings(Pfn head);
  bool TestIdle(Pfn head);
  bool WouldTestIdle(Pfn head) const;
  // [the frame of the first bit, the end of the bits or of memory).
  PfnRange FramesAt(uint64_t offset, size_t size) const;
  // fn(Pfn head) for each user page whose head is in the range.
  template <typename Fn>
  void ForEachUserPage(PfnRange range, Fn&& fn) const;

  AllocatorState& state_;
  HookChain& hooks_;
  PageExt& page_ext_;
  PageIdleForm form_;
};

}  // namespace pagelab

#endif  // PAGELAB_PAGEEXT_PAGE_IDLE_H_

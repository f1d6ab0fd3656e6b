#ifndef PAGELAB_PAGEEXT_DEBUG_PAGEALLOC_H_
#define PAGELAB_PAGEEXT_DEBUG_PAGEALLOC_H_

#include "absl/status/status.h"
#include "pagelab/alloc/allocator_state.h"
#include "pagelab/alloc/frame_bitmap.h"
#include "pagelab/alloc/hooks.h"
#include "pagelab/pageext/debug_profile.h"
#include "pagelab/pageext/hook_chain.h"
#include "pagelab/pageext/page_ext.h"

namespace pagelab {

// debug_pagealloc=on: freed pages leave the direct map, and come back when they
// are allocated, so that whoever still uses them is found out at once
// (page-ext-owner-depot.md 13). With debug_guardpage_minorder, splitting a
// block also puts guards aside (alloc/guard_page.h).
//
// Which frames are mapped costs nothing where memory was never touched.
//
// Thread-compatible.
//
// Kernel counterpart: mm/page_alloc.c, debug_pagealloc_map_pages() and
// debug_pagealloc_unmap_pages(); mm/debug_page_alloc.c.
class DebugPagealloc final : public AllocationHooks {
 public:
  struct Options {
    // debug_pagealloc=
    bool enabled = false;
    // debug_guardpage_minorder=, 0 to kMaxDebugGuardpageMinorder.
    int guard_minorder = 0;
  };

  // Both outlive it.
  DebugPagealloc(AllocatorState& state, HookChain& hooks, Options options,
                 const DebugPageallocProfile& profile = {});
  // Leaves the chain.
  ~DebugPagealloc() override;
  DebugPagealloc(const DebugPagealloc&) = delete;
  DebugPagealloc& operator=(const DebugPagealloc&) = delete;

  // Right after boot memory went to the page allocator: all that is free
  // leaves the direct map, and guards are put aside from now on unless the
  // profile has them start with page_ext. Nothing happens when it is not
  // enabled. The error is that of HookChain::Add().
  absl::Status Start();
  // In its place in the list of clients, before page_owner; adds nothing where
  // the profile has no such client. `page_ext` outlives it.
  void AddClient(PageExt& page_ext);

  bool active() const { return active_; }
  // Always true while it is not active.
  bool IsMapped(Pfn pfn) const { return !unmapped_.Test(pfn); }

  // AllocationHooks.
  void OnAlloc(ExecutionContext& context, Pfn head, Order order,
               Gfp gfp) override;
  void OnFree(ExecutionContext& context, Pfn head, Order order) override;
  void OnGuard(Pfn head, Order order, GuardChange change) override;

  // What is not mapped, to come back to.
  using Checkpoint = FrameBitmap;
  const Checkpoint& Save() const { return unmapped_; }
  void Restore(const Checkpoint& checkpoint) { unmapped_ = checkpoint; }

 private:
  bool wants_guards() const {
    return options_.enabled && options_.guard_minorder > 0;
  }
  void StartGuards() {
    state_.debug_guardpage_minorder = options_.guard_minorder;
  }

  AllocatorState& state_;
  HookChain& hooks_;
  const Options options_;
  const DebugPageallocProfile profile_;
  PageExt* page_ext_ = nullptr;
  bool active_ = false;
  FrameBitmap unmapped_;
};

}  // namespace pagelab

#endif  // PAGELAB_PAGEEXT_DEBUG_PAGEALLOC_H_

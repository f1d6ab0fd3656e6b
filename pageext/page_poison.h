#ifndef PAGELAB_PAGEEXT_PAGE_POISON_H_
#define PAGELAB_PAGEEXT_PAGE_POISON_H_

#include <cstdint>

#include "absl/status/status.h"
#include "pagelab/alloc/allocator_state.h"
#include "pagelab/alloc/hooks.h"
#include "pagelab/alloc/kernel_log.h"
#include "pagelab/alloc/report_limits.h"
#include "pagelab/pageext/debug_profile.h"
#include "pagelab/pageext/hook_chain.h"
#include "pagelab/pageext/page_ext.h"

namespace pagelab {

// page_poison=1: freed pages are filled with 0xaa, and looked at when they are
// allocated; what is not 0xaa any more was written after the free
// (page-ext-owner-depot.md 13). The pages keep the 0xaa unless the request has
// __GFP_ZERO.
//
// Filling costs nothing until somebody writes to a free page.
//
// A report has the bytes from the first to the last one that changed, and what
// the page's descriptor says. Differs from Linux: addresses are printed as with
// no_hash_pointers, and there is no call trace.
//
// Thread-compatible. Kernel counterpart: mm/page_poison.c.
class PagePoison final : public AllocationHooks {
 public:
  struct Dependencies {
    AllocatorState& state;
    HookChain& hooks;
    KernelLog& log;
  };

  // The references outlive it. `enabled`: page_poison=.
  PagePoison(const Dependencies& dependencies, bool enabled,
             const DebugPageallocProfile& profile = {});
  // Leaves the chain.
  ~PagePoison() override;
  PagePoison(const PagePoison&) = delete;
  PagePoison& operator=(const PagePoison&) = delete;

  // Right after boot memory went to the page allocator: all that is free is
  // poisoned. Nothing happens when it is not enabled, or when the profile has
  // poisoning start with page_ext. The error is that of HookChain::Add().
  absl::Status Start();
  // In its place in the list of clients, before page_owner; adds nothing where
  // the profile has no such client. Pages that are free when the client starts
  // are not poisoned, and not looked at. `page_ext` outlives it.
  void AddClient(PageExt& page_ext);

  bool active() const { return active_; }
  // Pages that were found changed, those included that were not printed
  // because there were too many at once.
  uint64_t corruptions() const { return state_of_log_.corruptions; }

  // AllocationHooks.
  void OnAlloc(ExecutionContext& context, Pfn head, Order order,
               Gfp gfp) override;
  void OnFree(ExecutionContext& context, Pfn head, Order order) override;

  // What running changes, to come back to.
  struct Checkpoint {
    uint64_t corruptions = 0;
    ReportLimit limit;
  };
  const Checkpoint& Save() const { return state_of_log_; }
  void Restore(const Checkpoint& checkpoint) { state_of_log_ = checkpoint; }

 private:
  // Was the page poisoned when it was freed? Forgets it where page_ext knows.
  bool TakePoisoned(Pfn pfn);
  void Check(const ExecutionContext& context, Pfn pfn);
  bool ReportAllowed(Nanoseconds now);

  AllocatorState& state_;
  HookChain& hooks_;
  KernelLog& log_;
  const bool enabled_;
  const DebugPageallocProfile profile_;
  PageExt* page_ext_ = nullptr;
  bool active_ = false;
  Checkpoint state_of_log_;
};

}  // namespace pagelab

#endif  // PAGELAB_PAGEEXT_PAGE_POISON_H_

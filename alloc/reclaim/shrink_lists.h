#ifndef PAGELAB_ALLOC_RECLAIM_SHRINK_LISTS_H_
#define PAGELAB_ALLOC_RECLAIM_SHRINK_LISTS_H_

#include <array>
#include <cstddef>

#include "pagelab/alloc/allocator_state.h"
#include "pagelab/alloc/execution_context.h"
#include "pagelab/alloc/page_allocator.h"
#include "pagelab/alloc/page_list.h"
#include "pagelab/alloc/page_users.h"
#include "pagelab/alloc/reclaim/scan_control.h"

namespace pagelab {

// Collects folios that nobody uses any more, and frees them 31 at a time.
class FolioBatch {
 public:
  FolioBatch(PageAllocator& allocator, ExecutionContext& context)
      : allocator_(allocator), context_(context) {}
  ~FolioBatch() { Flush(); }
  FolioBatch(const FolioBatch&) = delete;
  FolioBatch& operator=(const FolioBatch&) = delete;

  void Add(Page& folio);
  void Flush();

 private:
  PageAllocator& allocator_;
  ExecutionContext& context_;
  std::array<PageAllocator::Folio, kFolioBatchSize> folios_;
  size_t size_ = 0;
};

// Looks at the oldest folios of one list of a node, frees what can be freed and
// puts the others back. REQUIRES: the state has users.
//
// Kernel counterparts: shrink_inactive_list(), shrink_active_list().
class ListShrinker {
 public:
  ListShrinker(PageAllocator& allocator, ExecutionContext& context, Node& node,
               ScanControl& control);

  // At most `nr_to_scan` pages of an inactive list; how many were freed.
  PageCount ShrinkInactive(LruList list, PageCount nr_to_scan);
  // Those of an active list become inactive.
  void ShrinkActive(LruList list, PageCount nr_to_scan);

 private:
  // What isolation took off a list.
  struct Isolated {
    PageList folios;
    uint64_t nr_scanned = 0;
    uint64_t nr_taken = 0;
  };
  // What became of an inactive list's folios.
  struct Outcome {
    uint64_t nr_reclaimed = 0;
    uint64_t nr_activated = 0;
    uint64_t nr_pageout = 0;
  };
  enum class Fate : uint8_t { kFree, kKeep, kActivate };

  void Isolate(LruList list, PageCount nr_to_scan, Isolated& isolated);
  Fate FateOf(Page& folio, Outcome& outcome);
  // By references alone; kFree: nothing speaks for keeping it.
  Fate CheckReferences(Page& folio);
  Fate Evict(Page& folio, Outcome& outcome);
  void PutBack(Page& folio);
  void CountIsolated(LruSide side, int64_t pages);

  AllocatorState& state_;
  PageAllocator& allocator_;
  ExecutionContext& context_;
  Node& node_;
  ScanControl& control_;
};

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_RECLAIM_SHRINK_LISTS_H_

#ifndef PAGELAB_ALLOC_PAGE_ALLOCATOR_H_
#define PAGELAB_ALLOC_PAGE_ALLOCATOR_H_

#include <optional>

#include "absl/types/span.h"
#include "pagelab/alloc/alloc_flags.h"
#include "pagelab/alloc/allocator_state.h"
#include "pagelab/alloc/execution_context.h"
#include "pagelab/alloc/hook_build.h"
#include "pagelab/alloc/page_source.h"
#include "pagelab/alloc/request.h"

namespace pagelab {

// One refill of a per-cpu list.
struct PcpRefill {
  int list = 0;
  int nr_blocks = 0;
  Migratetype type = Migratetype::kUnmovable;
  AllocFlags flags{};
};

// A per-cpu list that grew to its limit: the drain starts at `list`.
struct PcpExcess {
  int list = 0;
  int high = 0;
  bool free_high = false;
};

// The most folios that are freed in one batch.
inline constexpr size_t kFolioBatchSize = 31;

// Where a freed block goes in its list (page-allocator.md 7.5).
enum class FpiFlags : uint8_t { kNone = 0, kToTail = 2 };

inline namespace PAGELAB_HOOK_NAMESPACE {

// The page allocator: rules without state of their own, on an AllocatorState.
// The front door (AllocPages, FreePages, ...) only composes the public steps
// below it, so that a replay can put them in the order a trace shows.
//
// Compiled three times, in its own inline namespace each: without hooks, with
// hooks behind plain branches, with hooks behind static keys (hook_build.h).
// Thread-compatible.
//
// Kernel counterpart: mm/page_alloc.c. Sections are page-allocator.md's.
class PageAllocator final : public PageSource {
 public:
  explicit PageAllocator(AllocatorState& state) : state_(state) {}

  // --- the front door ---

  // A block of 2^order frames, refcount 1, or null when none is to be had: an
  // ordinary answer. Orders over kMaxPageOrder give null without an event.
  // Sections 13 and 14.
  // Kernel counterpart: __alloc_pages().
  Page* AllocPages(ExecutionContext& context, const AllocRequest& request);

  // Drops a reference and frees the block when it was the last; otherwise all
  // of a block that is not compound but its first page. Freeing what is not an
  // allocated block of that order is reported through the kernel log in the
  // kernel's words, and changes nothing; false then.
  // Kernel counterpart: __free_pages(). Section 15.2.
  bool FreePages(ExecutionContext& context, Page* page, Order order);

  // Frees up to 31 blocks the way folio batches are freed. Section 12.8.
  struct Folio {
    Page* page = nullptr;
    Order order;
  };
  void FreeFolios(ExecutionContext& context, absl::Span<const Folio> folios);

  // Fills `pages` with order-0 pages without an event for each; returns how
  // many it got. Section 15.1.
  size_t AllocPagesBulk(ExecutionContext& context, const AllocRequest& request,
                        absl::Span<Page*> pages);

  // `count` contiguous order-0 pages, the rest of the block freed at once.
  // Section 15.3.
  Page* AllocPagesExact(ExecutionContext& context, const AllocRequest& request,
                        PageCount count);
  void FreePagesExact(ExecutionContext& context, Page* page, PageCount count);

  // Makes an allocated block smaller blocks, each with a reference of its own:
  // order 0 for split_page(), more for a split folio. Section 15.4.
  void SplitPage(Page* page, Order old_order, Order new_order = Order(0));

  // PageSource, for the simulated kernel's own data.
  std::optional<Pfn> AllocBlock(ExecutionContext& context, Gfp gfp, Order order,
                                NodeId node) override;
  void FreeBlock(ExecutionContext& context, Pfn head, Order order) override;
  std::optional<Pfn> AllocExact(ExecutionContext& context, Gfp gfp,
                                PageCount pages, NodeId node) override;

  // --- the steps (DESIGN.md decision 3) ---

  // The walk that AllocPages() spares the common cases. `gfp` is what boot
  // allows of the request's mask.
  Page* AllocPagesByZonelist(ExecutionContext& context,
                             const AllocRequest& request, Gfp gfp);
  // Zone by zone with the given alloc flags. Section 13.4.
  Page* GetPageFromFreelist(ExecutionContext& context, const AllocControl& ac,
                            AllocFlags flags);
  // What follows when the fast path found nothing. Section 14; with nobody in
  // AllocatorState::pressure nothing is freed to make room.
  Page* AllocPagesSlowpath(ExecutionContext& context, const AllocControl& ac);
  // One block from a zone: per-cpu list first. Section 13.4, rmqueue.
  Page* Rmqueue(ExecutionContext& context, Zone& zone, const AllocControl& ac,
                AllocFlags flags);
  // Section 12.3; null when the list stays empty or its lock is taken.
  Page* TakeFromPcp(ExecutionContext& context, Zone& zone, Order order,
                    Migratetype type, AllocFlags flags);
  // The same without the halving of free_count: what bulk allocation does.
  Page* PopFromPcp(ExecutionContext& context, Zone& zone, Order order,
                   Migratetype type, AllocFlags flags);
  // Section 12.3, rmqueue_bulk; returns how many blocks came.
  int RefillPcp(ExecutionContext& context, Zone& zone, PerCpuPages& pcp,
                const PcpRefill& refill);
  // Section 9.4.
  Page* TakeFromBuddy(ExecutionContext& context, Zone& zone, Order order,
                      Migratetype type, AllocFlags flags);
  // Marks the block allocated, zeroes it if asked, tells the hooks.
  // Kernel counterpart: prep_new_page().
  void PrepareNewPage(ExecutionContext& context, Page& page, Order order,
                      Gfp gfp);
  // The event that ends an allocation. Null: it failed.
  void TraceAlloc(const ExecutionContext& context, const Page* page,
                  const AllocControl& ac);

  // mm_page_free, checks and hooks; false when the block must not be freed.
  // Section 8.3.
  bool FreePrepare(ExecutionContext& context, Page& page, Order order);
  // After FreePrepare: to the per-cpu list or past it. Sections 12.5, 12.6.
  void FreeCommit(ExecutionContext& context, Page& page, Order order,
                  FpiFlags fpi = FpiFlags::kNone);
  // Straight to the buddy lists, order 10 as two halves. Section 8.2.
  void FreeDirect(ExecutionContext& context, Zone& zone, Pfn pfn, Order order,
                  FpiFlags fpi);
  // The core merge. Section 8.1.
  void FreeOne(Zone& zone, CpuId cpu, Pfn pfn, Order order, Migratetype type,
               FpiFlags fpi);

  // The merge without the counters of free pages, which the caller keeps.
  void FreeUncounted(Zone& zone, CpuId cpu, Pfn pfn, Order order,
                     Migratetype type, FpiFlags fpi);

  // What a free does when its block is on `list`: drains if the lists are full.
  // Section 12.6, the end.
  void DrainIfFull(ExecutionContext& context, Zone& zone, int list,
                   bool free_high);
  // The same where they are. Section 12.6, the end.
  void DrainAfterCommit(ExecutionContext& context, Zone& zone,
                        const PcpExcess& excess);
  // Section 12.7.
  void DrainPcp(ExecutionContext& context, Zone& zone, PerCpuPages& pcp,
                int nr_pages, int start_list);
  // Empties the lists that one CPU has of one zone. Section 12.9.
  void DrainPages(ExecutionContext& context, Zone& zone, CpuId cpu);
  // All CPUs, all zones or one. Section 12.9.
  void DrainAllPages(ExecutionContext& context, Zone* only = nullptr);
  // One tick of the vmstat worker for a zone and CPU. Section 12.9.
  void DecayPcpHigh(ExecutionContext& context, Zone& zone, CpuId cpu);
  // One zone's share of the vmstat worker's tick: folding, decay, and whether
  // the lists of a remote zone are due for DrainExpired(). Section 12.9.
  bool VmstatTick(ExecutionContext& context, Zone& zone, CpuId cpu);
  // Drains a batch of a remote zone's lists. Section 12.9.
  void DrainExpired(ExecutionContext& context, Zone& zone, CpuId cpu);
  // The whole tick. Section 12.9.
  void VmstatUpdate(ExecutionContext& context, CpuId cpu);

  // Keeps the pageblock of a new high-order atomic block for its kind.
  // Section 11.1.
  void ReserveHighatomic(Zone& zone, const Page& page, CpuId cpu, Order order);
  // Gives back one reserved highatomic pageblock. Section 11.2.
  bool UnreserveHighatomic(const AllocControl& ac, bool force, CpuId cpu);

  AllocatorState& state() { return state_; }

 private:
  // Frees the pages at the tail of a list of pages that are neighbours in one
  // pageblock, as many as `most` allows, as DrainPcp() would one by one.
  // Returns how many.
  int DrainNeighbours(ExecutionContext& context, Zone& zone, FreeList& list,
                      int most);
  bool FreeAllButFirst(ExecutionContext& context, Page& page, Order order);
  void CommitFolio(ExecutionContext& context, const Folio& folio);
  size_t FillFromPcp(ExecutionContext& context, const AllocRequest& request,
                     absl::Span<Page*> pages);

  AllocatorState& state_;
};

}  // namespace PAGELAB_HOOK_NAMESPACE
}  // namespace pagelab

#endif  // PAGELAB_ALLOC_PAGE_ALLOCATOR_H_

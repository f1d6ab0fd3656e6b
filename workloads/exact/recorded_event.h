#ifndef PAGELAB_WORKLOADS_EXACT_RECORDED_EVENT_H_
#define PAGELAB_WORKLOADS_EXACT_RECORDED_EVENT_H_

#include <cstdint>

#include "pagelab/alloc/execution_context.h"
#include "pagelab/alloc/gfp.h"
#include "pagelab/alloc/migratetype.h"
#include "pagelab/alloc/request.h"
#include "pagelab/alloc/types.h"

namespace pagelab {

// The entries of a recording that say something about the allocator.
enum class RecordedKind : uint8_t {
  kPageAlloc,
  kPageFree,
  kPageFreeBatched,
  kPageAllocZoneLocked,
  kPagePcpuDrain,
  kPageAllocExtfrag,
  kContigMigrateRange,
  // Probes of the recording kernel.
  kDecayPcpHigh,
  kDrainPagesZone,
  kDrainZonePages,
  kIsolateFreePage,
  kPutbackIsolatedPage,
  // A page of a bulk allocation, in recordings of pagelab.
  kBulkPage,
  // vmscan, compaction and oom events.
  kKswapdWake,
  kDirectReclaimBegin,
  kDirectReclaimEnd,
  kCompactionTry,
  kCompactionEnd,
  kMarkVictim,
};

// One of them, of fixed size: what the spool holds.
struct RecordedEvent {
  // Properties that only a look at the neighbouring entries shows.
  enum Flag : uint16_t {
    // mm_page_free: committed by the mm_page_free_batched `partner` entries
    // further on. That one: it commits the free `partner` entries before it.
    kBatched = 1u << 0,
    // mm_page_free: the page goes to the compactor's list and is not freed.
    kToCompactor = 1u << 1,
    // mm_page_free: the tail of alloc_pages_exact(), straight to the buddy.
    kExactTail = 1u << 2,
    // The last entry of kswapd before it looks whether to sleep.
    kEndsKswapdPass = 1u << 3,
    kChangeOwnership = 1u << 4,
    kPercpuRefill = 1u << 5,
    // isolate_free_page: the fast search took the block.
    kFastSearch = 1u << 6,
    // By kswapd: a task with PF_MEMALLOC.
    kByKswapd = 1u << 7,
    kByKworker = 1u << 8,
  };

  // Of the trace clock: nanoseconds or ticks.
  uint64_t time;
  // Frame; 0 for a failed allocation. Zone address of decay and drain probes.
  uint64_t pfn;
  // By kind: end of the contiguous range; `high` of a decay; CPU of a full
  // drain; pages reclaimed; node of kswapd; victim.
  uint64_t extra;
  // In the text, from 1.
  uint64_t line;
  uint32_t gfp;
  int32_t pid;
  uint32_t partner;
  uint16_t cpu;
  uint16_t flags;
  RecordedKind kind;
  InterruptLevel level;
  uint8_t order;
  uint8_t migratetype;
  uint8_t fallback_order;
  uint8_t fallback_migratetype;
  uint16_t reserved;

  bool Has(Flag flag) const { return (flags & flag) != 0; }
  Pfn frame() const { return Pfn(pfn); }
  Order block_order() const { return Order(order); }
  Gfp mask() const { return Gfp(gfp); }
  // What an allocation asked for; the node is not recorded.
  AllocRequest request(NodeId node = NodeId()) const {
    return {.gfp = mask(), .order = block_order(), .node = node};
  }
  bool failed_allocation() const {
    return kind == RecordedKind::kPageAlloc && pfn == 0;
  }
  bool is_refill() const {
    return kind == RecordedKind::kPageAllocZoneLocked ||
           kind == RecordedKind::kPageAllocExtfrag;
  }
};
static_assert(sizeof(RecordedEvent) == 56);

// What runs one after the other on one CPU (page-allocator.md 20.5).
struct RecordedContext {
  int32_t pid = 0;
  uint16_t cpu = 0;
  InterruptLevel level = InterruptLevel::kTask;
  friend bool operator==(const RecordedContext&,
                         const RecordedContext&) = default;
};
inline RecordedContext ContextOf(const RecordedEvent& event) {
  return {event.pid, event.cpu, event.level};
}

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_EXACT_RECORDED_EVENT_H_

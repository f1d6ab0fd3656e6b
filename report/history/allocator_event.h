#ifndef PAGELAB_REPORT_HISTORY_ALLOCATOR_EVENT_H_
#define PAGELAB_REPORT_HISTORY_ALLOCATOR_EVENT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "pagelab/alloc/execution_context.h"
#include "pagelab/alloc/tracepoints.h"
#include "pagelab/alloc/types.h"

namespace pagelab {

// A kmem event of a machine, with who was running when it happened
// (page-allocator.md 19).
struct AllocatorEvent {
  using Fields =
      std::variant<MmPageAlloc, MmPageFree, MmPageFreeBatched,
                   MmPageAllocZoneLocked, MmPagePcpuDrain, MmPageAllocExtfrag>;

  // Counted from 1 in the order of the run: the Nth kmem event of the trace
  // that `pagelab run --record` writes, boot not included.
  uint64_t number = 0;
  Nanoseconds when;
  CpuId cpu;
  InterruptLevel level = InterruptLevel::kTask;
  int32_t pid = 0;
  std::string comm;
  Fields fields;

  // Null if the event is another one.
  template <typename Event>
  const Event* As() const {
    return std::get_if<Event>(&fields);
  }
};

// "mm_page_alloc".
std::string_view EventName(const AllocatorEvent& event);
// The event's page frame; 0 for an allocation that found none.
Pfn EventPfn(const AllocatorEvent& event);
// Of the block, or of the request where the two differ; 0 for
// mm_page_free_batched.
Order EventOrder(const AllocatorEvent& event);
// The text behind the event's name, as the kernel prints it.
std::string EventText(const AllocatorEvent& event, Order pageblock_order);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_HISTORY_ALLOCATOR_EVENT_H_

#include "pagelab/workloads/record/event_text.h"

#include "fmt/format.h"
#include "pagelab/workloads/snapshot/simulated_addresses.h"

namespace pagelab {

std::string KmemText(const MmPageAlloc& event) {
  const uint64_t pfn = event.failed ? 0 : event.pfn.value();
  const uint64_t page = event.failed ? 0 : SimulatedPageAddress(event.pfn);
  return fmt::format(
      "page={:016x} pfn=0x{:x} order={} migratetype={} gfp_flags={}", page, pfn,
      event.order.value(), Index(event.migratetype), ToString(event.gfp));
}

std::string KmemText(const MmPageFree& event) {
  return fmt::format("page={:016x} pfn=0x{:x} order={}",
                     SimulatedPageAddress(event.pfn), event.pfn.value(),
                     event.order.value());
}

std::string KmemText(const MmPageFreeBatched& event) {
  return fmt::format("page={:016x} pfn=0x{:x} order=0",
                     SimulatedPageAddress(event.pfn), event.pfn.value());
}

std::string KmemText(const MmPageAllocZoneLocked& event) {
  return fmt::format(
      "page={:016x} pfn=0x{:x} order={} migratetype={} percpu_refill={}",
      SimulatedPageAddress(event.pfn), event.pfn.value(), event.order.value(),
      Index(event.migratetype), event.percpu_refill ? 1 : 0);
}

std::string KmemText(const MmPagePcpuDrain& event) {
  return fmt::format("page={:016x} pfn=0x{:x} order={} migratetype={}",
                     SimulatedPageAddress(event.pfn), event.pfn.value(),
                     event.order.value(), Index(event.migratetype));
}

std::string KmemText(const MmPageAllocExtfrag& event, Order pageblock_order) {
  return fmt::format(
      "page={:016x} pfn=0x{:x} alloc_order={} fallback_order={} "
      "pageblock_order={} alloc_migratetype={} fallback_migratetype={} "
      "fragmenting={} change_ownership={}",
      SimulatedPageAddress(event.pfn), event.pfn.value(),
      event.alloc_order.value(), event.fallback_order.value(),
      pageblock_order.value(), Index(event.alloc_migratetype),
      Index(event.fallback_migratetype),
      event.fallback_order < pageblock_order ? 1 : 0,
      event.change_ownership ? 1 : 0);
}

}  // namespace pagelab

#include "pagelab/test/workloads/trace_printer.h"

#include <fmt/core.h>

namespace pagelab {
namespace {

std::string PrintTime(const TraceTime& time) {
  if (time.is_ticks()) return fmt::format("{:12}", time.value);
  uint64_t unit = 1;
  for (int i = time.fraction_digits; i < 9; ++i) unit *= 10;
  return fmt::format("{:5}.{:0{}}", time.value / 1'000'000'000,
                     time.value % 1'000'000'000 / unit, time.fraction_digits);
}

std::string PrintContext(const TraceEvent& event) {
  std::string tgid;
  if (event.has_tgid_column) {
    tgid = event.tgid < 0 ? "(-------) " : fmt::format("({:7}) ", event.tgid);
  }
  return fmt::format("{:>16}-{:<7} {}[{:03}] {} {}: ", event.comm, event.pid,
                     tgid, event.cpu.value(), event.flags,
                     PrintTime(event.time));
}

std::string PrintMask(Gfp gfp) {
  return gfp.value() == 0 ? "none" : ToString(gfp);
}

std::string PrintExtfrag(const TraceEvent& event) {
  return fmt::format(
      "page={} pfn={:#x} alloc_order={} fallback_order={} pageblock_order={} "
      "alloc_migratetype={} fallback_migratetype={} fragmenting={} "
      "change_ownership={}",
      event.page, event.pfn.value(), event.order.value(),
      event.extfrag.fallback_order.value(),
      event.extfrag.pageblock_order.value(), event.migratetype,
      event.extfrag.fallback_migratetype, int{event.extfrag.fragmenting},
      int{event.extfrag.change_ownership});
}

std::string PrintFields(const TraceEvent& event) {
  const std::string block =
      fmt::format("page={} pfn={:#x} order={}", event.page, event.pfn.value(),
                  event.order.value());
  switch (event.kind) {
    case TraceEventKind::kPageAlloc:
      return fmt::format("{} migratetype={} gfp_flags={}", block,
                         event.migratetype, PrintMask(event.gfp));
    case TraceEventKind::kPageFree:
    case TraceEventKind::kPageFreeBatched:
      return block;
    case TraceEventKind::kPageAllocZoneLocked:
      return fmt::format("{} migratetype={} percpu_refill={}", block,
                         event.migratetype, int{event.percpu_refill});
    case TraceEventKind::kPagePcpuDrain:
      return fmt::format("{} migratetype={}", block, event.migratetype);
    case TraceEventKind::kPageAllocExtfrag:
      return PrintExtfrag(event);
    case TraceEventKind::kContigMigrateRange:
      return fmt::format(
          "start={:#x} end={:#x} migratetype={} nr_migrated={} "
          "nr_reclaimed={} nr_mapped={}",
          event.contig.range.begin.value(), event.contig.range.end.value(),
          event.contig.migratetype, event.contig.nr_migrated,
          event.contig.nr_reclaimed, event.contig.nr_mapped);
    case TraceEventKind::kProbe:
    case TraceEventKind::kMarker:
    case TraceEventKind::kOther:
      break;
  }
  return std::string(event.text);
}

}  // namespace

std::string PrintTraceLine(const TraceEvent& event) {
  return fmt::format("{}{}: {}", PrintContext(event), event.name,
                     PrintFields(event));
}

}  // namespace pagelab

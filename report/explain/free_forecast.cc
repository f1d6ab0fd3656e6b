#include "pagelab/report/explain/free_forecast.h"

#include <algorithm>

#include "fmt/format.h"
#include "pagelab/alloc/pcp_ops.h"
#include "pagelab/alloc/pcp_tuning.h"
#include "pagelab/base/text.h"

namespace pagelab {

FreeForecast ForecastFree(const AllocatorState& state, CpuId cpu, Pfn pfn,
                          Order order, bool in_full) {
  const Zone& zone = state.ZoneOf(*state.memory->PageAt(pfn));
  const PerCpuPages& real = zone.pcp[cpu.value()];
  const Migratetype type = state.PageblockType(pfn);
  FreeForecast forecast{.zone = &zone,
                        .block = {pfn, order, type},
                        .list_type = PcpTypeOf(type),
                        .before = PcpTuning::Of(real),
                        .after = PcpTuning::Of(real),
                        .merges = {},
                        .stop = {}};
  if (in_full) {
    forecast.merges = MergesAhead(state, zone, pfn, order);
    forecast.stop = WhyNoFurther(state, zone, forecast.merges.back());
  }
  if (!IsPcpOrder(state.policy, order)) {
    forecast.way = FreeForecast::Way::kWrongOrder;
    return forecast;
  }
  if (type == Migratetype::kIsolate) {
    forecast.way = FreeForecast::Way::kIsolated;
    return forecast;
  }
  if (real.locked) {
    forecast.way = FreeForecast::Way::kLocked;
    return forecast;
  }
  PerCpuPages pcp;
  forecast.before.CopyTo(pcp);
  forecast.is_burst = TuneForFree(pcp, order);
  forecast.high = pcp.high;
  if (!IsUsualHigh(zone, pcp, forecast.is_burst)) {
    forecast.high = NrPcpHigh(zone, pcp, forecast.is_burst);
    if (pcp.count >= forecast.high) {
      forecast.drained =
          std::min(pcp.count, NrPcpFree(pcp, forecast.high, forecast.is_burst));
    }
  }
  forecast.after = PcpTuning::Of(pcp);
  return forecast;
}

Sentence CommitSentence(const FreeForecast& forecast, CpuId cpu) {
  std::string text = fmt::format(
      "It goes to the head of CPU {}'s list for {}, order {}", cpu.value(),
      ToString(forecast.list_type), forecast.block.order.value());
  if (forecast.list_type != forecast.block.type) {
    text += fmt::format(" (its pageblock is {}, which has no list of its own)",
                        ToString(forecast.block.type));
  }
  const int pages = static_cast<int>(forecast.block.order.pages());
  text +=
      fmt::format("; the CPU's lists of the zone hold {} + {} = {} pages",
                  forecast.before.count, pages, forecast.before.count + pages);
  if (forecast.drained == 0) {
    return {fmt::format("{}, below high {}: nothing more is to do. Its buddies "
                        "do not matter, as frames on per-cpu lists do not "
                        "merge.",
                        text, forecast.high),
            "free_unref_page_commit(), nr_pcp_high()",
            "page-allocator.md 12.6"};
  }
  text += forecast.is_burst
              ? ". That ends a burst of frees of higher orders, so "
              : fmt::format(", which is not below high {}: ", forecast.high);
  return {
      fmt::format(
          "{}{} back to the buddy lists (batch {}).", text,
          forecast.drained == 1
              ? "1 page goes"
              : fmt::format("{} pages go",
                            Grouped(static_cast<uint64_t>(forecast.drained))),
          forecast.before.batch),
      "free_unref_page_commit(), nr_pcp_free()", "page-allocator.md 12.6"};
}

Sentence PastPcpSentence(const FreeForecast& forecast) {
  std::string why;
  switch (forecast.way) {
    case FreeForecast::Way::kWrongOrder:
      why = fmt::format("Order {} has no per-cpu list",
                        forecast.block.order.value());
      break;
    case FreeForecast::Way::kIsolated:
      why = "Its pageblock is isolated";
      break;
    case FreeForecast::Way::kLocked:
      why = "The lock of the per-cpu lists is taken";
      break;
    case FreeForecast::Way::kPcp:
      why = "It is a part that somebody cut off a larger block";
      break;
  }
  return {why + ": it goes straight to the buddy lists.", "free_one_page()",
          "page-allocator.md 8.2, 12.5"};
}

}  // namespace pagelab

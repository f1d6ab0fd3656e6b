#include "pagelab/sim/files/zoneinfo.h"

#include <fmt/format.h>

#include <iterator>
#include <string_view>

#include "pagelab/alloc/stat_totals.h"
#include "pagelab/sim/files/printed_stats.h"

namespace pagelab {
namespace {

// The file ends a line only where the next one starts, or at a zone's end.
void AppendCounter(std::string_view name, uint64_t value, std::string& out) {
  fmt::format_to(std::back_inserter(out), "\n      {:<12} {}", name, value);
}

void AppendNodeStats(const Node& node, std::string& out) {
  out += "\n  per-node stats";
  for (int i = 0; i < kNrNodeStats; ++i) {
    const auto stat = static_cast<NodeStat>(i);
    AppendCounter(ToString(stat), PrintedValue(stat, StatOf(node, stat)), out);
  }
}

void AppendLimits(const Zone& zone, std::string& out) {
  fmt::format_to(std::back_inserter(out),
                 "\n  pages free     {}"
                 "\n        boost    {}"
                 "\n        min      {}"
                 "\n        low      {}"
                 "\n        high     {}"
                 "\n        promo    {}",
                 zone.StatPages(ZoneStat::kFreePages), zone.watermark_boost,
                 zone.WatermarkPages(Watermark::kMin),
                 zone.WatermarkPages(Watermark::kLow),
                 zone.WatermarkPages(Watermark::kHigh),
                 zone.WatermarkPages(Watermark::kPromo));
  fmt::format_to(std::back_inserter(out),
                 "\n        spanned  {}"
                 "\n        present  {}"
                 "\n        managed  {}"
                 "\n        cma      {}"
                 "\n        protection: (",
                 zone.span.size().value(), zone.present.value(),
                 zone.managed.value(), zone.cma.value());
  for (int i = 0; i < kMaxNrZones; ++i) {
    fmt::format_to(std::back_inserter(out), "{}{}", i == 0 ? "" : ", ",
                   zone.lowmem_reserve[i]);
  }
  out += ')';
}

void AppendZoneStats(const Zone& zone, std::string& out) {
  AppendCounter("nr_free_pages", zone.StatPages(ZoneStat::kFreePages), out);
  for (int i = 0; i < kNrZoneLruStats; ++i) {
    const auto stat = static_cast<ZoneLruStat>(i);
    AppendCounter(ToString(stat), StatOf(zone, stat), out);
  }
  AppendCounter("nr_free_cma", zone.StatPages(ZoneStat::kFreeCma), out);
  for (int i = 0; i < kNrNumaStats; ++i) {
    AppendCounter(ToString(static_cast<NumaStat>(i)), zone.numa_stat[i], out);
  }
}

void AppendPagesets(const Zone& zone, int nr_cpus, std::string& out) {
  out += "\n  pagesets";
  for (int cpu = 0; cpu < nr_cpus; ++cpu) {
    const PerCpuPages& pcp = zone.pcp[cpu];
    fmt::format_to(std::back_inserter(out),
                   "\n    cpu: {}"
                   "\n              count: {}"
                   "\n              high:  {}"
                   "\n              batch: {}"
                   "\n  vm stats threshold: {}",
                   cpu, pcp.count, pcp.high, pcp.batch, pcp.stat_threshold);
  }
}

void AppendZone(const AllocatorState& state, const Zone& zone,
                const Node* first_of, std::string& out) {
  fmt::format_to(std::back_inserter(out), "Node {}, zone {:>8}",
                 zone.node.value(), ToString(zone.type));
  if (first_of != nullptr) AppendNodeStats(*first_of, out);
  AppendLimits(zone, out);
  if (zone.populated()) {
    AppendZoneStats(zone, out);
    AppendPagesets(zone, state.nr_cpus, out);
    // Nothing reclaims, so reclaim never gave up on a node.
    fmt::format_to(std::back_inserter(out),
                   "\n  node_unreclaimable:  0"
                   "\n  start_pfn:           {}",
                   zone.span.begin.value());
  }
  out += '\n';
}

}  // namespace

void AppendZoneinfo(const AllocatorState& state, std::string& out) {
  for (const Node& node : state.all_nodes()) {
    bool seen_populated = false;
    for (const Zone& zone : state.all_zones()) {
      if (zone.node != node.id) continue;
      const bool first = zone.populated() && !seen_populated;
      seen_populated |= first;
      AppendZone(state, zone, first ? &node : nullptr, out);
    }
  }
}

}  // namespace pagelab

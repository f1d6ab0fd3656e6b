#include "pagelab/report/explain/glimpse.h"

namespace pagelab {
namespace {

size_t PcpIndex(const AllocatorState& state, const Zone& zone, CpuId cpu) {
  return static_cast<size_t>(zone.id) * static_cast<size_t>(state.nr_cpus) +
         cpu.value();
}

}  // namespace

PcpTuning PcpTuning::Of(const PerCpuPages& pcp) {
  return {.count = pcp.count,
          .high = pcp.high,
          .high_min = pcp.high_min,
          .high_max = pcp.high_max,
          .batch = pcp.batch,
          .free_count = pcp.free_count,
          .alloc_factor = pcp.alloc_factor,
          .flags = pcp.flags};
}

void PcpTuning::CopyTo(PerCpuPages& pcp) const {
  pcp.count = count;
  pcp.high = high;
  pcp.high_min = high_min;
  pcp.high_max = high_max;
  pcp.batch = batch;
  pcp.free_count = free_count;
  pcp.alloc_factor = alloc_factor;
  pcp.flags = flags;
}

void Glimpse::Take(const AllocatorState& state) {
  const auto nr_zones = static_cast<size_t>(state.nr_zones);
  const auto nr_cpus = static_cast<size_t>(state.nr_cpus);
  zones_.resize(nr_zones);
  pcps_.resize(nr_zones * nr_cpus);
  for (size_t i = 0; i < nr_zones; ++i) {
    const Zone& zone = state.zones[i];
    if (!zone.populated()) continue;
    zones_[i].free_pages =
        static_cast<int64_t>(zone.StatPages(ZoneStat::kFreePages));
    for (size_t order = 0; order < kNrPageOrders; ++order) {
      zones_[i].nr_free[order] = zone.free_area[order].nr_free;
    }
    for (size_t cpu = 0; cpu < nr_cpus; ++cpu) {
      pcps_[i * nr_cpus + cpu] = PcpTuning::Of(zone.pcp[cpu]);
    }
  }
}

void Glimpse::Note(const AllocatorState& state, const Zone& zone, CpuId cpu,
                   const PcpTuning& tuning) {
  pcps_[PcpIndex(state, zone, cpu)] = tuning;
}

const PcpTuning& Glimpse::pcp(const AllocatorState& state, const Zone& zone,
                              CpuId cpu) const {
  return pcps_[PcpIndex(state, zone, cpu)];
}

}  // namespace pagelab

#include "pagelab/alloc/limits.h"

#include <algorithm>
#include <bit>

#include "pagelab/alloc/pcp_tuning.h"

namespace pagelab {
namespace {

int64_t Managed(const Zone& zone) {
  return static_cast<int64_t>(zone.managed.value());
}

// floor(sqrt(value)).
int64_t IntSqrt(int64_t value) {
  int64_t root = 0;
  for (int64_t bit = int64_t{1} << 31; bit > 0; bit >>= 1) {
    if ((root + bit) * (root + bit) <= value) root += bit;
  }
  return root;
}

int OnlineCpus(const AllocatorState& state, const Zone& zone) {
  const int local = state.nodes[zone.node.value()].nr_cpus;
  return local > 0 ? local : state.nr_cpus;
}

// Blocks that move between a per-cpu list and the zone at a time.
int32_t ZoneBatch(const Zone& zone) {
  constexpr int64_t kMostBytes = int64_t{1} << 20;
  int64_t batch = std::min(Managed(zone) >> 10,
                           kMostBytes / static_cast<int64_t>(kPageSize)) /
                  4;
  batch = std::max<int64_t>(batch, 1);
  batch = static_cast<int64_t>(
              std::bit_floor(static_cast<uint64_t>(batch + batch / 2))) -
          1;
  return static_cast<int32_t>(std::max<int64_t>(batch, 1));
}

void SetZonePcpLimits(AllocatorState& state, Zone& zone) {
  const int64_t cpus = OnlineCpus(state, zone);
  const int64_t floor = int64_t{4} * ZoneBatch(zone);
  const int64_t fraction = state.policy.percpu_pagelist_high_fraction;
  const int64_t high_max =
      std::max(Managed(zone) / (fraction > 0 ? fraction : 8) / cpus, floor);
  const int64_t high_min =
      fraction > 0
          ? high_max
          : std::max(zone.WatermarkPages(Watermark::kLow) / cpus, floor);
  zone.pageset_batch = ZoneBatch(zone);
  zone.pageset_high_min = static_cast<int32_t>(high_min);
  zone.pageset_high_max = static_cast<int32_t>(high_max);
  for (int cpu = 0; cpu < state.nr_cpus; ++cpu) {
    PerCpuPages& pcp = zone.pcp[cpu];
    pcp.batch = zone.pageset_batch;
    pcp.high_min = zone.pageset_high_min;
    pcp.high_max = zone.pageset_high_max;
  }
}

// How far a CPU's counters may drift (page-allocator.md 20.2).
void RefreshStatThresholds(AllocatorState& state) {
  constexpr int64_t kMost = 125;
  const auto cpus = static_cast<uint64_t>(state.nr_cpus);
  for (Zone& zone : state.all_zones()) {
    if (!zone.populated()) continue;
    const auto threshold =
        static_cast<int64_t>(2 * std::bit_width(cpus) *
                             (1 + std::bit_width(zone.managed.value() >> 15)));
    for (int cpu = 0; cpu < state.nr_cpus; ++cpu) {
      zone.pcp[cpu].stat_threshold =
          static_cast<int16_t>(std::min(threshold, kMost));
    }
  }
}

void SetZoneWatermarks(const AllocatorState& state, Zone& zone,
                       int64_t lowmem) {
  const int64_t pages_min = state.policy.min_free_kbytes / 4;
  const int64_t managed = Managed(zone);
  const int64_t share = lowmem > 0 ? pages_min * managed / lowmem : 0;
  const int64_t min = zone.type == ZoneType::kMovable
                          ? std::clamp<int64_t>(managed / 1024, 32, 128)
                          : share;
  const int64_t step = std::max(
      share >> 2, managed * state.policy.watermark_scale_factor / 10000);
  // Zone Movable of a machine without one shows its lower clamp everywhere.
  for (int mark = 0; mark < kNrWatermarks; ++mark) {
    zone.watermark[static_cast<size_t>(mark)] = min + mark * step;
  }
  zone.watermark_boost = 0;
}

}  // namespace

void SetupTotalReserve(AllocatorState& state) {
  state.totalreserve_pages = 0;
  for (const Zone& zone : state.all_zones()) {
    const int64_t largest = *std::max_element(zone.lowmem_reserve.begin(),
                                              zone.lowmem_reserve.end());
    state.totalreserve_pages += std::min(
        Managed(zone), largest + zone.WatermarkPages(Watermark::kHigh));
  }
}

uint64_t NrFreeZonePages(const AllocatorState& state, int highest) {
  int64_t sum = 0;
  const Node& node = state.nodes[state.cpu_node[0].value()];
  for (const Zoneref& ref : node.zonelist(highest, false)) {
    if (ref.zone_index > highest) continue;
    sum += std::max<int64_t>(
        Managed(*ref.zone) - ref.zone->WatermarkPages(Watermark::kHigh), 0);
  }
  return static_cast<uint64_t>(sum);
}

void SetupPerCpuPagesets(AllocatorState& state) { UpdatePcpLimits(state); }

void UpdatePcpLimits(AllocatorState& state) {
  for (Zone& zone : state.all_zones()) {
    if (zone.populated()) SetZonePcpLimits(state, zone);
  }
}

void SetupPerZoneWatermarks(AllocatorState& state) {
  int64_t lowmem = 0;
  for (const Zone& zone : state.all_zones()) {
    if (zone.type != ZoneType::kMovable) lowmem += Managed(zone);
  }
  for (Zone& zone : state.all_zones()) SetZoneWatermarks(state, zone, lowmem);
  UpdatePcpLimits(state);
  SetupTotalReserve(state);
}

void SetupLowmemReserve(AllocatorState& state) {
  for (Zone& zone : state.all_zones()) {
    const int64_t ratio =
        state.policy
            .lowmem_reserve_ratio[static_cast<size_t>(Index(zone.type))];
    const bool clear = ratio < 1 || Managed(zone) == 0;
    int64_t above = 0;
    for (int index = Index(zone.type) + 1; index < kMaxNrZones; ++index) {
      above += Managed(state.zones[zone.node.value() * kMaxNrZones + index]);
      zone.lowmem_reserve[static_cast<size_t>(index)] =
          clear ? 0 : above / ratio;
    }
  }
  SetupTotalReserve(state);
}

void InitPerZoneWatermarks(AllocatorState& state) {
  const auto lowmem_kbytes =
      static_cast<int64_t>(NrFreeZonePages(state, Index(ZoneType::kNormal))) *
      4;
  const int64_t wanted = IntSqrt(lowmem_kbytes * 16);
  if (wanted > state.policy.user_min_free_kbytes) {
    state.policy.min_free_kbytes = std::clamp<int64_t>(wanted, 128, 262144);
  }
  SetupPerZoneWatermarks(state);
  RefreshStatThresholds(state);
  SetupLowmemReserve(state);
}

void RaiseMinFreeForHugePages(AllocatorState& state) {
  if (!state.policy.thp_enabled) return;
  int64_t nr_zones = 0;
  for (const Zone& zone : state.all_zones()) {
    if (zone.populated() && zone.type != ZoneType::kMovable) ++nr_zones;
  }
  const auto pageblock =
      static_cast<int64_t>(state.memory->pageblock_order().pages());
  // Two pageblocks of each zone, and room for each type beside each other.
  constexpr int64_t kPcpTypesSquared = kMigratePcpTypes * kMigratePcpTypes;
  int64_t recommended = pageblock * nr_zones * (2 + kPcpTypesSquared);
  recommended = std::min(recommended, static_cast<int64_t>(NrFreeZonePages(
                                          state, Index(ZoneType::kNormal))) /
                                          20);
  const int64_t kbytes = recommended * 4;
  if (kbytes > state.policy.min_free_kbytes) {
    state.policy.min_free_kbytes = kbytes;
  }
  SetupPerZoneWatermarks(state);
}

void SetMinFreeKbytes(AllocatorState& state, int64_t kbytes) {
  state.policy.user_min_free_kbytes = kbytes;
  state.policy.min_free_kbytes = kbytes;
  SetupPerZoneWatermarks(state);
}

void ApplyCacheInfo(AllocatorState& state) {
  for (Zone& zone : state.all_zones()) {
    if (!zone.populated()) continue;
    for (int cpu = 0; cpu < state.nr_cpus; ++cpu) {
      PerCpuPages& pcp = zone.pcp[cpu];
      const bool large = state.policy.cache_slice_pages > 3 * pcp.batch;
      pcp.flags = static_cast<uint8_t>(large ? pcp.flags | kPcpFreeHighBatch
                                             : pcp.flags & ~kPcpFreeHighBatch);
    }
  }
}

}  // namespace pagelab

#include "pagelab/alloc/stat_totals.h"

#include <algorithm>

namespace pagelab {
namespace {

uint64_t Floored(int64_t value) {
  return static_cast<uint64_t>(std::max<int64_t>(value, 0));
}

}  // namespace

uint64_t TotalOf(const AllocatorState& state, ZoneStat stat) {
  int64_t sum = 0;
  for (const Zone& zone : state.all_zones()) {
    sum += zone.vm_stat[static_cast<int>(stat)];
  }
  return Floored(sum);
}

uint64_t TotalOf(const AllocatorState& state, ZoneLruStat stat) {
  int64_t sum = 0;
  for (const Zone& zone : state.all_zones()) sum += zone.lru_stat[Index(stat)];
  return Floored(sum);
}

uint64_t TotalOf(const AllocatorState& state, NumaStat stat) {
  uint64_t sum = 0;
  for (const Zone& zone : state.all_zones()) {
    sum += zone.numa_stat[static_cast<int>(stat)];
  }
  return sum;
}

uint64_t TotalOf(const AllocatorState& state, NodeStat stat) {
  int64_t sum = 0;
  for (const Node& node : state.all_nodes()) sum += node.stat[Index(stat)];
  return Floored(sum);
}

uint64_t StatOf(const Zone& zone, ZoneLruStat stat) {
  return Floored(zone.lru_stat[Index(stat)]);
}

uint64_t StatOf(const Node& node, NodeStat stat) {
  return Floored(node.stat[Index(stat)]);
}

PageCount TotalManaged(const AllocatorState& state) {
  PageCount sum;
  for (const Zone& zone : state.all_zones()) sum += zone.managed;
  return sum;
}

PageCount TotalPresent(const AllocatorState& state) {
  PageCount sum;
  for (const Zone& zone : state.all_zones()) sum += zone.present;
  return sum;
}

}  // namespace pagelab

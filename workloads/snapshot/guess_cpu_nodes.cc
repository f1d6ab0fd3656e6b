// Which CPU belongs to which node.

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "pagelab/workloads/snapshot/snapshot_machine.h"

namespace pagelab {
namespace {

// How many CPUs a node has, as the largest per-cpu limit of its largest zone
// tells (page-allocator.md 12.2); 0 if it does not. The limit is from a time
// at which the zone managed a little less.
int CpusByLimits(const AllocatorSnapshot& snapshot, NodeId node) {
  const int64_t fraction = snapshot.VmValue("percpu_pagelist_high_fraction", 0);
  const SnapshotZone* largest = nullptr;
  for (const SnapshotZone& zone : snapshot.zones) {
    if (zone.populated && zone.node == node &&
        (largest == nullptr || zone.managed > largest->managed)) {
      largest = &zone;
    }
  }
  // Not less than that, however many CPUs there are.
  if (largest == nullptr ||
      largest->pageset_high_max <= 4 * int64_t{largest->pageset_batch}) {
    return 0;
  }
  const auto share = static_cast<int64_t>(largest->managed.value()) /
                     (fraction > 0 ? fraction : 8);
  return static_cast<int>((share + largest->pageset_high_max / 2) /
                          largest->pageset_high_max);
}

// The number of CPUs of each node; empty where the limits do not tell. A node
// without any has the limits of one with all of them.
std::vector<int> CpuCounts(const AllocatorSnapshot& snapshot, int nr_cpus) {
  std::vector<int> counts;
  int sum = 0;
  int with_all = 0;
  for (const SnapshotNode& node : snapshot.nodes) {
    counts.push_back(CpusByLimits(snapshot, node.node));
    sum += counts.back();
    with_all += counts.back() == nr_cpus ? 1 : 0;
  }
  if (sum != nr_cpus && with_all > 0) {
    const bool one_has_all = sum == with_all * nr_cpus;
    std::replace(counts.begin(), counts.end(), nr_cpus, 0);
    if (one_has_all) counts.front() = nr_cpus;
    sum -= (with_all - (one_has_all ? 1 : 0)) * nr_cpus;
  }
  return sum == nr_cpus ? counts : std::vector<int>();
}

// By the word cpus= of the nodes; empty unless it has all CPUs.
std::vector<NodeId> ToldCpuNodes(const AllocatorSnapshot& snapshot,
                                 int nr_cpus) {
  std::vector<NodeId> nodes(static_cast<size_t>(nr_cpus));
  for (const SnapshotNode& node : snapshot.nodes) {
    for (const auto& [key, value] : node.other) {
      if (key != "cpus") continue;
      for (const absl::string_view word : absl::StrSplit(value, ',')) {
        int cpu = 0;
        if (absl::SimpleAtoi(word, &cpu) && cpu >= 0 && cpu < nr_cpus) {
          nodes[static_cast<size_t>(cpu)] = node.node;
        }
      }
    }
  }
  const bool all = std::all_of(nodes.begin(), nodes.end(),
                               [](NodeId node) { return node.valid(); });
  return all ? nodes : std::vector<NodeId>();
}

bool IsRemote(const AllocatorSnapshot& snapshot, int cpu, NodeId node) {
  for (const SnapshotZone& zone : snapshot.zones) {
    if (!zone.populated || zone.node != node) continue;
    for (const SnapshotPcp& pcp : zone.pcps) {
      if (pcp.cpu == cpu && pcp.expire > 0) return true;
    }
  }
  return false;
}

}  // namespace

std::vector<NodeId> GuessCpuNodes(const AllocatorSnapshot& snapshot) {
  int nr_cpus = 0;
  for (const SnapshotZone& zone : snapshot.zones) {
    for (const SnapshotPcp& pcp : zone.pcps) {
      nr_cpus = std::max(nr_cpus, pcp.cpu + 1);
    }
  }
  std::vector<NodeId> told = ToldCpuNodes(snapshot, nr_cpus);
  if (!told.empty()) return told;
  const size_t nr_nodes = snapshot.nodes.size();
  if (nr_nodes == 0) return {};
  const std::vector<int> counts = CpuCounts(snapshot, nr_cpus);
  std::vector<NodeId> nodes;
  for (size_t i = 0; i < nr_nodes; ++i) {
    const auto end = counts.empty()
                         ? static_cast<size_t>(nr_cpus) * (i + 1) / nr_nodes
                         : nodes.size() + static_cast<size_t>(counts[i]);
    while (nodes.size() < end) nodes.push_back(snapshot.nodes[i].node);
  }
  for (int cpu = 0; cpu < nr_cpus; ++cpu) {
    NodeId& node = nodes[static_cast<size_t>(cpu)];
    if (!IsRemote(snapshot, cpu, node)) continue;
    for (const SnapshotNode& other : snapshot.nodes) {
      if (IsRemote(snapshot, cpu, other.node)) continue;
      node = other.node;
      break;
    }
  }
  return nodes;
}

}  // namespace pagelab

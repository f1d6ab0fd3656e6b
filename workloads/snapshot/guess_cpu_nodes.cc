// Which CPU belongs to which node.

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "pagelab/workloads/snapshot/snapshot_machine.h"

namespace pagelab {
namespace {

// How many CPUs a node has, as the largest per-cpu limit of one of its zones
// tells (page-allocator.md 12.2); 0 if it does not.
int CpusByLimits(const AllocatorSnapshot& snapshot, NodeId node, int nr_cpus) {
  const int64_t fraction = snapshot.VmValue("percpu_pagelist_high_fraction", 0);
  for (const SnapshotZone& zone : snapshot.zones) {
    if (!zone.populated || zone.node != node) continue;
    const auto share = static_cast<int64_t>(zone.managed.value()) /
                       (fraction > 0 ? fraction : 8);
    for (int cpus = 1; cpus < nr_cpus; ++cpus) {
      if (zone.pageset_high_max > 4 * zone.pageset_batch &&
          share / cpus == zone.pageset_high_max) {
        return cpus;
      }
    }
  }
  return 0;
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
  std::vector<int> counts;
  int sum = 0;
  for (const SnapshotNode& node : snapshot.nodes) {
    counts.push_back(CpusByLimits(snapshot, node.node, nr_cpus));
    sum += counts.back();
  }
  std::vector<NodeId> nodes;
  for (size_t i = 0; i < nr_nodes; ++i) {
    // Evenly where the limits do not say.
    const auto end = sum == nr_cpus
                         ? nodes.size() + static_cast<size_t>(counts[i])
                         : static_cast<size_t>(nr_cpus) * (i + 1) / nr_nodes;
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

#include "pagelab/alloc/zonelist.h"

#include <algorithm>
#include <limits>

#include "fmt/format.h"
#include "pagelab/alloc/limits.h"
#include "pagelab/alloc/request.h"

namespace pagelab {
namespace {

// Only has to exceed every node load; the build's value (1 << NODES_SHIFT).
constexpr int kMaxNumNodes = 64;

// The next node to try from `local`; invalid when none is left.
NodeId NextBestNode(absl::Span<const NodeTopology> nodes,
                    const std::vector<bool>& eligible,
                    const std::vector<int>& load, int local) {
  NodeId best;
  int64_t best_value = std::numeric_limits<int64_t>::max();
  for (int n = 0; n < static_cast<int>(nodes.size()); ++n) {
    const auto index = static_cast<size_t>(n);
    if (!eligible[index]) continue;
    int64_t value = nodes[static_cast<size_t>(local)].distances[index];
    if (n < local) ++value;
    if (nodes[index].nr_cpus > 0) ++value;
    value = value * kMaxNumNodes + load[index];
    if (value < best_value) {
      best_value = value;
      best = NodeId(n);
    }
  }
  return best;
}

// The node's populated zones, highest first.
int AppendZones(AllocatorState& state, NodeId node, Zoneref* list, int count) {
  for (int index = kMaxNrZones - 1; index >= 0; --index) {
    Zone& zone = state.zones[node.value() * kMaxNrZones + index];
    if (zone.populated()) list[count++] = {&zone, index};
  }
  return count;
}

uint8_t LeadingAbove(const Zoneref* list, int count, int highest) {
  int skip = 0;
  while (skip < count && list[skip].zone_index > highest) ++skip;
  return static_cast<uint8_t>(skip);
}

void CountLeadingZones(Node& node) {
  for (int highest = 0; highest < kMaxNrZones; ++highest) {
    const auto index = static_cast<size_t>(highest);
    node.skip_fallback[index] =
        LeadingAbove(node.fallback, node.nr_fallback, highest);
    node.skip_own[index] = LeadingAbove(node.own, node.nr_own, highest);
  }
}

// Requests that prefer zone Normal rather take a lower zone than a fragmented
// pageblock, where there is one near (page-allocator.md 13.2 step 7).
bool AvoidsFragmentation(const AllocatorState& state, const Zone& preferred) {
  if (preferred.type != ZoneType::kNormal) return false;
  const Zone& dma32 = state.zones[preferred.node.value() * kMaxNrZones +
                                  Index(ZoneType::kDma32)];
  return state.nr_online_nodes() == 1 || dma32.populated();
}

// How many zones at the front are of one node. REQUIRES: not empty.
uint8_t NrNear(absl::Span<const Zoneref> zonelist) {
  uint8_t count = 1;
  while (count < zonelist.size() &&
         zonelist[count].zone->node == zonelist.front().zone->node) {
    ++count;
  }
  return count;
}

// REQUIRES: grouping by mobility is decided.
void BuildRoutes(const AllocatorState& state, Node& node) {
  for (uint32_t bits = 0; bits < kNrAllocRoutes; ++bits) {
    AllocRoute& route = node.routes[bits];
    // Nothing of a zonelist that was longer.
    route = AllocRoute();
    route.highest_zoneidx = static_cast<uint8_t>(HighestZoneIndex(Gfp(bits)));
    route.type = RequestType(state.policy, Gfp(bits));
    AllocFlags flags = alloc_flag::kWmarkLow.With(CmaFlag(state, route.type));
    route.spares_cma = state.policy.cma && !flags.HasAny(alloc_flag::kCma);
    const auto zonelist = node.zonelist(route.highest_zoneidx, false);
    if (!zonelist.empty()) {
      route.preferred = zonelist.front().zone;
      route.near = zonelist.data();
      route.nr_near = NrNear(zonelist);
      route.locality = route.preferred->node == node.id ? NumaStat::kLocal
                                                        : NumaStat::kOther;
      if (AvoidsFragmentation(state, *route.preferred)) {
        flags = flags.With(alloc_flag::kNofragment);
      }
    }
    route.alloc_flags = flags.value();
  }
}

}  // namespace

std::vector<std::vector<NodeId>> NodeFallbackOrder(
    absl::Span<const NodeTopology> nodes, const std::vector<bool>& has_memory) {
  std::vector<std::vector<NodeId>> orders;
  std::vector<int> load(nodes.size(), 0);
  for (size_t local = 0; local < nodes.size(); ++local) {
    std::vector<NodeId> order;
    std::vector<bool> eligible = has_memory;
    size_t previous = local;
    if (eligible[local]) {
      order.push_back(NodeId(static_cast<int>(local)));
      eligible[local] = false;
    }
    for (;;) {
      const NodeId next =
          NextBestNode(nodes, eligible, load, static_cast<int>(local));
      if (!next.valid()) break;
      const auto index = static_cast<size_t>(next.value());
      const std::vector<int>& distance = nodes[local].distances;
      // Spread the load over groups of nodes at the same distance.
      if (distance[index] != distance[previous]) ++load[index];
      previous = index;
      eligible[index] = false;
      order.push_back(next);
    }
    orders.push_back(std::move(order));
  }
  return orders;
}

void BuildZonelists(Arena& arena, AllocatorState& state,
                    absl::Span<const NodeTopology> topology) {
  const auto nr_zones = static_cast<uint64_t>(state.nr_zones);
  for (Node& node : state.all_nodes()) {
    node.fallback = arena.ReserveArray<Zoneref>(nr_zones);
    node.own = arena.ReserveArray<Zoneref>(kMaxNrZones);
  }
  state.cpu_routes = arena.ReserveArray<const AllocRoute*>(
      static_cast<uint64_t>(state.nr_cpus));
  for (int cpu = 0; cpu < state.nr_cpus; ++cpu) {
    state.cpu_routes[cpu] =
        state.nodes[state.cpu_node[cpu].value()].routes.data();
  }
  RebuildZonelists(state, topology);
}

void RebuildZonelists(AllocatorState& state,
                      absl::Span<const NodeTopology> topology) {
  std::vector<bool> has_memory;
  for (const Node& node : state.all_nodes()) {
    has_memory.push_back(node.present > PageCount(0));
  }
  const auto orders = NodeFallbackOrder(topology, has_memory);
  for (Node& node : state.all_nodes()) {
    node.nr_fallback = 0;
    node.nr_own = AppendZones(state, node.id, node.own, 0);
    for (NodeId id : orders[static_cast<size_t>(node.id.value())]) {
      node.nr_fallback =
          AppendZones(state, id, node.fallback, node.nr_fallback);
    }
    CountLeadingZones(node);
  }
  const uint64_t bound =
      state.memory->pageblock_order().pages() * kMigrateTypes;
  state.policy.page_group_by_mobility_disabled =
      NrFreeZonePages(state, Index(ZoneType::kMovable)) < bound;
  BuildAllocRoutes(state);
}

void LogZonelists(const AllocatorState& state, KernelLog& log) {
  ZoneType highest = ZoneType::kDma;
  for (const Zone& zone : state.all_zones()) {
    if (zone.populated() && zone.type != ZoneType::kMovable) {
      highest = std::max(highest, zone.type);
    }
  }
  log.Printk(
      fmt::format("Built {} zonelists, mobility grouping {}.  Total pages: {}",
                  state.nr_nodes,
                  state.policy.page_group_by_mobility_disabled ? "off" : "on",
                  NrFreeZonePages(state, Index(ZoneType::kMovable))));
  log.Printk(fmt::format("Policy zone: {}", ToString(highest)));
}

void BuildAllocRoutes(AllocatorState& state) {
  for (Node& node : state.all_nodes()) BuildRoutes(state, node);
}

}  // namespace pagelab

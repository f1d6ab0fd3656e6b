#include "pagelab/sim/files/pagetypeinfo.h"

#include <fmt/format.h>

#include <iterator>
#include <string_view>

#include "absl/container/inlined_vector.h"
#include "pagelab/base/text.h"

namespace pagelab {
namespace {

// The kernel stops counting a list here, and says so.
constexpr uint64_t kMaxCounted = 100000;

using Types = absl::InlinedVector<Migratetype, kMigrateTypes>;

Types TypesOf(const AllocatorPolicy& policy) {
  Types types;
  for (int i = 0; i < kMigrateTypes; ++i) {
    const auto type = static_cast<Migratetype>(i);
    if (type != Migratetype::kCma || policy.cma) types.push_back(type);
  }
  return types;
}

// Blocks on the list, at most kMaxCounted.
uint64_t CountBlocks(const FreeList& list) {
  uint64_t blocks = 0;
  for (const Page& node : list) {
    blocks += uint64_t{1} + node.extra_blocks;
    if (blocks >= kMaxCounted) return kMaxCounted;
  }
  return blocks;
}

void AppendFreeCounts(const Zone& zone, Migratetype type, std::string& out) {
  fmt::format_to(std::back_inserter(out),
                 "Node {:>4}, zone {:>8}, type {:>12} ", zone.node.value(),
                 ToString(zone.type), ToString(type));
  for (const FreeArea& area : zone.free_area) {
    const uint64_t blocks = CountBlocks(area.list(type));
    if (blocks == kMaxCounted) out += '>';
    AppendPadded(out, blocks, 6);
    out += ' ';
  }
  out += '\n';
}

// The kernel asks the frame at the zone's start and every pageblock's length
// after it, aligned or not.
BlockCounts CountPageblocks(const AllocatorState& state, const Zone& zone) {
  BlockCounts counts{};
  const PageCount step(state.memory->pageblock_order().pages());
  for (Pfn pfn = zone.span.begin; pfn < zone.span.end; pfn += step) {
    if (!state.memory->IsValid(pfn) || state.FindZone(pfn) != &zone) continue;
    ++counts[Index(state.PageblockType(pfn))];
  }
  return counts;
}

void AppendBlockHeader(std::string_view title, const Types& types,
                       std::string& out) {
  fmt::format_to(std::back_inserter(out), "\n{:<23}", title);
  for (const Migratetype type : types) {
    fmt::format_to(std::back_inserter(out), "{:>12} ", ToString(type));
  }
  out += '\n';
}

void AppendBlockCounts(const Zone& zone, const Types& types,
                       const BlockCounts& counts, std::string& out) {
  fmt::format_to(std::back_inserter(out), "Node {}, zone {:>8} ",
                 zone.node.value(), ToString(zone.type));
  for (const Migratetype type : types) {
    AppendPadded(out, counts[Index(type)], 12);
    out += ' ';
  }
  out += '\n';
}

absl::InlinedVector<const Zone*, kMaxNrZones> PopulatedZones(
    const AllocatorState& state, const Node& node) {
  absl::InlinedVector<const Zone*, kMaxNrZones> zones;
  for (const Zone& zone : state.all_zones()) {
    if (zone.node == node.id && zone.populated()) zones.push_back(&zone);
  }
  return zones;
}

void AppendNode(const AllocatorState& state, const Node& node,
                const MixedBlocks* mixed, std::string& out) {
  const auto zones = PopulatedZones(state, node);
  if (zones.empty()) return;
  const Types types = TypesOf(state.policy);
  const Order pageblock_order = state.memory->pageblock_order();
  fmt::format_to(std::back_inserter(out),
                 "Page block order: {}\nPages per block:  {}\n\n{:<43} ",
                 pageblock_order.value(), pageblock_order.pages(),
                 "Free pages count per migrate type at order");
  for (int order = 0; order < kNrPageOrders; ++order) {
    fmt::format_to(std::back_inserter(out), "{:>6} ", order);
  }
  out += '\n';
  for (const Zone* zone : zones) {
    for (const Migratetype type : types) AppendFreeCounts(*zone, type, out);
  }
  AppendBlockHeader("Number of blocks type ", types, out);
  for (const Zone* zone : zones) {
    AppendBlockCounts(*zone, types, CountPageblocks(state, *zone), out);
  }
  if (mixed == nullptr) return;
  if (mixed->prepare) mixed->prepare();
  AppendBlockHeader("Number of mixed blocks ", types, out);
  for (const Zone* zone : zones) {
    AppendBlockCounts(*zone, types, mixed->count(*zone), out);
  }
}

}  // namespace

void AppendPagetypeinfo(const AllocatorState& state, const MixedBlocks* mixed,
                        std::string& out) {
  for (const Node& node : state.all_nodes()) {
    AppendNode(state, node, mixed, out);
  }
}

}  // namespace pagelab

#include "pagelab/sim/files/extfrag.h"

#include <fmt/format.h>

#include <iterator>

#include "pagelab/alloc/fragmentation_index.h"

namespace pagelab {
namespace {

// `append(counts, order, out)` for each order of each populated zone.
template <typename Append>
void AppendZones(const AllocatorState& state, std::string& out,
                 Append&& append) {
  for (const Zone& zone : state.all_zones()) {
    if (!zone.populated()) continue;
    fmt::format_to(std::back_inserter(out), "Node {}, zone {:>8} ",
                   zone.node.value(), ToString(zone.type));
    const FreeBlockCounts counts(zone);
    for (int order = 0; order < kNrPageOrders; ++order) {
      append(counts, Order(order));
    }
    out += '\n';
  }
}

}  // namespace

void AppendExtfragIndex(const AllocatorState& state, std::string& out) {
  AppendZones(state, out, [&out](const FreeBlockCounts& counts, Order order) {
    const int index = counts.FragmentationIndex(order);
    fmt::format_to(std::back_inserter(out), "{:2}.{:03} ", index / 1000,
                   index % 1000);
  });
}

void AppendUnusableIndex(const AllocatorState& state, std::string& out) {
  AppendZones(state, out, [&out](const FreeBlockCounts& counts, Order order) {
    const int index = counts.UnusableIndex(order);
    fmt::format_to(std::back_inserter(out), "{}.{:03} ", index / 1000,
                   index % 1000);
  });
}

}  // namespace pagelab

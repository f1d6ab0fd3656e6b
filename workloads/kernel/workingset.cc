#include "pagelab/workloads/kernel/workingset.h"

#include "pagelab/alloc/stat_totals.h"

namespace pagelab {
namespace {

// A shadow: the age at eviction, the node, and whether the page was part of
// the working set.
constexpr int kNodeBits = 6;
constexpr uint64_t kAgeMask = (uint64_t{1} << (62 - kNodeBits - 1)) - 1;

}  // namespace

Workingset::Workingset(AllocatorState& state, const SwapDevice& swap)
    : state_(state), swap_(swap), ages_(static_cast<size_t>(state.nr_nodes)) {}

uint64_t& Workingset::AgeOf(const Page& folio) {
  return ages_[static_cast<size_t>(state_.ZoneOf(folio).node.value())];
}

uint64_t Workingset::Evict(const Page& folio) {
  uint64_t& age = AgeOf(folio);
  const auto node = static_cast<uint64_t>(state_.ZoneOf(folio).node.value());
  const uint64_t workingset =
      folio.flags.Has(page_flag::kWorkingset) ? uint64_t{1} : 0;
  const uint64_t shadow =
      ((age & kAgeMask) << (kNodeBits + 1)) | (node << 1) | workingset;
  age += folio.order().pages();
  return shadow;
}

void Workingset::Activate(const Page& folio) {
  AgeOf(folio) += folio.order().pages();
}

PageFlags Workingset::Refault(const Page& folio, uint64_t shadow) {
  const bool was_workingset = (shadow & 1) != 0;
  const uint64_t node_number = (shadow >> 1) & ((1u << kNodeBits) - 1);
  const uint64_t evicted = shadow >> (kNodeBits + 1);
  Node& node = state_.nodes[node_number];
  const auto pages = static_cast<int64_t>(folio.order().pages());
  const auto count = [&node, pages](NodeStat stat) {
    node.stat[static_cast<size_t>(Index(stat))] += pages;
  };
  count(NodeStat::kWorkingsetRefaultFile);
  const uint64_t distance = (ages_[node_number] - evicted) & kAgeMask;
  uint64_t workingset = StatOf(node, NodeStat::kActiveFile);
  if (!swap_.full()) {
    workingset += StatOf(node, NodeStat::kActiveAnon) +
                  StatOf(node, NodeStat::kInactiveAnon);
  }
  if (distance > workingset) return PageFlags();
  AgeOf(folio) += folio.order().pages();
  count(NodeStat::kWorkingsetActivateFile);
  if (!was_workingset) return page_flag::kActive;
  count(NodeStat::kWorkingsetRestoreFile);
  return page_flag::kActive.With(page_flag::kWorkingset);
}

}  // namespace pagelab

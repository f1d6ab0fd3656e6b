#include "pagelab/alloc/verify_lru.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "pagelab/alloc/lru.h"
#include "pagelab/alloc/reclaim/node_balance.h"

namespace pagelab {
namespace {

class LruVerifier {
 public:
  explicit LruVerifier(const AllocatorState& state)
      : state_(state), sums_(static_cast<size_t>(state.nr_zones)) {}

  std::vector<std::string> Run(absl::Span<const Pfn> met) {
    for (const Node& node : state_.all_nodes()) {
      for (int i = 0; i < kNrLruLists; ++i) {
        CheckList(node, static_cast<LruList>(i));
      }
    }
    Compare(met);
    // Who uses unknown frames brought their counts.
    if (!state_.memory->has_unknown_frames()) {
      for (const Node& node : state_.all_nodes()) CheckCounters(node);
    }
    return std::move(findings_);
  }

 private:
  template <typename... Args>
  void Find(std::string_view invariant, const Node& node,
            fmt::format_string<Args...> format, Args&&... args) {
    findings_.push_back(
        fmt::format("{}: Node {}: {}", invariant, node.id.value(),
                    fmt::format(format, std::forward<Args>(args)...)));
  }

  void CheckList(const Node& node, LruList list) {
    uint64_t folios = 0;
    for (const Page& folio :
         node.lruvec.lists[static_cast<size_t>(Index(list))]) {
      // A list that does not end.
      if (++folios > node.span.size().value()) break;
      listed_.push_back(state_.memory->PfnOf(&folio));
      CheckFolio(node, list, folio);
    }
  }

  void CheckFolio(const Node& node, LruList list, const Page& folio) {
    const bool fits =
        folio.state == PageState::kAllocated && folio.zone < state_.nr_zones &&
        folio.flags.Has(page_flag::kLru) && LruListOf(folio.flags) == list &&
        state_.ZoneOf(folio).node == node.id;
    if (fits) {
      sums_[folio.zone][static_cast<size_t>(Index(list))] +=
          static_cast<int64_t>(folio.order().pages());
      return;
    }
    Find("U1", node, "pfn {:#x} on the list of {} has state {}, flags {:#x}",
         state_.memory->PfnOf(&folio).value(),
         ToString(static_cast<NodeStat>(Index(list))),
         static_cast<int>(folio.state), folio.flags.value());
  }

  // Listed once each, and nothing else says it is.
  void Compare(absl::Span<const Pfn> met) {
    std::sort(listed_.begin(), listed_.end());
    const auto* next = met.begin();
    Pfn before;
    for (const Pfn pfn : listed_) {
      for (; next != met.end() && *next < pfn; ++next) FindLost(*next);
      if (next != met.end() && *next == pfn) {
        ++next;
      } else if (pfn == before) {
        Find("U1", NodeOf(pfn), "pfn {:#x} is on an LRU list twice",
             pfn.value());
      }
      before = pfn;
    }
    for (; next != met.end(); ++next) FindLost(*next);
  }

  void FindLost(Pfn pfn) {
    Find("U1", NodeOf(pfn), "pfn {:#x} has kLru and is on no list",
         pfn.value());
  }

  const Node& NodeOf(Pfn pfn) const {
    return state_
        .nodes[state_.ZoneOf(*state_.memory->PageAt(pfn)).node.value()];
  }

  void CheckCounters(const Node& node) {
    for (size_t i = 0; i < kNrLruLists; ++i) {
      int64_t sum = 0;
      for (const Zone& zone : ZonesOf(state_, node)) {
        sum += sums_[zone.id][i];
        if (zone.lru_stat[i] == sums_[zone.id][i]) continue;
        Find("U2", node, "{} of zone {} is {}, the lists hold {}",
             ToString(static_cast<ZoneLruStat>(i)), ToString(zone.type),
             zone.lru_stat[i], sums_[zone.id][i]);
      }
      if (node.stat[i] == sum) continue;
      Find("U2", node, "{} is {}, the lists hold {}",
           ToString(static_cast<NodeStat>(i)), node.stat[i], sum);
    }
  }

  const AllocatorState& state_;
  // By zone.
  std::vector<std::array<int64_t, kNrLruLists>> sums_;
  std::vector<Pfn> listed_;
  std::vector<std::string> findings_;
};

}  // namespace

std::vector<std::string> VerifyLru(const AllocatorState& state,
                                   absl::Span<const Pfn> met) {
  return LruVerifier(state).Run(met);
}

}  // namespace pagelab

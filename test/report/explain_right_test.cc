// Every event of whole runs explained, and what the explanations say compared
// with the machine.

#include <array>
#include <cstdint>
#include <map>
#include <regex>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "pagelab/alloc/page_walk.h"
#include "pagelab/alloc/request.h"
#include "pagelab/alloc/slow_path_flags.h"
#include "pagelab/report/explain/explainer.h"
#include "pagelab/test/report/explain_support.h"
#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

// Of each run; the first ones fill the machine, so all rules come up.
constexpr uint64_t kMostEvents = 30'000;

int64_t Number(std::string text) {
  std::erase(text, ',');
  return std::stoll(text);
}

// --- what the text says must add up ---

void CheckSums(const std::string& text) {
  static const std::regex kSum(
      R"(([0-9,]+) pages free((?: - [0-9,]+ \([^)]*\))*)(?: = (-?[0-9,]+))? (>|<=) ([0-9,]+) \([^)]*watermark[^)]*\)(?: - ([0-9,]+) \(opened[^)]*\))?(?: \+ ([0-9,]+) \(lowmem_reserve\))?(?: = (-?[0-9,]+))?)");
  static const std::regex kItem(R"( - ([0-9,]+) \()");
  for (std::sregex_iterator it(text.begin(), text.end(), kSum), end; it != end;
       ++it) {
    const std::smatch& match = *it;
    int64_t usable = Number(match[1]);
    const std::string items = match[2];
    for (std::sregex_iterator item(items.begin(), items.end(), kItem);
         item != end; ++item) {
      usable -= Number((*item)[1]);
    }
    if (match[3].matched) CHECK(Number(match[3]) == usable);
    int64_t limit = Number(match[5]);
    if (match[6].matched) limit -= Number(match[6]);
    if (match[7].matched) limit += Number(match[7]);
    if (match[8].matched) CHECK(Number(match[8]) == limit);
    CHECK((match[4] == ">") == (usable > limit));
  }
}

void CheckClaims(const Explanation& explanation) {
  static const std::regex kCount(
      R"(\(([0-9]+) free \+ ([0-9]+) alike (<|>=) ([0-9]+)\))");
  const auto* fallback = explanation.event.As<MmPageAllocExtfrag>();
  if (fallback == nullptr) return;
  CHECK(explanation.line.find(fallback->change_ownership
                                  ? "claimed"
                                  : "stolen") != std::string::npos);
  std::smatch match;
  if (!std::regex_search(explanation.line, match, kCount)) return;
  const int64_t sum = Number(match[1]) + Number(match[2]);
  CHECK((match[3] == ">=") == (sum >= Number(match[4])));
  CHECK((match[3] == ">=") == fallback->change_ownership);
}

void CheckText(const Explanation& explanation) {
  CHECK_FALSE(explanation.line.empty());
  REQUIRE_FALSE(explanation.sentences.empty());
  for (const Sentence& sentence : explanation.sentences) {
    CHECK(sentence.text.back() == '.');
    CHECK((sentence.kernel_function.empty() || !sentence.spec.empty()));
  }
  const std::string text = AllText(explanation);
  const std::string frame =
      fmt::format("{:#x}", EventPfn(explanation.event).value());
  const auto* alloc = explanation.event.As<MmPageAlloc>();
  if (alloc == nullptr || !alloc->failed) {
    CHECK(text.find(frame) != std::string::npos);
    CHECK(explanation.line.find(frame) != std::string::npos);
  }
  CHECK(text.find("was not used") == std::string::npos);
  CHECK(text.find("by now") == std::string::npos);
  CHECK(text.find("no event of its own") == std::string::npos);
  CheckSums(text + explanation.line);
  CheckClaims(explanation);
}

// --- what the lists hold must be what the explanation says ---

bool IsListed(const AllocatorState& state, const ListedBlock& block) {
  const Page& page = *state.memory->PageAt(block.pfn);
  if (page.state != PageState::kBuddy || page.order() != block.order) {
    return false;
  }
  const FreeList& list =
      state.ZoneOf(page).free_area[block.order.value()].list(block.type);
  bool is_found = false;
  list.ForEachNode([&](const Page& node) { is_found |= &node == &page; });
  return is_found;
}

// What a merge ends at is said of the whole buddy, or of one of its pages.
void CheckStop(const AllocatorState& state, const std::string& text) {
  using Kind = FrameExtent::Kind;
  static const std::regex kStop(
      R"(uddy (0x[0-9a-f]+) of order ([0-9]+) (is in use|is on a per-cpu|is free, but only in smaller|is no whole free block, as its page (0x[0-9a-f]+) is ([a-z]+)))");
  std::smatch match;
  if (!std::regex_search(text, match, kStop)) return;
  INFO(match[0]);
  const Pfn begin(std::stoull(match[1], nullptr, 16));
  const Pfn end = begin + PageCount(Order(std::stoi(match[2])).pages());
  if (match[4].matched) {
    const Pfn page(std::stoull(match[4], nullptr, 16));
    CHECK((begin <= page && page < end));
    const Kind kind = ExtentAt(state, page).kind;
    CHECK(kind != Kind::kBuddy);
    if (match[5] == "in") CHECK(kind == Kind::kAllocated);
    if (match[5] == "on") CHECK(kind == Kind::kPcp);
    return;
  }
  const Kind kind = match[3] == "is in use"         ? Kind::kAllocated
                    : match[3] == "is on a per-cpu" ? Kind::kPcp
                                                    : Kind::kBuddy;
  for (Pfn page = begin; page < end; page += PageCount(1)) {
    CHECK(ExtentAt(state, page).kind == kind);
  }
}

using Counts = std::map<int, std::array<uint64_t, kNrPageOrders>>;

Counts CountsOf(const AllocatorState& state) {
  Counts counts;
  for (const Zone& zone : state.all_zones()) {
    for (int order = 0; order < kNrPageOrders; ++order) {
      counts[zone.id][order] = zone.free_area[order].nr_free;
    }
  }
  return counts;
}

// The second time through the run, with the explanations at hand.
class Checker {
 public:
  Checker(const AllocatorState& state, uint64_t first,
          const std::vector<Explanation>& explanations)
      : state_(state), first_(first), explanations_(explanations) {}

  bool See(const AllocatorEvent& event, const ExecutionContext& context) {
    if (event.number < first_) return true;
    if (event.number >= first_ + explanations_.size()) return false;
    const Explanation& explanation = explanations_[event.number - first_];
    INFO("event " << event.number << ": " << explanation.line);
    REQUIRE(explanation.event.number == event.number);
    CheckText(explanation);
    if (event.As<MmPageAllocZoneLocked>() != nullptr ||
        event.As<MmPageAllocExtfrag>() != nullptr) {
      CheckSplit(event, explanation);
    }
    if (event.As<MmPagePcpuDrain>() != nullptr) CheckDrain(explanation);
    if (const auto* alloc = event.As<MmPageAlloc>()) {
      if (alloc->failed) CheckFailure(explanation, *alloc, context);
    }
    CheckFreeBefore(event);
    counts_ = CountsOf(state_);
    previous_ = &explanation;
    return true;
  }

  uint64_t nr_splits() const { return nr_splits_; }
  uint64_t nr_merges() const { return nr_merges_; }

 private:
  // The block, its remainders and the numbers of blocks of each order.
  void CheckSplit(const AllocatorEvent& event, const Explanation& explanation) {
    REQUIRE(explanation.split.has_value());
    const BlockSplit& split = *explanation.split;
    for (const ListedBlock& rest : split.remainders) {
      CHECK(IsListed(state_, rest));
    }
    uint64_t pages = split.taken.pages();
    for (const ListedBlock& rest : split.remainders) {
      pages += rest.order.pages();
    }
    CHECK(pages == split.source.order.pages());
    CHECK(split.source.pfn.IsAlignedTo(split.source.order));
    nr_splits_ += split.remainders.empty() ? 0 : 1;
    // A claim was counted at the event before it.
    if (event.As<MmPageAllocExtfrag>() != nullptr && previous_ != nullptr &&
        EventPfn(previous_->event) == EventPfn(event)) {
      return;
    }
    if (previous_ == nullptr || previous_->event.As<MmPageFree>() != nullptr ||
        previous_->event.As<MmPageFreeBatched>() != nullptr ||
        previous_->event.As<MmPageAlloc>() != nullptr) {
      return;  // something else may lie between
    }
    const int zone = state_.memory->PageAt(EventPfn(event))->zone;
    auto expected = counts_[zone];
    --expected[split.source.order.value()];
    for (const ListedBlock& rest : split.remainders) {
      ++expected[rest.order.value()];
    }
    CHECK(CountsOf(state_)[zone] == expected);
  }

  void CheckDrain(const Explanation& explanation) {
    REQUIRE(explanation.merges.size() == 1);
    const BlockMerge& merge = explanation.merges.front();
    CheckStop(state_, AllText(explanation));
    CHECK(IsListed(state_, merge.result));
    nr_merges_ += merge.buddies.size();
    if (previous_ == nullptr ||
        previous_->event.As<MmPagePcpuDrain>() == nullptr) {
      return;
    }
    const int zone = state_.memory->PageAt(merge.result.pfn)->zone;
    auto expected = counts_[zone];
    for (const ListedBlock& buddy : merge.buddies) {
      --expected[buddy.order.value()];
    }
    ++expected[merge.result.order.value()];
    CHECK(CountsOf(state_)[zone] == expected);
  }

  void CheckFailure(const Explanation& explanation, const MmPageAlloc& alloc,
                    const ExecutionContext& context) {
    const AllocControl ac = ControlFor(
        state_, context, {.gfp = alloc.gfp, .order = alloc.order}, alloc.gfp);
    const AllocFlags flags = SlowPathFlags(state_, ac);
    const std::string text = AllText(explanation);
    for (const Zoneref& ref : ac.zonelist) {
      const WatermarkQuery query{
          .order = alloc.order,
          .mark = ref.zone->WatermarkPages(Watermark::kMin),
          .highest_zoneidx = ac.highest_zoneidx,
          .flags = flags};
      const bool ok = WatermarkOk(
          state_.policy, *ref.zone, query,
          static_cast<int64_t>(ref.zone->StatPages(ZoneStat::kFreePages)));
      if (!ok) {
        CHECK((text.find("too few pages") != std::string::npos ||
               text.find("enough pages, but") != std::string::npos));
      }
    }
  }

  // A block that went straight to the buddy lists is there at the next event,
  // unless that took it again.
  void CheckFreeBefore(const AllocatorEvent& event) {
    if (previous_ == nullptr || previous_->merges.empty() ||
        previous_->event.As<MmPagePcpuDrain>() != nullptr ||
        event.As<MmPageAllocZoneLocked>() != nullptr ||
        event.As<MmPageAllocExtfrag>() != nullptr) {
      return;
    }
    // An isolated pageblock may have been given back without an event.
    if (previous_->merges.back().result.type == Migratetype::kIsolate) return;
    INFO("freed by " << previous_->line);
    CHECK(IsListed(state_, previous_->merges.back().result));
    nr_merges_ += previous_->merges.back().buddies.size();
  }

  const AllocatorState& state_;
  const uint64_t first_;
  const std::vector<Explanation>& explanations_;
  const Explanation* previous_ = nullptr;
  Counts counts_;
  uint64_t nr_splits_ = 0;
  uint64_t nr_merges_ = 0;
};

// As many pages follow a free as it says.
void CheckDrainedPages(const std::vector<Explanation>& explanations) {
  static const std::regex kDrained(R"((\d+) drained$)");
  static const std::regex kCause(R"(free of event (\d+) )");
  std::map<uint64_t, int64_t> drained;
  for (const Explanation& explanation : explanations) {
    std::smatch match;
    const std::string text = AllText(explanation);
    if (explanation.event.As<MmPagePcpuDrain>() != nullptr &&
        std::regex_search(text, match, kCause)) {
      drained[std::stoull(match[1])] +=
          static_cast<int64_t>(EventOrder(explanation.event).pages());
    }
  }
  for (const Explanation& explanation : explanations) {
    std::smatch match;
    if (!std::regex_search(explanation.line, match, kDrained)) continue;
    INFO(explanation.event.number << ": " << explanation.line);
    const int64_t said = Number(match[1]);
    // A block may be larger than what is left to drain.
    CHECK(drained[explanation.event.number] >= said);
    CHECK(drained[explanation.event.number] < said + 512);
  }
}

void CheckRun(std::string_view name,
              EventWindow window = WindowFrom(1, kMostEvents)) {
  INFO(name);
  const std::unique_ptr<RepeatedRun> run = BootScenario(name);
  absl::StatusOr<std::vector<Explanation>> explanations =
      ExplainEvents(*run, window);
  REQUIRE(explanations.ok());
  REQUIRE_FALSE(explanations->empty());
  Checker checker(run->machine().state(), window.first, *explanations);
  REQUIRE(run->Run([&](const AllocatorEvent& event,
                       const ExecutionContext& context) {
               return checker.See(event, context);
             })
              .ok());
  CHECK(checker.nr_splits() + checker.nr_merges() > 0);
  if (run->nr_events() < window.last) CheckDrainedPages(*explanations);
}

TEST_CASE("Explain: every event of hello is right", "[report][explain]") {
  CheckRun("hello");
}
TEST_CASE("Explain: every event of split is right", "[report][explain]") {
  CheckRun("split");
}
TEST_CASE("Explain: every event of mixed-blocks is right",
          "[report][explain]") {
  CheckRun("mixed-blocks");
}
TEST_CASE("Explain: every event of fragmentation is right",
          "[report][explain]") {
  CheckRun("fragmentation");
}
// Frees in batches, per-cpu lists that are drained.
TEST_CASE("Explain: the events of oom are right while tasks exit",
          "[report][explain]") {
  CheckRun("oom", EventWindow{.first = 900'000, .last = 910'000});
}
TEST_CASE("Explain: the events of oom are right while it swaps",
          "[report][explain]") {
  CheckRun("oom", EventWindow{.first = 420'000, .last = 440'000});
}
// Contiguous ranges and isolated pageblocks.
TEST_CASE("Explain: every event of hotplug is right", "[report][explain]") {
  CheckRun("hotplug", WindowFrom(1, 10'000));
}
// Several nodes, zones that are passed over.
TEST_CASE("Explain: the last events of numa-imbalance are right",
          "[report][explain]") {
  CheckRun("numa-imbalance", WindowFrom(1'075'000, 10'000));
}

}  // namespace
}  // namespace pagelab

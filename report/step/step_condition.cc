#include "pagelab/report/step/step_condition.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "pagelab/base/status.h"
#include "pagelab/report/step/recorder.h"
#include "pagelab/report/step/step_condition_parser.h"

namespace pagelab {
namespace {

using Kind = StepAtom::Kind;

template <typename Event>
bool Is(const StepFacts& facts) {
  return facts.event.As<Event>() != nullptr;
}

bool IsFailure(const AllocatorEvent& event) {
  const auto* alloc = event.As<MmPageAlloc>();
  return alloc != nullptr && alloc->failed;
}

bool IsSteal(const AllocatorEvent& event) {
  const auto* fallback = event.As<MmPageAllocExtfrag>();
  return fallback != nullptr && fallback->change_ownership;
}

bool IsRefill(const AllocatorEvent& event) {
  const auto* taken = event.As<MmPageAllocZoneLocked>();
  return taken != nullptr && taken->percpu_refill;
}

// Some order of a zone lost blocks, and one below it (or above it) got some.
bool Moved(const StepFacts& facts, bool is_split) {
  const size_t nr_zones =
      std::min(facts.before->zones.size(), facts.after->zones.size());
  for (size_t i = 0; i < nr_zones; ++i) {
    const auto& before = facts.before->zones[i].nr_free;
    const auto& after = facts.after->zones[i].nr_free;
    bool below_changed = false;
    for (size_t order = 0; order < after.size(); ++order) {
      const bool rose = after[order] > before[order];
      const bool fell = after[order] < before[order];
      if (below_changed && (is_split ? fell : rose)) return true;
      below_changed |= is_split ? rose : fell;
    }
  }
  return false;
}

// For "==" some frame of the block is the one; for the others some frame fits.
bool HoldsForBlock(const Bound& bound, PfnRange block) {
  if (block.empty()) return false;
  const auto first = static_cast<double>(block.begin.value());
  const auto last = static_cast<double>(block.end.value() - 1);
  const bool has = first <= bound.number && bound.number <= last;
  switch (bound.comparison) {
    case Comparison::kEqual:
      return has;
    case Comparison::kNot:
      return !has;
    case Comparison::kLess:
    case Comparison::kAtMost:
      return bound.Holds(first);
    case Comparison::kAtLeast:
    case Comparison::kMore:
      return bound.Holds(last);
  }
  return false;
}

bool HasGfp(const AllocatorEvent& event, Gfp flags) {
  const auto* alloc = event.As<MmPageAlloc>();
  return alloc != nullptr && alloc->gfp.Has(flags);
}

double FreePages(const StepCounts& counts, const StepAtom& atom) {
  uint64_t pages = 0;
  for (const StepCounts::OfZone& zone : counts.zones) {
    if (!zone.populated || (atom.of_zone && zone.type != atom.zone)) continue;
    pages += zone.free_pages;
  }
  return static_cast<double>(pages);
}

// Kernel counterpart: unusable_free_index().
double UnusableIndex(const StepCounts& counts, const StepAtom& atom) {
  uint64_t all = 0;
  uint64_t usable = 0;
  for (const StepCounts::OfZone& zone : counts.zones) {
    if (!zone.populated || (atom.of_zone && zone.type != atom.zone)) continue;
    for (size_t order = 0; order < zone.nr_free.size(); ++order) {
      const uint64_t pages = zone.nr_free[order] << order;
      all += pages;
      if (order >= static_cast<size_t>(atom.order.value())) usable += pages;
    }
  }
  return all == 0
             ? 1
             : static_cast<double>(all - usable) / static_cast<double>(all);
}

bool Grew(const StepFacts& facts, VmEvent counter) {
  return facts.after->events.count(counter) >
         facts.before->events.count(counter);
}

bool FieldHolds(const StepAtom& atom, const StepFacts& facts) {
  const AllocatorEvent& event = facts.event;
  const Zone* zone = facts.place.zone;
  switch (atom.kind) {
    case Kind::kName:
      return EventName(event) == atom.name;
    case Kind::kNumber:
      return atom.bound.Holds(static_cast<double>(event.number));
    case Kind::kPfn:
      return HoldsForBlock(atom.bound, BlockOf(event));
    case Kind::kOrder:
      return atom.bound.Holds(EventOrder(event).value());
    case Kind::kPid:
      return atom.bound.Holds(event.pid);
    case Kind::kComm:
      return (event.comm == atom.name) != atom.is_not;
    case Kind::kCpu:
      return atom.bound.Holds(event.cpu.value());
    case Kind::kNode:
      return zone != nullptr && atom.bound.Holds(zone->node.value());
    case Kind::kZone:
      return zone != nullptr && (zone->type == atom.zone) != atom.is_not;
    case Kind::kType:
      return facts.place.type.has_value() &&
             (*facts.place.type == atom.type) != atom.is_not;
    case Kind::kGfp:
      return HasGfp(event, atom.gfp);
    default:
      return false;
  }
}

bool AtomHolds(const StepAtom& atom, const StepFacts& facts) {
  switch (atom.kind) {
    case Kind::kAlloc:
      return Is<MmPageAlloc>(facts) && !IsFailure(facts.event);
    case Kind::kFree:
      return Is<MmPageFree>(facts);
    case Kind::kFailure:
      return IsFailure(facts.event);
    case Kind::kFallback:
      return Is<MmPageAllocExtfrag>(facts);
    case Kind::kSteal:
      return IsSteal(facts.event);
    case Kind::kRefill:
      return IsRefill(facts.event);
    case Kind::kDrain:
      return Is<MmPagePcpuDrain>(facts);
    case Kind::kSplit:
      return Moved(facts, true);
    case Kind::kMerge:
      return Moved(facts, false);
    case Kind::kMigrate:
      return Grew(facts, VmEvent::kPgmigrateSuccess);
    case Kind::kOom:
      return facts.after->ooms > facts.before->ooms;
    case Kind::kCounter:
      return Grew(facts, atom.counter);
    case Kind::kFreePages:
      return atom.bound.Holds(FreePages(*facts.after, atom));
    case Kind::kUnusableIndex:
      return atom.bound.Holds(UnusableIndex(*facts.after, atom));
    default:
      return FieldHolds(atom, facts);
  }
}

bool NeedsCounts(Kind kind) {
  return (kind >= Kind::kSplit && kind <= Kind::kCounter) ||
         kind >= Kind::kFreePages;
}

}  // namespace

absl::StatusOr<StepCondition> StepCondition::Parse(std::string_view text) {
  PAGELAB_ASSIGN_OR_RETURN(std::vector<Step> steps,
                           StepConditionParser(text).Parse());
  return StepCondition(std::string(text), std::move(steps));
}

bool StepCondition::needs_counts() const {
  return std::any_of(steps_.begin(), steps_.end(), [](const Step& step) {
    return step.kind == Step::Kind::kAtom && NeedsCounts(step.atom.kind);
  });
}

bool StepCondition::Holds(const StepFacts& facts) const {
  std::vector<bool> results;
  results.reserve(steps_.size());
  for (const Step& step : steps_) {
    if (step.kind == Step::Kind::kAtom) {
      results.push_back(AtomHolds(step.atom, facts));
      continue;
    }
    if (step.kind == Step::Kind::kNot) {
      results.back() = !results.back();
      continue;
    }
    const bool right = results.back();
    results.pop_back();
    results.back() = step.kind == Step::Kind::kAnd ? results.back() && right
                                                   : results.back() || right;
  }
  return results.back();
}

}  // namespace pagelab

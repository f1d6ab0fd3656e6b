#include "pagelab/workloads/shrink/condition_watch.h"

#include <algorithm>
#include <array>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "pagelab/alloc/hook_keys.h"
#include "pagelab/base/output_stream.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/sim/sim_file.h"

namespace pagelab {
namespace {

constexpr std::array<std::string_view, 6> kTracepoints = {
    "mm_page_alloc",        "mm_page_free",
    "mm_page_free_batched", "mm_page_alloc_zone_locked",
    "mm_page_pcpu_drain",   "mm_page_alloc_extfrag"};

bool IsTracepoint(std::string_view name) {
  return std::find(kTracepoints.begin(), kTracepoints.end(), name) !=
         kTracepoints.end();
}

bool HasOrder(const ConditionAtom& atom, Order order) {
  return std::all_of(
      atom.orders.begin(), atom.orders.end(),
      [order](const Bound& bound) { return bound.Holds(order.value()); });
}

bool HasZone(const ConditionAtom& atom, const Zone* zone) {
  return !atom.zone.has_value() ||
         (zone != nullptr && zone->type == *atom.zone);
}

// The zone that a request from there tries first.
const Zone* PreferredZone(const AllocatorState& state,
                          const ExecutionContext& context, Gfp gfp) {
  return state.cpu_routes[context.cpu.value()][gfp.value() % kNrAllocRoutes]
      .preferred;
}

int64_t FreePages(const AllocatorState& state, const ConditionAtom& atom) {
  int64_t pages = 0;
  for (const Zone& zone : state.all_zones()) {
    if (zone.populated() && HasZone(atom, &zone)) {
      pages += static_cast<int64_t>(zone.StatPages(ZoneStat::kFreePages));
    }
  }
  return pages;
}

// The part of free memory that is in blocks below the order. Kernel
// counterpart: unusable_free_index().
double UnusableIndex(const AllocatorState& state, const ConditionAtom& atom) {
  uint64_t all = 0;
  uint64_t usable = 0;
  for (const Zone& zone : state.all_zones()) {
    if (!zone.populated() || !HasZone(atom, &zone)) continue;
    for (int order = 0; order < kNrPageOrders; ++order) {
      const uint64_t pages = zone.free_area[static_cast<size_t>(order)].nr_free
                             << order;
      all += pages;
      if (Order(order) >= atom.order) usable += pages;
    }
  }
  return all == 0
             ? 1
             : static_cast<double>(all - usable) / static_cast<double>(all);
}

}  // namespace

ConditionWatch::ConditionWatch(Machine& machine, const Condition& condition)
    : machine_(machine), log_lines_(machine.dmesg().size()) {
  for (const Condition::Case& atoms : condition.cases()) {
    Case& watched = cases_.emplace_back();
    for (const ConditionAtom& atom : atoms) {
      watched.push_back({.atom = &atom});
      wants_oom_ |= atom.kind == ConditionAtom::Kind::kOom;
    }
  }
}

absl::StatusOr<std::unique_ptr<ConditionWatch>> ConditionWatch::Start(
    Machine& machine, const Condition& condition) {
  std::unique_ptr<ConditionWatch> watch(new ConditionWatch(machine, condition));
  PAGELAB_RETURN_IF_ERROR(watch->CheckNames());
  PAGELAB_RETURN_IF_ERROR(AttachTrace(machine.state(), *watch));
  return watch;
}

ConditionWatch::~ConditionWatch() { DetachTrace(machine_.state()); }

absl::StatusOr<std::map<std::string, uint64_t>> ConditionWatch::Counters() {
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<SimFile> file,
                           machine_.File("/proc/vmstat"));
  StringOutput out;
  PAGELAB_RETURN_IF_ERROR(file->Dump(out));
  std::map<std::string, uint64_t> counters;
  for (const absl::string_view line : absl::StrSplit(out.text(), '\n')) {
    const size_t blank = line.find(' ');
    uint64_t value = 0;
    if (blank == absl::string_view::npos ||
        !absl::SimpleAtoi(line.substr(blank + 1), &value)) {
      continue;
    }
    counters[std::string(line.substr(0, blank))] = value;
  }
  return counters;
}

absl::Status ConditionWatch::CheckNames() {
  for (const Case& watched : cases_) {
    for (const Watched& part : watched) {
      const std::string& name = part.atom->name;
      if (part.atom->kind != ConditionAtom::Kind::kEvent || IsTracepoint(name))
        continue;
      if (counters_.empty()) {
        PAGELAB_ASSIGN_OR_RETURN(counters_, Counters());
      }
      if (counters_.contains(name)) continue;
      std::vector<std::string_view> known(kTracepoints.begin(),
                                          kTracepoints.end());
      for (const auto& [counter, value] : counters_) known.push_back(counter);
      return InvalidInput(
          "no tracepoint of the allocator and no counter of "
          "/proc/vmstat is called \"" +
          name + "\"" + DidYouMean(name, known));
    }
  }
  return absl::OkStatus();
}

template <typename Matches>
void ConditionWatch::Happen(ConditionAtom::Kind kind, Matches&& matches) {
  for (Case& watched : cases_) {
    for (Watched& part : watched) {
      if (part.atom->kind == kind && matches(*part.atom)) {
        part.happened = part.now = true;
      }
    }
  }
}

void ConditionWatch::HappenEvent(std::string_view name) {
  Happen(ConditionAtom::Kind::kEvent,
         [name](const ConditionAtom& atom) { return atom.name == name; });
  if (wants_oom_) LookForOom();
  Decide();
}

void ConditionWatch::LookForOom() {
  const std::vector<std::string>& log = machine_.dmesg();
  for (; log_lines_ < log.size(); ++log_lines_) {
    if (log[log_lines_].find("invoked oom-killer") == std::string::npos) {
      continue;
    }
    Happen(ConditionAtom::Kind::kOom,
           [](const ConditionAtom&) { return true; });
  }
}

bool ConditionWatch::StateHolds(const ConditionAtom& atom) const {
  const AllocatorState& state = machine_.state();
  return atom.kind == ConditionAtom::Kind::kFreePages
             ? atom.bound.Holds(static_cast<double>(FreePages(state, atom)))
             : atom.bound.Holds(UnusableIndex(state, atom));
}

bool ConditionWatch::Shows(const Case& watched) const {
  bool has_event = false;
  bool any_now = false;
  for (const Watched& part : watched) {
    if (!part.atom->is_event()) continue;
    if (!part.happened) return false;
    has_event = true;
    any_now |= part.now;
  }
  if (has_event && !any_now) return false;
  return std::all_of(watched.begin(), watched.end(),
                     [this](const Watched& part) {
                       return part.atom->is_event() || StateHolds(*part.atom);
                     });
}

void ConditionWatch::Decide() {
  if (shown_) return;
  for (Case& watched : cases_) {
    shown_ |= Shows(watched);
    for (Watched& part : watched) part.now = false;
  }
}

absl::Status ConditionWatch::Finish() {
  if (shown_) return absl::OkStatus();
  if (!counters_.empty()) {
    PAGELAB_ASSIGN_OR_RETURN(const auto after, Counters());
    Happen(ConditionAtom::Kind::kEvent, [&](const ConditionAtom& atom) {
      const auto before = counters_.find(atom.name);
      const auto now = after.find(atom.name);
      return before != counters_.end() && now != after.end() &&
             now->second > before->second;
    });
  }
  if (wants_oom_) LookForOom();
  Decide();
  return absl::OkStatus();
}

void ConditionWatch::OnEvent(const ExecutionContext& context,
                             const MmPageAlloc& event) {
  ++operations_;
  if (event.failed) {
    const Zone* zone = PreferredZone(machine_.state(), context, event.gfp);
    Happen(ConditionAtom::Kind::kFailure, [&](const ConditionAtom& atom) {
      return HasOrder(atom, event.order) && event.gfp.Has(atom.gfp) &&
             HasZone(atom, zone);
    });
  }
  HappenEvent("mm_page_alloc");
}

void ConditionWatch::OnEvent(const ExecutionContext&, const MmPageFree&) {
  ++operations_;
  HappenEvent("mm_page_free");
}

void ConditionWatch::OnEvent(const ExecutionContext&,
                             const MmPageFreeBatched&) {
  HappenEvent("mm_page_free_batched");
}

void ConditionWatch::OnEvent(const ExecutionContext&,
                             const MmPageAllocZoneLocked&) {
  HappenEvent("mm_page_alloc_zone_locked");
}

void ConditionWatch::OnEvent(const ExecutionContext&, const MmPagePcpuDrain&) {
  HappenEvent("mm_page_pcpu_drain");
}

void ConditionWatch::OnEvent(const ExecutionContext&,
                             const MmPageAllocExtfrag& event) {
  const Zone* zone = machine_.state().FindZone(event.pfn);
  const auto matches = [&](const ConditionAtom& atom) {
    return HasOrder(atom, event.alloc_order) && HasZone(atom, zone);
  };
  Happen(ConditionAtom::Kind::kFallback, matches);
  if (event.change_ownership) Happen(ConditionAtom::Kind::kSteal, matches);
  HappenEvent("mm_page_alloc_extfrag");
}

}  // namespace pagelab

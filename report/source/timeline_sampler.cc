#include "pagelab/report/source/timeline_sampler.h"

#include <algorithm>
#include <utility>

#include "fmt/format.h"
#include "pagelab/alloc/pcp_tuning.h"

namespace pagelab {
namespace {

// An event of a machine takes about as long as a walk over so many nodes of
// lists: so looking takes at most about a fifth of the time of a long run.
constexpr uint64_t kNodesPerEvent = 8;
// And of a short one some hundredths of a second.
constexpr uint64_t kCredit = 2'000'000;
// Reading a pageblock's type takes less than a node.
constexpr uint64_t kBlocksPerNode = 8;

uint64_t Sum(const std::array<uint64_t, kMaxNrZones>& counts) {
  uint64_t sum = 0;
  for (const uint64_t count : counts) sum += count;
  return sum;
}

}  // namespace

TimelineSampler::TimelineSampler(Machine& machine,
                                 const TimelineOptions& options)
    : machine_(machine), options_(options) {
  const AllocatorState& state = machine.state();
  for (const Zone& zone : state.all_zones()) {
    if (!zone.populated()) continue;
    zones_.push_back(&zone);
    timeline_.zones.push_back(fmt::format("Node {}, zone {}", zone.node.value(),
                                          ToString(zone.type)));
  }
  timeline_.pageblock_order = state.memory->pageblock_order();
  if (state.nr_pageblocks <= options_.max_pageblocks) {
    timeline_.nr_pageblocks = state.nr_pageblocks;
  }
  begin_ = CountersOfMachine();
  before_.resize(timeline_.nr_pageblocks);
  Sample(machine.clock().now());
}

void TimelineSampler::Note(const AllocatorEvent& event) {
  paid_ += kNodesPerEvent;
  if (timeline_.nr_events != 0 && timeline_.nr_events % interval_ == 0 &&
      cost_ <= kCredit + paid_) {
    Sample(event.when);
  }
  ++timeline_.nr_events;
  Count(event);
}

Timeline TimelineSampler::Finish() {
  // A sample at the same place says less: the last event has happened.
  if (timeline_.samples.size() > 1 &&
      timeline_.samples.back().events == timeline_.nr_events) {
    timeline_.samples.pop_back();
    const std::vector<PageblockChange> last =
        std::move(timeline_.changes.back());
    timeline_.changes.pop_back();
    Sample(machine_.clock().now());
    timeline_.changes.back() = MergeChanges(last, timeline_.changes.back());
  } else if (timeline_.nr_events != 0) {
    Sample(machine_.clock().now());
  }
  return std::move(timeline_);
}

void TimelineSampler::Count(const AllocatorEvent& event) {
  const auto add = [this](TimelineCounter which, uint64_t by) {
    events_[static_cast<size_t>(which)] += by;
  };
  if (const auto* alloc = event.As<MmPageAlloc>()) {
    add(TimelineCounter::kFailures, alloc->failed ? 1 : 0);
    add(TimelineCounter::kAllocations, alloc->failed ? 0 : 1);
    add(TimelineCounter::kPagesAllocated,
        alloc->failed ? 0 : alloc->order.pages());
  } else if (const auto* free = event.As<MmPageFree>()) {
    add(TimelineCounter::kFrees, 1);
    add(TimelineCounter::kPagesFreed, free->order.pages());
  } else if (const auto* fallback = event.As<MmPageAllocExtfrag>()) {
    add(TimelineCounter::kFallbacks, 1);
    add(TimelineCounter::kSteals, fallback->change_ownership ? 1 : 0);
  } else if (const auto* locked = event.As<MmPageAllocZoneLocked>()) {
    add(TimelineCounter::kPcpRefills, locked->percpu_refill ? 1 : 0);
  } else if (event.As<MmPagePcpuDrain>() != nullptr) {
    add(TimelineCounter::kPcpDrains, 1);
  }
}

TimelineCounters TimelineSampler::CountersOfMachine() const {
  const VmEvents& vm = machine_.state().events;
  TimelineCounters counters{};
  const auto set = [&](TimelineCounter which, uint64_t value) {
    counters[static_cast<size_t>(which)] = value;
  };
  set(TimelineCounter::kAllocstall, Sum(vm.allocstall));
  set(TimelineCounter::kPgscan, vm.count(VmEvent::kPgscanKswapd) +
                                    vm.count(VmEvent::kPgscanDirect) +
                                    vm.count(VmEvent::kPgscanKhugepaged));
  set(TimelineCounter::kPgsteal, vm.count(VmEvent::kPgstealKswapd) +
                                     vm.count(VmEvent::kPgstealDirect) +
                                     vm.count(VmEvent::kPgstealKhugepaged));
  for (const auto& [which, event] :
       {std::pair{TimelineCounter::kCompactStall, VmEvent::kCompactStall},
        std::pair{TimelineCounter::kCompactFail, VmEvent::kCompactFail},
        std::pair{TimelineCounter::kCompactSuccess, VmEvent::kCompactSuccess},
        std::pair{TimelineCounter::kCompactMigrateScanned,
                  VmEvent::kCompactMigrateScanned},
        std::pair{TimelineCounter::kCompactFreeScanned,
                  VmEvent::kCompactFreeScanned},
        std::pair{TimelineCounter::kPgmigrateSuccess,
                  VmEvent::kPgmigrateSuccess},
        std::pair{TimelineCounter::kPgmigrateFail, VmEvent::kPgmigrateFail},
        std::pair{TimelineCounter::kOomKill, VmEvent::kOomKill}}) {
    set(which, vm.count(event));
  }
  return counters;
}

void TimelineSampler::Sample(Nanoseconds when) {
  TimelineSample sample;
  sample.events = timeline_.nr_events;
  sample.when = when;
  sample.counters = events_;
  const TimelineCounters now = CountersOfMachine();
  for (size_t i = 0; i < now.size(); ++i) {
    sample.counters[i] += now[i] - begin_[i];
  }
  for (const Zone* zone : zones_) {
    sample.free.emplace_back(*zone);
    for (int cpu = 0; cpu < machine_.state().nr_cpus; ++cpu) {
      sample.pcp_pages += static_cast<uint64_t>(zone->pcp[cpu].count);
    }
  }
  cost_ += zones_.size();
  timeline_.samples.push_back(std::move(sample));
  timeline_.changes.emplace_back();
  if (timeline_.nr_pageblocks != 0) {
    ReadPageblocks();
    timeline_.changes.back() = TakeChanges();
  }
  // A last one may come at the end.
  if (timeline_.samples.size() >= options_.max_samples ||
      change_bytes_ > options_.max_change_bytes) {
    DropEverySecond();
  }
}

void TimelineSampler::ReadPageblocks() {
  const AllocatorState& state = machine_.state();
  const int order = timeline_.pageblock_order.value();
  now_.assign(timeline_.nr_pageblocks, {});
  for (uint64_t block = 0; block < now_.size(); ++block) {
    const Pfn pfn(block << order);
    if (!state.memory->IsValid(pfn)) continue;
    now_[block].migratetype = static_cast<uint8_t>(state.PageblockType(pfn));
  }
  cost_ += now_.size() / kBlocksPerNode;
  for (const Zone* zone : zones_) {
    for (int i = 0; i < kNrPageOrders; ++i) {
      for (const FreeList& list :
           zone->free_area[static_cast<size_t>(i)].lists) {
        AddFreeList(list, Order(i));
      }
    }
    for (int cpu = 0; cpu < state.nr_cpus; ++cpu) {
      const PerCpuPages& pcp = zone->pcp[cpu];
      for (size_t i = 0; i < pcp.lists.size(); ++i) {
        AddFreeList(pcp.lists[i], OrderOfPcpList(static_cast<int>(i)));
      }
    }
  }
}

void TimelineSampler::AddFreeList(const FreeList& list, Order order) {
  const int shift = timeline_.pageblock_order.value();
  list.ForEachNode([&](const Page& node) {
    ++cost_;
    const uint64_t begin = machine_.memory().PfnOf(&node).value();
    const uint64_t blocks =
        order == Order(kMaxPageOrder) ? node.extra_blocks + uint64_t{1} : 1;
    const uint64_t end = begin + (blocks << order.value());
    for (uint64_t at = begin; at < end;) {
      const uint64_t block = at >> shift;
      const uint64_t next = std::min(end, (block + 1) << shift);
      if (block < now_.size()) {
        now_[block].free += static_cast<uint16_t>(next - at);
      }
      at = next;
    }
  });
}

std::vector<PageblockChange> TimelineSampler::TakeChanges() {
  std::vector<PageblockChange> changes;
  for (uint32_t block = 0; block < now_.size(); ++block) {
    if (now_[block] != before_[block]) changes.push_back({block, now_[block]});
  }
  changes.shrink_to_fit();
  change_bytes_ += changes.size() * sizeof(PageblockChange);
  std::swap(now_, before_);
  return changes;
}

// Those that stay are at multiples of the new interval. What the others changed
// goes to the next that stays; behind the last one nothing may be lost, so that
// it stays in any case.
void TimelineSampler::DropEverySecond() {
  interval_ *= 2;
  std::vector<TimelineSample> samples;
  std::vector<std::vector<PageblockChange>> changes;
  std::vector<PageblockChange> dropped;
  change_bytes_ = 0;
  for (size_t i = 0; i < timeline_.samples.size(); ++i) {
    std::vector<PageblockChange>& own = timeline_.changes[i];
    if (!dropped.empty()) own = MergeChanges(dropped, own);
    dropped.clear();
    if (timeline_.samples[i].events % interval_ != 0 &&
        i + 1 != timeline_.samples.size()) {
      dropped = std::move(own);
      continue;
    }
    change_bytes_ += own.size() * sizeof(PageblockChange);
    samples.push_back(std::move(timeline_.samples[i]));
    changes.push_back(std::move(own));
  }
  timeline_.samples = std::move(samples);
  timeline_.changes = std::move(changes);
}

}  // namespace pagelab

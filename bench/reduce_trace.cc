#include <fmt/format.h>

#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "pagelab/base/status.h"
#include "pagelab/bench/recorded_steps.h"
#include "pagelab/bench/slot_pool.h"

namespace pagelab {
namespace {

// Collects allocations and the frees that belong to them.
class Reduction {
 public:
  explicit Reduction(size_t max_pairs) : max_pairs_(max_pairs) {}

  bool full() const { return nr_pairs_ == max_pairs_; }

  void Apply(const TraceEvent& event) {
    if (event.kind == TraceEventKind::kPageAlloc) {
      if (!event.allocation_failed()) Alloc(event);
    } else if (event.kind == TraceEventKind::kPageFree) {
      Free(event);
    }
  }

  RecordedSteps Steps() const {
    RecordedSteps recorded;
    SlotPool slots;
    std::vector<uint32_t> slot_of(blocks_.size());
    for (const Entry& entry : entries_) {
      const Block& block = blocks_[entry.block];
      if (!block.is_freed) continue;
      uint32_t& slot = slot_of[entry.block];
      if (!entry.put) slot = slots.Take();
      recorded.steps.push_back({.slot = slot,
                                .gfp = block.gfp,
                                .order = block.order,
                                .put = entry.put});
      if (entry.put) slots.Return(slot);
    }
    recorded.nr_slots = slots.nr_slots();
    return recorded;
  }

 private:
  struct Block {
    Gfp gfp;
    Order order;
    bool is_freed = false;
  };
  struct Entry {
    size_t block = 0;
    bool put = false;
  };

  void Alloc(const TraceEvent& event) {
    // A block that is still there lost its free.
    held_[event.pfn.value()] = blocks_.size();
    entries_.push_back({.block = blocks_.size()});
    blocks_.push_back({.gfp = event.gfp, .order = event.order});
  }

  void Free(const TraceEvent& event) {
    const auto held = held_.find(event.pfn.value());
    if (held == held_.end()) return;
    const size_t index = held->second;
    held_.erase(held);
    // The first part of a block: not one free of one allocation.
    if (blocks_[index].order != event.order) return;
    blocks_[index].is_freed = true;
    entries_.push_back({.block = index, .put = true});
    ++nr_pairs_;
  }

  const size_t max_pairs_;
  size_t nr_pairs_ = 0;
  std::vector<Block> blocks_;
  std::vector<Entry> entries_;
  // From the head's frame to the block.
  absl::flat_hash_map<uint64_t, size_t> held_;
};

}  // namespace

absl::StatusOr<RecordedSteps> ReduceTrace(TraceReader& trace,
                                          size_t max_pairs) {
  Reduction reduction(max_pairs);
  TraceEvent event;
  while (!reduction.full() && trace.Next(event)) reduction.Apply(event);
  PAGELAB_RETURN_IF_ERROR(trace.status());
  RecordedSteps recorded = reduction.Steps();
  if (recorded.steps.empty()) {
    return InvalidInput(fmt::format(
        "{}: no block is both allocated and freed in this recording",
        trace.name()));
  }
  return recorded;
}

std::vector<StepRange> BalancedStretches(const RecordedSteps& recorded,
                                         size_t count, size_t length) {
  const size_t size = recorded.steps.size();
  // Blocks held before each step, and at the end.
  std::vector<int64_t> held(1);
  for (const TrafficStep& step : recorded.steps) {
    held.push_back(held.back() + (step.put ? -1 : 1));
  }
  std::vector<StepRange> stretches;
  size_t begin = 0;
  for (size_t i = 0; i < count; ++i) {
    begin = std::max(begin, size * i / count);
    while (begin + length <= size && held[begin] != held[begin + length]) {
      ++begin;
    }
    if (begin + length > size) break;
    stretches.push_back({.begin = begin, .end = begin + length});
    begin += length;
  }
  return stretches;
}

}  // namespace pagelab

#include "pagelab/bench/hotpath_rows.h"

#include <algorithm>

#include "pagelab/base/status.h"

namespace pagelab {
namespace {

// As drivers and slab caches ask: unmovable, and nothing to be cleared.
constexpr Gfp kGfp = gfp::kKernel;

// Enough that reading the clock is a thousandth of them, and few enough that
// most runs meet no interrupt.
constexpr uint64_t kPairs = 4000;
constexpr uint64_t kLargePairs = 1000;

constexpr uint64_t kWarmUpPairs = 200;

}  // namespace

std::vector<HotpathRow> HotpathRows(const RecordedSteps& recorded) {
  return {
      {.name = "order 0, per-cpu list", .pairs = kPairs, .order = Order(0)},
      {.name = "order 0, buddy",
       .pairs = kPairs,
       .order = Order(0),
       .bypass = true},
      {.name = "order 3", .pairs = kPairs, .order = Order(3)},
      {.name = "order 9", .pairs = kLargePairs, .order = Order(9)},
      {.name = "recorded mix",
       .pairs = recorded.pairs(),
       .recorded = &recorded},
  };
}

RowWork::RowWork(HotpathMachine& machine, const HotpathRow& row)
    : machine_(machine), row_(row) {
  if (row.recorded != nullptr) slots_.resize(row.recorded->nr_slots);
}

absl::Status RowWork::Prepare(OwnerMode owner) {
  PAGELAB_RETURN_IF_ERROR(machine_.Switch(owner));
  machine_.BypassPerCpuLists(row_.bypass);
  return absl::OkStatus();
}

void RowWork::RunAll(const TrafficLoops& loops) {
  if (row_.recorded != nullptr) {
    RunSteps(loops, {.begin = 0, .end = row_.recorded->steps.size()});
  } else {
    RunPairs(loops, row_.pairs);
  }
}

void RowWork::RunPairs(const TrafficLoops& loops, uint64_t pairs) {
  loops.repeat_pairs(machine_.source(), {.gfp = kGfp, .order = row_.order},
                     pairs);
}

void RowWork::RunSteps(const TrafficLoops& loops, StepRange range) {
  loops.play_steps(machine_.source(),
                   absl::MakeConstSpan(row_.recorded->steps)
                       .subspan(range.begin, range.end - range.begin),
                   absl::MakeSpan(slots_));
}

void RowWork::WarmUp(const TrafficLoops& loops) {
  RunPairs(loops, std::min(row_.pairs, kWarmUpPairs));
}

}  // namespace pagelab

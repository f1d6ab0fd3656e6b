#include "pagelab/bench/hotpath_counts.h"

#include <algorithm>

#include "pagelab/base/status.h"
#include "pagelab/bench/instruction_counter.h"

namespace pagelab {
namespace {

// As many pairs as have about so many instructions.
constexpr uint64_t kInstructions = 3000;
constexpr uint64_t kMaxPairs = 20;
constexpr size_t kStretches = 8;
constexpr size_t kStretchSteps = kNrCountedSteps / kStretches;

struct PairCount {
  double instructions = 0;
  double branches = 0;
};

PairCount PerPair(const InstructionCount& more, const InstructionCount& less,
                  uint64_t pairs) {
  const auto mean = [pairs](uint64_t a, uint64_t b) {
    return static_cast<double>(a - b) / static_cast<double>(pairs);
  };
  return {.instructions = mean(more.instructions, less.instructions),
          .branches = mean(more.branches, less.branches)};
}

// Exact where a second count is cheap: the difference of the two has neither a
// beginning nor an end. Else with those, a handful in thousands.
absl::StatusOr<PairCount> CountPairs(RowWork& work, const TrafficLoops& loops) {
  const auto count = [&](uint64_t pairs) {
    return CountInstructions([&] { work.RunPairs(loops, pairs); },
                             /*rehearsals=*/1);
  };
  work.WarmUp(loops);
  PAGELAB_ASSIGN_OR_RETURN(const InstructionCount one, count(1));
  const uint64_t pairs = std::min(
      kInstructions / std::max<uint64_t>(one.instructions, 1), kMaxPairs);
  if (pairs == 0) return PerPair(one, {}, 1);
  PAGELAB_ASSIGN_OR_RETURN(const InstructionCount more, count(1 + pairs));
  return PerPair(more, one, pairs);
}

// Here and there in the recording, from wherever it has got to by then.
absl::StatusOr<PairCount> CountSteps(RowWork& work, const TrafficLoops& loops) {
  InstructionCount sum;
  uint64_t pairs = 0;
  size_t done = 0;
  for (const StepRange& range :
       BalancedStretches(*work.row().recorded, kStretches, kStretchSteps)) {
    work.RunSteps(loops, {.begin = done, .end = range.begin});
    PAGELAB_ASSIGN_OR_RETURN(
        const InstructionCount count,
        CountInstructions([&] { work.RunSteps(loops, range); }));
    done = range.end;
    sum.instructions += count.instructions;
    sum.branches += count.branches;
    pairs += (range.end - range.begin) / 2;
  }
  if (pairs == 0) return PairCount();
  return PerPair(sum, {}, pairs);
}

absl::StatusOr<PairCount> Count(HotpathMachine& machine, RowWork& work,
                                OwnerMode owner, const TrafficLoops& loops) {
  PAGELAB_RETURN_IF_ERROR(machine.Restore());
  PAGELAB_RETURN_IF_ERROR(work.Prepare(owner));
  return work.row().recorded != nullptr ? CountSteps(work, loops)
                                        : CountPairs(work, loops);
}

bool IsCaptured(OwnerMode owner) {
  return owner == OwnerMode::kLibunwind || owner == OwnerMode::kFramePointers;
}

bool IsCounted(const RowFigures& figures, const HotpathVariant& variant,
               const CountOptions& options) {
  if ((variant.owner != OwnerMode::kOff) != options.watched) return false;
  if (figures.row.recorded != nullptr && IsCaptured(variant.owner))
    return false;
  return std::chrono::steady_clock::now() < options.deadline;
}

absl::StatusOr<LoopCount> CountAll(HotpathMachine& machine, RowFigures& figures,
                                   const CountOptions& options) {
  RowWork work(machine, figures.row);
  PAGELAB_ASSIGN_OR_RETURN(const PairCount loop,
                           Count(machine, work, OwnerMode::kOff, BareLoops()));
  for (VariantFigures& of : figures.variants) {
    if (!IsCounted(figures, of.variant, options)) continue;
    if (options.on_variant) options.on_variant(of.variant.name);
    PAGELAB_ASSIGN_OR_RETURN(
        const PairCount pair,
        Count(machine, work, of.variant.owner, LoopsOf(of.variant.hooks)));
    of.instructions = pair.instructions - loop.instructions;
    of.branches = pair.branches - loop.branches;
  }
  return LoopCount{.instructions = loop.instructions,
                   .branches = loop.branches};
}

}  // namespace

absl::StatusOr<LoopCount> CountRow(HotpathMachine& machine, RowFigures& figures,
                                   const CountOptions& options) {
  absl::StatusOr<LoopCount> loop;
  machine.Run([&] { loop = CountAll(machine, figures, options); });
  PAGELAB_RETURN_IF_ERROR(machine.Restore());
  return loop;
}

}  // namespace pagelab

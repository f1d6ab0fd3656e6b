#ifndef PAGELAB_BENCH_HOTPATH_ROWS_H_
#define PAGELAB_BENCH_HOTPATH_ROWS_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "pagelab/bench/hotpath_machine.h"
#include "pagelab/bench/hotpath_variants.h"
#include "pagelab/bench/recorded_steps.h"

namespace pagelab {

// One definition of work.
struct HotpathRow {
  std::string_view name;
  // Of one run.
  uint64_t pairs = 0;
  // Pairs of this order, unless `recorded` says what to do.
  Order order{};
  // Around the per-cpu lists.
  bool bypass = false;
  const RecordedSteps* recorded = nullptr;
};

// In the order in which they are shown. `recorded` outlives them.
std::vector<HotpathRow> HotpathRows(const RecordedSteps& recorded);

// What was measured of one variant, a pair of one allocation and its free.
struct VariantFigures {
  HotpathVariant variant{};
  // One a round, the loop included.
  std::vector<double> nanoseconds{};
  // Without the loop.
  std::optional<double> instructions{};
  std::optional<double> branches{};
  std::optional<double> branch_misses{};
};

struct RowFigures {
  HotpathRow row{};
  std::vector<VariantFigures> variants{};
};

// Does a row's work, with one variant at a time. Runs below the machine's chain
// of kernel functions.
class RowWork {
 public:
  // Both outlive it.
  RowWork(HotpathMachine& machine, const HotpathRow& row);

  const HotpathRow& row() const { return row_; }
  // Makes the machine what the variant needs.
  absl::Status Prepare(OwnerMode owner);
  // All of the row's pairs.
  void RunAll(const TrafficLoops& loops);
  // So many pairs of the row's order. REQUIRES: it is not a recorded row.
  void RunPairs(const TrafficLoops& loops, uint64_t pairs);
  // REQUIRES: it is one.
  void RunSteps(const TrafficLoops& loops, StepRange range);
  // Gets the code of a variant into the caches.
  void WarmUp(const TrafficLoops& loops);

 private:
  HotpathMachine& machine_;
  const HotpathRow& row_;
  std::vector<Page*> slots_;
};

}  // namespace pagelab

#endif  // PAGELAB_BENCH_HOTPATH_ROWS_H_

#include "pagelab/bench/hotpath_times.h"

#include <chrono>
#include <numeric>
#include <utility>

#include "pagelab/base/random.h"
#include "pagelab/base/status.h"

namespace pagelab {
namespace {

constexpr uint64_t kOrderSeed = 6;

// The wall clock, which is read without a system call: what an interrupt or
// another process takes is in single rounds, and a median does not see it. The
// thread's own clock costs as much as tens of pairs.
using Clock = std::chrono::steady_clock;

struct Sample {
  double nanoseconds = 0;
  PerfCounts counts;
};

// One run of the row's work.
Sample RunOnce(RowWork& work, const TrafficLoops& loops,
               const PerfCounters* counters) {
  Sample sample;
  const PerfCounts before =
      counters != nullptr ? counters->Read() : PerfCounts();
  const Clock::time_point begin = Clock::now();
  work.RunAll(loops);
  const std::chrono::duration<double, std::nano> time = Clock::now() - begin;
  if (counters != nullptr) sample.counts = counters->Read() - before;
  sample.nanoseconds = time.count() / static_cast<double>(work.row().pairs);
  return sample;
}

void Shuffle(std::vector<size_t>& indexes, Random& random) {
  for (size_t i = indexes.size(); i > 1; --i) {
    std::swap(indexes[i - 1], indexes[random.Uniform(i)]);
  }
}

class RowTimes {
 public:
  RowTimes(HotpathMachine& machine, const HotpathRow& row,
           const TimingOptions& options)
      : work_(machine, row), options_(options), random_(kOrderSeed) {
    figures_.row = row;
    for (const HotpathVariant& variant : HotpathVariants()) {
      figures_.variants.push_back({.variant = variant});
    }
    counts_.resize(figures_.variants.size());
  }

  absl::Status Run() {
    std::vector<size_t> order(figures_.variants.size());
    std::iota(order.begin(), order.end(), size_t{0});
    // The first round is for the caches, the depot and the unwinder alone.
    for (int round = 0; round <= options_.rounds; ++round) {
      if (options_.on_round && round > 0) options_.on_round(round);
      Shuffle(order, random_);
      for (const size_t index : order) {
        PAGELAB_RETURN_IF_ERROR(RunVariant(index, /*keep=*/round > 0));
      }
    }
    if (options_.counters != nullptr) SetCounts();
    return absl::OkStatus();
  }

  RowFigures TakeFigures() { return std::move(figures_); }

 private:
  absl::Status RunVariant(size_t index, bool keep) {
    VariantFigures& figures = figures_.variants[index];
    const TrafficLoops loops = LoopsOf(figures.variant.hooks);
    PAGELAB_RETURN_IF_ERROR(work_.Prepare(figures.variant.owner));
    work_.WarmUp(loops);
    const Sample sample = RunOnce(work_, loops, options_.counters);
    if (!keep) return absl::OkStatus();
    figures.nanoseconds.push_back(sample.nanoseconds);
    counts_[index].instructions += sample.counts.instructions;
    counts_[index].branches += sample.counts.branches;
    counts_[index].branch_misses += sample.counts.branch_misses;
    return absl::OkStatus();
  }

  void SetCounts() {
    const Sample loop = RunOnce(work_, BareLoops(), options_.counters);
    const auto pairs = static_cast<double>(figures_.row.pairs);
    const auto per_pair = [&](uint64_t sum, uint64_t of_loop) {
      const double mean = static_cast<double>(sum) / options_.rounds;
      return (mean - static_cast<double>(of_loop)) / pairs;
    };
    for (size_t i = 0; i < counts_.size(); ++i) {
      VariantFigures& figures = figures_.variants[i];
      const PerfCounts& sum = counts_[i];
      figures.instructions =
          per_pair(sum.instructions, loop.counts.instructions);
      figures.branches = per_pair(sum.branches, loop.counts.branches);
      figures.branch_misses =
          per_pair(sum.branch_misses, loop.counts.branch_misses);
    }
  }

  RowWork work_;
  const TimingOptions& options_;
  Random random_;
  RowFigures figures_;
  // Sums over the rounds.
  std::vector<PerfCounts> counts_;
};

}  // namespace

absl::StatusOr<RowFigures> TimeRow(HotpathMachine& machine,
                                   const HotpathRow& row,
                                   const TimingOptions& options) {
  RowTimes times(machine, row, options);
  absl::Status status;
  machine.Run([&] { status = times.Run(); });
  PAGELAB_RETURN_IF_ERROR(status);
  return times.TakeFigures();
}

}  // namespace pagelab

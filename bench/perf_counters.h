#ifndef PAGELAB_BENCH_PERF_COUNTERS_H_
#define PAGELAB_BENCH_PERF_COUNTERS_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace pagelab {

// What the processor counted, in user space, since the counters were opened.
struct PerfCounts {
  uint64_t instructions = 0;
  uint64_t branches = 0;
  uint64_t branch_misses = 0;

  friend PerfCounts operator-(const PerfCounts& a, const PerfCounts& b) {
    return {.instructions = a.instructions - b.instructions,
            .branches = a.branches - b.branches,
            .branch_misses = a.branch_misses - b.branch_misses};
  }
};

// The processor's own counters of the thread that opens them: three perf events
// in a group, so that they count the same stretches. Thread-compatible.
class PerfCounters {
 public:
  // The error's message says in one sentence why there are none here.
  static absl::StatusOr<PerfCounters> Open();

  PerfCounters(PerfCounters&& other) noexcept;
  PerfCounters& operator=(PerfCounters&& other) noexcept;
  ~PerfCounters();

  // A system call: keep it out of what is timed. All zero once the kernel
  // does not answer any more.
  PerfCounts Read() const;

 private:
  static constexpr size_t kNrEvents = 3;

  PerfCounters() { descriptors_.fill(-1); }

  // The first one leads the group.
  std::array<int, kNrEvents> descriptors_;
};

// The sentence of Open()'s error, for an errno of perf_event_open(2).
// `paranoid` is what /proc/sys/kernel/perf_event_paranoid says, or nothing.
std::string WhyNoPerfEvents(int error_number, std::string_view paranoid);

}  // namespace pagelab

#endif  // PAGELAB_BENCH_PERF_COUNTERS_H_

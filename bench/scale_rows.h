// What a pair costs on a machine of some size.

#ifndef PAGELAB_BENCH_SCALE_ROWS_H_
#define PAGELAB_BENCH_SCALE_ROWS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"

namespace pagelab {

// One row on one machine. Pairs of one allocation and its free.
struct ScalePoint {
  std::string_view row;
  // Memory of the simulated machine.
  uint64_t bytes = 0;
  // One number a round: nanoseconds a pair.
  std::vector<double> nanoseconds;
  // A pair, in user space; nothing where they cannot be counted.
  std::optional<double> instructions;
  // Host memory that the machine holds afterwards.
  uint64_t resident_bytes = 0;
  std::string note;
};

// The rows, in the order in which they are measured.
absl::Span<const std::string_view> ScaleRows();

// Host memory that a machine of this size takes when all its pages were in use
// once, with what the measurement itself holds.
uint64_t HostBytesFor(uint64_t machine_bytes);

// Measures all rows on a PC with `bytes` of memory, at least 1 GiB, one CPU and
// page_owner off. `on_row` is told before each.
std::vector<ScalePoint> MeasureScale(
    uint64_t bytes, const std::function<void(std::string_view row)>& on_row);

}  // namespace pagelab

#endif  // PAGELAB_BENCH_SCALE_ROWS_H_

#ifndef PAGELAB_BENCH_BENCH_MACHINE_H_
#define PAGELAB_BENCH_BENCH_MACHINE_H_

#include <string_view>

#include "pagelab/sim/machine.h"

namespace pagelab {

// A built-in machine with another kernel command line. Ends the program when
// it does not boot.
Machine BootForBench(std::string_view name, std::string_view command_line);

// The call chain of a driver that fills its receive ring.
absl::Span<const SimAddress> DriverStack(Machine& machine);

}  // namespace pagelab

#endif  // PAGELAB_BENCH_BENCH_MACHINE_H_

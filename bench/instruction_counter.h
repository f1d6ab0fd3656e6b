// Instructions and branches of a piece of code, counted one by one.

#ifndef PAGELAB_BENCH_INSTRUCTION_COUNTER_H_
#define PAGELAB_BENCH_INSTRUCTION_COUNTER_H_

#include <cstdint>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"

namespace pagelab {

struct InstructionCount {
  uint64_t instructions = 0;
  // Jumps, conditional or not, calls and returns.
  uint64_t branches = 0;
};

// Runs `work` with the processor's trap flag set and counts what it executes in
// user space: exact, the same on every run, and 1 to 30 microseconds an
// instruction. A repeated string instruction is one. While this process has one
// thread, and handles no SIGTRAP otherwise. Unavailable where nothing traps:
// under valgrind, on other processors than x86-64.
//
// `rehearsals` times it is run without being counted before, from the same
// place and with the same stack. Work that blocks signals ends the process: one
// that does so only the first time, as an unwinder that has yet to learn its
// callers, needs a rehearsal.
absl::StatusOr<InstructionCount> CountInstructions(
    absl::FunctionRef<void()> work, int rehearsals = 0);

}  // namespace pagelab

#endif  // PAGELAB_BENCH_INSTRUCTION_COUNTER_H_

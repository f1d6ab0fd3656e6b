#ifndef PAGELAB_BENCH_KERNEL_CHAIN_H_
#define PAGELAB_BENCH_KERNEL_CHAIN_H_

#include "absl/functional/function_ref.h"
#include "pagelab/sim/machine.h"

namespace pagelab {

// Runs `work` where simulated kernel code would allocate: at the end of a real
// chain of eleven simulated functions, in the softirq in which a network driver
// fills its receive ring. `context` says so while it runs.
void RunBelowKernelChain(Machine& machine, ExecutionContext& context,
                         absl::FunctionRef<void()> work);

}  // namespace pagelab

#endif  // PAGELAB_BENCH_KERNEL_CHAIN_H_

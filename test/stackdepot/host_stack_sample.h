// Functions of a simulated kernel, for the test of host stacks.

#ifndef PAGELAB_TEST_STACKDEPOT_HOST_STACK_SAMPLE_H_
#define PAGELAB_TEST_STACKDEPOT_HOST_STACK_SAMPLE_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/types/span.h"
#include "pagelab/stackdepot/kernel_function.h"
#include "pagelab/stackdepot/unwinder.h"

namespace pagelab {

// What the host's stack was inside the allocator.
struct SampleCapture {
  // By whom it is taken.
  const Unwinder* unwinder = &LibunwindUnwinder();
  std::array<uintptr_t, 128> frames;
  size_t nr_frames = 0;
};

// sample_probe -> sample_alloc_ring -> the allocator.
void SampleProbe(SampleCapture& capture);
// sample_walk, `depth` times in itself -> sample_alloc_ring -> the allocator.
void SampleWalk(SampleCapture& capture, int depth);

absl::Span<const KernelFunction> SampleFunctions();

}  // namespace pagelab

#endif  // PAGELAB_TEST_STACKDEPOT_HOST_STACK_SAMPLE_H_

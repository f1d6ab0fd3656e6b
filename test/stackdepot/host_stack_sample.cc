#include "pagelab/test/stackdepot/host_stack_sample.h"

namespace pagelab {
namespace {

// Stands for the allocator: host code that is no kernel function.
void Allocate(SampleCapture& capture) {
  capture.nr_frames = capture.unwinder->Capture(absl::MakeSpan(capture.frames));
}

// A helper between two kernel functions, inlined or not as the compiler likes.
template <typename Function>
void Twice(const Function& function) {
  for (int i = 0; i < 2; ++i) function();
}

}  // namespace

// Every call is in tail position, and every function is alone in calling the
// next: what an optimiser would turn into jumps or into one function.
PAGELAB_KERNEL_FUNCTION void SampleAllocRing(SampleCapture& capture) {
  Allocate(capture);
}

PAGELAB_KERNEL_FUNCTION void SampleProbe(SampleCapture& capture) {
  Twice([&capture] { SampleAllocRing(capture); });
}

PAGELAB_KERNEL_FUNCTION void SampleWalk(SampleCapture& capture, int depth) {
  if (depth == 1) return SampleAllocRing(capture);
  SampleWalk(capture, depth - 1);
}

absl::Span<const KernelFunction> SampleFunctions() {
  static constexpr std::array<KernelCall, 1> probe_calls = {
      {{.callee = "sample_alloc_ring", .offset = 0x5a}}};
  static constexpr std::array<KernelCall, 2> walk_calls = {
      {{.callee = "sample_walk", .offset = 0x33},
       {.callee = "sample_alloc_ring", .offset = 0x44}}};
  static const std::array<KernelFunction, 3> functions = {
      {{.name = "sample_alloc_ring",
        .host = HostAddress(&SampleAllocRing),
        .size = 0x90,
        .allocator_call = 0x1f,
        .calls = {}},
       {.name = "sample_probe",
        .host = HostAddress(&SampleProbe),
        .size = 0x120,
        .allocator_call = 0x20,
        .calls = probe_calls,
        .module = "sample"},
       {.name = "sample_walk",
        .host = HostAddress(&SampleWalk),
        .size = 0x60,
        .allocator_call = 0x21,
        .calls = walk_calls}}};
  return functions;
}

}  // namespace pagelab

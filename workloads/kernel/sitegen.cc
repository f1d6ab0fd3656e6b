#include <array>

#include "pagelab/workloads/kernel/functions.h"

namespace pagelab::kernel {

// The stack is made up rather than captured: no program has 4,095 functions
// for this.
bool SitegenAlloc(KernelRequest& request) {
  constexpr uint64_t kSites = 4095;
  constexpr uint64_t kBytesPerSite = 16;
  const uint64_t site = 1 + request.random.Uniform(kSites);
  const absl::StatusOr<SimAddress> alloc =
      request.machine.symbols().AddressOf({.name = "sitegen_alloc",
                                           .offset = site * kBytesPerSite,
                                           .size = (kSites + 1) * kBytesPerSite,
                                           .module = "sitegen"});
  const absl::StatusOr<SimAddress> run =
      request.machine.symbols().AddressOf({.name = "sitegen_run",
                                           .offset = 0x4c,
                                           .size = 0x90,
                                           .module = "sitegen"});
  std::array<SimAddress, 2> frames;
  request.context.stack_kind = StackKind::kScripted;
  // Where the scenario's own modules left room in the kernel's text.
  if (alloc.ok() && run.ok()) {
    frames = {*alloc, *run};
    request.context.frames = frames;
  }
  const bool got =
      TakePages(request, {request.gfp, request.order, PageFlags()});
  request.context.frames = {};
  request.context.stack_kind = StackKind::kHost;
  return got;
}

}  // namespace pagelab::kernel

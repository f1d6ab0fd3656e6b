#include <array>
#include <vector>

#include "pagelab/workloads/kernel/functions.h"

namespace pagelab::kernel {
namespace {

constexpr uint64_t kSites = 4095;
constexpr uint64_t kBytesPerSite = 16;
// Deep enough to fill a stack of 16 frames, whatever the kernel puts on top.
constexpr size_t kDeepFrames = 16;

// One of the places in [sitegen], drawn by chance, and `callers` above it.
std::vector<SimAddress> DrawSite(KernelRequest& request, size_t callers) {
  const uint64_t site = 1 + request.random.Uniform(kSites);
  SymbolTable& symbols = request.machine.symbols();
  const absl::StatusOr<SimAddress> alloc =
      symbols.AddressOf({.name = "sitegen_alloc",
                         .offset = site * kBytesPerSite,
                         .size = (kSites + 1) * kBytesPerSite,
                         .module = "sitegen"});
  const absl::StatusOr<SimAddress> run =
      symbols.AddressOf({.name = "sitegen_run",
                         .offset = 0x4c,
                         .size = 0x90,
                         .module = "sitegen"});
  // Where the scenario's own modules left room in the kernel's text.
  if (!alloc.ok() || !run.ok()) return {};
  std::vector<SimAddress> frames = {*alloc};
  frames.resize(1 + callers, *run);
  return frames;
}

// The stack is made up rather than captured: no program has 4,095 functions
// for this.
bool TakeFrom(KernelRequest& request, const std::vector<SimAddress>& frames) {
  request.context.stack_kind = StackKind::kScripted;
  request.context.frames = frames;
  const bool got =
      TakePages(request, {request.gfp, request.order, PageFlags()});
  request.context.frames = {};
  request.context.stack_kind = StackKind::kHost;
  return got;
}

}  // namespace

bool SitegenAlloc(KernelRequest& request) {
  return TakeFrom(request, DrawSite(request, 1));
}

bool KbuildAlloc(KernelRequest& request) {
  return TakeFrom(request, DrawSite(request, kDeepFrames - 1));
}

}  // namespace pagelab::kernel

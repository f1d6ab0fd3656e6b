#include <string_view>
#include <vector>

#include "pagelab/workloads/kernel/functions.h"

namespace pagelab::kernel {
namespace {

constexpr uint64_t kSites = 4095;
constexpr uint64_t kBytesPerSite = 16;
// Deep enough to fill a stack of 16 frames, whatever the kernel puts on top.
constexpr size_t kDeepFrames = 16;

// A module of generated code.
struct GeneratedModule {
  std::string_view name;
  std::string_view alloc;
  std::string_view run;
};

// One of the module's places, drawn by chance, and `callers` above it.
std::vector<SimAddress> DrawSite(KernelRequest& request,
                                 const GeneratedModule& module,
                                 size_t callers) {
  const uint64_t site = 1 + request.random.Uniform(kSites);
  SymbolTable& symbols = request.machine.symbols();
  const absl::StatusOr<SimAddress> alloc =
      symbols.AddressOf({.name = module.alloc,
                         .offset = site * kBytesPerSite,
                         .size = (kSites + 1) * kBytesPerSite,
                         .module = module.name});
  const absl::StatusOr<SimAddress> run =
      symbols.AddressOf({.name = module.run,
                         .offset = 0x4c,
                         .size = 0x90,
                         .module = module.name});
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
  return TakeFrom(
      request,
      DrawSite(request, {"sitegen", "sitegen_alloc", "sitegen_run"}, 1));
}

bool KbuildAlloc(KernelRequest& request) {
  return TakeFrom(request,
                  DrawSite(request, {"kbuild", "kbuild_alloc", "kbuild_run"},
                           kDeepFrames - 1));
}

}  // namespace pagelab::kernel

#include "pagelab/workloads/kernel/cma_users.h"

#include <fmt/format.h>

#include <string>

#include "pagelab/base/check.h"
#include "pagelab/owner/own_frame.h"
#include "pagelab/workloads/kernel/driver_ways.h"
#include "pagelab/workloads/kernel/world.h"

namespace pagelab {
namespace {

// Whose page it is, as far as page_owner knows.
std::string OwnerOf(Machine& machine, Pfn pfn) {
  const PageOwner* owner = machine.page_owner();
  if (owner == nullptr) return "an owner that nobody recorded";
  if (!owner->IsAllocatedAt(pfn)) return "nobody";
  const PageOwnerRecord record = owner->RecordAt(pfn);
  std::string stack;
  owner->AppendStackOf(stack, pfn, record);
  const FrameList frames = FramesOf(stack);
  return fmt::format("{} of {} ({})", OwnerName(frames), record.pid,
                     std::string(record.comm_text()));
}

}  // namespace

bool CmaUsers::Alloc(Process& process, std::string_view name,
                     const CmaProvider::Request& request) {
  PAGELAB_CHECK(provider_ != nullptr);
  Machine& machine = world_.machine();
  ExecutionContext context = world_.ContextOf(process);
  CmaProvider::Result result;
  const auto ask = [&] {
    result = provider_->Alloc(context, request);
    return result.head.has_value();
  };
  const absl::FunctionRef<bool()> instead = ask;
  KernelRequest way{.machine = machine,
                    .context = context,
                    .random = world_.random(),
                    .gfp = request.gfp,
                    .order = Order(0),
                    .node = NodeId(),
                    .blocks = {}};
  way.instead = &instead;
  if (!CmaPath().run(way)) {
    LogBlocker(result);
    return false;
  }
  for (uint64_t i = 0; i < request.pages.value(); ++i) {
    Page* page = machine.memory().PageAt(*result.head + PageCount(i));
    world_.Adopt(process,
                 {.page = page,
                  .order = Order(0),
                  .flags = PageFlags(),
                  .gfp = request.gfp},
                 FolioUse());
  }
  stretches_.Add(name, {.head = *result.head, .pages = request.pages});
  return true;
}

// What the kernel does not say: who the area's report is about.
void CmaUsers::LogBlocker(const CmaProvider::Result& result) {
  if (!result.blocked_by.has_value()) return;
  world_.machine().log().Printk(
      fmt::format("cma: page {:#x} is in the way: it is held by {}",
                  result.blocked_by->value(),
                  OwnerOf(world_.machine(), *result.blocked_by)));
}

bool CmaUsers::Release(Process& process, std::string_view name, ItemPick pick,
                       Random& random) {
  const std::optional<Stretch> stretch = stretches_.Take(name, pick, random);
  if (!stretch.has_value()) return false;
  for (uint64_t i = 0; i < stretch->pages.value(); ++i) {
    world_.EndUse(stretch->head + PageCount(i));
  }
  ExecutionContext context = world_.ContextOf(process);
  PAGELAB_CHECK(provider_->Release(context, stretch->head, stretch->pages));
  return true;
}

}  // namespace pagelab

#include "pagelab/workloads/kernel/kernel_stacks.h"

#include <utility>

#include "pagelab/workloads/kernel/driver_ways.h"
#include "pagelab/workloads/kernel/world.h"

namespace pagelab {
namespace {

// THREAD_SIZE / PAGE_SIZE, and NR_CACHED_STACKS.
constexpr PageCount kStackPages(4);
constexpr size_t kMostCached = 2;

}  // namespace

KernelStacks::KernelStacks(KernelWorld& world)
    : world_(world),
      cached_(static_cast<size_t>(world.machine().state().nr_cpus)) {}

KernelStacks::Stack KernelStacks::TakeStack(Process& process) {
  std::vector<Stack>& cached =
      cached_[static_cast<size_t>(process.cpu.value())];
  if (!cached.empty()) {
    Stack stack = std::move(cached.back());
    cached.pop_back();
    for (const Pfn page : stack) {
      world_.ChangeUse(page, PageUse::kKernelStack);
    }
    return stack;
  }
  Stack stack;
  const auto blocks =
      world_.Enter(process, ThreadStackPath(),
                   {.gfp = ThreadStackPath().gfp, .count = kStackPages});
  for (const KernelRequest::Allocated& block : blocks) {
    world_.Adopt(process, block, FolioUse());
    stack.push_back(world_.machine().memory().PfnOf(block.page));
  }
  return stack;
}

bool KernelStacks::Create(Process& process, std::string_view name) {
  const std::optional<SlabObject> task =
      world_.slab().Alloc(process, *FindSlabCacheSpec("task_struct"));
  if (!task.has_value()) return false;
  Thread thread{.process = &process, .stack = {}, .task = *task};
  if (process.alive) thread.stack = TakeStack(process);
  if (thread.stack.empty() || !process.alive) {
    Drop(process, thread);
    return false;
  }
  threads_.Add(name, next_);
  living_.emplace(next_++, std::move(thread));
  return true;
}

void KernelStacks::Drop(Process& process, const Thread& thread) {
  world_.slab().Free(process, thread.task);
  if (thread.stack.empty()) return;
  std::vector<Stack>& cached =
      cached_[static_cast<size_t>(process.cpu.value())];
  if (cached.size() < kMostCached) {
    for (const Pfn page : thread.stack) {
      world_.ChangeUse(page, PageUse::kVmalloc);
    }
    cached.push_back(thread.stack);
    return;
  }
  ExecutionContext context = world_.ContextOf(process);
  for (const Pfn page : thread.stack) world_.Release(context, page);
}

bool KernelStacks::End(Process& process, std::string_view name, ItemPick pick,
                       Random& random) {
  while (const std::optional<uint64_t> number =
             threads_.Take(name, pick, random)) {
    const auto found = living_.find(*number);
    if (found == living_.end()) continue;
    const Thread thread = std::move(found->second);
    living_.erase(found);
    Drop(process, thread);
    return true;
  }
  return false;
}

void KernelStacks::OnExit(Process& process) {
  for (auto at = living_.begin(); at != living_.end();) {
    if (at->second.process != &process) {
      ++at;
      continue;
    }
    const Thread thread = std::move(at->second);
    at = living_.erase(at);
    Drop(process, thread);
  }
}

}  // namespace pagelab

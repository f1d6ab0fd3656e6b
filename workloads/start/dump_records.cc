// How the blocks of a dump get their owners back.

#include <algorithm>

#include "pagelab/alloc/hooks.h"
#include "pagelab/owner/own_frame.h"
#include "pagelab/owner/page_owner.h"
#include "pagelab/workloads/memory_stats.h"
#include "pagelab/workloads/start/dump_memory.h"
#include "pagelab/workloads/user_pages.h"

namespace pagelab {
namespace {

// Frames that have no place in the simulated kernel's text are left out.
std::vector<SimAddress> Intern(std::string_view stack, SymbolTable& symbols) {
  std::vector<SimAddress> frames;
  for (const std::string_view frame : FramesOf(stack)) {
    const absl::StatusOr<SimAddress> address = symbols.InternFrame(frame);
    if (address.ok()) frames.push_back(*address);
  }
  return frames;
}

// The callers of the allocator: kernels whose records hold the frames put
// their own in front.
std::vector<SimAddress> CallersOf(std::string_view stack,
                                  SymbolTable& symbols) {
  FrameList frames = FramesOf(stack);
  const std::string_view own = OwnFrame(frames);
  std::vector<SimAddress> callers;
  for (auto frame = std::find(frames.begin(), frames.end(), own);
       frame != frames.end(); ++frame) {
    const absl::StatusOr<SimAddress> address = symbols.InternFrame(*frame);
    if (address.ok()) callers.push_back(*address);
  }
  return callers;
}

}  // namespace

std::vector<uint32_t> DumpMemory::SaveStacks(Machine& machine) const {
  std::vector<uint32_t> handles(stacks_.all().size(), 0);
  const PageOwner* owner = machine.page_owner();
  if (owner == nullptr || owner->has_inline_frames()) return handles;
  ExecutionContext context = machine.ContextOf(machine.boot_task());
  for (size_t i = 0; i < handles.size(); ++i) {
    const std::vector<SimAddress> frames =
        Intern(stacks_.all()[i], machine.symbols());
    // The depot's own pages are nobody else's.
    context.task->in_tracker = true;
    const StackHandle handle =
        machine.stack_depot().Save(context, frames, gfp::kKernel);
    context.task->in_tracker = false;
    handles[i] = (handle.valid() ? handle : owner->failure_handle()).value();
  }
  return handles;
}

void DumpMemory::Track(Machine& machine, size_t index, uint32_t handle) const {
  AllocationHooks* hooks = machine.state().hooks;
  if (hooks == nullptr) return;
  const InitialBlock& block = blocks_[index];
  const Record& record = records_[index];
  Task task;
  task.pid = record.pid;
  task.tgid = record.tgid;
  task.set_comm(comms_.all()[record.comm]);
  ExecutionContext context = machine.ContextOf(task);
  context.now = block.since;
  std::vector<SimAddress> frames;
  if (handle != 0) {
    context.stack_kind = StackKind::kInterned;
    context.interned = handle;
  } else {
    frames = CallersOf(stacks_.all()[record.stack], machine.symbols());
    context.frames = frames;
  }
  hooks->OnAlloc(context, block.head, block.order, record.gfp);
  if (record.reason != MigrateReason::kNone) {
    hooks->OnMigrateReason(block.head, record.reason);
  }
}

absl::Status DumpMemory::Finish(Machine& machine) const {
  machine.clock().AdvanceTo(newest_);
  const std::vector<uint32_t> handles = SaveStacks(machine);
  for (size_t i = 0; i < blocks_.size(); ++i) {
    const InitialBlock& block = blocks_[i];
    if (block.early) continue;
    const Record& record = records_[i];
    Page& page = *machine.memory().PageAt(block.head);
    page.flags = record.flags;
    if (block.order > Order(0) && record.gfp.Has(gfp::kComp)) {
      page.flags = page.flags.With(page_flag::kHead);
    }
    Track(machine, i, handles[record.stack]);
    const PageCount pages(block.order.pages());
    CountUserPages(machine, block.head, pages, StatChange::kAdd);
    MapNewBlock(machine, {.head = block.head, .pages = pages});
  }
  return absl::OkStatus();
}

}  // namespace pagelab

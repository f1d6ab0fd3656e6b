// Steps of a running scenario that may use memory which is no longer theirs.

#include <string>

#include "pagelab/base/text.h"
#include "pagelab/sim/memory_access.h"
#include "pagelab/workloads/memcg_steps.h"
#include "pagelab/workloads/memory_stats.h"
#include "pagelab/workloads/run_state.h"
#include "pagelab/workloads/user_pages.h"

namespace pagelab {
namespace {

std::string HexAddress(Pfn pfn) {
  std::string text = "0x";
  AppendHex(text, pfn.address());
  return text;
}

}  // namespace

bool RunState::IsWhole(const Block& block) const {
  const PhysicalMemory& memory = machine_.memory();
  const uint64_t pieces = block.exact_pages > 0 ? block.exact_pages : 1;
  for (uint64_t i = 0; i < pieces; ++i) {
    const Page& page = *memory.PageAt(block.head + PageCount(i));
    if (page.state != PageState::kAllocated || page.order() != block.order) {
      return false;
    }
  }
  return true;
}

bool RunState::HoldsKernelData(const Block& block) const {
  for (uint64_t i = 0; i < block.pages().value(); ++i) {
    if (machine_.memory().HoldsKernelData(block.head + PageCount(i))) {
      return true;
    }
  }
  return false;
}

bool RunState::GiveBack(size_t task_index, const Block& block,
                        const FreeStep* step) {
  // Differs from Linux: what the simulated kernel took meanwhile for its own
  // data cannot be freed under it.
  if (block.dangling && HoldsKernelData(block)) return false;
  ExecutionContext context = ContextFor(task_index);
  if (step != nullptr && step->stack >= 0) {
    context.frames = stacks_[static_cast<size_t>(step->stack)];
  }
  if (block.exact_pages == 0) {
    LeaveUse(block.head, block.order);
    return machine_.FreePages(context, machine_.memory().PageAt(block.head),
                              block.order);
  }
  const bool whole = IsWhole(block);
  for (uint64_t i = 0; i < block.exact_pages; ++i) {
    LeaveUse(block.head + PageCount(i), Order(0));
  }
  machine_.allocator().FreePagesExact(
      context, machine_.memory().PageAt(block.head), block.pages());
  machine_.clock().Advance(machine_.config().call_duration);
  return whole;
}

// Whatever it is used for, also by somebody else by now, ends before the block
// is freed; what is no allocated block of that order is not touched.
void RunState::LeaveUse(Pfn head, Order order) {
  Page& page = *machine_.memory().PageAt(head);
  if (page.state != PageState::kAllocated || page.order() != order) return;
  const PageCount pages(order.pages());
  CountUserPages(machine_, head, pages, StatChange::kRemove);
  CountKernelPages(machine_, head, pages, TakeUse(head), StatChange::kRemove);
  UnchargePages(machine_, head, pages);
  UnmapOldBlock(machine_, {.head = head, .pages = pages});
  // A user page leaves its LRU list, and a file's page loses its buffers.
  page.flags = page.flags.Without(page_flag::kLru).Without(page_flag::kPrivate);
}

PageUse RunState::TakeUse(Pfn head) {
  const auto found = uses_.find(head.value());
  if (found == uses_.end()) return PageUse::kUncounted;
  const PageUse use = found->second;
  uses_.erase(found);
  return use;
}

bool RunState::IsMemory(PfnRange range) const {
  const PhysicalMemory& memory = machine_.memory();
  for (Pfn pfn = range.begin; pfn < range.end; ++pfn) {
    if (pfn >= memory.max_pfn() || !memory.IsValid(pfn)) return false;
  }
  return true;
}

absl::Status RunState::Access(size_t task_index, const Step& at,
                              const AccessStep& step) {
  uint64_t left =
      step.count.has_value() ? Draw(tasks_[task_index], *step.count) : 1;
  BlockList& blocks = handles_[HandleOf(step.handle)];
  uint64_t next_serial = 0;
  for (; left > 0; --left) {
    const std::optional<Block> block =
        blocks.OldestFrom(next_serial, UINT64_MAX);
    if (!block.has_value()) break;
    next_serial = block->serial + 1;
    const Pfn last =
        block->head + PageCount((step.offset + step.length - 1) >> kPageShift);
    if (!IsMemory({block->head, last + PageCount(1)})) {
      return ErrorAt(at.position,
                     "byte " + std::to_string(step.offset + step.length - 1) +
                         " from the start of a block at " +
                         HexAddress(block->head) +
                         " is beyond the end of memory");
    }
    const AccessOutcome outcome = AccessMemory(
        machine_, ContextFor(task_index),
        {.kind = step.write ? AccessKind::kWrite : AccessKind::kRead,
         .pfn = block->head,
         .offset = step.offset,
         .length = step.length,
         .value = std::byte{static_cast<unsigned char>(step.value)}});
    if (outcome == AccessOutcome::kFault) ++report_.use_after_frees;
  }
  return absl::OkStatus();
}

}  // namespace pagelab

// The steps of a scenario that use memory rather than allocate it.

#include <string>
#include <vector>

#include "pagelab/base/status.h"
#include "pagelab/workloads/run_state.h"
#include "pagelab/workloads/user_pages.h"

namespace pagelab {
namespace {

UserBlock UserBlockOf(const Block& block) {
  return {.head = block.head, .pages = block.pages()};
}

}  // namespace

absl::StatusOr<std::vector<Block>> RunState::UserBlocks(
    size_t task_index, const Step& at, const BlockChoice& choice) {
  RunningTask& task = tasks_[task_index];
  BlockList& blocks = handles_[HandleOf(choice.handle)];
  uint64_t left = choice.count ? Draw(task, *choice.count) : blocks.size();
  std::vector<Block> chosen;
  std::optional<Block> block;
  uint64_t bound = UINT64_MAX;
  uint64_t next = 0;
  for (; left > 0; --left) {
    switch (choice.pick) {
      case FreePick::kOldest:
        block = blocks.OldestFrom(next, bound);
        if (block) next = block->serial + 1;
        break;
      case FreePick::kNewest:
        block = blocks.NewestBelow(bound);
        if (block) bound = block->serial;
        break;
      case FreePick::kRandom:
        block = blocks.RandomBelow(bound, task.random);
        break;
    }
    if (!block.has_value()) break;
    if (!IsUserBlock(machine_, block->head)) {
      return ErrorAt(at.position,
                     "handle \"" + choice.handle +
                         "\" has blocks that are no user memory: pages of a "
                         "process or a file come with __GFP_MOVABLE in "
                         "\"gfp\", or with a \"call\" such as "
                         "\"handle_mm_fault\" or \"filemap_read\"");
    }
    chosen.push_back(*block);
  }
  return chosen;
}

absl::Status RunState::Touch(size_t task_index, const Step& at,
                             const TouchStep& step) {
  PAGELAB_ASSIGN_OR_RETURN(const std::vector<Block> blocks,
                           UserBlocks(task_index, at, step.blocks));
  for (const Block& block : blocks) {
    if (step.by == TouchBy::kMapping) {
      TouchByMapping(machine_, UserBlockOf(block));
    } else {
      TouchBySyscall(machine_, UserBlockOf(block));
    }
  }
  CountOperation();
  return absl::OkStatus();
}

absl::Status RunState::Shrink(size_t task_index, const Step& at,
                              const ShrinkStep& step) {
  PAGELAB_ASSIGN_OR_RETURN(const std::vector<Block> blocks,
                           UserBlocks(task_index, at, step.blocks));
  BlockList& list = handles_[HandleOf(step.blocks.handle)];
  for (const Block& block : blocks) {
    if (TakeReferenced(machine_, UserBlockOf(block))) continue;
    list.Take(block.serial);
    Free(task_index, block, nullptr);
  }
  CountOperation();
  return absl::OkStatus();
}

absl::Status RunState::Map(size_t task_index, const Step& at,
                           const MapStep& step) {
  PAGELAB_ASSIGN_OR_RETURN(const std::vector<Block> blocks,
                           UserBlocks(task_index, at, step.blocks));
  for (const Block& block : blocks) {
    const OtherMapping mapping{
        .kind = step.as.value_or(KindOf(machine_, block.head)),
        .writable = step.writable};
    if (MapOther(machine_, UserBlockOf(block), mapping)) continue;
    return ErrorAt(at.position,
                   "a block of handle \"" + step.blocks.handle + "\" has " +
                       std::to_string(page_pte::kMaxOtherMappings) +
                       " mappings already, the most that are simulated");
  }
  CountOperation();
  return absl::OkStatus();
}

absl::Status RunState::Unmap(size_t task_index, const Step& at,
                             const UnmapStep& step) {
  PAGELAB_ASSIGN_OR_RETURN(const std::vector<Block> blocks,
                           UserBlocks(task_index, at, step.blocks));
  for (const Block& block : blocks) {
    UnmapOther(machine_, UserBlockOf(block),
               step.as.value_or(KindOf(machine_, block.head)));
  }
  CountOperation();
  return absl::OkStatus();
}

}  // namespace pagelab

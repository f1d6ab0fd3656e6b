#include "pagelab/report/exercise/exercise_recorder.h"

#include <algorithm>
#include <utility>

#include "pagelab/alloc/buddy.h"
#include "pagelab/alloc/pcp_tuning.h"
#include "pagelab/base/check.h"
#include "pagelab/report/pfn_text.h"

namespace pagelab {
namespace {

std::vector<Pfn> BlocksOf(const AllocatorState& state, const FreeList& list) {
  std::vector<Pfn> blocks;
  for (const Page& node : list) {
    const Pfn first = state.memory->PfnOf(&node);
    for (uint64_t i = 0; i <= node.extra_blocks; ++i) {
      blocks.push_back(first + PageCount(i * kMaxOrderNrPages));
    }
  }
  return blocks;
}

std::string Number(int value) { return std::to_string(value); }
std::string TypeText(Migratetype type) { return std::string(ToString(type)); }

std::string TakeReason(const ExerciseBlock& block, Order wanted) {
  std::string text = PfnText(block.pfn) + " is the head of the first list of " +
                     TypeText(block.type) + " that is not empty, from order " +
                     Number(wanted.value()) + " up: order " +
                     Number(block.order.value());
  return text + " (__rmqueue_smallest(), page-allocator.md 9.2)";
}

std::string SplitReason(Pfn pfn, Order order) {
  const Order half(order.value() - 1);
  return "the upper half " + PfnText(pfn + PageCount(half.pages())) +
         " goes to the head of the list of order " + Number(half.value()) +
         ", the lower half goes on (expand(), page-allocator.md 9.1)";
}

std::string MergeReason(Pfn pfn, Order order) {
  const Order half(order.value() - 1);
  const Pfn buddy = BuddyOf(pfn, half);
  return PfnText(pfn) + " and its buddy " + PfnText(buddy) +
         " are both free blocks of order " + Number(half.value()) +
         " (__free_one_page(), page-allocator.md 8.1)";
}

std::string FallbackReason(const MmPageAllocExtfrag& event) {
  std::string text = "no list of " + TypeText(event.alloc_migratetype) +
                     " has a block; " + TypeText(event.fallback_migratetype) +
                     " gives one of order " +
                     Number(event.fallback_order.value()) + ", ";
  return text +
         (event.change_ownership
              ? "and so much of the pageblock is free or alike that it changes "
                "type (__rmqueue_claim(), page-allocator.md 10.4)"
              : "only the block: the pageblock keeps its type "
                "(__rmqueue_steal(), page-allocator.md 10.5)");
}

}  // namespace

ListedState ListedStateOf(const AllocatorState& state, const Zone& zone) {
  ListedState listed;
  for (int order = 0; order < kNrPageOrders; ++order) {
    for (int type = 0; type < kMigrateTypes; ++type) {
      const FreeList& list = zone.free_area[static_cast<size_t>(order)]
                                 .lists[static_cast<size_t>(type)];
      if (list.empty()) continue;
      listed.free.push_back({.order = Order(order),
                             .type = static_cast<Migratetype>(type),
                             .blocks = BlocksOf(state, list)});
    }
  }
  for (int index = 0; index < kNrLoworderPcpLists; ++index) {
    const FreeList& list = zone.pcp[0].lists[static_cast<size_t>(index)];
    if (list.empty()) continue;
    listed.pcp.push_back(
        {.order = OrderOfPcpList(index),
         .type = static_cast<Migratetype>(index % kMigratePcpTypes),
         .blocks = BlocksOf(state, list)});
  }
  return listed;
}

std::optional<ExerciseBlock> FindBlock(const std::vector<ExerciseList>& lists,
                                       Pfn frame) {
  for (const ExerciseList& list : lists) {
    const Pfn head = AlignDown(frame, list.order);
    if (std::find(list.blocks.begin(), list.blocks.end(), head) !=
        list.blocks.end()) {
      return ExerciseBlock{head, list.order, list.type};
    }
  }
  return std::nullopt;
}

namespace {

std::optional<Pfn> HeadOf(const std::vector<ExerciseList>& lists, Order order,
                          Migratetype type) {
  for (const ExerciseList& list : lists) {
    if (list.order == order && list.type == type) return list.blocks.front();
  }
  return std::nullopt;
}

}  // namespace

void ExerciseRecorder::Add(const ExerciseStep& step, std::string why) {
  steps_.push_back({step, operation_, std::move(why)});
}

void ExerciseRecorder::AddTake(const ExerciseBlock& taken, FoundBy found_by) {
  const Order order = taken.order;
  last_take_ = steps_.size();
  last_taken_ = taken.pfn;
  std::optional<ExerciseBlock> block = FindBlock(seen_.free, taken.pfn);
  PAGELAB_CHECK(block.has_value());
  // A claim has moved it to another list just before.
  block->type = taken.type;
  Add({.kind = StepKind::kTake,
       .pfn = block->pfn,
       .order = block->order,
       .type = block->type},
      found_by == FoundBy::kSmallest
          ? TakeReason(*block, order)
          : "the fallback has chosen it: the head of the list of order " +
                Number(block->order.value()) + " of " + TypeText(block->type));
  for (int from = block->order.value(); from > order.value(); --from) {
    Add({.kind = StepKind::kSplit, .pfn = block->pfn, .order = Order(from)},
        SplitReason(block->pfn, Order(from)));
  }
  before_take_ = std::exchange(seen_, ListedStateOf(state_, zone_));
}

void ExerciseRecorder::AddMerges(Pfn pfn, Order order) {
  seen_ = ListedStateOf(state_, zone_);
  const std::optional<ExerciseBlock> block = FindBlock(seen_.free, pfn);
  if (!block.has_value()) return;
  for (int to = order.value() + 1; to <= block->order.value(); ++to) {
    const Pfn merged = AlignDown(pfn, Order(to));
    Add({.kind = StepKind::kMerge, .pfn = merged, .order = Order(to)},
        MergeReason(merged, Order(to)));
  }
  NotePlace(*block);
}

void ExerciseRecorder::NotePlace(const ExerciseBlock& block) {
  for (const ExerciseList& list : seen_.free) {
    if (list.order != block.order || list.type != block.type) continue;
    if (list.blocks.size() < 2 || block.order.value() >= kMaxPageOrder - 1) {
      return;
    }
    const bool at_head = list.blocks.front() == block.pfn;
    const Order larger(block.order.value() + 1);
    const Pfn parent = ParentOf(block.pfn, block.order);
    steps_.back().why += "; " + PfnText(block.pfn) + " goes to the " +
                         (at_head ? "head" : "tail") +
                         " of its list: merged one day with its " +
                         "buddy it would be " + PfnText(parent) + " of order " +
                         Number(larger.value()) + ", whose buddy " +
                         PfnText(BuddyOf(parent, larger)) +
                         (at_head ? " is no free block of that order"
                                  : " is a free block of that order") +
                         " (buddy_merge_likely(), page-allocator.md 8.1)";
    return;
  }
}

void ExerciseRecorder::OnEvent(const ExecutionContext&,
                               const MmPageAllocZoneLocked& event) {
  AddTake({event.pfn, event.order, event.migratetype}, FoundBy::kSmallest);
}

void ExerciseRecorder::OnEvent(const ExecutionContext&,
                               const MmPageAllocExtfrag& event) {
  // A claim below the order of a pageblock has had its zone_locked event.
  const bool is_taken = last_taken_ == event.pfn;
  if (!is_taken) {
    AddTake({event.pfn, event.alloc_order, event.fallback_migratetype},
            FoundBy::kFallback);
  }
  ExplainedStep fallback{
      .step = {.kind = StepKind::kFallback,
               .pfn = HeadOf(before_take_.free, event.fallback_order,
                             event.fallback_migratetype),
               .order = event.fallback_order,
               .type = event.alloc_migratetype,
               .from = event.fallback_migratetype,
               .claimed = event.change_ownership},
      .operation = operation_,
      .why = FallbackReason(event)};
  steps_.insert(steps_.begin() + static_cast<ptrdiff_t>(last_take_),
                std::move(fallback));
  last_taken_.reset();
}

void ExerciseRecorder::OnEvent(const ExecutionContext&,
                               const MmPageAlloc& event) {
  if (event.failed) {
    return Add({.kind = StepKind::kFail, .order = event.order},
               "no zone may give, or has, a block of order " +
                   Number(event.order.value()) +
                   " (get_page_from_freelist(), page-allocator.md 13.4)");
  }
  Add({.kind = StepKind::kAlloc, .pfn = event.pfn, .order = event.order},
      AllocReason(event));
}

std::string ExerciseRecorder::AllocReason(const MmPageAlloc& event) const {
  if (!IsPcpOrder(state_.policy, event.order)) {
    return "orders above 3 come straight from the buddy lists "
           "(rmqueue_buddy(), page-allocator.md 9.4)";
  }
  // No per-cpu list has blocks of such types.
  if (last_taken_ == event.pfn &&
      Index(*steps_[last_take_].step.type) >= kMigratePcpTypes) {
    return "the refill of the per-cpu list found nothing; the request may use "
           "the reserve of the HighAtomic lists, and gets it straight from "
           "there (rmqueue_buddy(), page-allocator.md 9.4 and 11.3)";
  }
  return "it is the head of the per-cpu list (rmqueue_pcplist(), "
         "page-allocator.md 12.3)";
}

void ExerciseRecorder::OnEvent(const ExecutionContext&,
                               const MmPageFree& event) {
  Add({.kind = StepKind::kFree, .pfn = event.pfn, .order = event.order},
      "the last reference is gone (free_pages_prepare(), page-allocator.md "
      "8.3)");
  freed_ = {event.pfn, event.order};
}

void ExerciseRecorder::OnEvent(const ExecutionContext&,
                               const MmPagePcpuDrain& event) {
  if (freed_.has_value() && freed_->first == event.pfn) freed_.reset();
  Add({.kind = StepKind::kDrain,
       .pfn = event.pfn,
       .order = event.order,
       .type = event.migratetype},
      "the per-cpu lists give back from the tail (free_pcppages_bulk(), "
      "page-allocator.md 12.7)");
  AddMerges(event.pfn, event.order);
}

void ExerciseRecorder::End() {
  if (freed_.has_value()) AddMerges(freed_->first, freed_->second);
  freed_.reset();
  last_taken_.reset();
  seen_ = ListedStateOf(state_, zone_);
}

}  // namespace pagelab

#include "pagelab/alloc/contig/isolate_range.h"

#include <algorithm>

#include "pagelab/alloc/free_area_ops.h"
#include "pagelab/alloc/isolation.h"
#include "pagelab/alloc/page_walk.h"

namespace pagelab {
namespace {

using Kind = FrameExtent::Kind;

PfnRange Pageblocks(const AllocatorState& state, PfnRange frames) {
  const Order order = state.memory->pageblock_order();
  return {AlignDown(frames.begin, order), AlignUp(frames.end, order)};
}

// Kernel counterpart: set_migratetype_isolate(), has_unmovable_pages().
IsolateOutcome IsolateOne(PageAllocator& allocator, ExecutionContext& context,
                          Pfn begin, const IsolateRequest& request) {
  const AllocatorState& state = allocator.state();
  const PfnRange block = PageblockOf(state, begin);
  const PfnRange wanted = {std::max(block.begin, request.frames.begin),
                           std::min(block.end, request.frames.end)};
  const Migratetype type = state.PageblockType(begin);
  if (type == Migratetype::kCma && request.type == Migratetype::kCma) {
    return {.isolated = IsolatePageblock(allocator, context, begin)};
  }
  // Differs from Linux: which isolates a highatomic pageblock as well and
  // forgets to count it.
  if (type == Migratetype::kCma || type == Migratetype::kHighAtomic) {
    const Pfn in_use = FirstNotFree(state, wanted);
    if (in_use == wanted.end) return {};
    return {.isolated = false, .blocker = in_use};
  }
  const Zone* zone = state.FindZone(begin);
  if (zone != nullptr && zone->type != ZoneType::kMovable) {
    const Pfn in_use = FirstUnmovable(state, wanted);
    if (in_use < wanted.end) return {.isolated = false, .blocker = in_use};
  }
  return {.isolated = IsolatePageblock(allocator, context, begin)};
}

}  // namespace

Pfn FirstUnmovable(const AllocatorState& state, PfnRange range) {
  for (Pfn pfn = range.begin; pfn < range.end;) {
    const FrameExtent extent = ExtentAt(state, pfn);
    const bool movable =
        extent.kind == Kind::kAllocated &&
        state.memory->PageAt(extent.range.begin)->flags.Has(page_flag::kLru);
    // What lies on per-cpu lists is drained when it is isolated.
    const bool free = extent.kind == Kind::kBuddy || extent.kind == Kind::kPcp;
    if (!free && !movable) return pfn;
    pfn = extent.range.end;
  }
  return range.end;
}

Pfn FirstNotFree(const AllocatorState& state, PfnRange range) {
  for (Pfn pfn = range.begin; pfn < range.end;) {
    const FrameExtent extent = ExtentAt(state, pfn);
    if (extent.kind != Kind::kBuddy) return pfn;
    pfn = extent.range.end;
  }
  return range.end;
}

IsolateOutcome IsolateRange(PageAllocator& allocator, ExecutionContext& context,
                            const IsolateRequest& request) {
  AllocatorState& state = allocator.state();
  const PfnRange blocks = Pageblocks(state, request.frames);
  const PageCount step(state.memory->pageblock_order().pages());
  SplitRuns(state, blocks);
  IsolateOutcome outcome =
      IsolateOne(allocator, context, blocks.begin, request);
  if (!outcome.isolated) return outcome;
  const auto undo = [&](PfnRange done) {
    UnisolateRange(allocator, context, {.frames = done, .type = request.type});
  };
  const Pfn last = blocks.end - step;
  if (last != blocks.begin) {
    outcome = IsolateOne(allocator, context, last, request);
    if (!outcome.isolated) {
      undo({blocks.begin, blocks.begin + step});
      return outcome;
    }
  }
  for (Pfn pfn = blocks.begin + step; pfn < last; pfn += step) {
    outcome = IsolateOne(allocator, context, pfn, request);
    if (outcome.isolated) continue;
    undo({blocks.begin, pfn});
    undo({last, blocks.end});
    return outcome;
  }
  return outcome;
}

void UnisolateRange(PageAllocator& allocator, ExecutionContext& context,
                    const IsolateRequest& request) {
  const AllocatorState& state = allocator.state();
  const PfnRange blocks = Pageblocks(state, request.frames);
  const PageCount step(state.memory->pageblock_order().pages());
  for (Pfn pfn = blocks.begin; pfn < blocks.end; pfn += step) {
    UnisolatePageblock(allocator, context, pfn, request.type);
  }
}

}  // namespace pagelab

#include "pagelab/alloc/isolation.h"

#include "pagelab/alloc/free_area_ops.h"
#include "pagelab/alloc/page_walk.h"

namespace pagelab {
namespace {

// From this order on, isolating a free block re-types its pageblock.
Order LeastRetypingOrder(const AllocatorState& state) {
  return Order(state.memory->pageblock_order().value() - 1);
}

// Re-types the pageblock, a free block that crosses its borders or is larger
// than it included: such a block is freed again in pieces of one pageblock.
// Kernel counterpart: move_freepages_block_isolate(). Section 16.1 step 2.
bool MovePageblock(PageAllocator& allocator, ExecutionContext& context,
                   Pfn begin, Migratetype to) {
  AllocatorState& state = allocator.state();
  const PfnRange range = PageblockOf(state, begin);
  Zone* zone = state.FindZone(begin);
  if (zone == nullptr || !IsMovablePageblock(*zone, range)) return false;
  for (int order = state.memory->pageblock_order().value() + 1;
       order <= kMaxPageOrder; ++order) {
    Page& head = *state.memory->PageAt(AlignDown(begin, Order(order)));
    if (!IsFreeBlock(head, Order(order), *zone)) continue;
    const Pfn pfn = state.memory->PfnOf(&head);
    const Migratetype from = state.PageblockType(pfn);
    RemoveFromFreeList(*zone, head, Order(order), from);
    AccountFreePages(*zone, context.cpu,
                     -static_cast<int64_t>(Order(order).pages()), from);
    state.SetPageblockType(begin, to);
    const uint64_t freed = state.events.pgfree;
    allocator.FreeDirect(context, *zone, pfn, Order(order), FpiFlags::kNone);
    state.events.pgfree = freed;
    return true;
  }
  MoveFreeBlocks(state, *zone, context.cpu, range, state.PageblockType(begin),
                 to);
  return true;
}

}  // namespace

void IsolateFreeBlock(AllocatorState& state, CpuId cpu, Page& block) {
  Zone& zone = state.ZoneOf(block);
  const Order order = block.order();
  const Pfn pfn = state.memory->PfnOf(&block);
  const Migratetype type = state.PageblockType(pfn);
  RemoveFromFreeList(zone, block, order, type);
  block.state = PageState::kPrivate;
  AccountFreePages(zone, cpu, -static_cast<int64_t>(order.pages()), type);
  if (order < LeastRetypingOrder(state)) return;
  const PageCount step(state.memory->pageblock_order().pages());
  const Pfn end = pfn + PageCount(order.pages());
  for (Pfn at = PageblockOf(state, pfn).begin; at < end; at += step) {
    const Migratetype old = state.PageblockType(at);
    if (!IsMergeable(old)) continue;
    const PfnRange range = PageblockOf(state, at);
    if (!IsMovablePageblock(zone, range)) continue;
    MoveFreeBlocks(state, zone, cpu, range, old, Migratetype::kMovable);
  }
}

void PutbackIsolatedBlock(PageAllocator& allocator, CpuId cpu, Page& block,
                          Order order) {
  AllocatorState& state = allocator.state();
  const Pfn pfn = state.memory->PfnOf(&block);
  allocator.FreeOne(state.ZoneOf(block), cpu, pfn, order,
                    state.PageblockType(pfn), FpiFlags::kToTail);
}

void RotateListTo(AllocatorState& state, Page& block) {
  Zone& zone = state.ZoneOf(block);
  const Migratetype type = state.PageblockType(state.memory->PfnOf(&block));
  zone.free_area[block.order().value()].list(type).RotateTo(block);
}

void RotateListPast(FreeList& list, Page& block) {
  if (&list.back() == &block) return;
  list.RotateTo(block);
  list.Remove(block);
  block.extra_blocks = 0;
  list.PushBack(block);
}

void SplitRuns(AllocatorState& state, PfnRange range) {
  constexpr PageCount kBlock(kMaxOrderNrPages);
  for (Pfn pfn = AlignDown(range.begin, Order(kMaxPageOrder)); pfn < range.end;
       pfn += kBlock) {
    const FrameExtent extent = ExtentAt(state, pfn);
    if (extent.kind != FrameExtent::Kind::kBuddy ||
        extent.range.size() <= kBlock) {
      continue;
    }
    Page& head = *state.memory->PageAt(extent.range.begin);
    state.ZoneOf(head)
        .free_area[kMaxPageOrder]
        .list(state.PageblockType(extent.range.begin))
        .SplitRun(head, *state.memory->PageAt(pfn));
  }
}

bool IsolatePageblock(PageAllocator& allocator, ExecutionContext& context,
                      Pfn begin) {
  AllocatorState& state = allocator.state();
  if (state.PageblockType(begin) == Migratetype::kIsolate) return false;
  if (!MovePageblock(allocator, context, begin, Migratetype::kIsolate)) {
    return false;
  }
  ++state.FindZone(begin)->nr_isolate_pageblock;
  return true;
}

void UnisolatePageblock(PageAllocator& allocator, ExecutionContext& context,
                        Pfn begin, Migratetype type) {
  AllocatorState& state = allocator.state();
  Zone* found = state.FindZone(begin);
  if (found == nullptr || state.PageblockType(begin) != Migratetype::kIsolate) {
    return;
  }
  Zone& zone = *found;
  const Order order = state.memory->pageblock_order();
  Page& head = *state.memory->PageAt(begin);
  const Pfn buddy_pfn = BuddyOf(begin, order);
  const bool merges =
      IsFreeBlock(head, order, zone) &&
      IsFreeBlock(*state.memory->PageAt(buddy_pfn), order, zone) &&
      state.PageblockType(buddy_pfn) != Migratetype::kIsolate;
  if (merges) {
    IsolateFreeBlock(state, context.cpu, head);
    state.SetPageblockType(begin, type);
    PutbackIsolatedBlock(allocator, context.cpu, head, order);
  } else {
    MovePageblock(allocator, context, begin, type);
  }
  --zone.nr_isolate_pageblock;
}

}  // namespace pagelab

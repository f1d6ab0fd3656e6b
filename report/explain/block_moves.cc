#include "pagelab/report/explain/block_moves.h"

#include <algorithm>

#include "fmt/format.h"
#include "pagelab/alloc/buddy.h"
#include "pagelab/alloc/free_area_ops.h"
#include "pagelab/alloc/page_walk.h"
#include "pagelab/report/pfn_text.h"

namespace pagelab {
namespace {

bool IsHeadOf(const FreeList& list, const Page& page) {
  return !list.empty() && &list.front() == &page;
}

// Adds the upper half of order `half` of a block at `pfn`.
void AddHalf(const AllocatorState& state, BlockSplit& split, Order half,
             Migratetype type) {
  const ListedBlock block{split.source.pfn + PageCount(half.pages()), half,
                          type};
  const bool is_guard =
      state.memory->PageAt(block.pfn)->state == PageState::kGuard;
  std::vector<ListedBlock>& to = is_guard ? split.guards : split.remainders;
  to.insert(to.begin(), block);
}

// What the frames of an extent are, in words: the rest of a sentence.
std::string_view UseText(FrameExtent::Kind kind) {
  switch (kind) {
    case FrameExtent::Kind::kInvalid:
      return "is not memory";
    case FrameExtent::Kind::kReserved:
      return "is reserved since boot";
    case FrameExtent::Kind::kBuddy:
      return "is free, but only in smaller blocks";
    case FrameExtent::Kind::kPcp:
      return "is on a per-cpu list, which counts as in use";
    case FrameExtent::Kind::kAllocated:
      return "is in use";
    case FrameExtent::Kind::kPrivate:
      return "is taken off the lists";
    case FrameExtent::Kind::kGuard:
      return "is a guard";
  }
  __builtin_unreachable();
}

// The same for a whole block, of which that is said that holds for all of it.
std::string UseText(const AllocatorState& state, Pfn pfn, Order order) {
  const Pfn end = pfn + PageCount(order.pages());
  Pfn at = pfn;
  FrameExtent extent = ExtentAt(state, at);
  while (extent.kind == FrameExtent::Kind::kBuddy && extent.range.end < end) {
    at = extent.range.end;
    extent = ExtentAt(state, at);
  }
  const bool is_whole = extent.range.end >= end &&
                        (at == pfn || extent.kind == FrameExtent::Kind::kBuddy);
  if (is_whole) return std::string(UseText(extent.kind));
  return fmt::format("is no whole free block, as its page {} {}", PfnText(at),
                     UseText(extent.kind));
}

// The pieces of a block that are free already while the others are freed.
struct PiecesFreed {
  PfnRange range;
  std::vector<ListedBlock> blocks{};

  // Takes the block away, if it is one of them.
  bool Take(const ListedBlock& block) {
    const auto found =
        std::find_if(blocks.begin(), blocks.end(), [&](const ListedBlock& one) {
          return one.pfn == block.pfn && one.order == block.order;
        });
    if (found == blocks.end()) return false;
    blocks.erase(found);
    return true;
  }
};

// The same as the allocator asks before it puts a block at the tail.
bool IsMergeLikely(const AllocatorState& state, const Zone& zone,
                   const ListedBlock& block) {
  if (block.order >= Order(kMaxPageOrder - 1)) return false;
  const Order parent_order(block.order.value() + 1);
  const Pfn beside = BuddyOf(ParentOf(block.pfn, block.order), parent_order);
  return IsMergeBuddy(*state.memory->PageAt(beside), parent_order, zone);
}

BlockMerge MergeAhead(const AllocatorState& state, const Zone& zone,
                      const ListedBlock& block, PiecesFreed& freed) {
  BlockMerge merge{.freed = block, .result = block};
  ListedBlock& result = merge.result;
  while (result.order < Order(kMaxPageOrder)) {
    const ListedBlock buddy{
        BuddyOf(result.pfn, result.order), result.order,
        state.PageblockType(BuddyOf(result.pfn, result.order))};
    const bool may_mix = buddy.type == block.type ||
                         (IsMergeable(buddy.type) && IsMergeable(block.type));
    if (!may_mix) break;
    if (freed.range.Contains(buddy.pfn)
            ? !freed.Take(buddy)
            : !IsMergeBuddy(*state.memory->PageAt(buddy.pfn), buddy.order,
                            zone)) {
      break;
    }
    merge.buddies.push_back(buddy);
    result.pfn = ParentOf(result.pfn, result.order);
    result.order = Order(result.order.value() + 1);
  }
  merge.at_tail = IsMergeLikely(state, zone, result);
  return merge;
}

}  // namespace

BlockSplit SplitOf(const AllocatorState& state, const Zone& zone,
                   const ListedBlock& taken, const FreeBlocksByOrder* before) {
  BlockSplit split{.source = taken, .taken = taken.order};
  const Order pageblock_order = state.memory->pageblock_order();
  int order = taken.order.value();
  while (order < kMaxPageOrder && taken.pfn.IsAlignedTo(Order(order + 1))) {
    const Order half(order);
    const Page& upper =
        *state.memory->PageAt(taken.pfn + PageCount(half.pages()));
    if (!IsMergeBuddy(upper, half, zone)) break;
    if (upper.state == PageState::kBuddy) {
      const FreeArea& area = zone.free_area[half.value()];
      if (!IsHeadOf(area.list(taken.type), upper)) break;
      if (half >= pageblock_order && before != nullptr &&
          area.nr_free <= (*before)[half.value()]) {
        break;
      }
    }
    AddHalf(state, split, half, taken.type);
    ++order;
  }
  split.source.order = Order(order);
  return split;
}

BlockSplit SplitFrom(const AllocatorState& state, const ListedBlock& source,
                     Order taken, Migratetype rest_type) {
  BlockSplit split{.source = source, .taken = taken};
  for (int order = taken.value(); order < source.order.value(); ++order) {
    AddHalf(state, split, Order(order), rest_type);
  }
  return split;
}

std::optional<BlockMerge> MergeOf(const AllocatorState& state, const Zone& zone,
                                  Pfn pfn, Order order) {
  const Page* head = FindBlockHead(*state.memory, pfn);
  if (head == nullptr || head->state != PageState::kBuddy ||
      head->order() < order) {
    return std::nullopt;
  }
  const Pfn result = state.memory->PfnOf(head);
  const Migratetype type = state.PageblockType(result);
  BlockMerge merge{.freed = {pfn, order, type},
                   .result = {result, head->order(), type}};
  for (Order at = order; at < head->order(); at = Order(at.value() + 1)) {
    merge.buddies.push_back({BuddyOf(AlignDown(pfn, at), at), at, type});
  }
  FreeList& list = state.zones[zone.id].free_area[head->order_value].list(type);
  merge.at_tail =
      !list.empty() && !IsHeadOf(list, *head) && &list.back() == head;
  return merge;
}

std::vector<BlockMerge> MergesAhead(const AllocatorState& state,
                                    const Zone& zone, Pfn pfn, Order order) {
  const Pfn end = pfn + PageCount(order.pages());
  const Order piece = std::min(order, state.memory->pageblock_order());
  PiecesFreed freed{.range = {pfn, end}};
  std::vector<BlockMerge> merges;
  for (; pfn < end; pfn += PageCount(piece.pages())) {
    merges.push_back(
        MergeAhead(state, zone, {pfn, piece, state.PageblockType(pfn)}, freed));
    freed.blocks.push_back(merges.back().result);
  }
  return merges;
}

std::string SplitText(const BlockSplit& split) {
  std::string out = fmt::format(
      "block {} is split: ", BlockText(split.source.pfn, split.source.order));
  bool is_first = true;
  for (const ListedBlock& rest : split.remainders) {
    out += is_first ? fmt::format(
                          "its upper half {} goes to the list of order "
                          "{}",
                          PfnText(rest.pfn), rest.order.value())
                    : fmt::format(", then {} to order {}", PfnText(rest.pfn),
                                  rest.order.value());
    is_first = false;
  }
  for (const ListedBlock& guard : split.guards) {
    out += fmt::format("{}{} becomes a guard", is_first ? "" : ", ",
                       BlockText(guard.pfn, guard.order));
    is_first = false;
  }
  return out;
}

std::string WhyNoFurther(const AllocatorState& state, const Zone& zone,
                         const BlockMerge& merge) {
  const auto& [pfn, order, type] = merge.result;
  if (order == Order(kMaxPageOrder)) {
    return "that is the largest order there is";
  }
  const Pfn buddy = BuddyOf(pfn, order);
  const std::string name = "its buddy " + BlockText(buddy, order);
  if (!state.memory->IsValid(buddy)) return name + " is not memory";
  const Page& page = *state.memory->PageAt(buddy);
  if (IsMergeBuddy(page, order, zone)) {
    return fmt::format(
        "{} is free, but of {} pageblocks, which do not merge "
        "with {} ones",
        name, ToString(state.PageblockType(buddy)), ToString(type));
  }
  if (page.state == PageState::kBuddy && page.order() == order) {
    return name + " is of another zone";
  }
  return name + " " + UseText(state, buddy, order);
}

std::string MergeText(const BlockMerge& merge, std::string_view stop) {
  std::string out;
  Pfn pfn = merge.freed.pfn;
  for (const ListedBlock& buddy : merge.buddies) {
    pfn = ParentOf(pfn, buddy.order);
    out += fmt::format("{} {} is free: merged to {}; ",
                       out.empty() ? "its buddy" : "buddy",
                       BlockText(buddy.pfn, buddy.order),
                       BlockText(pfn, Order(buddy.order.value() + 1)));
  }
  out += stop;
  return out + (merge.buddies.empty() ? ": no merge" : ": stop");
}

}  // namespace pagelab

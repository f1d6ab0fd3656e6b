#include "pagelab/alloc/compaction/suitability.h"

#include <algorithm>

#include "pagelab/alloc/watermark.h"

namespace pagelab {
namespace {

constexpr int kMaxDeferShift = 6;
// Orders above it are expected to fail now and then.
constexpr Order kCostlyOrder{3};

// What the free lists of a zone hold, seen from one order.
struct FreeBlocks {
  uint64_t pages = 0;
  uint64_t blocks = 0;
  // Of the order, as many as fit.
  uint64_t suitable = 0;
};

FreeBlocks CountFreeBlocks(const Zone& zone, Order order) {
  FreeBlocks count;
  for (int i = 0; i < kNrPageOrders; ++i) {
    const uint64_t blocks = zone.free_area[static_cast<size_t>(i)].nr_free;
    count.blocks += blocks;
    count.pages += blocks << i;
    if (i >= order.value()) count.suitable += blocks << (i - order.value());
  }
  return count;
}

// Kernel counterpart: compact_gap().
int64_t CompactGap(Order order) {
  return 2 * static_cast<int64_t>(order.pages());
}

}  // namespace

int FragmentationIndex(const Zone& zone, Order order) {
  const FreeBlocks count = CountFreeBlocks(zone, order);
  if (count.blocks == 0) return 0;
  if (count.suitable > 0) return -1000;
  const uint64_t wanted = 1000 + count.pages * 1000 / order.pages();
  return 1000 - static_cast<int>(wanted / count.blocks);
}

int UnusableFreePercent(const Zone& zone, Order order) {
  const FreeBlocks count = CountFreeBlocks(zone, order);
  if (count.pages == 0) return 0;
  const uint64_t unusable = count.pages - count.suitable * order.pages();
  return static_cast<int>(unusable * 100 / count.pages);
}

int FragmentationScore(const AllocatorState& state, const Zone& zone) {
  return UnusableFreePercent(zone, state.memory->pageblock_order());
}

int FragmentationScore(const AllocatorState& state, const Node& node) {
  uint64_t score = 0;
  for (int i = 0; i < kMaxNrZones; ++i) {
    const Zone& zone = state.zones[node.id.value() * kMaxNrZones + i];
    const auto own = static_cast<uint64_t>(FragmentationScore(state, zone));
    score += zone.present.value() * own / (node.present.value() + 1);
  }
  return static_cast<int>(score);
}

ScoreMarks FragmentationScoreMarks(const AllocatorPolicy& policy) {
  const int low =
      std::max(100 - static_cast<int>(policy.compaction_proactiveness), 5);
  return {.low = low, .high = std::min(low + 10, 100)};
}

bool HasRoomToCompact(const AllocatorState& state, const Zone& zone,
                      Order order, int highest_zoneidx, int64_t free) {
  const Watermark mark =
      order > kCostlyOrder ? Watermark::kLow : Watermark::kMin;
  const WatermarkQuery query{
      .order = Order(0),
      .mark = zone.WatermarkPages(mark) + CompactGap(order),
      .highest_zoneidx = highest_zoneidx,
      .flags = alloc_flag::kCma};
  return WatermarkOk(state.policy, zone, query, free);
}

CompactResult SuitAllocationOrder(const AllocatorState& state, const Zone& zone,
                                  Order order, int highest_zoneidx,
                                  AllocFlags flags) {
  const auto free = static_cast<int64_t>(zone.StatPages(ZoneStat::kFreePages));
  const WatermarkQuery query{.order = order,
                             .mark = zone.WatermarkPages(flags.watermark()),
                             .highest_zoneidx = highest_zoneidx,
                             .flags = flags};
  if (WatermarkOk(state.policy, zone, query, free)) {
    return CompactResult::kSuccess;
  }
  if (!HasRoomToCompact(state, zone, order, highest_zoneidx, free)) {
    return CompactResult::kSkipped;
  }
  if (order > kCostlyOrder) {
    const int index = FragmentationIndex(zone, order);
    if (index >= 0 && index <= state.policy.extfrag_threshold) {
      return CompactResult::kSkipped;
    }
  }
  return CompactResult::kContinue;
}

void DeferCompaction(Zone& zone, Order order) {
  CompactState& compact = zone.compact;
  compact.considered = 0;
  compact.defer_shift = std::min(compact.defer_shift + 1, kMaxDeferShift);
  compact.order_failed = std::min(compact.order_failed, order.value());
}

bool IsCompactionDeferred(Zone& zone, Order order) {
  CompactState& compact = zone.compact;
  if (order.value() < compact.order_failed) return false;
  const uint32_t limit = 1U << compact.defer_shift;
  if (++compact.considered >= limit) {
    compact.considered = limit;
    return false;
  }
  return true;
}

void ResetDeferral(Zone& zone, Order order, bool allocated) {
  CompactState& compact = zone.compact;
  if (allocated) {
    compact.considered = 0;
    compact.defer_shift = 0;
  }
  compact.order_failed = std::max(compact.order_failed, order.value() + 1);
}

bool IsRestarting(const Zone& zone, Order order) {
  const CompactState& compact = zone.compact;
  return order.value() >= compact.order_failed &&
         compact.defer_shift == kMaxDeferShift &&
         compact.considered >= 1U << compact.defer_shift;
}

}  // namespace pagelab

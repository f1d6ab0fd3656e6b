#ifndef PAGELAB_ALLOC_PCP_OPS_H_
#define PAGELAB_ALLOC_PCP_OPS_H_

#include "pagelab/alloc/pcp_tuning.h"
#include "pagelab/alloc/zone.h"

namespace pagelab {

// The two ends of a per-cpu list, without what happens when it is empty or too
// long: inline, because every order-0 allocation and free runs through them.

// REQUIRES: the list is not empty. page-allocator.md 12.3 step 3.
inline Page& PopPcpHead(PerCpuPages& pcp, int list, Order order) {
  Page& page = pcp.lists[static_cast<size_t>(list)].front();
  pcp.lists[static_cast<size_t>(list)].RemoveBlock(page);
  pcp.count -= static_cast<int32_t>(order.pages());
  return page;
}

// What a free does to the numbers; says whether it ends a burst of high-order
// frees. page-allocator.md 12.6.
inline bool TuneForFree(PerCpuPages& pcp, Order order) {
  const auto pages = static_cast<int32_t>(order.pages());
  pcp.alloc_factor = static_cast<uint8_t>(pcp.alloc_factor >> 1);
  pcp.count += pages;
  bool free_high = false;
  if (order > Order(0) && order <= kCostlyOrder) {
    free_high =
        pcp.free_count >= pcp.batch &&
        (pcp.flags & kPcpPrevFreeHighOrder) != 0 &&
        ((pcp.flags & kPcpFreeHighBatch) == 0 || pcp.count >= pcp.batch);
    pcp.flags |= kPcpPrevFreeHighOrder;
  } else {
    pcp.flags &= static_cast<uint8_t>(~kPcpPrevFreeHighOrder);
  }
  if (pcp.free_count < (pcp.batch << 5)) [[likely]] {
    pcp.free_count = static_cast<int16_t>(pcp.free_count + pages);
  }
  return free_high;
}

// Pushes a freed block of `order`; answers as TuneForFree().
inline bool PushPcpHead(PerCpuPages& pcp, Page& page, int list, Order order) {
  page.state = PageState::kPcp;
  pcp.lists[static_cast<size_t>(list)].PushFront(page);
  return TuneForFree(pcp, order);
}

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_PCP_OPS_H_

#include "pagelab/alloc/guard_page.h"

#include "pagelab/alloc/free_area_ops.h"

namespace pagelab {

void SetPageGuard(AllocatorState& state, const Zone& zone, Page& block,
                  Order order) {
  block.state = PageState::kGuard;
  block.order_value = static_cast<uint8_t>(order.value());
  block.zone = zone.id;
  block.extra_blocks = 0;
  if (state.hooks != nullptr) {
    state.hooks->OnGuard(state.memory->PfnOf(&block), order, GuardChange::kSet);
  }
}

void ClearPageGuard(AllocatorState& state, CpuId cpu, Page& block,
                    Migratetype type) {
  const Order order = block.order();
  block.state = PageState::kNone;
  AccountFreePages(state.ZoneOf(block), cpu,
                   static_cast<int64_t>(order.pages()), type);
  if (state.hooks != nullptr) {
    state.hooks->OnGuard(state.memory->PfnOf(&block), order,
                         GuardChange::kCleared);
  }
}

}  // namespace pagelab

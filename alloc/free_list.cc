#include "pagelab/alloc/free_list.h"

#include "pagelab/base/check.h"

namespace pagelab {
namespace {

// A run is blocks of the largest order, side by side in the descriptor array.
Page& NextInRun(Page& block) { return (&block)[kMaxOrderNrPages]; }

void HeadRun(Page& block, const Page& model, uint32_t extra_blocks) {
  block.state = PageState::kBuddy;
  block.order_value = model.order_value;
  block.zone = model.zone;
  block.refcount = 0;
  block.extra_blocks = extra_blocks;
}

}  // namespace

void FreeList::DetachRunHead(Page& block) {
  Page& next = NextInRun(block);
  HeadRun(next, block, block.extra_blocks - 1);
  block.extra_blocks = 0;
  list_.insert(++list_.iterator_to(block), next);
}

void FreeList::SplitRun(Page& run_head, Page& block) {
  const auto index =
      static_cast<uint32_t>((&block - &run_head) / ptrdiff_t{kMaxOrderNrPages});
  PAGELAB_CHECK(index <= run_head.extra_blocks);
  if (index > 0) {
    HeadRun(block, run_head, run_head.extra_blocks - index);
    run_head.extra_blocks = index - 1;
    list_.insert(++list_.iterator_to(run_head), block);
  }
  if (block.extra_blocks != 0) DetachRunHead(block);
}

}  // namespace pagelab

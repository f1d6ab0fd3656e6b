#include "pagelab/bench/bare_traffic.h"

namespace pagelab {

Page* BareAllocator::AllocPages(ExecutionContext&, const AllocRequest&) {
  static Page page;
  return &page;
}

bool BareAllocator::FreePages(ExecutionContext&, Page*, Order) { return true; }

}  // namespace pagelab

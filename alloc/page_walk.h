#ifndef PAGELAB_ALLOC_PAGE_WALK_H_
#define PAGELAB_ALLOC_PAGE_WALK_H_

#include "pagelab/alloc/allocator_state.h"

namespace pagelab {

// What a frame is, seen from outside, with how far that answer reaches.
struct FrameExtent {
  enum class Kind : uint8_t {
    kInvalid,    // no section
    kReserved,   // firmware, boot memory, hole inside a section
    kBuddy,      // in a free block of a zone
    kPcp,        // in a block on a per-cpu list
    kAllocated,  // in a block that was handed out
    kPrivate,    // in a block taken off the lists
    kGuard,      // in a guard (guard_page.h)
  };
  Kind kind = Kind::kInvalid;
  // [first frame of the block, run or range; one past its last frame).
  PfnRange range;
  // Of the block or guard, where kind is not one of the first two. A run of
  // untouched blocks is one kBuddy extent of order kMaxPageOrder.
  Order order;
};

// The extent that holds `pfn`. Walkers go extent by extent, so that memory
// nobody touched costs one step.
FrameExtent ExtentAt(const AllocatorState& state, Pfn pfn);

// The block head that covers `pfn`, or null where there is none.
const Page* FindBlockHead(const PhysicalMemory& memory, Pfn pfn);

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_PAGE_WALK_H_

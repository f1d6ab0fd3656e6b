// Where the simulated kernel's text lies in its address space.

#ifndef PAGELAB_STACKDEPOT_TEXT_LAYOUT_H_
#define PAGELAB_STACKDEPOT_TEXT_LAYOUT_H_

#include <cstdint>

#include "pagelab/alloc/execution_context.h"

namespace pagelab {

// [begin, end).
struct TextRange {
  SimAddress begin = 0;
  SimAddress end = 0;
  constexpr bool Contains(SimAddress address) const {
    return address - begin < end - begin;
  }
  constexpr uint64_t size() const { return end - begin; }
};

// Kernel text starts where an x86-64 kernel without address randomisation is
// linked; modules have their own range.
inline constexpr TextRange kKernelText{0xffffffff81000000, 0xffffffff9f000000};
inline constexpr TextRange kModuleText{0xffffffffc0000000, 0xffffffffff000000};

// Entries of hard and soft interrupts, apart from the rest of the text so that
// one comparison recognises them. Kernel counterpart: __irqentry_text_start
// and its three siblings. Differs from Linux: one range, not two.
inline constexpr TextRange kIrqEntryText{kKernelText.end, 0xffffffffa0000000};

}  // namespace pagelab

#endif  // PAGELAB_STACKDEPOT_TEXT_LAYOUT_H_

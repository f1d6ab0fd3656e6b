#ifndef PAGELAB_OWNER_SORT_ALLOCATOR_BITS_H_
#define PAGELAB_OWNER_SORT_ALLOCATOR_BITS_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace pagelab {

// Who allocated, as a set, with the values that the kernel's tool compares.
using AllocatorBits = uint8_t;
inline constexpr AllocatorBits kAllocatorCma = 2;
inline constexpr AllocatorBits kAllocatorSlab = 4;
inline constexpr AllocatorBits kAllocatorVmalloc = 8;
inline constexpr AllocatorBits kAllocatorOthers = 16;

// What a "PFN ..." line tells: CMA, slab, both or nothing.
AllocatorBits AllocatorOfPfnLine(std::string_view line);

// Where the vmalloc symbol is: that decides how much of a block must be seen.
enum class VmallocSymbol : uint8_t {
  kNowhere,
  // In its first line: what is above decides.
  kFirstLine,
  // Allocated by vmalloc, whatever is above.
  kVmalloc,
  kOther,
};
VmallocSymbol FindVmalloc(std::string_view stack);

// Whether `text`, a whole block, was allocated by vmalloc: the line in front of
// the symbol, or its own, names alloc_pages before it.
// Differs from Linux: there the tool reads in front of the block when the
// symbol is in one of the first two lines; here what is in front is ignored.
bool IsVmalloc(std::string_view text);

// What the PFN line tells and whether vmalloc allocated, together.
AllocatorBits CombineAllocator(AllocatorBits pfn_line, bool vmalloc);

// All of it: "CMA SLAB " or "OTHERS ".
std::string_view AllocatorText(AllocatorBits bits);

}  // namespace pagelab

#endif  // PAGELAB_OWNER_SORT_ALLOCATOR_BITS_H_

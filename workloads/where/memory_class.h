#ifndef PAGELAB_WORKLOADS_WHERE_MEMORY_CLASS_H_
#define PAGELAB_WORKLOADS_WHERE_MEMORY_CLASS_H_

#include <cstdint>
#include <string_view>

#include "absl/types/span.h"

namespace pagelab {

// Which figure of the kernel a recorded allocation is part of, told from its
// call stack (text-formats.md 8.1).
enum class MemoryClass : uint8_t {
  kDirect,  // none: taken by alloc_pages
  kSlab,
  kFiles,  // Buffers, Cached, SwapCached
  kAnon,
  kPageTables,
  kVmalloc,
  kKernelStack,  // that is not vmalloc'ed
  kPercpu,
  kHugetlb,
  kMemmap,  // page_ext tables and struct page: nr_memmap_pages
  kEarly,   // before page_owner: no stack of its own
};
inline constexpr int kNrMemoryClasses = 11;
constexpr int Index(MemoryClass memory) { return static_cast<int>(memory); }

// Decided by the innermost frame that says something. Frames are symbols,
// innermost first: "name", "name+0x1f/0x90", "name+0x1f/0x90 [module]".
MemoryClass ClassOfStack(absl::Span<const std::string_view> frames);

// What a page is that some stack of kDirect took and that lies on an LRU list
// now: user memory, which meminfo has. `flag_names` as in a dump:
// "uptodate|lru|swapbacked|zone=1". kDirect if it lies on none.
MemoryClass ClassOfFlags(std::string_view flag_names);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_WHERE_MEMORY_CLASS_H_

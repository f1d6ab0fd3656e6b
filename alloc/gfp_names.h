// The names of gfp bits in the order in which a kernel matches them.

#ifndef PAGELAB_ALLOC_GFP_NAMES_H_
#define PAGELAB_ALLOC_GFP_NAMES_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/types/span.h"

namespace pagelab {

// One or more bits that are printed as one word.
struct GfpName {
  std::string_view name;
  uint32_t value = 0;
};

// Of 6.12 (page-allocator.md 6.5).
inline constexpr std::array kGfpNames612 = {
    GfpName{"GFP_TRANSHUGE", 0x1c24ca},
    GfpName{"GFP_TRANSHUGE_LIGHT", 0x1c20ca},
    GfpName{"GFP_HIGHUSER_MOVABLE", 0x100cca},
    GfpName{"GFP_HIGHUSER", 0x100cc2},
    GfpName{"GFP_USER", 0x100cc0},
    GfpName{"GFP_KERNEL_ACCOUNT", 0x400cc0},
    GfpName{"GFP_KERNEL", 0xcc0},
    GfpName{"GFP_NOFS", 0xc40},
    GfpName{"GFP_ATOMIC", 0x820},
    GfpName{"GFP_NOIO", 0xc00},
    GfpName{"GFP_NOWAIT", 0x2800},
    GfpName{"GFP_DMA", 0x1},
    GfpName{"__GFP_HIGHMEM", 0x2},
    GfpName{"GFP_DMA32", 0x4},
    GfpName{"__GFP_HIGH", 0x20},
    GfpName{"__GFP_IO", 0x40},
    GfpName{"__GFP_FS", 0x80},
    GfpName{"__GFP_NOWARN", 0x2000},
    GfpName{"__GFP_RETRY_MAYFAIL", 0x4000},
    GfpName{"__GFP_NOFAIL", 0x8000},
    GfpName{"__GFP_NORETRY", 0x10000},
    GfpName{"__GFP_COMP", 0x40000},
    GfpName{"__GFP_ZERO", 0x100},
    GfpName{"__GFP_NOMEMALLOC", 0x80000},
    GfpName{"__GFP_MEMALLOC", 0x20000},
    GfpName{"__GFP_HARDWALL", 0x100000},
    GfpName{"__GFP_THISNODE", 0x200000},
    GfpName{"__GFP_RECLAIMABLE", 0x10},
    GfpName{"__GFP_MOVABLE", 0x8},
    GfpName{"__GFP_ACCOUNT", 0x400000},
    GfpName{"__GFP_WRITE", 0x1000},
    GfpName{"__GFP_RECLAIM", 0xc00},
    GfpName{"__GFP_DIRECT_RECLAIM", 0x400},
    GfpName{"__GFP_KSWAPD_RECLAIM", 0x800},
    GfpName{"__GFP_ZEROTAGS", 0x800000},
};

// The text of %pGg with the given names: each name whose bits are all left,
// joined with '|', then what is left over in hex; empty for 0
// (text-formats.md 1.1).
void AppendGfpNames(std::string& out, uint32_t value,
                    absl::Span<const GfpName> names);

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_GFP_NAMES_H_

#ifndef PAGELAB_ALLOC_CONTIG_CONTIG_RANGE_H_
#define PAGELAB_ALLOC_CONTIG_CONTIG_RANGE_H_

#include <optional>

#include "pagelab/alloc/page_allocator.h"

namespace pagelab {

// Contiguous frames beyond the largest block, or at a given place, out of which
// others are moved: page-allocator.md 16.3.

enum class ContigError : uint8_t {
  kNone = 0,
  // Not frames of one zone, or no block that __GFP_COMP could make one.
  kInvalid,
  // Something in the range stays where it is.
  kBusy,
  // There was no memory to move something to.
  kNoMemory,
};
// 0, -22, -16, -12: as the kernel prints it.
int ErrorNumber(ContigError error);

struct ContigResult {
  ContigError error = ContigError::kNone;
  // The first frame that stayed, where error is kBusy and there is one: pinned,
  // or not movable. Whoever tracks pages can say whose it is.
  std::optional<Pfn> blocker{};

  bool ok() const { return error == ContigError::kNone; }
};

struct ContigRequest {
  PfnRange range;
  // kCma for pageblocks of CMA; what the pageblocks are afterwards.
  Migratetype type = Migratetype::kMovable;
  // With kComp: one block. Differs from Linux: of the largest order at most.
  Gfp gfp = gfp::kKernel;
};

// Takes exactly these frames, as pages with a reference each (or one block),
// without an allocation event. If it fails, what was moved stays moved, and
// all else is as before. Kernel counterpart: alloc_contig_range().
ContigResult AllocContigRange(PageAllocator& allocator,
                              ExecutionContext& context,
                              const ContigRequest& request);

// Frees what AllocContigRange() gave, page by page.
// Kernel counterpart: free_contig_range().
void FreeContigRange(PageAllocator& allocator, ExecutionContext& context,
                     PfnRange range);

struct ContigPagesRequest {
  PageCount count;
  Gfp gfp = gfp::kKernel;
  // Invalid: the node of the CPU.
  NodeId node{};
};

// The first range of so many frames, aligned to their number rounded up to a
// power of two, that can be had, in the order of the zonelist.
// Kernel counterpart: alloc_contig_pages().
std::optional<Pfn> AllocContigPages(PageAllocator& allocator,
                                    ExecutionContext& context,
                                    const ContigPagesRequest& request);

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_CONTIG_CONTIG_RANGE_H_

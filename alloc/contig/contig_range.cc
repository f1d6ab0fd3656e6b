#include "pagelab/alloc/contig/contig_range.h"

#include <algorithm>
#include <bit>

#include "pagelab/alloc/compaction/private_blocks.h"
#include "pagelab/alloc/contig/isolate_range.h"
#include "pagelab/alloc/contig/migrate_range.h"
#include "pagelab/alloc/isolation.h"
#include "pagelab/alloc/page_walk.h"
#include "pagelab/alloc/request.h"

namespace pagelab {
namespace {

bool IsOneZone(const AllocatorState& state, PfnRange range) {
  if (range.empty() || !state.memory->IsValid(range.begin)) return false;
  const Pfn last = range.end - PageCount(1);
  const Zone* zone = state.FindZone(range.begin);
  return zone != nullptr && state.memory->IsValid(last) &&
         state.FindZone(last) == zone;
}

// One block can stand for the range.
bool IsBlock(PfnRange range) {
  const uint64_t pages = range.size().value();
  return std::has_single_bit(pages) && pages <= kMaxOrderNrPages &&
         (range.begin.value() & (pages - 1)) == 0;
}

// Frames that were taken, which may reach beyond the range.
class TakenRange {
 public:
  TakenRange(PageAllocator& allocator, ExecutionContext& context)
      : allocator_(allocator),
        context_(context),
        blocks_(*allocator.state().memory) {}

  // Takes the free blocks that cover the range off their lists.
  // REQUIRES: all of it is free.
  void Take(PfnRange range) {
    AllocatorState& state = allocator_.state();
    range_.begin = ExtentAt(state, range.begin).range.begin;
    range_.end = range_.begin;
    while (range_.end < range.end) {
      Page& block = *state.memory->PageAt(range_.end);
      IsolateFreeBlock(state, context_.cpu, block);
      blocks_.Add(block);
      range_.end += PageCount(block.order().pages());
    }
  }

  // Pages of their own; what is too much is freed again.
  // Kernel counterpart: split_free_pages().
  void SplitAndTrim(PfnRange range, Gfp gfp) {
    while (Page* block = blocks_.TakeFirst()) {
      const Order order = block->order();
      allocator_.PrepareNewPage(context_, *block, order, gfp);
      if (order > Order(0)) allocator_.SplitPage(block, order);
    }
    FreeContigRange(allocator_, context_, {range_.begin, range.begin});
    FreeContigRange(allocator_, context_, {range.end, range_.end});
  }

  bool Is(PfnRange range) const { return range_ == range; }

  // All of it one block. REQUIRES: IsBlock().
  void Join(Gfp gfp) {
    PhysicalMemory& memory = *allocator_.state().memory;
    const uint8_t zone = memory.PageAt(range_.begin)->zone;
    while (Page* block = blocks_.TakeFirst()) block->state = PageState::kNone;
    Page& head = *memory.PageAt(range_.begin);
    head.zone = zone;
    const Order order(std::countr_zero(range_.size().value()));
    allocator_.PrepareNewPage(context_, head, order, gfp);
  }

 private:
  PageAllocator& allocator_;
  ExecutionContext& context_;
  PrivateBlocks blocks_;
  PfnRange range_;
};

// With the pageblocks isolated.
ContigResult TakeIsolated(PageAllocator& allocator, ExecutionContext& context,
                          const ContigRequest& request) {
  AllocatorState& state = allocator.state();
  allocator.DrainAllPages(context, state.FindZone(request.range.begin));
  const MigrateCounts counts =
      EmptyRange(allocator, context, {.range = request.range});
  const Pfn in_use = FirstNotFree(state, request.range);
  if (in_use < request.range.end) {
    return {.error = counts.out_of_memory ? ContigError::kNoMemory
                                          : ContigError::kBusy,
            .blocker = in_use};
  }
  TakenRange taken(allocator, context);
  taken.Take(request.range);
  if (!request.gfp.Has(gfp::kComp) || request.range.size() == PageCount(1)) {
    taken.SplitAndTrim(request.range, request.gfp);
    return {};
  }
  if (taken.Is(request.range)) {
    taken.Join(request.gfp);
    return {};
  }
  // A larger block was free: not what the kernel can make one block of.
  taken.SplitAndTrim(request.range, request.gfp);
  FreeContigRange(allocator, context, request.range);
  return {.error = ContigError::kInvalid};
}

// Memory without holes and reserved frames. Kernel counterpart:
// pfn_range_valid_contig().
bool IsCandidate(const AllocatorState& state, const Zone& zone,
                 PfnRange range) {
  return IsOneZone(state, range) && state.FindZone(range.begin) == &zone &&
         state.memory->reserved().CountWithin(range) == PageCount(0);
}

}  // namespace

int ErrorNumber(ContigError error) {
  switch (error) {
    case ContigError::kNone:
      return 0;
    case ContigError::kInvalid:
      return -22;
    case ContigError::kBusy:
      return -16;
    case ContigError::kNoMemory:
      return -12;
  }
  __builtin_unreachable();
}

ContigResult AllocContigRange(PageAllocator& allocator,
                              ExecutionContext& context,
                              const ContigRequest& request) {
  const bool fits_gfp = !request.gfp.Has(gfp::kComp) || IsBlock(request.range);
  if (!IsOneZone(allocator.state(), request.range) || !fits_gfp) {
    return {.error = ContigError::kInvalid};
  }
  const IsolateRequest isolate{.frames = request.range, .type = request.type};
  const IsolateOutcome outcome = IsolateRange(allocator, context, isolate);
  if (!outcome.isolated) {
    return {.error = ContigError::kBusy, .blocker = outcome.blocker};
  }
  const ContigResult result = TakeIsolated(allocator, context, request);
  UnisolateRange(allocator, context, isolate);
  return result;
}

void FreeContigRange(PageAllocator& allocator, ExecutionContext& context,
                     PfnRange range) {
  PhysicalMemory& memory = *allocator.state().memory;
  for (Pfn pfn = range.begin; pfn < range.end;) {
    Page& page = *memory.PageAt(pfn);
    const Order order =
        page.state == PageState::kAllocated ? page.order() : Order(0);
    allocator.FreePages(context, &page, order);
    pfn += PageCount(order.pages());
  }
}

std::optional<Pfn> AllocContigPages(PageAllocator& allocator,
                                    ExecutionContext& context,
                                    const ContigPagesRequest& request) {
  const AllocatorState& state = allocator.state();
  if (request.count == PageCount(0)) return std::nullopt;
  const uint64_t align = std::bit_ceil(request.count.value());
  const int highest = HighestZoneIndex(request.gfp);
  const Node& node = NodeFor(state, context, request.node);
  for (const Zoneref& ref :
       node.zonelist(highest, request.gfp.Has(gfp::kThisnode))) {
    if (ref.zone_index > highest) continue;
    const PfnRange span = ref.zone->span;
    Pfn pfn((span.begin.value() + align - 1) / align * align);
    for (; pfn + request.count <= span.end; pfn += PageCount(align)) {
      const PfnRange range{pfn, pfn + request.count};
      if (IsCandidate(state, *ref.zone, range) &&
          AllocContigRange(allocator, context,
                           {.range = range, .gfp = request.gfp})
              .ok()) {
        return pfn;
      }
    }
  }
  return std::nullopt;
}

}  // namespace pagelab

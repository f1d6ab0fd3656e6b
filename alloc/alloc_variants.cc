// Other ways to ask for pages: page-allocator.md 15.

#include "pagelab/alloc/hook_keys.h"
#include "pagelab/alloc/page_allocator.h"
#include "pagelab/alloc/static_key.h"
#include "pagelab/alloc/trace_hooks.h"

namespace pagelab {
inline namespace PAGELAB_HOOK_NAMESPACE {
namespace {

Order OrderFor(PageCount count) {
  int order = 0;
  while (Order(order).pages() < count.value()) ++order;
  return Order(order);
}

}  // namespace

void PageAllocator::SplitPage(Page* page, Order old_order, Order new_order) {
  const uint64_t step = new_order.pages();
  for (uint64_t i = 0; i < old_order.pages(); i += step) {
    Page& piece = page[i];
    piece.state = PageState::kAllocated;
    piece.order_value = static_cast<uint8_t>(new_order.value());
    piece.zone = page->zone;
    piece.pte = page->pte;
    piece.refcount = 1;
    piece.extra_blocks = page->extra_blocks;
    piece.flags = new_order == Order(0) ? page->flags.Without(page_flag::kHead)
                                        : page->flags;
  }
  if (AllocationsAreWatched()) {
    if (state_.hooks != nullptr) {
      state_.hooks->OnSplit(state_.memory->PfnOf(page), old_order, new_order);
    }
  }
}

Page* PageAllocator::AllocPagesExact(ExecutionContext& context,
                                     const AllocRequest& request,
                                     PageCount count) {
  if (count == PageCount(0) || count > PageCount(kMaxOrderNrPages)) {
    return nullptr;
  }
  AllocRequest block = request;
  block.order = OrderFor(count);
  // A compound block could not be split.
  block.gfp = block.gfp.Without(gfp::kComp);
  Page* page = AllocPages(context, block);
  if (page == nullptr) return nullptr;
  SplitPage(page, block.order, Order(0));
  for (uint64_t i = count.value(); i < block.order.pages(); ++i) {
    Page& tail = page[i];
    if (FreePrepare(context, tail, Order(0))) {
      FreeCommit(context, tail, Order(0), FpiFlags::kToTail);
    }
  }
  return page;
}

void PageAllocator::FreePagesExact(ExecutionContext& context, Page* page,
                                   PageCount count) {
  for (uint64_t i = 0; i < count.value(); ++i) {
    FreePages(context, &page[i], Order(0));
  }
}

size_t PageAllocator::AllocPagesBulk(ExecutionContext& context,
                                     const AllocRequest& request,
                                     absl::Span<Page*> pages) {
  AllocRequest single = request;
  single.order = Order(0);
  size_t got = 0;
  // Page tracking, and requests for one page, take the ordinary way.
  const bool watched = state_.hooks != nullptr && state_.hooks->StopsBulk();
  if (pages.size() > 1 && !watched) {
    got = FillFromPcp(context, single, pages);
  }
  if (got == 0 && !pages.empty()) {
    pages[0] = AllocPages(context, single);
    got = pages[0] != nullptr ? 1 : 0;
  }
  return got;
}

size_t PageAllocator::FillFromPcp(ExecutionContext& context,
                                  const AllocRequest& request,
                                  absl::Span<Page*> pages) {
  const Gfp gfp = request.gfp.Masked(state_.gfp_allowed_mask);
  const AllocControl ac = ControlFor(state_, context, request, gfp);
  if (ac.zonelist.empty()) return 0;
  // Neither KSWAPD nor NOFRAGMENT.
  const AllocFlags flags = alloc_flag::kWmarkLow.With(CmaFlag(state_, ac.type));
  Zone* zone = nullptr;
  for (const Zoneref& ref : ac.zonelist) {
    if (ref.zone_index > ac.highest_zoneidx) continue;
    if (ref.zone->node != ac.preferred_zone().node) return 0;
    const WatermarkQuery query{
        .order = Order(0),
        .mark = ref.zone->WatermarkPages(Watermark::kLow) +
                static_cast<int64_t>(pages.size()),
        .highest_zoneidx = ac.zonelist.front().zone_index,
        .flags = flags};
    if (!WatermarkFast(state_.policy, *ref.zone, query)) continue;
    zone = ref.zone;
    break;
  }
  if (zone == nullptr || zone->pcp[context.cpu.value()].locked) return 0;
  size_t got = 0;
  while (got < pages.size()) {
    Page* page = PopFromPcp(context, *zone, Order(0), ac.type, flags);
    if (page == nullptr) break;
    PrepareNewPage(context, *page, Order(0), gfp);
    TraceProbe<bulk_alloc_key>(state_, context,
                               BulkAllocProbe{.pfn = state_.memory->PfnOf(page),
                                              .migratetype = ac.type,
                                              .gfp = gfp});
    pages[got++] = page;
  }
  state_.events.pgalloc[Index(zone->type)] += got;
  zone->numa_stat[static_cast<int>(NumaStat::kHit)] += got;
  const bool local = zone->node == state_.cpu_node[context.cpu.value()];
  zone->numa_stat[static_cast<int>(local ? NumaStat::kLocal
                                         : NumaStat::kOther)] += got;
  return got;
}

std::optional<Pfn> PageAllocator::AllocBlock(ExecutionContext& context, Gfp gfp,
                                             Order order, NodeId node) {
  Page* page = AllocPages(context, {.gfp = gfp, .order = order, .node = node});
  if (page == nullptr) return std::nullopt;
  const Pfn pfn = state_.memory->PfnOf(page);
  state_.memory->NoteContents(pfn, PageCount(order.pages()));
  return pfn;
}

void PageAllocator::FreeBlock(ExecutionContext& context, Pfn head,
                              Order order) {
  FreePages(context, state_.memory->PageAt(head), order);
}

std::optional<Pfn> PageAllocator::AllocExact(ExecutionContext& context, Gfp gfp,
                                             PageCount pages, NodeId node) {
  Page* page = AllocPagesExact(context, {.gfp = gfp, .node = node}, pages);
  if (page == nullptr) return std::nullopt;
  const Pfn pfn = state_.memory->PfnOf(page);
  state_.memory->NoteContents(pfn, pages);
  return pfn;
}

}  // namespace PAGELAB_HOOK_NAMESPACE
}  // namespace pagelab

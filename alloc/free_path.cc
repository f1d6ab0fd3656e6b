// The front door of freeing: page-allocator.md 8.3, 12.5, 12.8 and 15.2.

#include <array>
#include <limits>

#include "pagelab/alloc/caller_bugs.h"
#include "pagelab/alloc/free_area_ops.h"
#include "pagelab/alloc/page_allocator.h"
#include "pagelab/alloc/pcp_ops.h"
#include "pagelab/alloc/pcp_tuning.h"
#include "pagelab/alloc/trace_hooks.h"
#include "pagelab/base/check.h"

namespace pagelab {
inline namespace PAGELAB_HOOK_NAMESPACE {

namespace {

[[gnu::noinline, gnu::cold]] bool RefuseFree(AllocatorState& state,
                                             const ExecutionContext& context,
                                             const Page& page, Order order) {
  ReportBadFree(state, context, state.memory->PfnOf(&page), order);
  return false;
}

// FreePrepare().
[[gnu::always_inline]] inline bool Prepare(AllocatorState& state,
                                           ExecutionContext& context,
                                           Page& page, Order order) {
  const Pfn pfn = state.memory->PfnOf(&page);
  Trace<mm_page_free_key>(state, context,
                          MmPageFree{.pfn = pfn, .order = order});
  const bool keep = order == Order(0) && page.flags.Has(page_flag::kHwpoison);
  if (!keep) page.flags = PageFlags();
  page.refcount = 0;
  if (AllocationsAreWatched()) {
    if (state.hooks != nullptr) state.hooks->OnFree(context, pfn, order);
  }
  return !keep;
}

// To the list of this CPU. Answers whether that ends it: else DrainIfFull().
[[gnu::always_inline]] inline bool Keep(AllocatorState& state, Zone& zone,
                                        PerCpuPages& pcp, Page& page, int list,
                                        Order order, bool& free_high) {
  free_high = PushPcpHead(pcp, page, list, order);
  state.events.pgfree += order.pages();
  return IsUsualHigh(zone, pcp, free_high);
}

// What follows when Keep() says no. Takes what every free has at hand anyway,
// so that a free that ends before saves no registers for it.
[[gnu::noinline]] bool DrainAfterFree(PageAllocator& allocator,
                                      ExecutionContext& context, Page& page,
                                      Order order, bool free_high) {
  AllocatorState& state = allocator.state();
  const Migratetype type = state.PageblockType(state.memory->PfnOf(&page));
  allocator.DrainIfFull(context, state.ZoneOf(page),
                        PcpListIndex(order, PcpTypeOf(type)), free_high);
  return true;
}

// FreeDirect(), in the same way.
[[gnu::noinline]] bool FreePastPcp(PageAllocator& allocator,
                                   ExecutionContext& context, Page& page,
                                   Order order, FpiFlags fpi) {
  AllocatorState& state = allocator.state();
  allocator.FreeDirect(context, state.ZoneOf(page), state.memory->PfnOf(&page),
                       order, fpi);
  return true;
}

// FreeCommit(). Returns what FreePages() returns then, so that it can end it.
[[gnu::always_inline]] inline bool Commit(PageAllocator& allocator,
                                          ExecutionContext& context, Page& page,
                                          Order order, FpiFlags fpi) {
  AllocatorState& state = allocator.state();
  Zone& zone = state.ZoneOf(page);
  const Pfn pfn = state.memory->PfnOf(&page);
  const Migratetype type = state.PageblockType(pfn);
  PerCpuPages& pcp = zone.pcp[context.cpu.value()];
  const bool direct = !IsPcpOrder(state.policy, order) ||
                      type == Migratetype::kIsolate || fpi != FpiFlags::kNone ||
                      pcp.locked;
  if (direct) [[unlikely]] {
    return FreePastPcp(allocator, context, page, order, fpi);
  }
  const int list = PcpListIndex(order, PcpTypeOf(type));
  bool free_high = false;
  if (Keep(state, zone, pcp, page, list, order, free_high)) [[likely]]
    return true;
  return DrainAfterFree(allocator, context, page, order, free_high);
}

// FreePages() where somebody watches, or the page is bad. Not inline and in the
// tail position, so that the fast path saves no registers.
[[gnu::noinline]] bool FreeByTheSteps(PageAllocator& allocator,
                                      ExecutionContext& context, Page& page,
                                      Order order) {
  if (Prepare(allocator.state(), context, page, order)) {
    allocator.FreeCommit(context, page, order);
  }
  return true;
}

// FreePages() of a block, and of a page that goes past the list of this CPU,
// where nobody watches.
[[gnu::noinline]] bool FreeUnwatched(PageAllocator& allocator,
                                     ExecutionContext& context, Page& page,
                                     Order order) {
  page.flags = PageFlags();
  return Commit(allocator, context, page, order, FpiFlags::kNone);
}

}  // namespace

// Order 0 to a list with room is the common case; everything else is behind
// tail calls.
bool PageAllocator::FreePages(ExecutionContext& context, Page* page,
                              Order order) {
  if (page->state != PageState::kAllocated || page->order() != order)
      [[unlikely]] {
    return RefuseFree(state_, context, *page, order);
  }
  if (--page->refcount != 0) [[unlikely]] {
    return FreeAllButFirst(context, *page, order);
  }
  if (StaticBranchUnlikely<mm_page_free_key>() || AllocationsAreWatched())
      [[unlikely]] {
    return FreeByTheSteps(*this, context, *page, order);
  }
  if (order != Order(0)) [[unlikely]]
    return FreeUnwatched(*this, context, *page, order);
  if (page->flags.Has(page_flag::kHwpoison)) [[unlikely]]
    return FreeByTheSteps(*this, context, *page, order);
  Zone& zone = state_.ZoneOf(*page);
  const Migratetype type = state_.PageblockType(state_.memory->PfnOf(page));
  PerCpuPages& pcp = zone.pcp[context.cpu.value()];
  if (!IsMergeable(type) || pcp.locked) [[unlikely]]
    return FreeUnwatched(*this, context, *page, order);
  page->flags = PageFlags();
  const int list = PcpListIndex(Order(0), type);
  bool free_high = false;
  if (Keep(state_, zone, pcp, *page, list, Order(0), free_high)) [[likely]]
    return true;
  return DrainAfterFree(*this, context, *page, order, free_high);
}

bool PageAllocator::FreeAllButFirst(ExecutionContext& context, Page& page,
                                    Order order) {
  // Nobody held a reference: a poisoned frame that was freed already.
  if (page.refcount == std::numeric_limits<uint32_t>::max()) {
    page.refcount = 0;
    return RefuseFree(state_, context, page, order);
  }
  if (page.flags.Has(page_flag::kHead)) return true;
  if (AllocationsAreWatched()) {
    if (state_.hooks != nullptr) {
      state_.hooks->OnFreeAllButFirst(state_.memory->PfnOf(&page), order);
    }
  }
  // The first page stays with whoever holds the other reference.
  for (int piece = order.value() - 1; piece >= 0; --piece) {
    Page& upper = (&page)[Order(piece).pages()];
    upper.state = PageState::kAllocated;
    upper.order_value = static_cast<uint8_t>(piece);
    upper.zone = page.zone;
    upper.refcount = 0;
    upper.extra_blocks = 0;
    upper.flags = PageFlags();
    if (FreePrepare(context, upper, Order(piece))) {
      FreeCommit(context, upper, Order(piece), FpiFlags::kNone);
    }
  }
  page.order_value = 0;
  return true;
}

bool PageAllocator::FreePrepare(ExecutionContext& context, Page& page,
                                Order order) {
  return Prepare(state_, context, page, order);
}

void PageAllocator::FreeCommit(ExecutionContext& context, Page& page,
                               Order order, FpiFlags fpi) {
  Commit(*this, context, page, order, fpi);
}

void PageAllocator::FreeFolios(ExecutionContext& context,
                               absl::Span<const Folio> folios) {
  std::array<Folio, kFolioBatchSize> kept;
  PAGELAB_CHECK(folios.size() <= kept.size());
  size_t nr_kept = 0;
  for (const Folio& folio : folios) {
    Page& page = *folio.page;
    // No reference: in this batch twice.
    if (page.state != PageState::kAllocated || page.order() != folio.order ||
        page.refcount == 0) {
      RefuseFree(state_, context, page, folio.order);
      continue;
    }
    if (!FreePrepare(context, page, folio.order)) continue;
    if (IsPcpOrder(state_.policy, folio.order)) {
      kept[nr_kept++] = folio;
    } else {
      FreeDirect(context, state_.ZoneOf(page), state_.memory->PfnOf(&page),
                 folio.order, FpiFlags::kNone);
    }
  }
  for (const Folio& folio : absl::MakeConstSpan(kept.data(), nr_kept)) {
    CommitFolio(context, folio);
  }
}

void PageAllocator::CommitFolio(ExecutionContext& context, const Folio& folio) {
  Page& page = *folio.page;
  const Pfn pfn = state_.memory->PfnOf(&page);
  Zone& zone = state_.ZoneOf(page);
  const bool direct = state_.PageblockType(pfn) == Migratetype::kIsolate ||
                      zone.pcp[context.cpu.value()].locked;
  if (!direct) {
    Trace<mm_page_free_batched_key>(state_, context,
                                    MmPageFreeBatched{.pfn = pfn});
  }
  FreeCommit(context, page, folio.order, FpiFlags::kNone);
}

}  // namespace PAGELAB_HOOK_NAMESPACE
}  // namespace pagelab

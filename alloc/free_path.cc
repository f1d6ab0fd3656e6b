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

// The common case of FreeCommit(): the block goes to the list of this CPU and
// stays there. False, with nothing changed, in every other case.
[[gnu::always_inline]] inline bool KeepAtHand(AllocatorState& state,
                                              const ExecutionContext& context,
                                              Page& page, Order order) {
  if (order != Order(0) || page.flags.Has(page_flag::kHwpoison)) return false;
  Zone& zone = state.ZoneOf(page);
  const Migratetype type = state.PageblockType(state.memory->PfnOf(&page));
  PerCpuPages& pcp = zone.pcp[context.cpu.value()];
  if (!IsMergeable(type) || pcp.locked || pcp.high < pcp.high_min ||
      pcp.high > pcp.high_max || pcp.count + 1 >= pcp.high ||
      (zone.flags & (kZoneReclaimActive | kZoneBelowHigh)) != 0) {
    return false;
  }
  page.flags = PageFlags();
  PushPcpHead(pcp, page, PcpListIndex(Order(0), type), Order(0));
  ++state.events.pgfree;
  return true;
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
  if (StaticBranchUnlikely<allocation_hooks_key>()) {
    if (state.hooks != nullptr) state.hooks->OnFree(context, pfn, order);
  }
  return !keep;
}

// FreePages() where somebody watches, or the page cannot simply go to the
// list of this CPU. Not inline and in the tail position, so that the fast path
// saves no registers.
[[gnu::noinline]] bool FreeByTheSteps(PageAllocator& allocator,
                                      ExecutionContext& context, Page& page,
                                      Order order) {
  if (Prepare(allocator.state(), context, page, order) &&
      !KeepAtHand(allocator.state(), context, page, order)) {
    allocator.FreeCommit(context, page, order);
  }
  return true;
}

}  // namespace

bool PageAllocator::FreePages(ExecutionContext& context, Page* page,
                              Order order) {
  if (page->state != PageState::kAllocated || page->order() != order)
      [[unlikely]] {
    return RefuseFree(state_, context, *page, order);
  }
  if (--page->refcount != 0) [[unlikely]] {
    return FreeAllButFirst(context, *page, order);
  }
  if (StaticBranchUnlikely<mm_page_free_key>() ||
      StaticBranchUnlikely<allocation_hooks_key>()) {
    return FreeByTheSteps(*this, context, *page, order);
  }
  if (KeepAtHand(state_, context, *page, order)) [[likely]]
    return true;
  return FreeByTheSteps(*this, context, *page, order);
}

bool PageAllocator::FreeAllButFirst(ExecutionContext& context, Page& page,
                                    Order order) {
  // Nobody held a reference: a poisoned frame that was freed already.
  if (page.refcount == std::numeric_limits<uint32_t>::max()) {
    page.refcount = 0;
    return RefuseFree(state_, context, page, order);
  }
  if (page.flags.Has(page_flag::kHead)) return true;
  if (StaticBranchUnlikely<allocation_hooks_key>()) {
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
  const Pfn pfn = state_.memory->PfnOf(&page);
  Zone& zone = state_.ZoneOf(page);
  const Migratetype type = state_.PageblockType(pfn);
  const bool direct = !IsPcpOrder(state_.policy, order) ||
                      type == Migratetype::kIsolate || fpi != FpiFlags::kNone ||
                      zone.pcp[context.cpu.value()].locked;
  if (direct) [[unlikely]] {
    FreeDirect(context, zone, pfn, order, fpi);
    return;
  }
  CommitToPcp(context, zone, page, PcpTypeOf(type), order);
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

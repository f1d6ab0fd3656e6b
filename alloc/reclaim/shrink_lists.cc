#include "pagelab/alloc/reclaim/shrink_lists.h"

#include "pagelab/alloc/lru.h"
#include "pagelab/alloc/reclaim/folio_lru.h"
#include "pagelab/alloc/reclaim/scan_count.h"

namespace pagelab {
namespace {

// What looking at a page costs the one who scans.
constexpr uint64_t kScanNanoseconds = 200;

LruSide SideOf(LruList list) {
  return IsFileList(list) ? LruSide::kFile : LruSide::kAnon;
}

bool IsEvictable(const Page& folio) {
  return !folio.flags.Has(page_flag::kUnevictable) &&
         !folio.flags.Has(page_flag::kMlocked);
}

void CountScanned(VmEvents& events, const ScanControl& control, LruSide side,
                  uint64_t pages) {
  events.Count(control.scanner == Scanner::kKswapd ? VmEvent::kPgscanKswapd
                                                   : VmEvent::kPgscanDirect,
               pages);
  events.Count(
      side == LruSide::kAnon ? VmEvent::kPgscanAnon : VmEvent::kPgscanFile,
      pages);
}

void CountStolen(VmEvents& events, const ScanControl& control, LruSide side,
                 uint64_t pages) {
  events.Count(control.scanner == Scanner::kKswapd ? VmEvent::kPgstealKswapd
                                                   : VmEvent::kPgstealDirect,
               pages);
  events.Count(
      side == LruSide::kAnon ? VmEvent::kPgstealAnon : VmEvent::kPgstealFile,
      pages);
}

}  // namespace

void FolioBatch::Add(Page& folio) {
  folios_[size_++] = {.page = &folio, .order = folio.order()};
  if (size_ == folios_.size()) Flush();
}

void FolioBatch::Flush() {
  if (size_ == 0) return;
  allocator_.FreeFolios(context_, absl::MakeConstSpan(folios_.data(), size_));
  size_ = 0;
}

ListShrinker::ListShrinker(PageAllocator& allocator, ExecutionContext& context,
                           Node& node, ScanControl& control)
    : state_(allocator.state()),
      allocator_(allocator),
      context_(context),
      node_(node),
      control_(control) {}

void ListShrinker::CountIsolated(LruSide side, int64_t pages) {
  const NodeStat stat = side == LruSide::kAnon ? NodeStat::kIsolatedAnon
                                               : NodeStat::kIsolatedFile;
  node_.stat[static_cast<size_t>(Index(stat))] += pages;
}

// Kernel counterpart: isolate_lru_folios().
void ListShrinker::Isolate(LruList list, PageCount nr_to_scan,
                           Isolated& isolated) {
  PageList& from = node_.lruvec.lists[static_cast<size_t>(Index(list))];
  PageList too_high;
  uint64_t scanned = 0;
  while (scanned < nr_to_scan.value() && !from.empty()) {
    Page& folio = from.back();
    const PageCount pages(folio.order().pages());
    isolated.nr_scanned += pages.value();
    if (Index(state_.ZoneOf(folio).type) > control_.reclaim_idx) {
      // Stays counted: it only changes its place on the list.
      from.pop_back();
      too_high.push_front(folio);
      continue;
    }
    scanned += pages.value();
    RemoveFromLru(state_, folio, pages);
    isolated.nr_taken += pages.value();
    isolated.folios.push_back(folio);
  }
  from.splice(from.begin(), too_high);
  CountIsolated(SideOf(list), static_cast<int64_t>(isolated.nr_taken));
  if (isolated.nr_scanned == 0) return;
  state_.users->Spend(context_,
                      Nanoseconds(isolated.nr_scanned * kScanNanoseconds));
}

// Kernel counterpart: folio_check_references().
ListShrinker::Fate ListShrinker::CheckReferences(Page& folio) {
  const int references = state_.users->TakeReferences(folio);
  const bool referenced = folio.flags.Has(page_flag::kReferenced);
  folio.flags = folio.flags.Without(page_flag::kReferenced);
  if (references == 0) return Fate::kFree;
  // Once may be chance, and gets it another round; twice is use.
  folio.flags = folio.flags.With(page_flag::kReferenced);
  return referenced || references > 1 ? Fate::kActivate : Fate::kKeep;
}

ListShrinker::Fate ListShrinker::Evict(Page& folio, Outcome& outcome) {
  const bool file = IsFileLru(folio.flags);
  switch (state_.users->Evict(context_, folio)) {
    case Eviction::kFreed:
      return Fate::kFree;
    case Eviction::kBusy:
      return Fate::kKeep;
    case Eviction::kActivate:
      return Fate::kActivate;
    case Eviction::kWriteback:
      break;
  }
  folio.flags = folio.flags.Without(page_flag::kDirty)
                    .With(page_flag::kWriteback)
                    .With(page_flag::kReclaim);
  // Evicting may have split it.
  const uint64_t pages = folio.order().pages();
  control_.nr_writeback += pages;
  if (file) {
    node_.stat[static_cast<size_t>(Index(NodeStat::kVmscanImmediateReclaim))] +=
        static_cast<int64_t>(pages);
    return Fate::kActivate;
  }
  node_.stat[static_cast<size_t>(Index(NodeStat::kVmscanWrite))] +=
      static_cast<int64_t>(pages);
  outcome.nr_pageout += pages;
  return Fate::kKeep;
}

// Kernel counterpart: the loop of shrink_folio_list().
ListShrinker::Fate ListShrinker::FateOf(Page& folio, Outcome& outcome) {
  if (folio.flags.Has(page_flag::kLocked)) return Fate::kKeep;
  if (!IsEvictable(folio)) return Fate::kKeep;
  if (folio.flags.Has(page_flag::kWriteback)) {
    const uint64_t pages = folio.order().pages();
    if (folio.flags.Has(page_flag::kReclaim)) control_.nr_immediate += pages;
    control_.nr_writeback += pages;
    folio.flags = folio.flags.With(page_flag::kReclaim);
    return Fate::kActivate;
  }
  const Fate fate = CheckReferences(folio);
  if (fate != Fate::kFree) return fate;
  if (folio.flags.Has(page_flag::kDirty) && !control_.may_writepage) {
    return Fate::kKeep;
  }
  if (!control_.may_io &&
      (folio.flags.Has(page_flag::kDirty) || !IsFileLru(folio.flags))) {
    return Fate::kKeep;
  }
  return Evict(folio, outcome);
}

void ListShrinker::PutBack(Page& folio) {
  const PageCount pages(folio.order().pages());
  if (!IsEvictable(folio)) {
    folio.flags =
        folio.flags.With(page_flag::kUnevictable).Without(page_flag::kActive);
    state_.events.Count(VmEvent::kUnevictablePgsCulled, pages.value());
  }
  AddToLru(state_, folio, pages);
}

PageCount ListShrinker::ShrinkInactive(LruList list, PageCount nr_to_scan) {
  const LruSide side = SideOf(list);
  Isolated isolated;
  Isolate(list, nr_to_scan, isolated);
  CountScanned(state_.events, control_, side, isolated.nr_scanned);
  if (isolated.nr_taken == 0) return PageCount(0);

  Outcome outcome;
  PageList kept;
  {
    FolioBatch batch(allocator_, context_);
    while (!isolated.folios.empty()) {
      Page& folio = isolated.folios.front();
      isolated.folios.pop_front();
      control_.nr_scanned += folio.order().pages();
      const Fate fate = FateOf(folio, outcome);
      if (fate == Fate::kFree) {
        outcome.nr_reclaimed += folio.order().pages();
        batch.Add(folio);
        continue;
      }
      if (fate == Fate::kActivate) {
        folio.flags = folio.flags.With(page_flag::kActive);
        outcome.nr_activated += folio.order().pages();
      }
      kept.push_back(folio);
    }
  }
  while (!kept.empty()) {
    Page& folio = kept.front();
    kept.pop_front();
    PutBack(folio);
  }
  CountIsolated(side, -static_cast<int64_t>(isolated.nr_taken));
  state_.events.Count(VmEvent::kPgactivate, outcome.nr_activated);
  CountStolen(state_.events, control_, side, outcome.nr_reclaimed);
  LruNoteCost(node_,
              {.side = side,
               .nr_io = outcome.nr_pageout,
               .nr_rotated = isolated.nr_scanned - outcome.nr_reclaimed});
  return PageCount(outcome.nr_reclaimed);
}

void ListShrinker::ShrinkActive(LruList list, PageCount nr_to_scan) {
  Isolated isolated;
  Isolate(list, nr_to_scan, isolated);
  state_.events.Count(VmEvent::kPgrefill, isolated.nr_scanned);
  uint64_t deactivated = 0;
  while (!isolated.folios.empty()) {
    Page& folio = isolated.folios.front();
    isolated.folios.pop_front();
    if (IsEvictable(folio)) {
      // Those in use come back soon enough: only mapped program text, which is
      // not told apart here, would stay active.
      state_.users->TakeReferences(folio);
      folio.flags =
          folio.flags.Without(page_flag::kActive).With(page_flag::kWorkingset);
      deactivated += folio.order().pages();
    }
    PutBack(folio);
  }
  CountIsolated(SideOf(list), -static_cast<int64_t>(isolated.nr_taken));
  state_.events.Count(VmEvent::kPgdeactivate, deactivated);
}

}  // namespace pagelab

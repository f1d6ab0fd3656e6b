#include "pagelab/alloc/compaction/migrate_scanner.h"

#include <algorithm>

#include "pagelab/alloc/compaction/migrate.h"
#include "pagelab/alloc/free_area_ops.h"
#include "pagelab/alloc/isolation.h"
#include "pagelab/alloc/page_walk.h"

namespace pagelab {
namespace {

constexpr Order kCostlyOrder{3};

// --- one pageblock ---

// Too large to be worth moving for the order. Kernel counterpart:
// skip_isolation_on_order().
bool IsTooLarge(const CompactRun& run, const Page& folio) {
  if (run.goal.contig) return false;
  if (run.goal.order.has_value() && folio.order() >= *run.goal.order) {
    return true;
  }
  return folio.order() >= run.state.memory->pageblock_order();
}

// tmpfs or a file, which have a file system behind them.
bool HasMapping(const Page& folio) {
  return IsFileLru(folio.flags) || folio.flags.Has(page_flag::kDirty);
}

bool CanIsolate(const CompactRun& run, const Page& folio) {
  if (!folio.flags.Has(page_flag::kLru)) return false;
  const bool has_mapping = HasMapping(folio);
  // Pinned files are found out when they are to be moved.
  if (!has_mapping && IsPinned(run.state, folio)) return false;
  if (has_mapping && !run.goal.gfp.Has(gfp::kFs)) return false;
  return run.goal.mode == MigrateMode::kSync ||
         !folio.flags.Has(page_flag::kWriteback);
}

// What a look at a frame found, and how many frames that was about.
struct Look {
  enum class Kind : uint8_t { kPassed, kFailed, kTaken };
  Kind kind = Kind::kFailed;
  uint64_t pages = 1;
};

// Folios of a pageblock, or of what is left of it.
// Kernel counterpart: isolate_migratepages_block().
class BlockScan {
 public:
  BlockScan(CompactRun& run, PfnRange range)
      : run_(run), range_(range), pfn_(range.begin) {
    const bool at_start =
        pfn_.IsAlignedTo(run.state.memory->pageblock_order()) ||
        pfn_ == run.zone.span.begin;
    from_block_start_ = at_start;
    // Who waits wants one block of the order, quickly: part of it helps
    // nobody.
    all_or_nothing_ = run.goal.direct && run.goal.mode == MigrateMode::kAsync;
    if (all_or_nothing_) part_end_ = PartEnd(pfn_);
  }

  void Run() {
    if (!SkipUntouched()) Scan();
    pfn_ = std::min(pfn_, range_.end);
    if (pfn_ == range_.end && (taken_ == 0 || run_.finish_pageblock)) {
      NoteScanned();
    }
    run_.total_migrate_scanned += scanned_;
    run_.state.events.Count(VmEvent::kCompactIsolated, taken_);
    run_.migrate_pfn = pfn_;
  }

 private:
  Pfn PartEnd(Pfn pfn) const {
    return AlignUp(pfn + PageCount(1), *run_.goal.order);
  }

  // Memory that nobody touched, and reserved memory, in one step.
  bool SkipUntouched() {
    if (run_.state.memory->PageAt(pfn_)->state != PageState::kNone) {
      return false;
    }
    const FrameExtent extent = ExtentAt(run_.state, pfn_);
    const bool nothing = extent.kind == FrameExtent::Kind::kBuddy ||
                         extent.kind == FrameExtent::Kind::kReserved;
    if (!nothing || extent.range.end < range_.end) return false;
    scanned_ += range_.size().value();
    pfn_ = range_.end;
    return true;
  }

  void Scan() {
    for (; pfn_ < range_.end; ++pfn_) {
      if (all_or_nothing_ && pfn_ >= part_end_) {
        if (taken_ > 0) return;
        part_end_ = PartEnd(pfn_);
      }
      Page& page = *run_.state.memory->PageAt(pfn_);
      const Look look = LookAt(page);
      scanned_ += look.pages;
      pfn_ += PageCount(look.pages - 1);
      if (look.kind == Look::Kind::kFailed) {
        if (all_or_nothing_) GiveUpPart();
        continue;
      }
      if (look.kind != Look::Kind::kTaken) continue;
      if (!MayTake()) {
        pfn_ = range_.end;
        return;
      }
      Take(page);
      if (run_.nr_migrate_pages >= static_cast<int64_t>(kCompactClusterMax) &&
          !run_.finish_pageblock) {
        ++pfn_;
        return;
      }
    }
  }

  Look LookAt(const Page& page) const {
    using Kind = Look::Kind;
    if (page.state == PageState::kBuddy) {
      return {.kind = Kind::kPassed, .pages = page.order().pages()};
    }
    if (page.state != PageState::kAllocated) return {};
    const uint64_t pages = page.order().pages();
    const bool whole =
        page.flags.Has(page_flag::kHead) || page.flags.Has(page_flag::kLru);
    if (whole && page.order() > Order(0) && IsTooLarge(run_, page)) {
      return {.kind = Kind::kFailed, .pages = pages};
    }
    if (!CanIsolate(run_, page)) return {};
    return {.kind = Kind::kTaken, .pages = pages};
  }

  // The first folio of a pageblock marks it as scanned; if it was so already,
  // somebody else is at it. Kernel counterpart: test_and_set_skip().
  bool MayTake() {
    if (marked_ || !from_block_start_) return true;
    marked_ = true;
    if (run_.goal.ignore_skip_hint) return true;
    const bool skip = std::exchange(SkipBit(run_.state, range_.begin), 1) != 0;
    return !skip || run_.finish_pageblock;
  }

  void Take(Page& folio) {
    const uint64_t pages = folio.order().pages();
    IsolateFolio(run_.state, folio, run_.migrate_pages);
    run_.nr_migrate_pages += static_cast<int64_t>(pages);
    taken_ += pages;
  }

  // Something in this part stays: so do the others.
  void GiveUpPart() {
    if (taken_ > 0) {
      PutbackFolios(run_.state, run_.migrate_pages);
      run_.nr_migrate_pages = 0;
      taken_ = 0;
    }
    if (pfn_ < part_end_) {
      pfn_ = part_end_ - PageCount(1);
      part_end_ += PageCount(run_.goal.order->pages());
    }
  }

  void NoteScanned() {
    if (run_.goal.contig) return;
    if (from_block_start_ && !marked_) SkipBit(run_.state, range_.begin) = 1;
    UpdateCached(run_, pfn_);
  }

 public:
  // Where later runs start. Kernel counterpart: update_cached_migrate().
  static void UpdateCached(CompactRun& run, Pfn pfn) {
    const Pfn next =
        AlignUp(pfn + PageCount(1), run.state.memory->pageblock_order());
    auto& cached = run.zone.compact.cached_migrate_pfn;
    cached[0] = std::max(cached[0], next);
    if (run.goal.mode != MigrateMode::kAsync) {
      cached[1] = std::max(cached[1], next);
    }
  }

 private:
  CompactRun& run_;
  PfnRange range_;
  Pfn pfn_;
  bool from_block_start_ = false;
  bool marked_ = false;
  bool all_or_nothing_ = false;
  Pfn part_end_;
  uint64_t scanned_ = 0;
  uint64_t taken_ = 0;
};

// --- which pageblock ---

// Kernel counterpart: suitable_migration_source().
bool IsSuitableSource(const CompactRun& run, Pfn begin) {
  const Page& page = *run.state.memory->PageAt(begin);
  if (page.state == PageState::kAllocated && page.flags.Has(page_flag::kHead) &&
      page.order() >= run.state.memory->pageblock_order()) {
    return false;
  }
  if (run.goal.mode != MigrateMode::kAsync || !run.goal.direct) return true;
  const Migratetype wanted = MigratetypeOf(run.goal.gfp);
  const Migratetype type = run.state.PageblockType(begin);
  return type == wanted ||
         (wanted == Migratetype::kMovable && type == Migratetype::kCma);
}

// May the search choose the pageblock?
bool MaySearch(const CompactRun& run) {
  if (run.goal.ignore_skip_hint || run.finish_pageblock) return false;
  // In the middle of a pageblock: the scan goes on there.
  if (run.migrate_pfn != run.zone.span.begin &&
      !run.migrate_pfn.IsAlignedTo(run.state.memory->pageblock_order())) {
    return false;
  }
  if (!run.goal.order.has_value() || *run.goal.order <= kCostlyOrder) {
    return false;
  }
  return !run.goal.direct ||
         MigratetypeOf(run.goal.gfp) == Migratetype::kMovable;
}

// A free block below `high` whose pageblock is not to be skipped; what the
// search passed goes to the tail of its list.
Page* SearchList(CompactRun& run, Order order, Pfn high, unsigned limit,
                 unsigned& seen) {
  FreeList& list = run.zone.free_area[static_cast<size_t>(order.value())].list(
      Migratetype::kMovable);
  PhysicalMemory& memory = *run.state.memory;
  for (const Page& node : list) {
    Page& page = *memory.PageAt(memory.PfnOf(&node));
    if (seen++ >= limit) {
      RotateListPast(list, page);
      return nullptr;
    }
    const Pfn pfn = memory.PfnOf(&page);
    if (pfn >= high || SkipBit(run.state, pfn) != 0) continue;
    RotateListPast(list, page);
    return &page;
  }
  return nullptr;
}

// Kernel counterpart: update_fast_start_pfn().
void NoteFastStart(CompactRun& run, Pfn pfn) {
  if (run.fast_start_used) return;
  run.fast_start_pfn = std::min(run.fast_start_pfn.value_or(pfn), pfn);
}

// Kernel counterpart: reinit_migrate_pfn().
Pfn LinearStart(CompactRun& run) {
  if (run.fast_start_used || !run.fast_start_pfn.has_value()) {
    return run.migrate_pfn;
  }
  run.fast_start_used = true;
  run.migrate_pfn = *run.fast_start_pfn;
  return run.migrate_pfn;
}

// A pageblock that has free blocks already, in the first part of what lies
// between the scanners. Kernel counterpart: fast_find_migrateblock().
Pfn FindMigrateBlock(CompactRun& run) {
  if (!MaySearch(run)) return run.migrate_pfn;
  uint64_t distance = run.free_pfn > run.migrate_pfn
                          ? (run.free_pfn - run.migrate_pfn).value() >> 1
                          : 0;
  if (run.migrate_pfn != run.zone.span.begin) distance >>= 2;
  const Order pageblock = run.state.memory->pageblock_order();
  const Pfn high = AlignDown(run.migrate_pfn + PageCount(distance), pageblock);
  const unsigned limit = FreelistScanLimit(run);
  unsigned seen = 0;
  const Page* found = nullptr;
  for (int order = run.goal.order->value() - 1;
       order >= kCostlyOrder.value() && found == nullptr && seen < limit;
       --order) {
    found = SearchList(run, Order(order), high, limit, seen);
  }
  run.total_migrate_scanned += seen;
  if (found == nullptr) {
    ++run.fast_search_fail;
    return LinearStart(run);
  }
  const Pfn pfn = run.state.memory->PfnOf(found);
  NoteFastStart(run, pfn);
  run.fast_search_fail = 0;
  return std::max(AlignDown(pfn, pageblock), run.zone.span.begin);
}

}  // namespace

bool IsolateMigratePages(CompactRun& run) {
  const Order pageblock = run.state.memory->pageblock_order();
  const PageCount step(pageblock.pages());
  Pfn low = FindMigrateBlock(run);
  bool found_fast = low != run.migrate_pfn && run.fast_search_fail == 0;
  Pfn end = AlignUp(low + PageCount(1), pageblock);
  for (; end <= run.free_pfn;
       found_fast = false, run.migrate_pfn = low = end, end += step) {
    const PfnRange block = PageblockInZone(run, end - step);
    if (!IsOnline(run, block)) continue;
    const bool at_start = low == block.begin;
    if (at_start && !found_fast && !IsolationSuitable(run, low)) continue;
    if (!IsSuitableSource(run, block.begin)) {
      BlockScan::UpdateCached(run, end);
      continue;
    }
    BlockScan(run, {low, end}).Run();
    break;
  }
  return run.nr_migrate_pages > 0;
}

void IsolateMigrateRange(CompactRun& run, PfnRange range) {
  const Order pageblock = run.state.memory->pageblock_order();
  for (Pfn pfn = range.begin; pfn < range.end;) {
    const Pfn end = std::min(AlignUp(pfn + PageCount(1), pageblock), range.end);
    run.migrate_pfn = end;
    if (IsOnline(run, PageblockInZone(run, pfn))) {
      BlockScan(run, {pfn, end}).Run();
    }
    if (run.nr_migrate_pages >= static_cast<int64_t>(kCompactClusterMax)) {
      return;
    }
    pfn = end;
  }
}

}  // namespace pagelab

#include "pagelab/alloc/compaction/compact_zone.h"

#include <algorithm>

#include "pagelab/alloc/compaction/free_scanner.h"
#include "pagelab/alloc/compaction/migrate.h"
#include "pagelab/alloc/compaction/migrate_scanner.h"
#include "pagelab/alloc/compaction/suitability.h"
#include "pagelab/alloc/fallback.h"
#include "pagelab/alloc/page_users.h"

namespace pagelab {
namespace {

// What a look at a frame costs.
constexpr Nanoseconds kScanFrame{10};

// Targets from the run's private blocks, which the free scanner fills.
// Kernel counterparts: compaction_alloc(), compaction_free().
class PrivateTargets final : public MigrationTargets {
 public:
  explicit PrivateTargets(CompactRun& run) : run_(run) {}

  Page* Get(ExecutionContext& context, const Page& folio) override {
    const Order order = folio.order();
    Page* block = run_.free_blocks.Take(order);
    if (block == nullptr) {
      IsolateFreePages(run_);
      block = run_.free_blocks.Take(order);
    }
    if (block == nullptr) return nullptr;
    run_.allocator.PrepareNewPage(context, *block, order, gfp::kMovable);
    if (order > Order(0)) block->flags = page_flag::kHead;
    run_.nr_migrate_pages -= static_cast<int64_t>(order.pages());
    return block;
  }

  // The event of a free, though nothing reaches the free lists.
  void Return(ExecutionContext& context, Page& target) override {
    const Order order = target.order();
    run_.allocator.FreePrepare(context, target, order);
    target.state = PageState::kPrivate;
    run_.free_blocks.PutBack(target);
    run_.nr_migrate_pages += static_cast<int64_t>(order.pages());
  }

 private:
  CompactRun& run_;
};

Pfn LastPageblock(const AllocatorState& state, const Zone& zone) {
  return AlignDown(zone.span.end - PageCount(1),
                   state.memory->pageblock_order());
}

// Is there a block for the request now? Kernel counterpart: the end of
// __compact_finished().
bool HasSuitableBlock(const CompactRun& run) {
  const Migratetype type = MigratetypeOf(run.goal.gfp);
  for (int order = run.goal.order->value(); order < kNrPageOrders; ++order) {
    const FreeArea& area = run.zone.free_area[static_cast<size_t>(order)];
    if (!area.list(type).empty()) return true;
    if (type == Migratetype::kMovable && !area.list(Migratetype::kCma).empty())
      return true;
    if (FindSuitableFallback(run.state, run.zone, Order(order), type,
                             /*only_claimable=*/true)
            .found) {
      return true;
    }
  }
  return false;
}

CompactResult AtTheEnd(CompactRun& run) {
  ResetCachedPositions(run.state, run.zone);
  // For kswapd to clear the skip bits when it goes to sleep.
  if (run.goal.direct) run.zone.compact.blockskip_flush = true;
  return run.goal.whole_zone ? CompactResult::kComplete
                             : CompactResult::kPartialSkipped;
}

// Kernel counterpart: compact_finished().
CompactResult Finished(CompactRun& run) {
  if (ScannersMet(run)) return AtTheEnd(run);
  if (run.goal.proactive) {
    if (run.state.nodes[run.zone.node.value()].kswapd.awake) {
      return CompactResult::kPartialSkipped;
    }
    const int low = FragmentationScoreMarks(run.state.policy).low;
    return FragmentationScore(run.state, run.zone) > low
               ? CompactResult::kContinue
               : CompactResult::kSuccess;
  }
  if (!run.goal.order.has_value()) return CompactResult::kContinue;
  // A pageblock is finished once it is begun.
  if (!run.migrate_pfn.IsAlignedTo(run.state.memory->pageblock_order())) {
    return CompactResult::kContinue;
  }
  return HasSuitableBlock(run) ? CompactResult::kSuccess
                               : CompactResult::kContinue;
}

class ZoneCompaction {
 public:
  explicit ZoneCompaction(CompactRun& run)
      : run_(run), pageblock_(run.state.memory->pageblock_order()) {}

  CompactResult Run() {
    PlaceScanners();
    auto& cached = run_.zone.compact.cached_migrate_pfn;
    update_cached_ =
        run_.goal.mode == MigrateMode::kAsync && cached[0] == cached[1];
    CompactResult result = Finished(run_);
    while (result == CompactResult::kContinue) {
      if (!Round()) {
        result = CompactResult::kContended;
        break;
      }
      Drain();
      result = Finished(run_);
    }
    ReleaseFreeBlocks();
    Account();
    return result;
  }

 private:
  // At the ends of the zone, or where the last run left them.
  void PlaceScanners() {
    const PfnRange span = run_.zone.span;
    CompactState& compact = run_.zone.compact;
    if (run_.goal.whole_zone) {
      run_.migrate_pfn = span.begin;
      run_.free_pfn = LastPageblock(run_.state, run_.zone);
      return;
    }
    if (!span.Contains(compact.cached_free_pfn)) {
      compact.cached_free_pfn = LastPageblock(run_.state, run_.zone);
    }
    run_.free_pfn = compact.cached_free_pfn;
    const size_t mode = run_.goal.mode == MigrateMode::kAsync ? 0 : 1;
    if (!span.Contains(compact.cached_migrate_pfn[mode])) {
      compact.cached_migrate_pfn.fill(span.begin);
    }
    run_.migrate_pfn = compact.cached_migrate_pfn[mode];
    if (run_.migrate_pfn <= run_.marks.init_migrate_pfn) {
      run_.goal.whole_zone = true;
    }
  }

  // Isolates some folios and moves them. False: there was nothing left to move
  // them to, before the scanners met.
  bool Round() {
    run_.finish_pageblock =
        last_migrated_ > Pfn(0) && AlignDown(last_migrated_, pageblock_) ==
                                       AlignDown(run_.migrate_pfn, pageblock_);
    for (;;) {
      if (!IsolateMigratePages(run_)) {
        if (update_cached_) {
          auto& cached = run_.zone.compact.cached_migrate_pfn;
          cached[1] = cached[0];
        }
        return true;
      }
      update_cached_ = false;
      last_migrated_ =
          std::max(run_.zone.span.begin,
                   AlignDown(run_.migrate_pfn - PageCount(1), pageblock_));
      const MigrateCounts counts = Migrate();
      if (counts.out_of_memory) return ScannersMet(run_);
      if (counts.failed == 0 || !ShouldRescan()) return true;
      run_.finish_pageblock = true;
      // The pageblock will not be free: draining does not help it.
      if (run_.goal.order == pageblock_) last_migrated_ = Pfn(0);
    }
  }

  MigrateCounts Migrate() {
    PrivateTargets targets(run_);
    const MigrateCounts counts =
        MigrateFolios(run_.allocator, run_.context,
                      {.targets = targets,
                       .reason = MigrateReason::kCompaction,
                       .mode = run_.goal.mode},
                      run_.migrate_pages);
    run_.nr_migrate_pages = 0;
    PutbackFolios(run_.state, run_.migrate_pages);
    SpendOnMigration(run_.state, run_.context, counts);
    return counts;
  }

  // After a failure the rest of the pageblock is looked at, so that it is
  // marked and not chosen again soon.
  bool ShouldRescan() const {
    return !run_.migrate_pfn.IsAlignedTo(pageblock_) &&
           !run_.goal.ignore_skip_hint && !run_.finish_pageblock &&
           run_.goal.mode != MigrateMode::kSync;
  }

  // Freed pages merge when the scanner has left their block: page-allocator.md
  // 17.3.
  void Drain() {
    const std::optional<Order> order = run_.goal.order;
    if (!order.has_value() || *order == Order(0) || last_migrated_ == Pfn(0)) {
      return;
    }
    if (last_migrated_ >= AlignDown(run_.migrate_pfn, *order)) return;
    run_.allocator.DrainPages(run_.context, run_.zone, run_.context.cpu);
    last_migrated_ = Pfn(0);
  }

  // By ordinary frees. Kernel counterpart: release_free_list().
  void ReleaseFreeBlocks() {
    Pfn highest;
    while (Page* block = run_.free_blocks.TakeFirst()) {
      highest = std::max(highest, run_.state.memory->PfnOf(block));
      run_.allocator.PrepareNewPage(run_.context, *block, block->order(),
                                    gfp::kMovable);
      run_.allocator.FreePages(run_.context, block, block->order());
    }
    Pfn& cached = run_.zone.compact.cached_free_pfn;
    cached = std::max(cached, AlignDown(highest, pageblock_));
  }

  void Account() {
    VmEvents& events = run_.state.events;
    events.Count(VmEvent::kCompactMigrateScanned, run_.total_migrate_scanned);
    events.Count(VmEvent::kCompactFreeScanned, run_.total_free_scanned);
    const uint64_t scanned =
        run_.total_migrate_scanned + run_.total_free_scanned;
    if (run_.state.users != nullptr && scanned > 0) {
      run_.state.users->Spend(run_.context,
                              Nanoseconds(scanned * kScanFrame.value()));
    }
  }

  CompactRun& run_;
  Order pageblock_;
  bool update_cached_ = false;
  // The pageblock that folios were last moved out of; 0: drained since.
  Pfn last_migrated_;
};

// --- skip bits ---

// Clears the pageblock's skip bit if a sample of it is fit for the side, or
// for either. Kernel counterpart: __reset_isolation_pfn().
bool ResetSkip(AllocatorState& state, const Zone& zone, Pfn pfn, bool source,
               bool target) {
  const Order pageblock = state.memory->pageblock_order();
  if (!state.memory->IsValid(pfn) || state.FindZone(pfn) != &zone) return false;
  const Pfn begin = AlignDown(pfn, pageblock);
  const Page& first = *state.memory->PageAt(std::max(begin, zone.span.begin));
  if (first.state == PageState::kAllocated &&
      first.flags.Has(page_flag::kHead) && first.order() >= pageblock) {
    return false;
  }
  uint8_t& skip = state.pageblock_skip[pfn.value() >> pageblock.value()];
  if (source && target && skip == 0) return true;
  if (!source && target && state.PageblockType(pfn) != Migratetype::kMovable) {
    return false;
  }
  constexpr PageCount kSample(8);
  const Pfn end = std::min(begin + PageCount(pageblock.pages()), zone.span.end);
  for (Pfn at = std::max(begin, zone.span.begin); at < end; at += kSample) {
    const Page& page = *state.memory->PageAt(at);
    const bool lru =
        page.state == PageState::kAllocated && page.flags.Has(page_flag::kLru);
    if ((source && lru) || (target && page.state == PageState::kBuddy)) {
      skip = 0;
      return true;
    }
  }
  return false;
}

}  // namespace

CompactResult CompactZone(CompactRun& run) {
  if (run.goal.order.has_value()) {
    const CompactResult result =
        SuitAllocationOrder(run.state, run.zone, *run.goal.order,
                            run.goal.highest_zoneidx, run.goal.flags);
    if (result != CompactResult::kContinue) return result;
    if (IsRestarting(run.zone, *run.goal.order)) {
      ResetIsolationSuitable(run.state, run.zone, run.marks);
    }
  }
  return ZoneCompaction(run).Run();
}

void ResetCachedPositions(const AllocatorState& state, Zone& zone) {
  zone.compact.cached_migrate_pfn.fill(zone.span.begin);
  zone.compact.cached_free_pfn = LastPageblock(state, zone);
}

void ResetIsolationSuitable(AllocatorState& state, Zone& zone,
                            CompactMarks& marks) {
  CompactState& compact = zone.compact;
  if (!compact.blockskip_flush) return;
  compact.blockskip_flush = false;
  const PageCount step(state.memory->pageblock_order().pages());
  Pfn source = zone.span.begin;
  Pfn target = zone.span.end - PageCount(1);
  Pfn first_source = target;
  Pfn last_target = source;
  bool source_set = false;
  bool target_set = false;
  for (; source < target; source += step, target = target - step) {
    if (ResetSkip(state, zone, source, true, source_set) &&
        source < first_source) {
      source_set = true;
      first_source = source;
      marks.init_migrate_pfn = source;
      compact.cached_migrate_pfn.fill(source);
    }
    if (ResetSkip(state, zone, target, target_set, true) &&
        target > last_target) {
      target_set = true;
      last_target = target;
      marks.init_free_pfn = target;
      compact.cached_free_pfn = target;
    }
    if (target < zone.span.begin + step) break;
  }
  if (first_source >= last_target) {
    compact.cached_migrate_pfn.fill(source);
    compact.cached_free_pfn = target;
  }
}

}  // namespace pagelab

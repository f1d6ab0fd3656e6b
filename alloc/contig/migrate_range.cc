#include "pagelab/alloc/contig/migrate_range.h"

#include "pagelab/alloc/compaction/migrate_scanner.h"
#include "pagelab/alloc/page_users.h"

namespace pagelab {
namespace {

constexpr int kPasses = 5;

bool IsCleanFile(const Page& folio) {
  return IsFileLru(folio.flags) && !folio.flags.Has(page_flag::kDirty) &&
         !folio.flags.Has(page_flag::kUnevictable);
}

// Kernel counterpart: reclaim_clean_pages_from_list().
void DropCleanFiles(PageAllocator& allocator, ExecutionContext& context,
                    PageList& folios) {
  AllocatorState& state = allocator.state();
  if (state.users == nullptr) return;
  for (auto next = folios.begin(); next != folios.end();) {
    Page& folio = *next++;
    if (!IsCleanFile(folio) || IsPinned(state, folio)) continue;
    const Order order = folio.order();
    const NodeId node = state.ZoneOf(folio).node;
    if (state.users->Evict(context, folio) != Eviction::kFreed) continue;
    folios.erase(folios.iterator_to(folio));
    state.nodes[node.value()]
        .stat[static_cast<size_t>(Index(NodeStat::kIsolatedFile))] -=
        static_cast<int64_t>(order.pages());
    allocator.FreePages(context, &folio, order);
  }
}

// One way through the range; false when nothing was left to move, or there was
// no memory to move it to.
bool Pass(CompactRun& run, const EmptyRequest& request, MigrateCounts& total) {
  bool found = false;
  for (Pfn pfn = request.range.begin; pfn < request.range.end;) {
    run.nr_migrate_pages = 0;
    IsolateMigrateRange(run, {pfn, request.range.end});
    pfn = run.migrate_pfn;
    if (run.migrate_pages.empty()) continue;
    found = true;
    DropCleanFiles(run.allocator, run.context, run.migrate_pages);
    const NodeId node =
        request.target_node.valid() ? request.target_node : run.zone.node;
    AllocatedTargets targets(run.allocator,
                             TargetGfpsFor(request.reason, run.zone), node);
    const MigrateCounts counts = MigrateFolios(
        run.allocator, run.context,
        {.targets = targets, .reason = request.reason}, run.migrate_pages);
    PutbackFolios(run.state, run.migrate_pages);
    SpendOnMigration(run.state, run.context, counts);
    total.succeeded += counts.succeeded;
    total.failed += counts.failed;
    total.out_of_memory = counts.out_of_memory;
    if (counts.out_of_memory) return false;
  }
  return found;
}

}  // namespace

MigrateCounts EmptyRange(PageAllocator& allocator, ExecutionContext& context,
                         const EmptyRequest& request) {
  MigrateCounts total;
  Zone* zone = allocator.state().FindZone(request.range.begin);
  if (zone == nullptr) return total;
  CompactMarks marks;
  CompactRun run(
      allocator, context, *zone, marks,
      {.mode = MigrateMode::kSync, .ignore_skip_hint = true, .contig = true});
  for (int pass = 0; pass < kPasses; ++pass) {
    const uint64_t failed = total.failed;
    if (!Pass(run, request, total) || total.failed == failed) break;
  }
  return total;
}

}  // namespace pagelab

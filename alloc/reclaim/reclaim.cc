#include "pagelab/alloc/reclaim/reclaim.h"

#include <utility>

#include "pagelab/alloc/lru.h"
#include "pagelab/alloc/page_users.h"
#include "pagelab/alloc/reclaim/direct_reclaim.h"
#include "pagelab/alloc/reclaim/shrink_lists.h"

namespace pagelab {

Reclaim::Reclaim(PageAllocator& allocator, Compaction& compaction,
                 OomReportNames names)
    : state_(allocator.state()),
      allocator_(allocator),
      compaction_(compaction),
      names_(std::move(names)) {
  current_.threads.resize(static_cast<size_t>(state_.nr_nodes));
}

void Reclaim::WakeKswapd(ExecutionContext& context, Zone& zone, Gfp gfp,
                         Order order, int highest_zoneidx) {
  if (zone.managed == PageCount(0)) return;
  const auto node = static_cast<size_t>(zone.node.value());
  Kswapd(allocator_, compaction_, state_.nodes[node], current_.threads[node])
      .Wake(context,
            {.gfp = gfp, .order = order, .highest_zoneidx = highest_zoneidx});
}

PageCount Reclaim::DirectReclaim(ExecutionContext& context,
                                 const AllocControl& ac) {
  return DirectReclaimer(allocator_, compaction_,
                         absl::MakeSpan(current_.threads))
      .Reclaim(context, ac);
}

bool Reclaim::OutOfMemory(ExecutionContext& context, const AllocControl& ac) {
  return OomKiller(state_, names_, current_.oom_reports)
      .OutOfMemory(context, ac);
}

bool Reclaim::MemcgOutOfMemory(ExecutionContext& context,
                               const MemcgOom& group) {
  return OomKiller(state_, names_, current_.oom_reports)
      .MemcgOutOfMemory(context, group);
}

bool Reclaim::RunKswapd(ExecutionContext& context, Node& node) {
  const auto index = static_cast<size_t>(node.id.value());
  return Kswapd(allocator_, compaction_, node, current_.threads[index])
      .Run(context);
}

std::optional<Nanoseconds> Reclaim::KswapdDue(const Node& node,
                                              Nanoseconds now) const {
  const KswapdThread& thread =
      current_.threads[static_cast<size_t>(node.id.value())];
  if (node.kswapd.awake || thread.phase == KswapdThread::Phase::kBalancing) {
    return now;
  }
  if (thread.phase == KswapdThread::Phase::kNapping) return thread.nap_end;
  return std::nullopt;
}

// Kernel counterpart: drop_caches_sysctl_handler().
PageCount Reclaim::ReclaimAll(ExecutionContext& context, DropWhat what) {
  const uint64_t before = state_.events.pgfree;
  if (what.page_cache) {
    for (Node& node : state_.all_nodes()) DropPageCache(context, node);
    state_.events.Count(VmEvent::kDropPagecache);
  }
  if (what.slab) {
    for (const Node& node : state_.all_nodes()) {
      // Again as long as it is worth it.
      int times = 0;
      PageCount freed;
      do {
        freed = state_.users->ShrinkSlab(context, node.id, /*priority=*/0);
      } while (freed.value() >> times++ > 1);
    }
    state_.events.Count(VmEvent::kDropSlab);
  }
  return PageCount(state_.events.pgfree - before);
}

// Clean file folios that nobody maps. Kernel counterpart:
// invalidate_mapping_pages(), which goes by file instead of by list.
void Reclaim::DropPageCache(ExecutionContext& context, Node& node) {
  std::vector<Pfn> heads;
  for (const LruList list : {LruList::kInactiveFile, LruList::kActiveFile}) {
    for (const Page& folio :
         node.lruvec.lists[static_cast<size_t>(Index(list))]) {
      heads.push_back(state_.memory->PfnOf(&folio));
    }
  }
  FolioBatch batch(allocator_, context);
  for (const Pfn pfn : heads) {
    Page& folio = *state_.memory->PageAt(pfn);
    const PageFlags flags = folio.flags;
    // Giving up one folio may have changed the next.
    if (!flags.Has(page_flag::kLru) || flags.Has(page_flag::kDirty) ||
        flags.Has(page_flag::kWriteback) || flags.Has(page_flag::kLocked) ||
        page_pte::IsMapped(folio.pte)) {
      continue;
    }
    RemoveFromLru(state_, folio, PageCount(folio.order().pages()));
    if (state_.users->Evict(context, folio) == Eviction::kFreed) {
      batch.Add(folio);
    } else {
      AddToLru(state_, folio, PageCount(folio.order().pages()));
    }
  }
}

}  // namespace pagelab

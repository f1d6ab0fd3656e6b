#include "pagelab/workloads/exact/event_words.h"

#include "fmt/format.h"

namespace pagelab {

std::string WordsOf(const RecordedEvent& event) {
  using enum RecordedKind;
  switch (event.kind) {
    case kPageAlloc:
      return fmt::format("mm_page_alloc pfn={:#x} order={} migratetype={}",
                         event.pfn, event.order, event.migratetype);
    case kPageFree:
      return fmt::format("mm_page_free pfn={:#x} order={}", event.pfn,
                         event.order);
    case kPageFreeBatched:
      return fmt::format("mm_page_free_batched pfn={:#x}", event.pfn);
    case kPageAllocZoneLocked:
      return fmt::format(
          "mm_page_alloc_zone_locked pfn={:#x} order={} migratetype={}",
          event.pfn, event.order, event.migratetype);
    case kPagePcpuDrain:
      return fmt::format("mm_page_pcpu_drain pfn={:#x} order={} migratetype={}",
                         event.pfn, event.order, event.migratetype);
    case kPageAllocExtfrag:
      return fmt::format(
          "mm_page_alloc_extfrag pfn={:#x} alloc_order={} fallback_order={} "
          "alloc_migratetype={} fallback_migratetype={} change_ownership={}",
          event.pfn, event.order, event.fallback_order, event.migratetype,
          event.fallback_migratetype,
          event.Has(RecordedEvent::kChangeOwnership) ? 1 : 0);
    case kDecayPcpHigh:
      return fmt::format("decay_pcp_high high={}",
                         static_cast<int64_t>(event.extra));
    case kIsolateFreePage:
      return fmt::format("isolate_free_page pfn={:#x} order={}", event.pfn,
                         event.order);
    case kContigMigrateRange:
      return fmt::format(
          "mm_alloc_contig_migrate_range_info start={:#x} "
          "end={:#x}",
          event.pfn, event.extra);
    case kDrainPagesZone:
      return fmt::format("drain_pages_zone cpu={}", event.extra);
    case kDrainZonePages:
      return "drain_zone_pages";
    case kPutbackIsolatedPage:
      return fmt::format("putback_isolated_page pfn={:#x} order={}", event.pfn,
                         event.order);
    case kBulkPage:
      return fmt::format("alloc_pages_bulk_page pfn={:#x} migratetype={}",
                         event.pfn, event.migratetype);
    case kKswapdWake:
      return fmt::format("mm_vmscan_kswapd_wake nid={}", event.extra);
    case kDirectReclaimBegin:
      return fmt::format("mm_vmscan_direct_reclaim_begin order={}",
                         event.order);
    case kDirectReclaimEnd:
      return fmt::format("mm_vmscan_direct_reclaim_end nr_reclaimed={}",
                         event.extra);
    case kCompactionTry:
      return fmt::format("mm_compaction_try_to_compact_pages order={}",
                         event.order);
    case kCompactionEnd:
      return "mm_compaction_end";
    case kMarkVictim:
      return fmt::format("mark_victim pid={}", event.extra);
  }
  return {};
}

std::string WordsWithPlace(const RecordedEvent& event) {
  constexpr const char* kLevels[] = {"task", "softirq", "hardirq", "nmi"};
  return fmt::format("line {} pid {} cpu {} {}: {}", event.line, event.pid,
                     event.cpu, kLevels[static_cast<size_t>(event.level)],
                     WordsOf(event));
}

}  // namespace pagelab

#include "pagelab/sim/files/vmstat.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "absl/strings/ascii.h"
#include "pagelab/alloc/stat_totals.h"
#include "pagelab/base/text.h"
#include "pagelab/sim/files/printed_stats.h"

namespace pagelab {
namespace {

// Events after pgfree, in the order of the recorded build (text-formats.md 9).
// Nothing simulated causes one.
constexpr std::array<std::string_view, 90> kQuietEvents = {
    "pgactivate",
    "pgdeactivate",
    "pglazyfree",
    "pgfault",
    "pgmajfault",
    "pglazyfreed",
    "pgrefill",
    "pgreuse",
    "pgsteal_kswapd",
    "pgsteal_direct",
    "pgsteal_khugepaged",
    "pgscan_kswapd",
    "pgscan_direct",
    "pgscan_khugepaged",
    "pgscan_direct_throttle",
    "pgscan_anon",
    "pgscan_file",
    "pgsteal_anon",
    "pgsteal_file",
    "zone_reclaim_success",
    "zone_reclaim_failed",
    "pginodesteal",
    "slabs_scanned",
    "kswapd_inodesteal",
    "kswapd_low_wmark_hit_quickly",
    "kswapd_high_wmark_hit_quickly",
    "pageoutrun",
    "pgrotated",
    "drop_pagecache",
    "drop_slab",
    "oom_kill",
    "numa_pte_updates",
    "numa_huge_pte_updates",
    "numa_hint_faults",
    "numa_hint_faults_local",
    "numa_pages_migrated",
    "pgmigrate_success",
    "pgmigrate_fail",
    "thp_migration_success",
    "thp_migration_fail",
    "thp_migration_split",
    "compact_migrate_scanned",
    "compact_free_scanned",
    "compact_isolated",
    "compact_stall",
    "compact_fail",
    "compact_success",
    "compact_daemon_wake",
    "compact_daemon_migrate_scanned",
    "compact_daemon_free_scanned",
    "htlb_buddy_alloc_success",
    "htlb_buddy_alloc_fail",
    "cma_alloc_success",
    "cma_alloc_fail",
    "unevictable_pgs_culled",
    "unevictable_pgs_scanned",
    "unevictable_pgs_rescued",
    "unevictable_pgs_mlocked",
    "unevictable_pgs_munlocked",
    "unevictable_pgs_cleared",
    "unevictable_pgs_stranded",
    "thp_fault_alloc",
    "thp_fault_fallback",
    "thp_fault_fallback_charge",
    "thp_collapse_alloc",
    "thp_collapse_alloc_failed",
    "thp_file_alloc",
    "thp_file_fallback",
    "thp_file_fallback_charge",
    "thp_file_mapped",
    "thp_split_page",
    "thp_split_page_failed",
    "thp_deferred_split_page",
    "thp_underused_split_page",
    "thp_split_pmd",
    "thp_scan_exceed_none_pte",
    "thp_scan_exceed_swap_pte",
    "thp_scan_exceed_share_pte",
    "thp_split_pud",
    "thp_zero_page_alloc",
    "thp_zero_page_alloc_failed",
    "thp_swpout",
    "thp_swpout_fallback",
    "swap_ra",
    "swap_ra_hit",
    "swpin_zero",
    "swpout_zero",
    "direct_map_level2_splits",
    "direct_map_level3_splits",
    "nr_unstable",
};

void AppendLine(std::string_view name, uint64_t value, std::string& out) {
  out += name;
  out += ' ';
  AppendDecimal(out, value);
  out += '\n';
}

void AppendCounters(const AllocatorState& state, std::string& out) {
  AppendLine("nr_free_pages", TotalOf(state, ZoneStat::kFreePages), out);
  for (int i = 0; i < kNrZoneLruStats; ++i) {
    const auto stat = static_cast<ZoneLruStat>(i);
    AppendLine(ToString(stat), TotalOf(state, stat), out);
  }
  AppendLine("nr_free_cma", TotalOf(state, ZoneStat::kFreeCma), out);
  for (int i = 0; i < kNrNumaStats; ++i) {
    const auto stat = static_cast<NumaStat>(i);
    AppendLine(ToString(stat), TotalOf(state, stat), out);
  }
  for (int i = 0; i < kNrNodeStats; ++i) {
    const auto stat = static_cast<NodeStat>(i);
    AppendLine(ToString(stat), PrintedValue(stat, TotalOf(state, stat)), out);
  }
}

// How many dirty pages make a writer wait, or writeback start, at the default
// vm.dirty_ratio and vm.dirty_background_ratio.
// Kernel counterpart: global_dirty_limits().
void AppendDirtyThresholds(const AllocatorState& state, std::string& out) {
  const uint64_t free = TotalOf(state, ZoneStat::kFreePages);
  const uint64_t reserve = static_cast<uint64_t>(state.totalreserve_pages);
  const uint64_t dirtyable = free - std::min(free, reserve) +
                             TotalOf(state, NodeStat::kInactiveFile) +
                             TotalOf(state, NodeStat::kActiveFile) + 1;
  const auto share = [dirtyable](uint64_t percent) {
    return percent * kPageSize / 100 * dirtyable / kPageSize;
  };
  AppendLine("nr_dirty_threshold", share(20), out);
  AppendLine("nr_dirty_background_threshold", share(10), out);
}

// One line for each zone type of the build: "pgalloc_dma", ...
void AppendByZone(std::string_view event,
                  const std::array<uint64_t, kMaxNrZones>& counts,
                  std::string& out) {
  for (int i = 0; i < kMaxNrZones; ++i) {
    std::string name(event);
    for (const char c : ToString(static_cast<ZoneType>(i))) {
      name += absl::ascii_tolower(static_cast<unsigned char>(c));
    }
    AppendLine(name, counts[i], out);
  }
}

void AppendEvents(const VmEvents& events, std::string& out) {
  for (const std::string_view name :
       {"pgpgin", "pgpgout", "pswpin", "pswpout"}) {
    AppendLine(name, 0, out);
  }
  AppendByZone("pgalloc_", events.pgalloc, out);
  AppendByZone("allocstall_", events.allocstall, out);
  AppendByZone("pgskip_", {}, out);
  AppendLine("pgfree", events.pgfree, out);
  for (const std::string_view name : kQuietEvents) AppendLine(name, 0, out);
}

}  // namespace

void AppendVmstat(const AllocatorState& state, const FileInputs& inputs,
                  std::string& out) {
  AppendCounters(state, out);
  AppendDirtyThresholds(state, out);
  AppendLine("nr_memmap_pages", inputs.nr_memmap_pages.value(), out);
  AppendLine("nr_memmap_boot_pages", inputs.nr_memmap_boot_pages.value(), out);
  AppendEvents(state.events, out);
}

}  // namespace pagelab

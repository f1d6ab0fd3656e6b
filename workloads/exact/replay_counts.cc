#include "pagelab/workloads/exact/replay_counts.h"

namespace pagelab {
namespace {

struct Names {
  std::string_view words;
  std::string_view key;
};

constexpr std::array<Names, kNrApplied> kNames = {{
    {"decay ticks of the vmstat worker", "decay_ticks"},
    {"decay ticks told by the end only", "inferred_ticks"},
    {"full drains", "full_drains"},
    {"full drains without a probe", "unannounced_drains"},
    {"drains of expired remote lists", "expired_drains"},
    {"kswapd passes", "kswapd_passes"},
    {"kswapd passes ended by a drain's length", "kswapd_flag_flips"},
    {"direct reclaims", "direct_reclaims"},
    {"highatomic blocks given back", "unreserves"},
    {"highatomic blocks given back by force", "forced_unreserves"},
    {"out-of-memory victims", "oom_victims"},
    {"free blocks isolated", "isolated_blocks"},
    {"list rotations of fast searches", "rotations"},
    {"isolated blocks put back", "putbacks"},
    {"frees to the compactor's list", "compactor_frees"},
    {"blocks captured by compaction", "captured_blocks"},
    {"contiguous ranges", "contig_ranges"},
    {"claims decided by the recording", "claims_by_recording"},
    {"tails of alloc_pages_exact()", "exact_tails"},
    {"bulk refills", "bulk_refills"},
    {"pages of bulk allocations", "bulk_pages"},
    {"interrupts that surely met a taken pcp lock", "lock_held_certain"},
    {"interrupts that likely met a taken pcp lock", "lock_held_likely"},
    {"allocations that visibly met a taken pcp lock", "lock_held_visible"},
    {"pops before the interrupt that is printed first", "pop_before_interrupt"},
    {"nested allocations printed before their outer one", "nested_outer_first"},
    {"nested allocations inside a free", "nested_in_free"},
    {"allocations printed late by a reschedule", "rescheduled"},
    {"allocations from another CPU's list", "other_cpu"},
    {"allocations with another preferred node", "other_node"},
    {"allocations with assumed reserves", "assumed_reserves"},
    {"boot-time changes of limits", "boot_limits"},
}};

}  // namespace

std::string_view ToString(Applied applied) {
  return kNames[static_cast<size_t>(applied)].words;
}

std::string_view KeyOf(Applied applied) {
  return kNames[static_cast<size_t>(applied)].key;
}

}  // namespace pagelab

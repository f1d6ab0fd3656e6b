#ifndef PAGELAB_ALLOC_ALLOCATOR_STATE_H_
#define PAGELAB_ALLOC_ALLOCATOR_STATE_H_

#include <array>
#include <cstdint>
#include <optional>

#include "absl/types/span.h"
#include "pagelab/alloc/hooks.h"
#include "pagelab/alloc/kernel_log.h"
#include "pagelab/alloc/lru.h"
#include "pagelab/alloc/node_stat.h"
#include "pagelab/alloc/page_flags.h"
#include "pagelab/alloc/physical_memory.h"
#include "pagelab/alloc/policy.h"
#include "pagelab/alloc/report_limits.h"
#include "pagelab/alloc/tracepoints.h"
#include "pagelab/alloc/vm_event.h"
#include "pagelab/alloc/zone.h"

namespace pagelab {

// A pageblock that a request of another type may re-type and take over
// (page-allocator.md 10.4).
struct ClaimCandidate {
  PfnRange pageblock;
  // Of the free block that was found in it.
  Order order;
  Migratetype wanted = Migratetype::kUnmovable;
};

// What decides where the simulated machine cannot know: a trace, or the part
// of the kernel that is not simulated. All calls are cold.
class PolicyOracle {
 public:
  virtual ~PolicyOracle() = default;
  // Whether the pageblock is claimed, where somebody saw it happen. Nothing:
  // decided by what it holds.
  virtual std::optional<bool> ClaimOutcome(const ClaimCandidate&) {
    return std::nullopt;
  }
  // How many frames of the pageblock are in use and movable: on an LRU list
  // or movable-ops pages (page-allocator.md 10.3).
  virtual PageCount CountMovable(const Zone& zone, PfnRange pageblock) = 0;
};

// One entry of a zonelist.
struct Zoneref {
  Zone* zone = nullptr;
  int zone_index = 0;
};

// What the zone and mobility bits of a gfp mask decide on a node, made once
// with the zonelists: the first zones to try, and how.
struct AllocRoute {
  // Null where no zone is low enough.
  Zone* preferred = nullptr;
  // The preferred zone and those behind it on the zonelist that are of its
  // node: what a request tries before it goes further away. Part of the node's
  // fallback list, and as long valid.
  const Zoneref* near = nullptr;
  // ALLOC_* of the first attempt, apart from what other gfp bits add.
  uint32_t alloc_flags = 0;
  uint8_t nr_near = 0;
  uint8_t highest_zoneidx = 0;
  Migratetype type = Migratetype::kUnmovable;
  // Whether a request from a CPU of the node whose route this is finds the
  // preferred zone local.
  NumaStat locality = NumaStat::kLocal;
  // Free pages of CMA are not for these requests.
  bool spares_cma = false;
};
// The five lowest bits of a mask: __GFP_DMA to __GFP_RECLAIMABLE.
inline constexpr uint32_t kNrAllocRoutes = 32;

// What the background threads of a node were asked to do.
// Kernel counterpart: kswapd_* and kcompactd_* of pg_data_t.
struct KswapdState {
  bool awake = false;
  int order = 0;
  int highest_zoneidx = kMaxNrZones - 1;
  int failures = 0;
};
struct KcompactdState {
  bool awake = false;
  int max_order = 0;
  int highest_zoneidx = kMaxNrZones - 1;
  bool proactive = false;
};

class MemoryPressure;
class PageUsers;

// A NUMA node: its zones and the order in which requests try zones
// (page-allocator.md 3.2, 3.3).
struct Node {
  NodeId id;
  PfnRange span;
  PageCount present;
  int nr_cpus = 0;
  // By NodeStat. Kept by those who use memory.
  std::array<int64_t, kNrNodeStats> stat{};
  Lruvec lruvec;
  KswapdState kswapd;
  KcompactdState kcompactd;
  // Populated zones of all nodes, nearest node first, highest zone first.
  Zoneref* fallback = nullptr;
  int nr_fallback = 0;
  // The node's own zones only (__GFP_THISNODE).
  Zoneref* own = nullptr;
  int nr_own = 0;
  // Per highest zone index: how many entries at the front of the two lists are
  // too high for a request that may go no higher.
  std::array<uint8_t, kMaxNrZones> skip_fallback{};
  std::array<uint8_t, kMaxNrZones> skip_own{};
  // Of the fallback list, by the lowest bits of the mask.
  std::array<AllocRoute, kNrAllocRoutes> routes;

  // The zones for a request that may go up to `highest_zoneidx`, from the
  // preferred one on.
  absl::Span<const Zoneref> zonelist(int highest_zoneidx,
                                     bool this_node) const {
    if (this_node) [[unlikely]] {
      const int skip = skip_own[highest_zoneidx];
      return {own + skip, static_cast<size_t>(nr_own - skip)};
    }
    const int skip = skip_fallback[highest_zoneidx];
    return {fallback + skip, static_cast<size_t>(nr_fallback - skip)};
  }
};

// Everything the page allocator knows, apart from frames. Lives in the arena;
// plain data, so that a checkpoint of the arena restores it.
struct AllocatorState {
  PhysicalMemory* memory = nullptr;
  AllocatorPolicy policy;

  Node* nodes = nullptr;
  int nr_nodes = 0;
  // nr_nodes * kMaxNrZones, unpopulated zones included.
  Zone* zones = nullptr;
  int nr_zones = 0;
  int nr_cpus = 0;
  // Node of each CPU.
  NodeId* cpu_node = nullptr;
  // Node::routes of that node, for those who ask for no other.
  const AllocRoute** cpu_routes = nullptr;

  // Migratetype of each pageblock of the map.
  uint8_t* pageblock_type = nullptr;
  // 1 for each pageblock that compaction skips (PB_migrate_skip).
  uint8_t* pageblock_skip = nullptr;
  uint64_t nr_pageblocks = 0;
  // Zone of each section whose memory was plugged in, as its id plus 1; 0:
  // the zone that spans it. Null on machines without such memory.
  uint8_t* section_zone = nullptr;

  // GFP bits that are honoured now: early boot cannot reclaim.
  Gfp gfp_allowed_mask;
  int64_t totalreserve_pages = 0;
  // Upper halves below this order become guards (guard_page.h); 0: none.
  int debug_guardpage_minorder = 0;
  VmEvents events;
  // Pages of vmalloc areas (VmallocUsed of /proc/meminfo). Kept by those who
  // use memory.
  int64_t nr_vmalloc_pages = 0;
  // How a flags word is laid out where one is printed.
  PageFlagsLayout page_flags;
  ReportLimits report_limits;

  // May be null. Attached objects outlive the state.
  AllocationHooks* hooks = nullptr;
  TraceSink* trace = nullptr;
  PolicyOracle* oracle = nullptr;
  KernelLog* log = nullptr;
  // Who gets memory back when it is short, and who uses memory: null where
  // nobody does, and an allocation that finds nothing fails.
  MemoryPressure* pressure = nullptr;
  PageUsers* users = nullptr;

  absl::Span<Zone> all_zones() const { return {zones, size_t(nr_zones)}; }
  absl::Span<Node> all_nodes() const { return {nodes, size_t(nr_nodes)}; }
  Zone& ZoneOf(const Page& page) const { return zones[page.zone]; }
  // The zone that `pfn` belongs to, or null in a hole of the map: spans of
  // zones overlap only where memory was plugged in. Linear in zones: not for
  // hot paths.
  Zone* FindZone(Pfn pfn) const;

  Migratetype PageblockType(Pfn pfn) const {
    return static_cast<Migratetype>(
        pageblock_type[pfn.value() >> memory->geometry().pageblock_order]);
  }
  // Kernel counterpart: set_pageblock_migratetype().
  void SetPageblockType(Pfn pfn, Migratetype type) {
    if (policy.page_group_by_mobility_disabled && IsMergeable(type)) {
      type = Migratetype::kUnmovable;
    }
    pageblock_type[pfn.value() >> memory->geometry().pageblock_order] =
        static_cast<uint8_t>(type);
  }
  // Nodes of the zones that hold memory.
  int nr_online_nodes() const { return nr_nodes; }
};

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_ALLOCATOR_STATE_H_

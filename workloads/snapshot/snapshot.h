#ifndef PAGELAB_WORKLOADS_SNAPSHOT_SNAPSHOT_H_
#define PAGELAB_WORKLOADS_SNAPSHOT_SNAPSHOT_H_

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "pagelab/alloc/migratetype.h"
#include "pagelab/alloc/types.h"
#include "pagelab/alloc/zone.h"
#include "pagelab/base/input_stream.h"

namespace pagelab {

// One moment of a real machine's page allocator, every list in its order: the
// file format "pagelab-snapshot 1" (docs/snapshot.md), written by the recording
// kernel's driver and by `pagelab snapshot`.

// "key=value" words of a line, in their order, values as text.
using SnapshotFields = std::vector<std::pair<std::string, std::string>>;

struct SnapshotPcp {
  int cpu = 0;
  int32_t count = 0;
  int32_t high = 0;
  int32_t high_min = 0;
  int32_t high_max = 0;
  int32_t batch = 1;
  uint8_t flags = 0;
  uint8_t alloc_factor = 0;
  // -1 where the kernel is built without NUMA.
  int16_t expire = 0;
  int16_t free_count = 0;
  // Head first.
  std::array<std::vector<Pfn>, kNrPcpLists> lists;
  int stat_threshold = 0;
  // In the order of AllocatorSnapshot::zone_stat_items; empty where the kernel
  // is built for one CPU.
  std::vector<int64_t> vm_stat_diff;
};

struct SnapshotPageblocks {
  PfnRange range;
  // By number, as AllocatorSnapshot::migratetypes names them; -1: no memory
  // map.
  int migratetype = 0;
};

struct SnapshotZone {
  NodeId node;
  int index = 0;
  std::string name;
  bool populated = false;
  PfnRange span;
  PageCount present;
  PageCount managed;
  PageCount cma;
  PageCount present_early;
  std::vector<int64_t> lowmem_reserve;
  // Without the boost.
  std::array<int64_t, kNrWatermarks> watermark{};
  int64_t watermark_boost = 0;
  int64_t nr_reserved_highatomic = 0;
  int64_t nr_free_highatomic = 0;
  uint32_t flags = 0;
  int64_t nr_isolate_pageblock = 0;
  int32_t pageset_high_min = 0;
  int32_t pageset_high_max = 0;
  int32_t pageset_batch = 1;
  // The other words of the "state" line and the whole "compact" line, carried
  // along.
  SnapshotFields other_state;
  SnapshotFields compact;
  // The global counters, in the order of zone_stat_items.
  std::vector<int64_t> vm_stat;
  std::vector<SnapshotPcp> pcps;
  // Head first; by order and migratetype number.
  std::array<std::array<std::vector<Pfn>, kMigrateTypes>, kNrPageOrders> free;
  std::array<uint64_t, kNrPageOrders> nr_free{};
  std::vector<SnapshotPageblocks> pageblocks;
  std::vector<Pfn> pageblock_skip;
};

// The sum over the free lists.
uint64_t ListedFreePages(const SnapshotZone& zone);

struct SnapshotNode {
  NodeId node;
  PfnRange span;
  PageCount present;
  // kswapd_* words.
  SnapshotFields other;
};

// One "zonelist" line: the zones that a request with this highest zone index
// tries on the node it is printed under.
struct SnapshotZonelist {
  NodeId of_node;
  int highest_zoneidx = 0;
  std::vector<std::pair<NodeId, std::string>> zones;
};

struct AllocatorSnapshot {
  std::string label;
  int slot = 0;
  uint64_t sched_clock_ns = 0;
  uint64_t local_clock_ns = 0;
  int cpu = 0;
  int online_cpus = 1;
  std::string trace_action;
  uint64_t vmemmap = 0;
  uint64_t sizeof_struct_page = 64;
  // The "vm" line, all words.
  SnapshotFields vm;
  std::vector<std::string> migratetypes;
  std::vector<std::string> zone_stat_items;
  std::vector<SnapshotNode> nodes;
  std::vector<SnapshotZonelist> zonelists;
  // Unpopulated ones included.
  std::vector<SnapshotZone> zones;

  // Value of a word of the "vm" line, or `otherwise`.
  int64_t VmValue(const std::string& key, int64_t otherwise) const;
};

// Reads a snapshot, perhaps compressed. The error names line and column and
// what would be right. A snapshot whose own check says "errors" or "overflow"
// is refused, one that is cut off (no "end") too.
absl::StatusOr<AllocatorSnapshot> ReadSnapshot(InputStream& input);

// The text of it: reading a recorded snapshot and writing it gives the same
// bytes.
std::string SnapshotText(const AllocatorSnapshot& snapshot);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_SNAPSHOT_SNAPSHOT_H_

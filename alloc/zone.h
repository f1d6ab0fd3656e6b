#ifndef PAGELAB_ALLOC_ZONE_H_
#define PAGELAB_ALLOC_ZONE_H_

#include <array>
#include <cstdint>
#include <string_view>

#include "pagelab/alloc/free_list.h"
#include "pagelab/alloc/migratetype.h"
#include "pagelab/alloc/types.h"

namespace pagelab {

// Zone types of a build without device memory (page-allocator.md 3.1).
enum class ZoneType : uint8_t { kDma = 0, kDma32, kNormal, kMovable };
inline constexpr int kMaxNrZones = 4;

constexpr int Index(ZoneType type) { return static_cast<int>(type); }
// "DMA", "DMA32", "Normal", "Movable".
std::string_view ToString(ZoneType type);

enum class Watermark : uint8_t { kMin = 0, kLow, kHigh, kPromo };
inline constexpr int kNrWatermarks = 4;

// Bits of Zone::flags (page-allocator.md 4.7).
inline constexpr uint32_t kZoneBoostedWatermark = 1u << 0;
inline constexpr uint32_t kZoneReclaimActive = 1u << 1;
inline constexpr uint32_t kZoneBelowHigh = 1u << 2;

// Zone counters that drift by per-cpu differentials (page-allocator.md 20.2).
enum class ZoneStat : uint8_t { kFreePages = 0, kFreeCma };
inline constexpr int kNrZoneStats = 2;

// Zone counters that the allocator does not keep, in the order of
// /proc/zoneinfo: they stand between nr_free_pages and nr_free_cma
// (text-formats.md 7).
enum class ZoneLruStat : uint8_t {
  kInactiveAnon = 0,
  kActiveAnon,
  kInactiveFile,
  kActiveFile,
  kUnevictable,
  kWritePending,
  kMlock,
  kBounce
};
inline constexpr int kNrZoneLruStats = 8;
constexpr int Index(ZoneLruStat stat) { return static_cast<int>(stat); }
// "nr_zone_inactive_anon", ..., "nr_bounce".
std::string_view ToString(ZoneLruStat stat);

// Counters that are exact here: /proc/zoneinfo's numa_* of a zone.
enum class NumaStat : uint8_t {
  kHit = 0,
  kMiss,
  kForeign,
  kInterleave,
  kLocal,
  kOther
};
inline constexpr int kNrNumaStats = 6;
// "numa_hit", ..., "numa_other".
std::string_view ToString(NumaStat stat);

// The free blocks of one order (page-allocator.md 7.2).
struct FreeArea {
  std::array<FreeList, kMigrateTypes> lists;
  // Blocks on all lists of the order, all types.
  uint64_t nr_free = 0;

  FreeList& list(Migratetype type) { return lists[Index(type)]; }
  const FreeList& list(Migratetype type) const { return lists[Index(type)]; }
};

inline constexpr int kNrLoworderPcpLists = 12;
inline constexpr int kNrPcpLists = 14;
inline constexpr uint8_t kPcpPrevFreeHighOrder = 1u << 0;
inline constexpr uint8_t kPcpFreeHighBatch = 1u << 1;

// The pages that one CPU keeps of one zone (page-allocator.md 12.1).
// Kernel counterpart: struct per_cpu_pages and struct per_cpu_zonestat.
struct PerCpuPages {
  int32_t count = 0;
  int32_t high = 0;
  int32_t high_min = 0;
  int32_t high_max = 0;
  int32_t batch = 1;
  int16_t free_count = 0;
  uint8_t alloc_factor = 0;
  uint8_t flags = 0;
  uint8_t expire = 0;
  // The lock found taken: operations that meet it go to the zone directly
  // (page-allocator.md 20.4).
  bool locked = false;
  int16_t stat_threshold = 0;
  std::array<int16_t, kNrZoneStats> vm_stat_diff{};
  // Index 3 * order + migratetype for orders 0 to 3, then the two of order 9.
  std::array<FreeList, kNrPcpLists> lists;
};

// Where compaction of a zone stands (page-allocator.md 17.1, 17.5).
struct CompactState {
  // By MigrateMode: asynchronous, and synchronous.
  std::array<Pfn, 2> cached_migrate_pfn{};
  Pfn cached_free_pfn;
  uint32_t considered = 0;
  int32_t defer_shift = 0;
  int32_t order_failed = 0;
  bool blockskip_flush = false;
};

// One zone of one node: its free blocks, limits and counters. Pure state; the
// rules live in page_allocator.h. Lives in the machine's arena.
//
// Invariants, all checked by Verify() (verify.h): page-allocator.md 22.
//
// Kernel counterpart: struct zone.
struct Zone {
  // What every request reads lies in the first two cache lines, counters that
  // it writes in the third: one zone serves nearly all of them.
  NodeId node;
  ZoneType type = ZoneType::kDma;
  // node * kMaxNrZones + type: how a Page names its zone.
  uint8_t id = 0;
  uint32_t flags = 0;
  // One per CPU of the machine.
  PerCpuPages* pcp = nullptr;
  // The global part of the drifting counters; readers floor it at 0.
  std::array<int64_t, kNrZoneStats> vm_stat{};
  int64_t nr_free_highatomic = 0;
  int64_t watermark_boost = 0;
  // By type, a bit for each order whose list is not empty, so that nobody
  // looks through eleven lists for a block.
  std::array<uint16_t, kMigrateTypes> listed_orders{};
  // Without the boost; readers add it (page-allocator.md 4.1).
  std::array<int64_t, kNrWatermarks> watermark{};
  std::array<int64_t, kMaxNrZones> lowmem_reserve{};

  std::array<uint64_t, kNrNumaStats> numa_stat{};
  int64_t nr_reserved_highatomic = 0;
  int64_t nr_isolate_pageblock = 0;

  std::array<FreeArea, kNrPageOrders> free_area;

  PfnRange span;
  PageCount present;
  PageCount managed;
  PageCount cma;

  // Limits as last computed, for CPUs that come later and for snapshots.
  int32_t pageset_batch = 1;
  int32_t pageset_high_min = 0;
  int32_t pageset_high_max = 0;

  // By ZoneLruStat. Kept by those who use memory.
  std::array<int64_t, kNrZoneLruStats> lru_stat{};

  CompactState compact;

  bool populated() const { return present > PageCount(0); }
  int64_t WatermarkPages(Watermark mark) const {
    return watermark[static_cast<int>(mark)] + watermark_boost;
  }
  uint64_t StatPages(ZoneStat stat) const {
    const int64_t value = vm_stat[static_cast<int>(stat)];
    return value < 0 ? 0 : static_cast<uint64_t>(value);
  }
};

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_ZONE_H_

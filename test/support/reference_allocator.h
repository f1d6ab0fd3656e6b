// A second page allocator, written from page-allocator.md alone, the slow and
// obvious way: lists are deques of pfns, nothing is shared with alloc/ but the
// numbers a machine starts from. The real one is compared with it.

#ifndef PAGELAB_TEST_SUPPORT_REFERENCE_ALLOCATOR_H_
#define PAGELAB_TEST_SUPPORT_REFERENCE_ALLOCATOR_H_

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "pagelab/alloc/allocator_state.h"

namespace pagelab {

class ReferenceAllocator {
 public:
  using Result = std::optional<uint64_t>;

  // Takes over lists, types and limits as they are.
  explicit ReferenceAllocator(const AllocatorState& state);

  // Who asks.
  int cpu = 0;
  bool memalloc = false;
  bool oom_victim = false;

  // The entry points, as in page_allocator.h. `node` -1: that of the cpu.
  Result Alloc(uint32_t gfp, int order, int node);
  void Free(uint64_t pfn, int order);
  void FreeFolios(const std::vector<std::pair<uint64_t, int>>& folios);
  std::vector<uint64_t> Bulk(uint32_t gfp, int node, size_t count);
  Result Exact(uint32_t gfp, int node, uint64_t count);
  void Split(uint64_t pfn, int old_order, int new_order);
  void TakeReference(uint64_t pfn) { ++used_.at(pfn).references; }
  void SetLru(uint64_t pfn, bool lru) { used_.at(pfn).lru = lru; }
  void DrainPages(int zone, int of_cpu);
  void DrainAll();
  void VmstatUpdate(int on_cpu);
  void SetReclaimActive(int zone, bool active);
  void SetPcpLocked(int zone, int of_cpu, bool locked);
  bool Unreserve(int node, int highest, int mt, bool force);

  // A block that was in use before, which the state does not tell.
  void Use(uint64_t pfn, int order, bool lru = false) {
    used_[pfn] = {order, ZoneOfPfn(pfn), 1, false, lru};
  }
  // Blocks of a list, head first.
  std::vector<uint64_t> FreeBlocks(int zone, int order, int mt) const;
  std::vector<uint64_t> PcpBlocks(int zone, int list) const;

  // What happened since the last call, in the words of TraceLines.
  std::vector<std::string> TakeEvents();

  // The first difference to the real state; empty if there is none.
  std::string Difference(const AllocatorState& state) const;

 private:
  static constexpr int kU = 0, kM = 1, kR = 2, kH = 3, kC = 4, kI = 5;

  struct Pcp {
    std::array<std::deque<uint64_t>, 14> lists;
    int count = 0, high = 0, high_min = 0, high_max = 0, batch = 1;
    int free_count = 0, alloc_factor = 0, expire = 0;
    bool prev_high_order = false, free_high_batch = false, locked = false;
    int threshold = 0;
    std::array<long, 2> diff{};
  };
  struct RefZone {
    bool populated = false;
    int id = 0, node = 0, index = 0;
    uint64_t start = 0, end = 0;
    long managed = 0;
    std::array<long, 4> mark{};
    long boost = 0;
    std::array<long, 4> reserve{};
    bool boosted = false, reclaim = false, below_high = false;
    std::array<std::array<std::deque<uint64_t>, 6>, 11> lists;
    // NR_FREE_PAGES and NR_FREE_CMA_PAGES without differentials.
    std::array<long, 2> stat{};
    long free_highatomic = 0, reserved_highatomic = 0;
    std::vector<Pcp> pcp;
  };
  struct FreeBlock {
    int order, zone;
  };
  struct UsedBlock {
    int order, zone, references;
    bool compound, lru;
  };
  enum class Mode { kNormal, kCma, kSteal };
  struct Context {
    uint32_t gfp;
    int order, mt, highest;
    std::vector<int> zonelist;
  };

  void CopyZone(const AllocatorState& state, const Zone& zone);
  int ZoneOfPfn(uint64_t pfn) const;
  static std::string ZoneDifference(const RefZone& z,
                                    const AllocatorState& state);
  static std::string PcpDifference(const Pcp& p, const PerCpuPages& pcp,
                                   const AllocatorState& state);
  void Event(std::string text) { events_.push_back(std::move(text)); }

  int& TypeOf(uint64_t pfn) { return types_[pfn >> pageblock_order_]; }
  void SetType(uint64_t pfn, int mt);
  long block_pages() const { return 1L << pageblock_order_; }
  bool PcpOrder(int order) const { return order <= 3 || (order == 9 && thp_); }
  static int ListIndex(int order, int mt) {
    return order == 9 ? (mt == kM ? 13 : 12) : 3 * order + mt;
  }
  static int OrderOfList(int i) { return i >= 12 ? 9 : i / 3; }

  // 7, 8, 9
  void Mod(RefZone& z, int item, long n);
  void Account(RefZone& z, long n, int mt);
  void Add(RefZone& z, uint64_t pfn, int order, int mt, bool tail);
  void Del(RefZone& z, uint64_t pfn, int order, int mt);
  void Move(RefZone& z, uint64_t pfn, int order, int from, int to);
  bool IsFree(const RefZone& z, uint64_t pfn, int order) const;
  long NrFree(const RefZone& z, int order) const;
  void FreeOne(RefZone& z, uint64_t pfn, int order, int mt, bool to_tail);
  void FreeDirect(RefZone& z, uint64_t pfn, int order, bool to_tail);
  void Expand(RefZone& z, uint64_t pfn, int low, int high, int mt);
  Result Smallest(RefZone& z, int order, int mt);
  Result Take(RefZone& z, int order, int mt, uint32_t flags, Mode& mode);
  Result FromBuddy(RefZone& z, int order, int mt, uint32_t flags);

  // 10, 21
  bool CanSteal(int order, int mt) const;
  std::optional<int> FallbackType(const RefZone& z, int order, int mt) const;
  void Boost(RefZone& z, uint32_t flags);
  bool BlockInZone(const RefZone& z, uint64_t start) const;
  void CountBlock(const RefZone& z, uint64_t start, long& free, long& movable);
  void MoveBlock(RefZone& z, uint64_t start, int from, int to);
  bool ClaimBlock(RefZone& z, uint64_t pfn, int mt);
  uint64_t TakeWhole(RefZone& z, uint64_t pfn, int cur, int order, int mt);
  uint64_t TakeSingle(RefZone& z, uint64_t pfn, int cur, int order, int fb);
  Result Claim(RefZone& z, int order, int mt, uint32_t flags);
  Result Steal(RefZone& z, int order, int mt);
  Result Early(RefZone& z, int order, int mt, uint32_t flags);
  void Extfrag(uint64_t pfn, int order, int cur, int mt, int fb);

  // 11
  void ReserveHighatomic(RefZone& z, uint64_t pfn, int order);
  bool Unreserve(const Context& ac, bool force);

  // 12
  Result PcpAlloc(RefZone& z, int order, int mt, uint32_t flags, bool halve);
  int NrAlloc(RefZone& z, Pcp& p, int order);
  int NrHigh(RefZone& z, Pcp& p, bool free_high);
  static int NrFreeCount(const Pcp& p, int high, bool free_high);
  void Commit(RefZone& z, uint64_t pfn, int mt, int order);
  void Drain(RefZone& z, Pcp& p, int n, int start);
  void Decay(RefZone& z, Pcp& p);

  // 13, 14
  long Stat(const RefZone& z, int item) const {
    return std::max(0L, z.stat[static_cast<size_t>(item)]);
  }
  bool Ok(const RefZone& z, int order, long mark, int hz, uint32_t flags,
          long free) const;
  bool Fast(const RefZone& z, int order, long mark, int hz,
            uint32_t flags) const;
  std::optional<Context> MakeContext(uint32_t gfp, int order, int node);
  uint32_t CmaFlag(int mt) const;
  Result GetPage(const Context& ac, uint32_t flags);
  Result SlowPath(const Context& ac);

  // 8.3, 12.5
  bool Prepare(uint64_t pfn, int order);
  void FreeUnref(uint64_t pfn, int order, bool to_tail);

  bool early_, cma_, thp_, grouping_disabled_;
  int pageblock_order_, batch_scale_max_;
  long boost_factor_;
  std::vector<RefZone> zones_;
  std::vector<int> types_;
  std::vector<int> cpu_node_;
  // Zones in order, and whether NOFRAGMENT applies, per node.
  struct NodeLists {
    std::vector<int> fallback, own;
    bool nofragment;
  };
  std::vector<NodeLists> node_lists_;
  std::map<uint64_t, FreeBlock> free_;
  std::map<uint64_t, UsedBlock> used_;
  uint64_t pgfree_ = 0;
  std::vector<std::string> events_;
};

}  // namespace pagelab

#endif  // PAGELAB_TEST_SUPPORT_REFERENCE_ALLOCATOR_H_

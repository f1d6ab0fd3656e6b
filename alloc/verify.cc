#include "pagelab/alloc/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "pagelab/alloc/buddy.h"
#include "pagelab/alloc/free_area_ops.h"
#include "pagelab/alloc/pcp_tuning.h"
#include "pagelab/alloc/verify_lru.h"

namespace pagelab {
namespace {

constexpr size_t kMostFindings = 100;

// A node of a list, or a head met while walking over memory.
struct Head {
  Pfn pfn;
  PageState state;
  friend auto operator<=>(const Head&, const Head&) = default;
};

// What one zone's lists and memory add up to.
struct ZoneTotals {
  std::array<int64_t, kMigrateTypes> free{};
  // Buddy, per-cpu, allocated, private and guard pages met in memory.
  int64_t seen = 0;
};

class Verifier {
 public:
  explicit Verifier(const AllocatorState& state)
      : state_(state),
        memory_(*state.memory),
        totals_(static_cast<size_t>(state.nr_zones)) {}

  std::vector<std::string> Run() {
    for (const Zone& zone : state_.all_zones()) {
      if (zone.populated()) CheckLists(zone);
    }
    WalkMemory();
    CompareHeads();
    for (const Zone& zone : state_.all_zones()) {
      if (zone.populated()) CheckCounters(zone);
    }
    for (std::string& finding : VerifyLru(state_, lru_met_)) {
      if (findings_.size() < kMostFindings) {
        findings_.push_back(std::move(finding));
      }
    }
    return std::move(findings_);
  }

 private:
  template <typename... Args>
  void Find(const Zone& zone, std::string_view invariant,
            fmt::format_string<Args...> format, Args&&... args) {
    if (findings_.size() >= kMostFindings) return;
    findings_.push_back(fmt::format(
        "{}: Node {}, zone {}: {}", invariant, zone.node.value(),
        ToString(zone.type), fmt::format(format, std::forward<Args>(args)...)));
  }

  ZoneTotals& totals(const Zone& zone) { return totals_[zone.id]; }

  void CheckLists(const Zone& zone);
  void CheckFreeList(const Zone& zone, Order order, Migratetype type,
                     uint64_t& blocks);
  void CheckFreeNode(const Zone& zone, const Page& page, Order order,
                     Migratetype type);
  void CheckBlockTypes(const Zone& zone, PfnRange range, Migratetype type);
  void CheckPcp(const Zone& zone, int cpu);
  int64_t CountPcpList(const Zone& zone, int cpu, int list);
  void CheckTuning(const Zone& zone, int cpu);

  void WalkMemory();
  Pfn VisitHead(const Page& page);
  Pfn VisitOrphans(Pfn begin);
  void CheckGuard(const Zone& zone, const Page& guard);
  void CheckInside(const Zone& zone, PfnRange block);
  void CompareHeads();

  void CheckCounters(const Zone& zone);
  void CheckStat(const Zone& zone, ZoneStat stat, std::string_view invariant,
                 int64_t expected);
  void CheckPageblocks(const Zone& zone);

  const AllocatorState& state_;
  const PhysicalMemory& memory_;
  std::vector<ZoneTotals> totals_;
  std::vector<Head> listed_;
  std::vector<Head> met_;
  // Blocks that say they are on an LRU list, ascending.
  std::vector<Pfn> lru_met_;
  std::vector<std::string> findings_;
};

PfnRange RangeOf(const PhysicalMemory& memory, const Page& head) {
  const Pfn begin = memory.PfnOf(&head);
  const uint64_t blocks =
      head.state == PageState::kBuddy ? uint64_t{1} + head.extra_blocks : 1;
  return {begin, begin + PageCount(blocks * head.order().pages())};
}

void Verifier::CheckLists(const Zone& zone) {
  for (int order = 0; order < kNrPageOrders; ++order) {
    uint64_t blocks = 0;
    for (int type = 0; type < kMigrateTypes; ++type) {
      CheckFreeList(zone, Order(order), static_cast<Migratetype>(type), blocks);
    }
    const uint64_t nr_free = zone.free_area[order].nr_free;
    if (blocks != nr_free) {
      Find(zone, "I3", "order {}: nr_free is {}, the lists hold {} blocks",
           order, nr_free, blocks);
    }
  }
  for (int cpu = 0; cpu < state_.nr_cpus; ++cpu) CheckPcp(zone, cpu);
}

void Verifier::CheckFreeList(const Zone& zone, Order order, Migratetype type,
                             uint64_t& blocks) {
  const FreeArea& area = zone.free_area[order.value()];
  const bool noted = (zone.listed_orders[Index(type)] & order.pages()) != 0;
  if (noted == area.list(type).empty()) {
    Find(zone, "L1", "order {}, type {}: the list is {}, listed_orders says {}",
         order.value(), ToString(type), noted ? "empty" : "not empty",
         noted ? "not empty" : "empty");
  }
  for (const Page& page : area.list(type)) {
    blocks += uint64_t{1} + page.extra_blocks;
    totals(zone).free[Index(type)] +=
        static_cast<int64_t>((uint64_t{1} + page.extra_blocks) * order.pages());
    CheckFreeNode(zone, page, order, type);
    listed_.push_back({memory_.PfnOf(&page), PageState::kBuddy});
    // A list that does not end: the count has to.
    if (blocks > area.nr_free) break;
  }
}

void Verifier::CheckFreeNode(const Zone& zone, const Page& page, Order order,
                             Migratetype type) {
  const Pfn pfn = memory_.PfnOf(&page);
  if (page.state != PageState::kBuddy || page.order() != order ||
      page.zone != zone.id) {
    Find(zone, "P1",
         "pfn {:#x} on the list of order {} type {} has state {}, order {}, "
         "zone {}",
         pfn.value(), order.value(), ToString(type),
         static_cast<int>(page.state), page.order().value(), int{page.zone});
    return;
  }
  if (page.extra_blocks != 0 && order != Order(kMaxPageOrder)) {
    Find(zone, "R1", "pfn {:#x} of order {} heads a run of {} more blocks",
         pfn.value(), order.value(), page.extra_blocks);
  }
  const PfnRange range = RangeOf(memory_, page);
  if (!pfn.IsAlignedTo(order) || range.begin < zone.span.begin ||
      range.end > zone.span.end) {
    Find(zone, "I1",
         "pfn {:#x} of order {} is not aligned or not inside the zone",
         pfn.value(), order.value());
  }
  CheckBlockTypes(zone, range, type);
  if (order >= memory_.pageblock_order()) return;
  const Pfn buddy = BuddyOf(pfn, order);
  if (pfn < buddy && IsFreeBlock(*memory_.PageAt(buddy), order, zone)) {
    Find(zone, "I5", "pfn {:#x} and its buddy {:#x} are both free at order {}",
         pfn.value(), buddy.value(), order.value());
  }
}

void Verifier::CheckBlockTypes(const Zone& zone, PfnRange range,
                               Migratetype type) {
  const int shift = memory_.geometry().pageblock_order;
  const uint64_t last = (range.end.value() - 1) >> shift;
  for (uint64_t i = range.begin.value() >> shift; i <= last; ++i) {
    const auto found = static_cast<Migratetype>(state_.pageblock_type[i]);
    // Without grouping, ordinary types are all the same (2.4).
    const bool alike = state_.policy.page_group_by_mobility_disabled &&
                       IsMergeable(found) && IsMergeable(type);
    if (found == type || alike) continue;
    Find(zone, "I4", "pfn {:#x} is on a list of {}, its pageblock is {}",
         std::max(range.begin.value(), i << shift), ToString(type),
         ToString(found));
    return;
  }
}

int64_t Verifier::CountPcpList(const Zone& zone, int cpu, int list) {
  const Order order = OrderOfPcpList(list);
  // No list can hold more than the zone has.
  const uint64_t most = zone.managed.value() >> order.value();
  uint64_t entries = 0;
  for (const Page& page : zone.pcp[cpu].lists[list]) {
    if (++entries > most) break;
    const Pfn pfn = memory_.PfnOf(&page);
    listed_.push_back({pfn, PageState::kPcp});
    if (page.state != PageState::kPcp || page.order() != order ||
        page.zone != zone.id || !pfn.IsAlignedTo(order)) {
      Find(zone, "I12",
           "cpu {} list {}: pfn {:#x} has state {}, order {}, zone {}", cpu,
           list, pfn.value(), static_cast<int>(page.state),
           page.order().value(), int{page.zone});
    }
    if (page.extra_blocks != 0) {
      Find(zone, "P3", "cpu {} list {}: pfn {:#x} is still charged: {:#x}", cpu,
           list, pfn.value(), page.extra_blocks);
    }
  }
  return static_cast<int64_t>(entries * order.pages());
}

void Verifier::CheckPcp(const Zone& zone, int cpu) {
  int64_t pages = 0;
  for (int list = 0; list < kNrPcpLists; ++list) {
    pages += CountPcpList(zone, cpu, list);
  }
  const int32_t count = zone.pcp[cpu].count;
  if (count != pages) {
    Find(zone, "I11", "cpu {}: count is {}, the lists hold {} pages", cpu,
         count, pages);
  }
  CheckTuning(zone, cpu);
}

void Verifier::CheckTuning(const Zone& zone, int cpu) {
  const PerCpuPages& pcp = zone.pcp[cpu];
  for (const int16_t diff : pcp.vm_stat_diff) {
    if (std::abs(diff) > pcp.stat_threshold) {
      Find(zone, "I8", "cpu {}: a differential of {} is over the threshold {}",
           cpu, diff, pcp.stat_threshold);
    }
  }
  if (pcp.batch < 1 || pcp.high_min > pcp.high_max || pcp.high_min < 0) {
    Find(zone, "I13", "cpu {}: batch {}, high_min {}, high_max {}", cpu,
         pcp.batch, pcp.high_min, pcp.high_max);
  }
  const int most = (pcp.batch << 5) + static_cast<int>(kPcpThpOrder.pages());
  if (pcp.alloc_factor > state_.policy.pcp_batch_scale_max ||
      pcp.free_count < 0 || pcp.free_count >= most) {
    Find(zone, "I14", "cpu {}: alloc_factor {}, free_count {} of at most {}",
         cpu, int{pcp.alloc_factor}, pcp.free_count, most - 1);
  }
}

void Verifier::WalkMemory() {
  for (Pfn pfn(0); pfn < memory_.end_pfn();) {
    if (!memory_.IsValid(pfn)) {
      pfn =
          Pfn((memory_.SectionOf(pfn) + 1) << memory_.geometry().section_order);
      continue;
    }
    const Page& page = *memory_.PageAt(pfn);
    if (page.state != PageState::kNone) {
      pfn = VisitHead(page);
      continue;
    }
    const PfnRange reserved = memory_.reserved().FindFrom(pfn);
    pfn = reserved.Contains(pfn) ? reserved.end : VisitOrphans(pfn);
  }
}

// Returns where to go on.
Pfn Verifier::VisitHead(const Page& page) {
  const PfnRange range = RangeOf(memory_, page);
  if (page.zone >= state_.nr_zones) {
    Find(state_.zones[0], "P1", "pfn {:#x} names zone {}", range.begin.value(),
         int{page.zone});
    return range.begin + PageCount(1);
  }
  const Zone& zone = state_.ZoneOf(page);
  totals(zone).seen += static_cast<int64_t>(range.size().value());
  if (page.state == PageState::kBuddy || page.state == PageState::kPcp) {
    met_.push_back({range.begin, page.state});
  }
  if (range.begin < zone.span.begin || range.end > zone.span.end ||
      !range.begin.IsAlignedTo(page.order())) {
    Find(zone, "I1", "pfn {:#x} of order {}, state {}, is not in the zone",
         range.begin.value(), page.order().value(),
         static_cast<int>(page.state));
    return range.begin + PageCount(1);
  }
  if (page.state == PageState::kAllocated && page.flags.Has(page_flag::kLru)) {
    lru_met_.push_back(range.begin);
  }
  if (page.pte != 0 && page.state != PageState::kAllocated) {
    Find(zone, "P4", "pfn {:#x}, state {}, is mapped: pte is {:#x}",
         range.begin.value(), static_cast<int>(page.state), int{page.pte});
  }
  const PfnRange reserved = memory_.reserved().FindFrom(range.begin);
  if (reserved.begin < range.end) {
    Find(zone, "I2", "pfn {:#x} of order {} covers the reserved pfn {:#x}",
         range.begin.value(), page.order().value(), reserved.begin.value());
  }
  if (page.state == PageState::kGuard) CheckGuard(zone, page);
  if (page.extra_blocks == 0 || page.state != PageState::kBuddy) {
    CheckInside(zone, range);
  }
  return range.end;
}

// A guard is small, and merged as soon as its other half is free.
void Verifier::CheckGuard(const Zone& zone, const Page& guard) {
  const Pfn pfn = memory_.PfnOf(&guard);
  const Order order = guard.order();
  const Pfn buddy = BuddyOf(pfn, order);
  if (order.value() >= state_.debug_guardpage_minorder) {
    Find(zone, "G1", "pfn {:#x} is a guard of order {}, guards are below {}",
         pfn.value(), order.value(), state_.debug_guardpage_minorder);
  } else if (IsFreeBlock(*memory_.PageAt(buddy), order, zone)) {
    Find(zone, "G1",
         "pfn {:#x} is a guard of order {}, its buddy {:#x} is free",
         pfn.value(), order.value(), buddy.value());
  }
}

// The inside of a run was never touched; that of a block says nothing.
void Verifier::CheckInside(const Zone& zone, PfnRange block) {
  for (Pfn pfn = block.begin + PageCount(1); pfn < block.end; ++pfn) {
    if (memory_.PageAt(pfn)->state == PageState::kNone) continue;
    Find(zone, "I2", "pfn {:#x} heads a block inside the block at {:#x}",
         pfn.value(), block.begin.value());
    return;
  }
}

Pfn Verifier::VisitOrphans(Pfn begin) {
  Pfn end = begin + PageCount(1);
  while (end < memory_.end_pfn() && memory_.IsValid(end) &&
         memory_.PageAt(end)->state == PageState::kNone &&
         !memory_.reserved().Contains(end)) {
    ++end;
  }
  if (memory_.has_unknown_frames()) return end;
  const Zone* zone = state_.FindZone(begin);
  Find(zone != nullptr ? *zone : state_.zones[0], "I20",
       "pfns {:#x} to {:#x} are not reserved and in no block", begin.value(),
       end.value() - 1);
  return end;
}

// What memory says is on a list must be what is on the lists, once each.
void Verifier::CompareHeads() {
  std::sort(listed_.begin(), listed_.end());
  for (size_t i = 0, j = 0; i < listed_.size() || j < met_.size();) {
    if (j == met_.size() || (i < listed_.size() && listed_[i] < met_[j])) {
      const Zone& zone = state_.ZoneOf(*memory_.PageAt(listed_[i].pfn));
      Find(zone, "I2",
           "pfn {:#x} is on a list twice, reserved or inside a block",
           listed_[i++].pfn.value());
    } else if (i == listed_.size() || met_[j] < listed_[i]) {
      const Zone& zone = state_.ZoneOf(*memory_.PageAt(met_[j].pfn));
      Find(zone, "I2", "pfn {:#x} says it is free and is on no list",
           met_[j++].pfn.value());
    } else {
      ++i;
      ++j;
    }
  }
}

void Verifier::CheckStat(const Zone& zone, ZoneStat stat,
                         std::string_view invariant, int64_t expected) {
  const int item = static_cast<int>(stat);
  int64_t sum = zone.vm_stat[item];
  for (int cpu = 0; cpu < state_.nr_cpus; ++cpu) {
    sum += zone.pcp[cpu].vm_stat_diff[item];
  }
  if (sum == expected) return;
  Find(zone, invariant, "{} is {} with differentials, the lists hold {}",
       stat == ZoneStat::kFreeCma ? "nr_free_cma" : "nr_free_pages", sum,
       expected);
}

void Verifier::CheckCounters(const Zone& zone) {
  const ZoneTotals& sums = totals(zone);
  int64_t free = 0;
  for (const int64_t pages : sums.free) free += pages;
  free -= sums.free[Index(Migratetype::kIsolate)];
  CheckStat(zone, ZoneStat::kFreePages, "I7", free);
  CheckStat(zone, ZoneStat::kFreeCma, "I9",
            sums.free[Index(Migratetype::kCma)]);
  const int64_t highatomic = sums.free[Index(Migratetype::kHighAtomic)];
  if (zone.nr_free_highatomic != highatomic) {
    Find(zone, "I9", "nr_free_highatomic is {}, the lists hold {}",
         zone.nr_free_highatomic, highatomic);
  }
  CheckPageblocks(zone);
  const auto managed = static_cast<int64_t>(zone.managed.value());
  // Frames in use from before a snapshot are in no block.
  if (memory_.has_unknown_frames() ? sums.seen > managed
                                   : sums.seen != managed) {
    Find(zone, "I20", "{} pages are managed, {} are in blocks",
         zone.managed.value(), sums.seen);
  }
  const int64_t most =
      std::max<int64_t>(static_cast<int64_t>(memory_.pageblock_order().pages()),
                        zone.watermark[static_cast<int>(Watermark::kHigh)] *
                            state_.policy.watermark_boost_factor / 10000);
  if (zone.watermark_boost < 0 || zone.watermark_boost > most) {
    Find(zone, "I21", "the boost is {}, at most {} is allowed",
         zone.watermark_boost, most);
  }
}

void Verifier::CheckPageblocks(const Zone& zone) {
  const int shift = memory_.geometry().pageblock_order;
  const uint8_t* begin =
      state_.pageblock_type + (zone.span.begin.value() >> shift);
  const uint8_t* end =
      state_.pageblock_type + ((zone.span.end.value() - 1) >> shift) + 1;
  const auto count = [&](Migratetype type) {
    return static_cast<int64_t>(
        std::count(begin, end, static_cast<uint8_t>(type)));
  };
  const int64_t reserved = count(Migratetype::kHighAtomic) << shift;
  if (zone.nr_reserved_highatomic != reserved) {
    Find(zone, "I10", "nr_reserved_highatomic is {}, pageblocks hold {}",
         zone.nr_reserved_highatomic, reserved);
  }
  const int64_t pageblock = int64_t{1} << shift;
  const auto percent = static_cast<int64_t>(zone.managed.value() / 100);
  // Rounded up to whole pageblocks; the last block reserved may be larger.
  const int64_t most = percent < pageblock
                           ? 0
                           : (percent + pageblock - 1) / pageblock * pageblock +
                                 static_cast<int64_t>(kMaxOrderNrPages) -
                                 pageblock;
  if (zone.nr_reserved_highatomic > most) {
    Find(zone, "I10", "nr_reserved_highatomic is {}, at most {} is allowed",
         zone.nr_reserved_highatomic, most);
  }
  const int64_t isolated = count(Migratetype::kIsolate);
  if (zone.nr_isolate_pageblock != isolated) {
    Find(zone, "T1", "nr_isolate_pageblock is {}, there are {}",
         zone.nr_isolate_pageblock, isolated);
  }
}

}  // namespace

std::vector<std::string> Verify(const AllocatorState& state) {
  return Verifier(state).Run();
}

}  // namespace pagelab

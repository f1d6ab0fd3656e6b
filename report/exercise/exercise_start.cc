// From the start of an exercise to a snapshot, which makes an allocator.

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "pagelab/alloc/pcp_tuning.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/report/exercise/exercise_run.h"
#include "pagelab/report/pfn_text.h"
#include "pagelab/sim/machine.h"
#include "pagelab/workloads/library.h"
#include "pagelab/workloads/snapshot/snapshot_machine.h"

namespace pagelab {
namespace {

constexpr std::array<std::pair<ZoneType, uint64_t>, 3> kZoneEnds = {
    {{ZoneType::kDma, 0x1000},
     {ZoneType::kDma32, 0x100000},
     {ZoneType::kNormal, UINT64_MAX}}};

absl::Status WrongAt(const std::string& file, TextPosition position,
                     const std::string& what) {
  return InvalidInputAt({file, position.line, position.column}, what);
}

ZoneType ZoneOf(Pfn pfn) {
  for (const auto& [type, end] : kZoneEnds) {
    if (pfn.value() < end) return type;
  }
  return ZoneType::kNormal;
}

// The type of each pageblock of the zone, and who said so.
class PageblockTypes {
 public:
  PageblockTypes(const std::string& file, const ExerciseStart& start)
      : file_(file),
        start_(start),
        first_(AlignDown(start.begin, start.pageblock_order)),
        types_(NrBlocks(start), -1) {}

  absl::Status Set(TextPosition position, PfnRange range, Migratetype type) {
    const uint64_t step = start_.pageblock_order.pages();
    for (uint64_t pfn = range.begin.value(); pfn < range.end.value();
         pfn = (pfn / step + 1) * step) {
      int& known = types_[(pfn - first_.value()) / step];
      if (known >= 0 && known != Index(type)) {
        return WrongAt(
            file_, position,
            "the pageblock of " + PfnText(Pfn(pfn)) + " is " +
                std::string(ToString(static_cast<Migratetype>(known))) +
                " already: all free blocks of a pageblock have its type");
      }
      known = Index(type);
    }
    return absl::OkStatus();
  }

  std::vector<SnapshotPageblocks> Ranges() const {
    std::vector<SnapshotPageblocks> ranges;
    const PageCount step(start_.pageblock_order.pages());
    Pfn at = first_;
    for (const int known : types_) {
      const int type = known < 0 ? Index(Migratetype::kMovable) : known;
      if (!ranges.empty() && ranges.back().migratetype == type) {
        ranges.back().range.end += step;
      } else {
        ranges.push_back({.range = {at, at + step}, .migratetype = type});
      }
      at += step;
    }
    return ranges;
  }

 private:
  static size_t NrBlocks(const ExerciseStart& start) {
    const Pfn first = AlignDown(start.begin, start.pageblock_order);
    const Pfn end =
        AlignUp(start.begin + PageCount(start.pages), start.pageblock_order);
    return (end - first).value() >> start.pageblock_order.value();
  }

  const std::string& file_;
  const ExerciseStart& start_;
  const Pfn first_;
  std::vector<int> types_;
};

bool IsInside(const ExerciseStart& start, Pfn begin, Pfn end) {
  return begin >= start.begin && begin < end &&
         end <= start.begin + PageCount(start.pages);
}

absl::Status CheckStart(const std::string& file, const ExerciseStart& start) {
  const Pfn last = start.begin + PageCount(start.pages - 1);
  if (ZoneOf(start.begin) != ZoneOf(last)) {
    return WrongAt(file, start.position,
                   "memory from " + PfnText(start.begin) + " to " +
                       PfnText(last) +
                       " lies in two zones; they end at 0x1000 and 0x100000");
  }
  if (start.min > start.low || start.low > start.high) {
    return WrongAt(file, start.position,
                   "watermarks must rise: min <= low <= high");
  }
  if (start.pcp_high_min > start.pcp_high_max) {
    return WrongAt(file, start.position,
                   "\"pcp_high_min\" must not be above \"pcp_high_max\"");
  }
  return absl::OkStatus();
}

TextPosition PositionOfBlock(const ExerciseList& list, size_t block) {
  return list.block_positions.empty() ? list.position
                                      : list.block_positions[block];
}

// Which block each frame of memory is in.
class FrameOwners {
 public:
  FrameOwners(const std::string& file, const ExerciseStart& start)
      : file_(file), start_(start), owners_(start.pages) {}

  absl::Status Add(const std::vector<ExerciseList>& lists,
                   const std::string& of) {
    for (const ExerciseList& list : lists) {
      for (size_t i = 0; i < list.blocks.size(); ++i) {
        const Pfn pfn = list.blocks[i];
        names_.push_back("block " + PfnText(pfn) + " of " + of + NameOf(list));
        PAGELAB_RETURN_IF_ERROR(
            AddBlock(PositionOfBlock(list, i), pfn, list.order));
      }
    }
    return absl::OkStatus();
  }

 private:
  // The last of `names_`.
  absl::Status AddBlock(TextPosition position, Pfn pfn, Order order) {
    const Pfn end = pfn + PageCount(order.pages());
    if (!pfn.IsAlignedTo(order)) {
      return WrongAt(file_, position,
                     names_.back() + ": " + PfnText(pfn) +
                         " is no multiple of " +
                         Counted(order.pages(), "page"));
    }
    if (!IsInside(start_, pfn, end)) {
      return WrongAt(file_, position,
                     names_.back() + " does not lie in memory");
    }
    for (Pfn frame = pfn; frame < end; ++frame) {
      size_t& owner = owners_[(frame - start_.begin).value()];
      if (owner != 0) {
        return WrongAt(file_, position,
                       names_.back() + ": frame " + PfnText(frame) +
                           " is on a list already, in " + names_[owner - 1]);
      }
      owner = names_.size();
    }
    return absl::OkStatus();
  }

  const std::string& file_;
  const ExerciseStart& start_;
  std::vector<std::string> names_;
  // Index of its name, plus 1; 0: none.
  std::vector<size_t> owners_;
};

absl::Status AddFreeLists(const ExerciseStart& start, PageblockTypes& types,
                          SnapshotZone& zone) {
  for (const ExerciseList& list : start.lists.free) {
    const auto order = static_cast<size_t>(list.order.value());
    for (size_t i = 0; i < list.blocks.size(); ++i) {
      const Pfn pfn = list.blocks[i];
      const Pfn end = pfn + PageCount(list.order.pages());
      PAGELAB_RETURN_IF_ERROR(
          types.Set(PositionOfBlock(list, i), {pfn, end}, list.type));
      zone.free[order][static_cast<size_t>(Index(list.type))].push_back(pfn);
    }
    zone.nr_free[order] += list.blocks.size();
    if (list.type != Migratetype::kHighAtomic) continue;
    zone.nr_free_highatomic +=
        static_cast<int64_t>(list.blocks.size() * list.order.pages());
  }
  return absl::OkStatus();
}

absl::Status AddPcpLists(const std::string& file, const ExerciseStart& start,
                         SnapshotPcp& pcp) {
  for (const ExerciseList& list : start.lists.pcp) {
    if (list.order > kCostlyOrder || Index(list.type) >= kMigratePcpTypes) {
      return WrongAt(file, list.position,
                     "per-cpu lists have orders 0 to 3 of Unmovable, Movable "
                     "and Reclaimable, got " +
                         NameOf(list));
    }
    auto& to =
        pcp.lists[static_cast<size_t>(PcpListIndex(list.order, list.type))];
    to.insert(to.end(), list.blocks.begin(), list.blocks.end());
    pcp.count += static_cast<int32_t>(list.blocks.size() * list.order.pages());
  }
  return absl::OkStatus();
}

void AddLimits(const ExerciseStart& start, SnapshotZone& zone) {
  zone.lowmem_reserve.assign(kMaxNrZones, 0);
  const auto pages = [](uint64_t value) { return static_cast<int64_t>(value); };
  zone.watermark = {pages(start.min), pages(start.low), pages(start.high),
                    pages(start.high)};
  zone.pageset_batch = static_cast<int32_t>(start.batch);
  zone.pageset_high_min = static_cast<int32_t>(start.pcp_high_min);
  zone.pageset_high_max = static_cast<int32_t>(start.pcp_high_max);
}

// What every exercise has in common: one node, one CPU, no boost, no huge
// pages on per-cpu lists.
AllocatorSnapshot EmptySnapshot(const ExerciseStart& start) {
  AllocatorSnapshot snapshot;
  const auto put = [&snapshot](const char* key, int64_t value) {
    snapshot.vm.emplace_back(key, std::to_string(value));
  };
  put("page_group_by_mobility_disabled", 0);
  put("watermark_boost_factor", 0);
  put("pageblock_order", start.pageblock_order.value());
  put("NR_PCP_LISTS", kNrLoworderPcpLists);
  for (const Migratetype type :
       {Migratetype::kUnmovable, Migratetype::kMovable,
        Migratetype::kReclaimable, Migratetype::kHighAtomic,
        Migratetype::kIsolate}) {
    snapshot.migratetypes.emplace_back(ToString(type));
  }
  snapshot.zone_stat_items = {"nr_free_pages"};
  SnapshotNode node;
  node.node = NodeId(0);
  node.span = {start.begin, start.begin + PageCount(start.pages)};
  node.present = PageCount(start.pages);
  snapshot.nodes.push_back(std::move(node));
  return snapshot;
}

absl::StatusOr<AllocatorSnapshot> SnapshotOfMachine(
    const std::string& file, const ExerciseStart& start) {
  PAGELAB_ASSIGN_OR_RETURN(const MachineConfig config,
                           LoadMachine(start.machine));
  PAGELAB_ASSIGN_OR_RETURN(Machine machine, Machine::Boot(config));
  AllocatorSnapshot snapshot = SnapshotOf(machine.state(), {});
  const auto nr_zones =
      std::count_if(snapshot.zones.begin(), snapshot.zones.end(),
                    [](const SnapshotZone& zone) { return zone.populated; });
  if (nr_zones != 1 || snapshot.online_cpus != 1) {
    return WrongAt(
        file, start.position,
        "machine \"" + start.machine + "\" has " +
            Counted(static_cast<uint64_t>(nr_zones), "zone") + " and " +
            Counted(static_cast<uint64_t>(snapshot.online_cpus), "CPU") +
            "; an exercise needs one of each, as hello has");
  }
  return snapshot;
}

}  // namespace

absl::StatusOr<AllocatorSnapshot> SnapshotOfStart(const std::string& file,
                                                  const ExerciseStart& start) {
  if (!start.machine.empty()) return SnapshotOfMachine(file, start);
  PAGELAB_RETURN_IF_ERROR(CheckStart(file, start));
  FrameOwners owners(file, start);
  PAGELAB_RETURN_IF_ERROR(owners.Add(start.lists.free, ""));
  PAGELAB_RETURN_IF_ERROR(owners.Add(start.lists.pcp, "the per-cpu list "));
  AllocatorSnapshot snapshot = EmptySnapshot(start);
  SnapshotZone zone;
  zone.node = NodeId(0);
  zone.index = Index(ZoneOf(start.begin));
  zone.name = std::string(ToString(ZoneOf(start.begin)));
  zone.populated = true;
  zone.span = snapshot.nodes.front().span;
  zone.present = zone.managed = PageCount(start.pages);
  AddLimits(start, zone);
  PageblockTypes types(file, start);
  for (const TypedPageblocks& range : start.pageblocks) {
    if (!IsInside(start, range.begin, range.end)) {
      return WrongAt(file, range.position, "the range is not in memory");
    }
    PAGELAB_RETURN_IF_ERROR(
        types.Set(range.position, {range.begin, range.end}, range.type));
  }
  PAGELAB_RETURN_IF_ERROR(AddFreeLists(start, types, zone));
  zone.pageblocks = types.Ranges();
  SnapshotPcp pcp;
  pcp.batch = zone.pageset_batch;
  pcp.high_min = zone.pageset_high_min;
  pcp.high_max = zone.pageset_high_max;
  pcp.vm_stat_diff = {0};
  PAGELAB_RETURN_IF_ERROR(AddPcpLists(file, start, pcp));
  zone.pcps.push_back(std::move(pcp));
  zone.vm_stat = {static_cast<int64_t>(ListedFreePages(zone))};
  snapshot.zones.push_back(std::move(zone));
  return snapshot;
}

}  // namespace pagelab

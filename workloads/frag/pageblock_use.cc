#include "pagelab/workloads/frag/pageblock_use.h"

#include <algorithm>
#include <utility>

#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/owner/dump/pfn_line.h"
#include "pagelab/owner/own_frame.h"

namespace pagelab {
namespace {

// [first, end) of pageblock numbers, all of one type.
struct TypeRun {
  uint64_t first = 0;
  uint64_t end = 0;
};

std::string PidName(const OwnerDumpRecord& record) {
  return "pid " + std::to_string(record.pid) + " (" + std::string(record.comm) +
         ")";
}

}  // namespace

bool CouldBeMigrated(std::string_view type, std::string_view flag_names) {
  if (type == "Movable" || type == "CMA") return true;
  while (!flag_names.empty()) {
    if (TakeFlag(flag_names) == "lru") return true;
  }
  return false;
}

template <typename Fn>
void PageblockMap::ForEachPart(Pages block, Fn&& fn) {
  const uint64_t end = block.pfn.value() + block.order.pages();
  for (uint64_t pfn = block.pfn.value(); pfn < end;) {
    const uint64_t number = pfn >> order_.value();
    const uint64_t stop = std::min(end, (number + 1) << order_.value());
    fn(blocks_[number], static_cast<uint32_t>(stop - pfn));
    pfn = stop;
  }
}

void PageblockMap::AddFree(Pages block) {
  if (block.order >= order_) {
    wholly_free_ += block.order.pages() >> order_.value();
    return;
  }
  ForEachPart(block,
              [](PageblockUse& use, uint32_t pages) { use.free += pages; });
}

int16_t PageblockMap::TypeIndex(std::string_view name) {
  const auto at = std::find(types_.begin(), types_.end(), name);
  const auto index = static_cast<int16_t>(at - types_.begin());
  if (at == types_.end()) types_.emplace_back(name);
  return index;
}

// For the blocks that are there already: those of the free lists. Those of a
// dump know theirs.
void PageblockMap::AddTypes(const SnapshotZone& zone) {
  for (const SnapshotPageblocks& run : zone.pageblocks) {
    if (run.migratetype < 0) continue;
    const TypeRun numbers{
        .first = run.range.begin.value() >> order_.value(),
        .end = AlignUp(run.range.end, order_).value() >> order_.value()};
    nr_blocks_ += numbers.end - numbers.first;
    for (auto at = blocks_.lower_bound(numbers.first);
         at != blocks_.end() && at->first < numbers.end; ++at) {
      at->second.type = static_cast<int16_t>(run.migratetype);
    }
  }
}

void PageblockMap::AddSnapshot(const AllocatorSnapshot& snapshot) {
  knows_free_lists_ = true;
  types_ = snapshot.migratetypes;
  for (const SnapshotZone& zone : snapshot.zones) {
    if (!zone.populated) continue;
    for (size_t order = 0; order < zone.free.size(); ++order) {
      for (const std::vector<Pfn>& list : zone.free[order]) {
        for (const Pfn pfn : list) {
          AddFree({pfn, Order(static_cast<int>(order))});
        }
      }
    }
    for (const SnapshotPcp& pcp : zone.pcps) {
      for (size_t index = 0; index < pcp.lists.size(); ++index) {
        const int order =
            index < kNrLoworderPcpLists ? static_cast<int>(index) / 3 : 9;
        for (const Pfn pfn : pcp.lists[index]) {
          ForEachPart(
              {pfn, Order(order)},
              [](PageblockUse& use, uint32_t pages) { use.pcp += pages; });
        }
      }
    }
    AddTypes(zone);
  }
}

uint32_t PageblockMap::InternOwner(Owner owner) {
  const auto [at, added] = owner_numbers_.try_emplace(
      owner.name, static_cast<uint32_t>(owners_.size()));
  if (added) owners_.push_back(std::move(owner));
  return at->second;
}

uint32_t PageblockMap::OwnerOf(const OwnerDumpRecord& record, OwnerBy by) {
  if (by == OwnerBy::kComm) return InternOwner({std::string(record.comm)});
  if (by == OwnerBy::kPid) return InternOwner({PidName(record)});
  const auto found = owner_of_stack_.find(ToAbsl(record.stack));
  if (found != owner_of_stack_.end()) return found->second;
  const FrameList frames = FramesOf(record.stack);
  Owner known{.name = OwnerName(frames),
              .special = !SpecialStack(frames).empty()};
  if (by == OwnerBy::kModule && !known.special) {
    known.name = OwnerModule(frames);
  }
  const uint32_t owner = InternOwner(std::move(known));
  owner_of_stack_.emplace(std::string(record.stack), owner);
  return owner;
}

void PageblockMap::AddRecord(const OwnerDumpRecord& record, uint32_t owner) {
  const bool movable = CouldBeMigrated(record.type, record.flag_names);
  const bool covers = record.order >= order_;
  ForEachPart({record.pfn, record.order}, [&](PageblockUse& use,
                                              uint32_t pages) {
    (movable ? use.movable : use.unmovable) += pages;
    use.is_one_block = use.is_one_block || covers;
    if (use.type < 0) use.type = TypeIndex(record.block_type);
    // Neighbours are often of one owner.
    auto share =
        std::find_if(use.owners.rbegin(), use.owners.rend(),
                     [owner](const OwnerShare& s) { return s.owner == owner; });
    OwnerShare& own = share == use.owners.rend()
                          ? use.owners.emplace_back(OwnerShare{.owner = owner})
                          : *share;
    (movable ? own.movable : own.unmovable) += pages;
  });
}

absl::Status PageblockMap::AddDump(InputStream& dump, OwnerBy by) {
  has_owners_ = true;
  OwnerDumpReader reader(dump);
  OwnerDumpRecord record;
  while (reader.Next(record)) AddRecord(record, OwnerOf(record, by));
  return reader.status();
}

}  // namespace pagelab

#include "pagelab/owner/mixed_blocks.h"

#include <algorithm>

#include "pagelab/alloc/page_walk.h"

namespace pagelab {
namespace {

using Kind = FrameExtent::Kind;

Migratetype RequestedType(const PageOwner& owner,
                          const PageOwnerRecord& record) {
  return owner.state().policy.page_group_by_mobility_disabled
             ? Migratetype::kUnmovable
             : EraMigratetype(*owner.text().gfp, record.gfp_mask);
}

// Looks at the pages [pfn, end) of one pageblock and moves `pfn` past what it
// looked at. True when one of them makes the pageblock mixed.
bool ScanPages(const PageOwner& owner, Migratetype block_type, Pfn& pfn,
               Pfn end) {
  while (pfn < end) {
    const PageOwner::Entry entry = owner.EntryAt(pfn);
    if (!entry.record.has_value() || !entry.allocated()) {
      ++pfn;
      continue;
    }
    if (RequestedType(owner, *entry.record) != block_type) return true;
    pfn += PageCount(uint64_t{1} << entry.record->order);
  }
  return false;
}

}  // namespace

std::array<uint64_t, kMigrateTypes> CountMixedBlocks(const PageOwner& owner,
                                                     const Zone& zone) {
  const AllocatorState& state = owner.state();
  const PhysicalMemory& memory = *state.memory;
  const Order block_order = memory.pageblock_order();
  std::array<uint64_t, kMigrateTypes> counts{};
  for (Pfn pfn = zone.span.begin; pfn < zone.span.end;) {
    const FrameExtent extent = ExtentAt(state, pfn);
    if (extent.kind == Kind::kInvalid || extent.kind == Kind::kReserved ||
        extent.kind == Kind::kBuddy ||
        memory.PageAt(extent.range.begin)->zone != zone.id) {
      pfn = extent.range.end;
      continue;
    }
    const Pfn block_end =
        std::min(AlignUp(pfn + PageCount(1), block_order), zone.span.end);
    const Migratetype type = state.PageblockType(pfn);
    if (ScanPages(owner, type, pfn, std::min(extent.range.end, block_end))) {
      const Migratetype shown =
          type == Migratetype::kCma ? Migratetype::kMovable : type;
      ++counts[Index(shown)];
      pfn = block_end;
    }
  }
  return counts;
}

}  // namespace pagelab

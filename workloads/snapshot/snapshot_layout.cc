#include "pagelab/workloads/snapshot/snapshot_layout.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"

namespace pagelab {
namespace {

absl::StatusOr<Migratetype> TypeNamed(const std::string& name) {
  for (int type = 0; type < kMigrateTypes; ++type) {
    const auto migratetype = static_cast<Migratetype>(type);
    if (ToString(migratetype) == name) return migratetype;
  }
  return InvalidInput(absl::StrCat("migratetypes: unknown name \"", name,
                                   "\"; known are Unmovable, Movable, "
                                   "Reclaimable, HighAtomic, CMA, Isolate"));
}

}  // namespace

absl::StatusOr<SnapshotLayout> SnapshotLayout::Create(
    const AllocatorSnapshot& snapshot) {
  SnapshotLayout layout;
  for (const std::string& name : snapshot.migratetypes) {
    PAGELAB_ASSIGN_OR_RETURN(const Migratetype type, TypeNamed(name));
    if (layout.NumberOf(type) >= 0) {
      return InvalidInput(absl::StrCat("migratetypes: ", name, " twice"));
    }
    layout.types_.push_back(type);
  }
  for (int type = 0; type <= kMigratePcpTypes; ++type) {
    const auto expected = static_cast<Migratetype>(type);
    if (layout.NumberOf(expected) == type) continue;
    return InvalidInput(absl::StrCat("migratetypes: number ", type, " must be ",
                                     ToAbsl(ToString(expected))));
  }
  const auto& items = snapshot.zone_stat_items;
  constexpr std::array<const char*, kNrZoneStats> kNames = {"nr_free_pages",
                                                            "nr_free_cma"};
  for (size_t stat = 0; stat < kNames.size(); ++stat) {
    const auto found = std::find(items.begin(), items.end(), kNames[stat]);
    if (found != items.end()) {
      layout.stat_index_[stat] = static_cast<size_t>(found - items.begin());
    }
  }
  if (!layout.IndexOf(ZoneStat::kFreePages).has_value()) {
    return InvalidInput("zone_vm_stat_items: missing: nr_free_pages");
  }
  return layout;
}

int SnapshotLayout::NumberOf(Migratetype type) const {
  const auto found = std::find(types_.begin(), types_.end(), type);
  return found == types_.end() ? -1 : static_cast<int>(found - types_.begin());
}

std::string NameOf(const SnapshotZone& zone) {
  return absl::StrCat("Node ", zone.node.value(), ", zone ", zone.name);
}

}  // namespace pagelab

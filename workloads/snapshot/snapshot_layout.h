// How the numbers of a snapshot name what an AllocatorState has; internal to
// this folder.

#ifndef PAGELAB_WORKLOADS_SNAPSHOT_SNAPSHOT_LAYOUT_H_
#define PAGELAB_WORKLOADS_SNAPSHOT_SNAPSHOT_LAYOUT_H_

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "pagelab/alloc/migratetype.h"
#include "pagelab/alloc/zone.h"
#include "pagelab/workloads/snapshot/snapshot.h"

namespace pagelab {

// Numbers of a snapshot: a build without CMA counts its migratetypes
// differently, and the counters of a zone depend on the build too.
class SnapshotLayout {
 public:
  // InvalidArgument where a name is unknown or one that is needed is missing.
  static absl::StatusOr<SnapshotLayout> Create(
      const AllocatorSnapshot& snapshot);

  int nr_migratetypes() const { return static_cast<int>(types_.size()); }
  // REQUIRES: 0 <= number < nr_migratetypes().
  Migratetype TypeOf(int number) const {
    return types_[static_cast<size_t>(number)];
  }
  // -1 where the snapshot's kernel has no such type.
  int NumberOf(Migratetype type) const;
  bool has_cma() const { return NumberOf(Migratetype::kCma) >= 0; }

  // Index in zone_stat_items; none: the build does not count it.
  std::optional<size_t> IndexOf(ZoneStat stat) const {
    return stat_index_[static_cast<size_t>(stat)];
  }

 private:
  std::vector<Migratetype> types_;
  std::array<std::optional<size_t>, kNrZoneStats> stat_index_;
};

// "Node 0, zone DMA32".
std::string NameOf(const SnapshotZone& zone);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_SNAPSHOT_SNAPSHOT_LAYOUT_H_

// How a snapshot becomes an allocator; internal to this folder.

#ifndef PAGELAB_WORKLOADS_SNAPSHOT_SNAPSHOT_LOADER_H_
#define PAGELAB_WORKLOADS_SNAPSHOT_SNAPSHOT_LOADER_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "fmt/format.h"
#include "pagelab/alloc/allocator_state.h"
#include "pagelab/alloc/arena.h"
#include "pagelab/alloc/physical_memory.h"
#include "pagelab/base/status.h"
#include "pagelab/workloads/snapshot/snapshot.h"
#include "pagelab/workloads/snapshot/snapshot_layout.h"

namespace pagelab {

// "Node 0, zone DMA32: what".
template <typename... Args>
absl::Status WrongZone(const SnapshotZone& zone,
                       fmt::format_string<Args...> format, Args&&... args) {
  return InvalidInput(absl::StrCat(
      NameOf(zone), ": ", fmt::format(format, std::forward<Args>(args)...)));
}

// What the machine is made of, before there is one.
struct SnapshotShape {
  MemoryGeometry geometry;
  Pfn min_pfn;
  Pfn max_pfn;
  int nr_nodes = 0;
  int nr_cpus = 0;
};

// An error for what cannot be simulated.
absl::StatusOr<SnapshotShape> ShapeOf(const AllocatorSnapshot& snapshot);

// Fills an empty allocator with what a snapshot shows. Used once.
class SnapshotLoader {
 public:
  SnapshotLoader(const AllocatorSnapshot& snapshot, const SnapshotShape& shape,
                 const SnapshotLayout& layout, PhysicalMemory& memory,
                 AllocatorState& state)
      : snapshot_(snapshot),
        shape_(shape),
        layout_(layout),
        memory_(memory),
        state_(state),
        listed_(memory.nr_sections()) {}

  // `cpu_node` is the node of each of shape.nr_cpus CPUs.
  absl::Status Load(Arena& arena, const std::vector<NodeId>& cpu_node);
  // ApplySnapshot(): apply_snapshot.cc.
  absl::Status Apply();

 private:
  // A list that errors are about.
  struct ListName {
    const SnapshotZone& zone;
    std::string list;
  };

  void MakeTables(Arena& arena, const std::vector<NodeId>& cpu_node);
  void MakeNodes();
  void MakeZone(Arena& arena, const SnapshotZone& from);
  // What a zone is beside its memory and its lists.
  void LoadZone(const SnapshotZone& from);
  absl::Status CheckMachine() const;
  absl::Status CheckZone(const SnapshotZone& from) const;
  void ForgetLists(Zone& zone);
  absl::Status LoadPageblocks(const SnapshotZone& from);
  void NameZoneOfFrames(const SnapshotZone& from);
  absl::Status LoadFreeLists(const SnapshotZone& from);
  absl::Status LoadPcp(const SnapshotZone& from, const SnapshotPcp& pcp);
  // False if some list has it already.
  bool ListFrame(Pfn frame);
  absl::Status ListBlock(const ListName& name, Pfn pfn, Order order);
  void MakeZonelists(Arena& arena, const std::vector<NodeId>& cpu_node);
  absl::Status CheckZonelists() const;

  Zone& ZoneFor(const SnapshotZone& from) const {
    return state_.zones[from.node.value() * kMaxNrZones + from.index];
  }

  const AllocatorSnapshot& snapshot_;
  const SnapshotShape& shape_;
  const SnapshotLayout& layout_;
  PhysicalMemory& memory_;
  AllocatorState& state_;
  // By section: frames that some list already has. Empty: none.
  std::vector<std::vector<bool>> listed_;
  // The machine has booted: its memory map stays, and what is in use too.
  bool applying_ = false;
};

// The values of the line "vm" in place of those of `policy`.
AllocatorPolicy PolicyOf(const AllocatorSnapshot& snapshot,
                         const SnapshotLayout& layout, AllocatorPolicy policy);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_SNAPSHOT_SNAPSHOT_LOADER_H_

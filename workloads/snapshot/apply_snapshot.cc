// A snapshot on a machine that has booted.

#include "pagelab/alloc/limits.h"
#include "pagelab/alloc/zonelist.h"
#include "pagelab/workloads/snapshot/snapshot_loader.h"
#include "pagelab/workloads/snapshot/snapshot_machine.h"

namespace pagelab {

absl::Status SnapshotLoader::CheckZone(const SnapshotZone& from) const {
  const Zone& zone = ZoneFor(from);
  if (from.populated == zone.populated() &&
      (!from.populated || from.span == zone.span)) {
    return absl::OkStatus();
  }
  const auto name = [](bool populated, PfnRange span) {
    return populated ? fmt::format("{:#x} to {:#x}", span.begin.value(),
                                   span.end.value())
                     : std::string("nothing");
  };
  return WrongZone(from,
                   "spans {} in the snapshot, {} on the machine; without "
                   "\"machine\", one is made for the snapshot",
                   name(from.populated, from.span),
                   name(zone.populated(), zone.span));
}

absl::Status SnapshotLoader::CheckMachine() const {
  const MemoryGeometry& geometry = memory_.geometry();
  if (geometry.section_order != shape_.geometry.section_order ||
      geometry.pageblock_order != shape_.geometry.pageblock_order) {
    return InvalidInput(fmt::format(
        "the snapshot has sections of order {} and pageblocks of order {}, the "
        "machine {} and {}",
        shape_.geometry.section_order, shape_.geometry.pageblock_order,
        geometry.section_order, geometry.pageblock_order));
  }
  if (shape_.nr_cpus != state_.nr_cpus || shape_.nr_nodes != state_.nr_nodes) {
    return InvalidInput(fmt::format(
        "the snapshot is of {} cpus on {} nodes, the machine has {} on {}",
        shape_.nr_cpus, shape_.nr_nodes, state_.nr_cpus, state_.nr_nodes));
  }
  for (const SnapshotZone& from : snapshot_.zones) {
    if (from.index >= kMaxNrZones) continue;
    PAGELAB_RETURN_IF_ERROR(CheckZone(from));
  }
  return absl::OkStatus();
}

void SnapshotLoader::ForgetLists(Zone& zone) {
  for (FreeArea& area : zone.free_area) {
    for (FreeList& list : area.lists) {
      while (!list.empty()) {
        Page& block = list.front();
        // A run goes as a whole.
        block.extra_blocks = 0;
        block.state = PageState::kNone;
        list.RemoveBlock(block);
      }
    }
    area.nr_free = 0;
  }
  zone.listed_orders = {};
}

absl::Status SnapshotLoader::Apply() {
  applying_ = true;
  PAGELAB_RETURN_IF_ERROR(CheckMachine());
  state_.policy = PolicyOf(snapshot_, layout_, state_.policy);
  for (const SnapshotNode& from : snapshot_.nodes) {
    state_.nodes[from.node.value()].present = from.present;
  }
  for (const SnapshotZone& from : snapshot_.zones) {
    if (from.index >= kMaxNrZones) continue;
    LoadZone(from);
    if (!from.populated) continue;
    // Where its holes are, the snapshot does not say; nor need it.
    ZoneFor(from).present = from.present;
    ForgetLists(ZoneFor(from));
    PAGELAB_RETURN_IF_ERROR(LoadPageblocks(from));
  }
  for (const SnapshotZone& from : snapshot_.zones) {
    if (!from.populated) continue;
    PAGELAB_RETURN_IF_ERROR(LoadFreeLists(from));
    for (const SnapshotPcp& pcp : from.pcps) {
      PAGELAB_RETURN_IF_ERROR(LoadPcp(from, pcp));
    }
  }
  BuildAllocRoutes(state_);
  SetupTotalReserve(state_);
  return absl::OkStatus();
}

absl::Status ApplySnapshot(const AllocatorSnapshot& snapshot,
                           AllocatorState& state) {
  PAGELAB_ASSIGN_OR_RETURN(const SnapshotLayout layout,
                           SnapshotLayout::Create(snapshot));
  PAGELAB_ASSIGN_OR_RETURN(const SnapshotShape shape, ShapeOf(snapshot));
  return SnapshotLoader(snapshot, shape, layout, *state.memory, state).Apply();
}

}  // namespace pagelab

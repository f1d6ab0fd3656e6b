#ifndef PAGELAB_WORKLOADS_SNAPSHOT_SNAPSHOT_MACHINE_H_
#define PAGELAB_WORKLOADS_SNAPSHOT_SNAPSHOT_MACHINE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "pagelab/alloc/allocator_state.h"
#include "pagelab/alloc/arena.h"
#include "pagelab/alloc/physical_memory.h"
#include "pagelab/workloads/snapshot/snapshot.h"

namespace pagelab {

// An allocator in the state that a snapshot shows. Frames on no list are in
// use, nobody knows by whom: their descriptors have only their zone
// (PhysicalMemory::has_unknown_frames).
//
// What a snapshot does not tell is as in an ordinary kernel after boot: all gfp
// bits are honoured, the fallback rules are those of late 6.12, and sections
// have 32768 pages unless the line "vm" has section_order=.
class SnapshotMachine {
 public:
  // Refuses what cannot be: a frame on two lists, a block outside its zone or
  // misaligned, counts that do not add up, zonelists that no distances between
  // nodes explain. The error names the zone and list.
  //
  // `cpu_node` is the node of each CPU, which a snapshot does not tell; empty:
  // GuessCpuNodes().
  static absl::StatusOr<std::unique_ptr<SnapshotMachine>> Load(
      const AllocatorSnapshot& snapshot, std::vector<NodeId> cpu_node = {});

  AllocatorState& state() { return *state_; }
  const AllocatorState& state() const { return *state_; }
  Arena& arena() { return arena_; }
  PhysicalMemory& memory() { return *memory_; }

 private:
  explicit SnapshotMachine(HostMapping mapping) : arena_(std::move(mapping)) {}

  Arena arena_;
  std::unique_ptr<PhysicalMemory> memory_;
  AllocatorState* state_ = nullptr;
};

// Puts the allocator of a machine that has booted, with nothing on per-cpu
// lists, into the state that a snapshot shows: lists in their order, types of
// pageblocks, limits, watermarks, counters. What a zone manages stays.
// InvalidArgument, perhaps half done, where it is not a snapshot of such a
// machine, or says free of what is in use here.
absl::Status ApplySnapshot(const AllocatorSnapshot& snapshot,
                           AllocatorState& state);

// The node of each CPU as far as a snapshot shows it: by the word cpus= of the
// nodes where it is. Otherwise the limits of per-cpu
// lists say how many CPUs a node has, CPUs are numbered node by node, and a CPU
// whose list of a zone is about to expire is of another node.
std::vector<NodeId> GuessCpuNodes(const AllocatorSnapshot& snapshot);

// The state as a snapshot. What the allocator does not know (clocks, labels,
// counters of the LRU, scanners of compaction) is that of `rest`.
// Lists are numbered by the migratetypes and CPUs that `rest` names.
AllocatorSnapshot TakeSnapshot(const AllocatorState& state,
                               const AllocatorSnapshot& rest);

// When and as what a snapshot of a simulated machine is taken.
struct SnapshotMoment {
  std::string label = "-";
  int slot = 0;
  Nanoseconds now{};
  // A recording begins with it.
  bool starts_trace = false;
};

// The state of a simulated machine, with everything that the format has.
// Where the machine is not as an ordinary kernel is, or the format cannot tell
// (docs/snapshot.md), it has more words than a recorded one; Load() knows them.
AllocatorSnapshot SnapshotOf(const AllocatorState& state,
                             const SnapshotMoment& moment);

// How a state differs from the one expected.
struct SnapshotDifference {
  uint64_t lists_compared = 0;
  uint64_t lists_differing = 0;
  // Frames that are on another list or at another place of it, whole blocks
  // counted.
  uint64_t pages_differing = 0;
  uint64_t fields_compared = 0;
  uint64_t fields_differing = 0;
  // One line for each list or field that differs, the first hundred:
  // "DMA32 free order=3 mt=1: expected 12 blocks, have 11; first difference at
  // index 4: expected 1a80, have 1a90".
  std::vector<std::string> lines;
  // Fields that differ, but that no recording decides: when a CPU folds its
  // differentials, and what follows from that.
  std::vector<std::string> undecided;
  bool empty() const { return lists_differing == 0 && fields_differing == 0; }
};

// Compares what a replay decides (page-allocator.md 25): lists in order,
// nr_free, pageblock types, pcp fields, zone flags, watermarks and boosts,
// highatomic and isolation counters, free page counters with their per-cpu
// differentials.
SnapshotDifference CompareSnapshots(const AllocatorSnapshot& expected,
                                    const AllocatorSnapshot& actual);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_SNAPSHOT_SNAPSHOT_MACHINE_H_

#ifndef PAGELAB_WORKLOADS_EXACT_REPLAY_STATE_H_
#define PAGELAB_WORKLOADS_EXACT_REPLAY_STATE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "pagelab/alloc/gfp.h"
#include "pagelab/alloc/request.h"
#include "pagelab/alloc/types.h"
#include "pagelab/workloads/exact/recorded_event.h"
#include "pagelab/workloads/exact/replay_counts.h"

namespace pagelab {

// A moment at which the recording leaves two things open (page-allocator.md
// 25.4): entries of an interrupt, and what they interrupted.
struct InterruptBurst {
  // First and last entry of the interrupt.
  uint64_t begin = 0;
  uint64_t end = 0;
  // Entries of lower level around it on the same CPU; kNone where none is.
  uint64_t before = 0;
  uint64_t after = 0;
  static constexpr uint64_t kNone = ~uint64_t{0};
};

// A task in the slow path, or with rights beyond it.
struct SlowTask {
  // The fast path of the pending allocation has failed.
  bool pending = false;
  bool in_reclaim = false;
  bool compacting = false;
  bool oom_victim = false;
  // Direct reclaim just ended with progress: what drains next lets go of a
  // reserved pageblock first.
  bool reclaim_ended = false;
  Order order{};
  Gfp gfp{};

  AllocRequest request() const {
    return {.gfp = gfp, .order = order, .node = NodeId()};
  }

  // The pending allocation is over.
  void End() { pending = compacting = reclaim_ended = false; }
};

struct KswapdPass {
  int32_t pid = 0;
  NodeId node;
  // Boost of each zone of the machine when the pass began.
  std::vector<int64_t> boosts;
};

// A full drain on its way: between its parts other CPUs take the zone lock.
struct OpenDrain {
  RecordedContext context;
  int zone = 0;
  // Whose lists are emptied.
  int cpu = 0;
};

struct OpenContigRange {
  int32_t pid = 0;
  PfnRange range;
  // What was taken so far, and frees of head and tail still to come.
  Pfn taken_begin;
  Pfn taken_end;
  uint64_t frees_left = 0;
  bool taking = false;
  bool taken = false;
  std::vector<uint8_t> types;
};

// How far the limits of a booting machine are (page-allocator.md 25.8).
enum class LimitsStage : uint8_t {
  kSharedPageset,
  kPagesets,
  kWatermarks,
  kHugePages,
  // All done, or the snapshot is of a running machine.
  kDone,
};

// Entries that were dealt with before their turn, as a ring of bits.
class DoneAhead {
 public:
  // How far ahead of its turn an entry can be dealt with.
  static constexpr uint64_t kReach = uint64_t{1} << 20;

  DoneAhead() : bits_(kReach / 64) {}
  bool Has(uint64_t index) const { return (Word(index) & Bit(index)) != 0; }
  void Add(uint64_t index) { Word(index) |= Bit(index); }
  void Remove(uint64_t index) { Word(index) &= ~Bit(index); }

 private:
  static uint64_t Bit(uint64_t index) { return uint64_t{1} << (index % 64); }
  uint64_t& Word(uint64_t index) { return bits_[index % kReach / 64]; }
  const uint64_t& Word(uint64_t index) const {
    return bits_[index % kReach / 64];
  }
  std::vector<uint64_t> bits_;
};

// Where a replay stands, beside the allocator's own state. Copyable: part of
// a checkpoint.
struct ReplayState {
  uint64_t position = 0;
  DoneAhead done;
  ReplayCounts counts;
  absl::flat_hash_map<int32_t, SlowTask> slow_tasks;
  std::vector<KswapdPass> kswapd;
  bool kswapd_seen = false;
  std::vector<OpenContigRange> contig;
  // Several CPUs only.
  std::vector<OpenDrain> drains;
  // Commits that wait for their first drain, by CPU (several CPUs only).
  std::vector<uint64_t> deferred;
  LimitsStage boot = LimitsStage::kDone;
  // Where that stage began.
  uint64_t boot_since = 0;
  // Frames of boot's reserved memory freed in a row, and the next of the row.
  uint64_t reserved_run = 0;
  uint64_t reserved_next = 0;
  // Bursts met so far, oldest first.
  uint64_t nr_bursts = 0;
};

// The first check that failed.
struct Divergence {
  // Entry being replayed, and the entry that it contradicts.
  uint64_t step = 0;
  uint64_t index = 0;
  uint64_t line = 0;
  // The frame of the recorded entry, and the one that came out here; 0: none.
  Pfn pfn;
  Pfn simulated_pfn;
  // "recorded ...", "simulated ...".
  std::string recorded;
  std::string simulated;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_EXACT_REPLAY_STATE_H_

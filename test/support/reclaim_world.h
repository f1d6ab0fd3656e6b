// A small machine whose memory is used by a simulated user that a test
// controls, and reclaimed by the real reclaim.

#ifndef PAGELAB_TEST_SUPPORT_RECLAIM_WORLD_H_
#define PAGELAB_TEST_SUPPORT_RECLAIM_WORLD_H_

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "pagelab/alloc/page_users.h"
#include "pagelab/alloc/reclaim/reclaim.h"
#include "pagelab/test/support/no_compaction.h"
#include "pagelab/test/support/tiny_machine.h"

namespace pagelab {

// Does what the test says; by default every folio can go at once.
class FakeUsers : public PageUsers {
 public:
  explicit FakeUsers(TinyMachine& machine) : machine_(machine) {}

  int TakeReferences(Page& folio) override;
  Eviction Evict(ExecutionContext& context, Page& folio) override;
  SwapSpace Swap() const override { return swap; }
  PageCount ShrinkSlab(ExecutionContext& context, NodeId node,
                       int priority) override;
  bool IsPinned(const Page&) const override { return false; }
  bool Move(ExecutionContext&, Page&, Page&) override { return false; }
  void ForEachProcess(
      absl::FunctionRef<void(const OomCandidate&)> fn) const override;
  void Kill(ExecutionContext& context, Task& task) override;
  void Spend(ExecutionContext& context, Nanoseconds duration) override;

  // Adds a process with that many pages of anonymous memory, allocated and on
  // the inactive list.
  Task& AddProcess(const std::string& name, int32_t pid, uint64_t anon_pages,
                   int oom_score_adj = 0);
  OomCandidate& ProcessOf(const Task& task);

  // What the tests set.
  Eviction eviction = Eviction::kFreed;
  std::map<uint64_t, Eviction> evictions;
  std::map<uint64_t, int> references;
  SwapSpace swap;
  // Pages each round of shrinkers brings, and at which priorities they were
  // asked.
  uint64_t slab_pages = 0;
  std::vector<int> slab_priorities;
  // How long a write takes; 0: for ever.
  uint64_t write_nanoseconds = 0;
  // Nobody is gone at once.
  bool dies_slowly = false;
  // Told of every frame that is given up.
  std::function<void(uint64_t)> on_freed;

  // What happened.
  std::vector<uint64_t> evicted;
  std::vector<int32_t> killed;
  uint64_t killed_pages = 0;
  uint64_t spent = 0;

 private:
  struct Write {
    Nanoseconds due;
    Page* folio;
  };
  TinyMachine& machine_;
  std::deque<Task> tasks_;
  std::vector<OomCandidate> processes_;
  std::map<const Task*, std::vector<uint64_t>> memory_;
  std::deque<Write> writes_;
};

// Notes what it is asked, and answers what the test says.
class FakeCompaction : public NoCompaction {
 public:
  CompactResult TryToCompact(ExecutionContext& context, const AllocControl& ac,
                             AllocFlags flags,
                             CompactPriority priority) override;
  bool ZonelistSuitable(const AllocControl&, AllocFlags) const override {
    return zonelist_suitable;
  }
  CompactResult Suitable(const Zone&, Order, int, AllocFlags) const override {
    return suitable;
  }
  void NoteOutcome(Zone&, Order order, bool got) override;
  void ResetSkipHints(Node&) override {}
  void WakeKcompactd(ExecutionContext&, Node& node, Order order,
                     int highest_zoneidx) override;

  CompactResult result = CompactResult::kSkipped;
  CompactResult suitable = CompactResult::kSkipped;
  bool zonelist_suitable = false;
  // Called by TryToCompact.
  std::function<void()> compact;
  // "compact order 4 priority 2", "outcome order 4 got", "kcompactd 0 order 9
  // zone 1".
  std::vector<std::string> calls;
};

// A TinyMachine of 16 MiB in one zone, everything free, with watermarks as the
// kernel computes them, counters without differentials, and its users attached.
class ReclaimWorld {
 public:
  ReclaimWorld();
  explicit ReclaimWorld(TinyMachineOptions options);

  Node& node(size_t index = 0) { return machine.state->nodes[index]; }
  Zone& zone() { return machine.zone(); }
  PageList& list(LruList which) {
    return node().lruvec.lists[static_cast<size_t>(Index(which))];
  }
  // From head to tail.
  Pfns Listed(LruList which);
  uint64_t Count(VmEvent event) { return machine.state->events.count(event); }
  int64_t Stat(NodeStat stat) {
    return node().stat[static_cast<size_t>(Index(stat))];
  }

  // Allocates `count` pages and puts them on the list that the flags name, one
  // after the other at its head; their pfns in that order.
  Pfns Use(uint64_t count, PageFlags flags);
  Pfns UseFile(uint64_t count) { return Use(count, PageFlags()); }
  Pfns UseAnon(uint64_t count) { return Use(count, page_flag::kSwapbacked); }
  // Allocates without a list until the zone has that many free pages.
  void FillUpTo(int64_t free_pages);
  // Free pages, those of per-cpu lists not counted.
  int64_t FreePages() {
    return static_cast<int64_t>(zone().StatPages(ZoneStat::kFreePages));
  }
  AllocControl ControlOf(Gfp gfp, int order = 0);
  // Nothing, or what Verify() finds.
  std::string Verified();

  TinyMachine machine;
  FakeUsers users{machine};
  FakeCompaction compaction;
  Reclaim reclaim;
  Task kswapd_task;
  ExecutionContext kswapd;
};

}  // namespace pagelab

#endif  // PAGELAB_TEST_SUPPORT_RECLAIM_WORLD_H_

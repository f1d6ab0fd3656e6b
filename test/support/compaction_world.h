// A small zone with user pages where a test wants them.

#ifndef PAGELAB_TEST_SUPPORT_COMPACTION_WORLD_H_
#define PAGELAB_TEST_SUPPORT_COMPACTION_WORLD_H_

#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include "pagelab/alloc/compaction/compactor.h"
#include "pagelab/alloc/lru.h"
#include "pagelab/test/support/tiny_machine.h"

namespace pagelab {

inline constexpr PageFlags kAnonPage =
    page_flag::kUptodate.With(page_flag::kSwapbacked);
inline constexpr PageFlags kCleanFilePage = page_flag::kUptodate;

// One zone DMA32 from 0x1000 on, of eight pageblocks; nothing is free.
struct CompactionWorld {
  explicit CompactionWorld(uint64_t end = 0x2000)
      : machine({.nodes = {{.memory = {{Pfn(0x1000), Pfn(end)}}}}}),
        compactor(*machine.allocator) {}

  AllocatorState& state() { return *machine.state; }
  Zone& zone() { return machine.zone(); }

  // An allocated block on its LRU list, whose first byte is `mark`.
  void PutUser(uint64_t pfn, int order = 0, PageFlags flags = kAnonPage,
               uint8_t mark = 0) {
    machine.PutAllocated(pfn, order,
                         order > 0 ? flags.With(page_flag::kHead) : flags);
    AddToLru(state(), *machine.page(pfn), PageCount(Order(order).pages()));
    if (mark != 0) machine.memory->WriteByte(Pfn(pfn), 0, std::byte{mark});
  }
  void PutUsers(std::initializer_list<uint64_t> pfns) {
    for (const uint64_t pfn : pfns) PutUser(pfn);
  }
  uint8_t MarkOf(uint64_t pfn) {
    return static_cast<uint8_t>(machine.memory->ByteAt(Pfn(pfn), 0));
  }
  // The LRU list of the only node, from its head.
  Pfns Lru(LruList list) {
    Pfns pfns;
    for (const Page& page :
         state().nodes[0].lruvec.lists[static_cast<size_t>(Index(list))]) {
      pfns.push_back(machine.PfnOf(&page));
    }
    return pfns;
  }
  int64_t NodeStatOf(NodeStat stat) {
    return state().nodes[0].stat[static_cast<size_t>(Index(stat))];
  }
  uint64_t Event(VmEvent event) { return state().events.count(event); }
  bool IsSkipped(uint64_t pfn) { return SkipBit(state(), Pfn(pfn)) != 0; }
  CompactRun Run(const CompactGoal& goal) {
    return CompactRun(*machine.allocator, machine.context, zone(), marks, goal);
  }

  TinyMachine machine;
  Compactor compactor;
  CompactMarks marks;
};

}  // namespace pagelab

#endif  // PAGELAB_TEST_SUPPORT_COMPACTION_WORLD_H_

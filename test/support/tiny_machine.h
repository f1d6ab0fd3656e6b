// Small worlds for tests of the page allocator: the real allocator on memory
// that the test describes.

#ifndef PAGELAB_TEST_SUPPORT_TINY_MACHINE_H_
#define PAGELAB_TEST_SUPPORT_TINY_MACHINE_H_

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "pagelab/alloc/allocator_state.h"
#include "pagelab/alloc/arena.h"
#include "pagelab/alloc/memblock.h"
#include "pagelab/alloc/memory_init.h"
#include "pagelab/alloc/page_allocator.h"
#include "pagelab/alloc/physical_memory.h"
#include "pagelab/test/support/log_lines.h"

namespace pagelab {

// Frames by number, for literals in tests.
using Pfns = std::vector<uint64_t>;

struct TinyNode {
  std::vector<PfnRange> memory{};
  int nr_cpus = 1;
  // Empty: 10 to itself, 20 to every other.
  std::vector<int> distances{};
};

struct TinyMachineOptions {
  // Where memory is at the start.
  enum class Memory {
    kReserved,  // nothing is free: the test puts blocks where it wants them
    kBlocks,    // all free, every block a node of its list
    kRuns,      // all free, as after boot
  };
  Memory memory = Memory::kReserved;
  // By default one zone DMA32.
  std::vector<TinyNode> nodes = {
      {.memory = {{Pfn(0x1000), Pfn(0x20000)}}, .nr_cpus = 1}};
  // Frames that memblock does not hand over; all of them for kReserved.
  std::vector<PfnRange> reserved{};
  MemoryGeometry geometry{};
  AllocatorPolicy policy{};
  PageCount movablecore{};
  // Where memory can be plugged in ends; 0: nowhere.
  Pfn max_possible_pfn{};
};

// The kmem events of a machine as short texts: "alloc 1000 order 0 mt 0 gfp
// cc0", "free 1000 order 0", "batched 1000", "locked 1000 order 0 mt 0 refill
// 1", "drain 1000 order 0 mt 0", "extfrag 1000 order 0 from 10 mt 0 from 1
// owner 1"; pfns and gfp in hex.
class TraceLines : public TraceSink {
 public:
  void OnEvent(const ExecutionContext&, const MmPageAlloc& event) override;
  void OnEvent(const ExecutionContext&, const MmPageFree& event) override;
  void OnEvent(const ExecutionContext&,
               const MmPageFreeBatched& event) override;
  void OnEvent(const ExecutionContext&,
               const MmPageAllocZoneLocked& event) override;
  void OnEvent(const ExecutionContext&, const MmPagePcpuDrain& event) override;
  void OnEvent(const ExecutionContext&,
               const MmPageAllocExtfrag& event) override;
  // What came since the last call.
  std::vector<std::string> Take();

 private:
  std::vector<std::string> lines_;
};

// A machine with watermarks of zero and per-cpu lists as at boot (one block at
// a time) until the test says otherwise. All pageblocks start out movable.
class TinyMachine {
 public:
  explicit TinyMachine(TinyMachineOptions options = {});
  ~TinyMachine();
  TinyMachine(const TinyMachine&) = delete;
  TinyMachine& operator=(const TinyMachine&) = delete;

  // Events go to `trace` from now on, or no longer.
  void Record();
  void StopRecording();

  // The first populated zone.
  Zone& zone();
  Zone& zone(ZoneType type, int node = 0);
  PerCpuPages& pcp(int cpu = 0) { return zone().pcp[cpu]; }
  Page* page(uint64_t pfn) { return memory->PageAt(Pfn(pfn)); }
  static uint64_t NoPfn() { return UINT64_MAX; }
  // NoPfn() for null.
  uint64_t PfnOf(const Page* page) const;

  // --- building ---
  void SetType(uint64_t pfn, Migratetype type);
  // Appends the blocks to the list, in this order, whatever their pageblocks.
  void PutFree(int order, Migratetype type,
               std::initializer_list<uint64_t> pfns);
  // The same, and gives their pageblocks that type.
  void PutFreeTyped(int order, Migratetype type,
                    std::initializer_list<uint64_t> pfns);
  // Makes reserved frames an allocated block.
  void PutAllocated(uint64_t pfn, int order, PageFlags flags = PageFlags());
  // `count` allocated pages from `pfn` on.
  void PutPages(uint64_t pfn, uint64_t count, PageFlags flags = PageFlags());
  // Appends blocks to a per-cpu list of the first zone, and counts them.
  void PutPcp(int list, std::initializer_list<uint64_t> pfns, int cpu = 0);
  void SetTuning(int batch, int high_min, int high_max);

  // --- looking ---
  // Blocks of a list from head to tail, runs block by block.
  Pfns Free(int order, Migratetype type);
  Pfns Free(const Zone& zone, int order, Migratetype type);
  Pfns Pcp(int list, int cpu = 0);
  uint64_t nr_free_pages();

  // --- doing ---
  uint64_t Alloc(Gfp gfp, int order = 0, int node = -1);
  bool FreeBlock(uint64_t pfn, int order = 0);

  std::unique_ptr<Arena> arena;
  std::unique_ptr<PhysicalMemory> memory;
  Memblock memblock;
  AllocatorState* state = nullptr;
  std::unique_ptr<PageAllocator> allocator;
  Task task;
  ExecutionContext context;
  LogLines log;
  TraceLines trace;

 private:
  void AddMemory(const TinyMachineOptions& options);
  void MakeState(const TinyMachineOptions& options);
  void Unreserve(uint64_t pfn, int order);
};

// The pfns of a list from head to tail, runs block by block.
Pfns BlocksOf(const PhysicalMemory& memory, const FreeList& list);

}  // namespace pagelab

#endif  // PAGELAB_TEST_SUPPORT_TINY_MACHINE_H_

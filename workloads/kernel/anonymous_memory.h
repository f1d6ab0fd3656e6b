#ifndef PAGELAB_WORKLOADS_KERNEL_ANONYMOUS_MEMORY_H_
#define PAGELAB_WORKLOADS_KERNEL_ANONYMOUS_MEMORY_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "pagelab/workloads/kernel/folio_user.h"
#include "pagelab/workloads/kernel/kernel_path.h"
#include "pagelab/workloads/kernel/process.h"
#include "pagelab/workloads/kernel/world.h"

namespace pagelab {

// How an access to an area went.
enum class Fault : uint8_t {
  kNone,      // nothing to do
  kHandled,   // the page is there now
  kNoMemory,  // it is not: memory is out
  kKilled,    // the process is gone
};

// Anonymous memory: areas that processes map, touch, share after fork() until
// somebody writes, and unmap; huge pages and their split; swap.
//
//  A1  A present entry of a page table and FolioUse::map_count agree: a folio
//      is mapped that often, a huge one counted once for each area.
//  A2  A folio is freed when nothing maps it any more.
//
// Differs from Linux: huge pages are split as soon as a part of one is
// unmapped, not when reclaim comes by; a swapped page is freed at once, there
// is no swap cache; reads of what was never written take no page, not even the
// zero page.
//
// Kernel counterparts: mm/memory.c, mm/mmap.c, mm/huge_memory.c, mm/rmap.c.
class AnonymousMemory final : public FolioUser {
 public:
  explicit AnonymousMemory(KernelWorld& world);

  // An area of so many pages, nothing of it there. Kernel counterpart: mmap(2).
  // REQUIRES: the process has no area of that name.
  MemoryArea& Map(Process& process, std::string_view name, uint64_t pages);
  // One access. Kernel counterpart: handle_mm_fault().
  Fault Touch(Process& process, MemoryArea& area, uint64_t index, bool write);
  // Takes pages [begin, end) away; the area stays. Kernel counterpart:
  // zap_page_range_single(), madvise(MADV_DONTNEED).
  void Zap(Process& process, MemoryArea& area, uint64_t begin, uint64_t end);
  // Kernel counterpart: munmap(2) of a whole area.
  void Unmap(Process& process, std::string_view name);
  // Everything: the areas stay, empty, for who may still look at them.
  void UnmapAll(Process& process);
  // The child gets all areas; pages are shared until somebody writes. False:
  // memory for page tables was out. Kernel counterpart: dup_mmap().
  bool Fork(Process& parent, Process& child);
  // The next access to each present page faults (NUMA balancing); how many.
  // Kernel counterpart: change_prot_numa().
  uint64_t HintAll(MemoryArea& area);

  // A reference for a device: the page is there, and cannot move or go. Who
  // holds it for long has it moved out of memory that must stay movable first.
  // False: memory is out. Kernel counterpart: pin_user_pages().
  enum class PinFor : uint8_t { kOneTransfer, kLong };
  bool Pin(Process& process, MemoryArea& area, uint64_t index, PinFor pin);
  void Unpin(MemoryArea& area, uint64_t index);
  // The page is there and stays in memory, though it may move. False: memory is
  // out. Kernel counterpart: mlock(2).
  bool Lock(Process& process, MemoryArea& area, uint64_t index);
  // Migrates the pages that are not on the node; how many moved.
  // Kernel counterpart: move_pages(2).
  uint64_t MoveTo(Process& process, MemoryArea& area, NodeId node,
                  MigrateReason reason);
  // Migrates the pages that are elsewhere than the area's policy says.
  // Kernel counterpart: mbind(2) with MPOL_MF_MOVE.
  void Rebind(Process& process, MemoryArea& area);

  // The folio that `pfn` is part of becomes folios of one page.
  // Kernel counterpart: split_huge_page().
  // The parts are where it was, on its LRU list or on none.
  void SplitHuge(Pfn pfn);

  // --- FolioUser ---
  int TakeReferences(Page& folio, const FolioUse& use) override;
  Eviction Evict(ExecutionContext& context, Page& folio,
                 const FolioUse& use) override;
  bool Move(Page& from, Page& to, const FolioUse& use) override;

 private:
  struct Mapping {
    Process* process = nullptr;
    MemoryArea* area = nullptr;
  };
  // The areas that were copied from each other.
  struct Family {
    std::vector<Mapping> members;
  };

  static constexpr Order kHugeOrder{9};
  // Entries of a page table, and pages of a huge page.
  static constexpr uint64_t kTableEntries = 512;

  // What a fault found. `head` is set where there was memory, also for a
  // process that was killed for it meanwhile, and given back then.
  struct NewBlock {
    Fault fault = Fault::kNoMemory;
    Pfn head{};
  };

  Fault FaultIn(Process& process, MemoryArea& area, uint64_t index);
  Fault FaultHuge(Process& process, MemoryArea& area, uint64_t begin);
  Fault CopyOnWrite(Process& process, MemoryArea& area, uint64_t index);
  Fault SwapIn(Process& process, MemoryArea& area, uint64_t index);
  Fault HandleNumaHint(Process& process, MemoryArea& area, uint64_t index);
  bool MayBeHuge(const MemoryArea& area, uint64_t begin) const;
  Fault EnsureTable(Process& process, MemoryArea& area, uint64_t index);
  Fault AllocAt(Process& process, MemoryArea& area, uint64_t index,
                const KernelPath& path);
  // A block by way of `path`, adopted as `use`.
  NewBlock Take(Process& process, const KernelPath& path,
                const KernelWorld::Wish& wish, const FolioUse& use);
  // A folio that one entry of the area maps.
  static FolioUse UseAt(const MemoryArea& area, uint64_t index);
  static NodeId NodeFor(MemoryArea& area);
  void DropMapping(ExecutionContext& context, MemoryArea& area, uint64_t index);
  void FreeTables(Process& process, MemoryArea& area);
  // Nothing is there any more, and nobody shares it.
  void Empty(Process& process, MemoryArea& area);
  Pfn HeadOf(Pfn pfn) const;
  // fn(Process&, MemoryArea&, Pte&) for each entry that maps the folio.
  template <class Fn>
  void ForEachMapping(Pfn head, const FolioUse& use, Fn fn);
  bool WriteToSwap(ExecutionContext& context, Pfn head, const FolioUse& use);

  KernelWorld& world_;
  std::vector<Family> families_;
  const KernelPath& fault_;
  const KernelPath& copy_;
  const KernelPath& swap_in_;
  const KernelPath& huge_;
  const KernelPath& table_;
  const KernelPath& fork_table_;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_KERNEL_ANONYMOUS_MEMORY_H_

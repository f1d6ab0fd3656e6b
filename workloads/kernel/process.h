#ifndef PAGELAB_WORKLOADS_KERNEL_PROCESS_H_
#define PAGELAB_WORKLOADS_KERNEL_PROCESS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "pagelab/alloc/execution_context.h"
#include "pagelab/alloc/types.h"

namespace pagelab {

// One entry of a page table: nothing, a page, or a swap slot.
class Pte {
 public:
  static constexpr uint64_t kPresent = 1u << 0;
  static constexpr uint64_t kWritable = 1u << 1;
  static constexpr uint64_t kAccessed = 1u << 2;
  static constexpr uint64_t kDirty = 1u << 3;
  // Part of a huge page that is mapped as a whole.
  static constexpr uint64_t kHuge = 1u << 4;
  static constexpr uint64_t kSwapped = 1u << 5;
  // The next access faults, so that NUMA balancing sees who makes it.
  static constexpr uint64_t kNumaHint = 1u << 6;

  static Pte ToPage(Pfn pfn, uint64_t flags) {
    return Pte((pfn.value() << kShift) | kPresent | flags);
  }
  static Pte ToSlot(uint32_t slot) {
    return Pte((uint64_t{slot} << kShift) | kSwapped);
  }
  Pte() = default;

  bool none() const { return word_ == 0; }
  bool Has(uint64_t flags) const { return (word_ & flags) == flags; }
  bool present() const { return Has(kPresent); }
  Pfn pfn() const { return Pfn(word_ >> kShift); }
  uint32_t slot() const { return static_cast<uint32_t>(word_ >> kShift); }
  uint64_t flags() const { return word_ & ((1u << kShift) - 1); }
  void Set(uint64_t flags) { word_ |= flags; }
  void Clear(uint64_t flags) { word_ &= ~flags; }

 private:
  static constexpr int kShift = 8;
  explicit Pte(uint64_t word) : word_(word) {}
  uint64_t word_ = 0;
};

// When a fault may answer with a huge page.
enum class ThpMode : uint8_t { kNever, kMadvise, kAlways };

// Where a task or an area wants its memory (page-allocator.md 18).
struct MemoryPolicy {
  enum class Mode : uint8_t { kDefault, kPreferred, kBind, kInterleave };
  Mode mode = Mode::kDefault;
  std::vector<NodeId> nodes;
};

// A stretch of anonymous memory of one process.
// Kernel counterpart: struct vm_area_struct.
struct MemoryArea {
  std::string name;
  // Shared with the areas of parents and children that it was copied to:
  // a page has one index in all of them. Kernel counterpart: anon_vma.
  uint32_t family = 0;
  ThpMode thp = ThpMode::kMadvise;
  bool huge_advised = false;
  MemoryPolicy policy;
  uint64_t interleave_next = 0;
  std::vector<Pte> ptes;
  // The page table for each 512 entries; 0: none yet.
  std::vector<Pfn> tables;
  int64_t resident = 0;
  int64_t swapped = 0;
  int64_t nr_tables = 0;

  uint64_t pages() const { return ptes.size(); }
};

// A block that a process has besides its areas: stack, top-level page table.
struct OwnedBlock {
  Pfn head;
  Order order;
};

// A process of the simulated kernel. Kernel counterparts: struct task_struct,
// struct mm_struct.
struct Process {
  Task* task = nullptr;
  CpuId cpu;
  // Who pays; empty: the root.
  std::string memcg;
  MemoryPolicy policy;
  int oom_score_adj = 0;
  bool alive = true;
  // Waits for a disk, or is made to wait; others run meanwhile.
  Nanoseconds sleeps_until;
  // By name, which is the order in which they are copied and freed.
  std::map<std::string, std::unique_ptr<MemoryArea>, std::less<>> areas;
  // In the order in which they came.
  std::vector<OwnedBlock> owned;

  int64_t resident_pages() const;
  int64_t swap_entries() const;
  int64_t page_table_pages() const;
  int64_t total_pages() const;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_KERNEL_PROCESS_H_

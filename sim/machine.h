#ifndef PAGELAB_SIM_MACHINE_H_
#define PAGELAB_SIM_MACHINE_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pagelab/alloc/allocator_state.h"
#include "pagelab/alloc/compaction/compactor.h"
#include "pagelab/alloc/contig/cma.h"
#include "pagelab/alloc/page_allocator.h"
#include "pagelab/alloc/page_users.h"
#include "pagelab/alloc/reclaim/reclaim.h"
#include "pagelab/owner/page_owner.h"
#include "pagelab/pageext/alloc_tagging.h"
#include "pagelab/pageext/debug_pagealloc.h"
#include "pagelab/pageext/page_ext.h"
#include "pagelab/pageext/page_idle.h"
#include "pagelab/pageext/page_poison.h"
#include "pagelab/pageext/page_table_check.h"
#include "pagelab/sim/hugetlb_counts.h"
#include "pagelab/sim/kernel_clock.h"
#include "pagelab/sim/kernel_files.h"
#include "pagelab/sim/kernel_profile.h"
#include "pagelab/sim/machine_config.h"
#include "pagelab/sim/memcg_table.h"
#include "pagelab/sim/memory_blocks.h"
#include "pagelab/sim/sim_file.h"
#include "pagelab/sim/symbol_call_sites.h"
#include "pagelab/stackdepot/stack_depot.h"
#include "pagelab/stackdepot/symbol_table.h"

namespace pagelab {

// Told of each step of boot when it is done: "memblock" when the buddy has its
// memory, the name of each early allocation, "page_ext", "ready".
using BootObserver =
    std::function<void(std::string_view step, const AllocatorState& state)>;

// A booted machine: the handle to all of its state. Confined to one thread;
// any number of machines may live in a process.
class Machine {
 public:
  // Boots in the kernel's order (page-ext-owner-depot.md 2): memory map,
  // memblock, sections, nodes, zones, stack depot table, buddy, early
  // allocations, page_ext, page tracking, limits and watermarks, late frees.
  // InvalidArgument when the configuration makes no machine.
  static absl::StatusOr<Machine> Boot(const MachineConfig& config,
                                      const BootObserver& observer = {});

  Machine(Machine&&) noexcept;
  Machine& operator=(Machine&&) noexcept;
  ~Machine();

  const MachineConfig& config() const;
  const KernelProfile& profile() const;
  AllocatorState& state();
  const AllocatorState& state() const;
  PhysicalMemory& memory();
  PageAllocator& allocator();
  KernelClock& clock();
  SymbolTable& symbols();
  // Null unless the kernel command line turned page_owner on.
  PageOwner* page_owner();
  // Null unless some client of page_ext needs it.
  PageExt* page_ext();
  StackDepot& stack_depot();
  // Whom pages are charged to.
  MemcgTable& memcgs();
  // The pool of huge pages, as its keeper counts it.
  HugetlbCounts& hugetlb();
  // Files of parts of the kernel that live elsewhere.
  KernelFiles& kernel_files();
  // Null unless the kernel command line turned them on.
  DebugPagealloc* debug_pagealloc();
  PagePoison* page_poison();
  PageIdle& page_idle();
  // Does nothing unless the kernel command line turned it on.
  PageTableCheck& page_table_check();
  AllocTagging& alloc_tagging();
  // Names the calls that allocate.
  SymbolCallSites& call_sites();
  // Memory that comes and goes.
  MemoryBlocks& memory_blocks();
  Compactor& compactor();
  // Null unless the kernel command line asked for it: cma=64M.
  CmaArea* cma();
  // Gets memory back from who was attached.
  Reclaim& reclaim();
  // From now on requests that find nothing reclaim from those who use memory
  // and outlive the machine or are detached; null: nobody does any more.
  void AttachUsers(PageUsers* users);

  // Tasks live as long as the machine; the address stays valid.
  Task& NewTask(std::string_view comm, int32_t pid, int32_t tgid);
  // pid 0 "swapper", the boot task.
  Task& boot_task();
  // Who runs: `task` on `cpu`, now.
  ExecutionContext ContextOf(Task& task, CpuId cpu = CpuId(0));

  // The front door with its price in simulated time: PageAllocator's
  // AllocPages and FreePages, `context.now` brought up to date.
  Page* AllocPages(ExecutionContext& context, Gfp gfp, Order order);
  bool FreePages(ExecutionContext& context, Page* page, Order order);

  // The kernel's log so far, "[    0.000000] text" lines.
  const std::vector<std::string>& dmesg() const;
  KernelLog& log();

  // Paths that File() knows, sorted. An open file points at this handle: it
  // must not be moved meanwhile.
  static std::vector<std::string> FilePaths();
  // NotFound, with the nearest path, when there is no such file.
  absl::StatusOr<std::unique_ptr<SimFile>> File(std::string_view path);

  // Everything that running changes, to come back to.
  struct Checkpoint;
  struct CheckpointDeleter {
    void operator()(Checkpoint* checkpoint) const;
  };
  using CheckpointPtr = std::unique_ptr<Checkpoint, CheckpointDeleter>;
  CheckpointPtr Save() const;
  // REQUIRES: `checkpoint` was saved from this machine.
  void Restore(const Checkpoint& checkpoint);

  // Host memory the machine holds: descriptors and frame contents.
  uint64_t resident_bytes() const;

  struct Impl;

 private:
  explicit Machine(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace pagelab

#endif  // PAGELAB_SIM_MACHINE_H_

#ifndef PAGELAB_SIM_MACHINE_IMPL_H_
#define PAGELAB_SIM_MACHINE_IMPL_H_

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "pagelab/alloc/arena.h"
#include "pagelab/alloc/memblock.h"
#include "pagelab/alloc/reclaim/reclaim.h"
#include "pagelab/sim/boot_pages.h"
#include "pagelab/sim/dmesg.h"
#include "pagelab/sim/kernel_command_line.h"
#include "pagelab/sim/kernel_profile.h"
#include "pagelab/sim/machine.h"
#include "pagelab/sim/memcg_table.h"
#include "pagelab/sim/memory_blocks.h"

namespace pagelab {

// The parts of a machine, in the order they come up. Later ones point at
// earlier ones, so they go down in the opposite order.
struct Machine::Impl {
  Impl(const MachineConfig& machine_config, const KernelProfile& kernel_profile)
      : config(machine_config),
        profile(kernel_profile),
        command_line(ParseKernelCommandLine(machine_config.command_line,
                                            kernel_profile.command_line)) {}

  MachineConfig config;
  const KernelProfile& profile;
  KernelCommandLine command_line;
  KernelClock clock;
  Dmesg dmesg{clock};
  std::deque<Task> tasks;
  MemcgTable memcgs;
  HugetlbCounts hugetlb;
  KernelFiles kernel_files;

  Memblock memblock;
  std::optional<Arena> arena;
  std::optional<PhysicalMemory> memory;
  AllocatorState* state = nullptr;
  std::optional<PageAllocator> allocator;
  std::optional<Compactor> compactor;
  std::optional<CmaArea> cma;
  // Where memory is in use from the start, and while boot lasts: pages that
  // BootPages will be offered.
  std::optional<BootPages> boot_pages;
  std::vector<PfnRange> early_ranges;

  SymbolTable symbols;
  std::optional<StackDepot> depot;
  std::optional<HookChain> hooks;
  std::optional<DebugPagealloc> debug_pagealloc;
  std::optional<PagePoison> page_poison;
  std::optional<PageExt> page_ext;
  std::unique_ptr<PageOwner> page_owner;
  std::optional<PageIdle> page_idle;
  SymbolCallSites call_sites{symbols};
  std::optional<AllocTagging> alloc_tagging;
  std::optional<PageTableCheck> page_table_check;
  std::unique_ptr<MemoryBlocks> memory_blocks;
  std::optional<Reclaim> reclaim;

  ExecutionContext BootContext();
  // Where the kernel's own pages come from.
  PageSource& own_pages();
};

struct Machine::Checkpoint {
  KernelClock clock;
  Dmesg::Checkpoint dmesg;
  std::vector<Task> tasks;
  MemcgTable memcgs;
  HugetlbCounts hugetlb;
  HostPageImage arena;
  PhysicalMemory::Checkpoint memory;
  SymbolTable::Mark symbols;
  StackDepot::State depot;
  DebugPagealloc::Checkpoint debug_pagealloc;
  PagePoison::Checkpoint page_poison;
  PageExt::Checkpoint page_ext;
  PageOwner::Checkpoint page_owner;
  AllocTagging::Checkpoint alloc_tagging;
  MemoryBlocks::State memory_blocks;
  Compactor::State compactor;
  CmaArea::State cma;
  Reclaim::State reclaim;
};

}  // namespace pagelab

#endif  // PAGELAB_SIM_MACHINE_IMPL_H_

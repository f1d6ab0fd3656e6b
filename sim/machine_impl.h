#ifndef PAGELAB_SIM_MACHINE_IMPL_H_
#define PAGELAB_SIM_MACHINE_IMPL_H_

#include <deque>
#include <memory>
#include <optional>

#include "pagelab/alloc/arena.h"
#include "pagelab/alloc/memblock.h"
#include "pagelab/sim/dmesg.h"
#include "pagelab/sim/kernel_command_line.h"
#include "pagelab/sim/machine.h"
#include "pagelab/sim/memory_blocks.h"

namespace pagelab {

// The parts of a machine, in the order they come up. Later ones point at
// earlier ones, so they go down in the opposite order.
struct Machine::Impl {
  explicit Impl(const MachineConfig& machine_config)
      : config(machine_config),
        command_line(ParseKernelCommandLine(machine_config.command_line)) {}

  MachineConfig config;
  KernelCommandLine command_line;
  KernelClock clock;
  Dmesg dmesg{clock};
  std::deque<Task> tasks;

  Memblock memblock;
  std::optional<Arena> arena;
  std::optional<PhysicalMemory> memory;
  AllocatorState* state = nullptr;
  std::optional<PageAllocator> allocator;

  SymbolTable symbols;
  std::optional<StackDepot> depot;
  std::optional<HookChain> hooks;
  std::optional<PageExt> page_ext;
  std::optional<PageOwner> page_owner;
  std::unique_ptr<MemoryBlocks> memory_blocks;

  ExecutionContext BootContext();
};

struct Machine::Checkpoint {
  KernelClock clock;
  Dmesg::Checkpoint dmesg;
  std::vector<Task> tasks;
  HostPageImage arena;
  PhysicalMemory::Checkpoint memory;
  SymbolTable::Mark symbols;
  StackDepot::State depot;
  PageExt::Checkpoint page_ext;
  PageOwner::Checkpoint page_owner;
  MemoryBlocks::State memory_blocks;
};

}  // namespace pagelab

#endif  // PAGELAB_SIM_MACHINE_IMPL_H_

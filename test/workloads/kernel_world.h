#ifndef PAGELAB_TEST_WORKLOADS_KERNEL_WORLD_H_
#define PAGELAB_TEST_WORKLOADS_KERNEL_WORLD_H_

#include <cstdint>

#include "pagelab/alloc/stat_totals.h"
#include "pagelab/alloc/verify.h"
#include "pagelab/sim/machine.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/workloads/run_support.h"
#include "pagelab/workloads/kernel/anonymous_memory.h"
#include "pagelab/workloads/kernel/world.h"

namespace pagelab {

// A machine of 16 MiB, nothing tracked, with the kernel around the allocator
// and one process.
class WorldFixture {
 public:
  WorldFixture() : WorldFixture(Untracked()) {}
  explicit WorldFixture(const MachineConfig& config)
      : machine_(*Machine::Boot(config)),
        world_(machine_),
        process_(
            world_.NewProcess(machine_.NewTask("app", 100, 100), CpuId(0))) {}

  static MachineConfig Untracked() {
    MachineConfig config = SmallMachine();
    config.command_line = "page_owner=off";
    return config;
  }

  Machine& machine() { return machine_; }
  KernelWorld& world() { return world_; }
  AnonymousMemory& anonymous() { return world_.anonymous(); }
  Process& process() { return process_; }
  uint64_t Stat(NodeStat stat) { return TotalOf(machine_.state(), stat); }
  uint64_t Count(VmEvent event) { return machine_.state().events.count(event); }
  // Pages of the machine that nobody has. Drains the per-cpu lists.
  uint64_t FreePages() {
    ExecutionContext context = machine_.ContextOf(machine_.boot_task());
    machine_.allocator().DrainAllPages(context);
    uint64_t pages = 0;
    for (const Zone& zone : machine_.state().all_zones()) {
      for (size_t order = 0; order < zone.free_area.size(); ++order) {
        pages += zone.free_area[order].nr_free << order;
      }
    }
    return pages;
  }
  void CheckConsistent() {
    for (const std::string& finding : Verify(machine_.state())) {
      FAIL_CHECK(finding);
    }
  }
  // Touches pages [begin, end) of the area, and writes.
  void Write(Process& process, MemoryArea& area, uint64_t begin, uint64_t end) {
    for (uint64_t i = begin; i < end; ++i) {
      anonymous().Touch(process, area, i, /*write=*/true);
    }
  }

 private:
  Machine machine_;
  KernelWorld world_;
  Process& process_;
};

}  // namespace pagelab

#endif  // PAGELAB_TEST_WORKLOADS_KERNEL_WORLD_H_

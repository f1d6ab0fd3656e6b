// A simulated kernel with one process, for tests that drive its subsystems
// without a scenario.

#ifndef PAGELAB_TEST_WORKLOADS_KERNEL_WORLD_SUPPORT_H_
#define PAGELAB_TEST_WORKLOADS_KERNEL_WORLD_SUPPORT_H_

#include <optional>
#include <string>

#include "pagelab/sim/machine.h"
#include "pagelab/workloads/kernel/world.h"

namespace pagelab {

class TestKernel {
 public:
  // 64 MiB in zones DMA and DMA32, nothing tracked.
  TestKernel();
  explicit TestKernel(const MachineConfig& config);

  Machine& machine() { return *machine_; }
  AllocatorState& state() { return machine_->state(); }
  KernelWorld& world() { return *world_; }
  Process& process() { return *process_; }

  // Runs what the kernel's threads do until then.
  void RunUntil(Nanoseconds time);
  void RunFor(Nanoseconds duration);

  uint64_t Node(NodeStat stat);
  uint64_t Zone(ZoneLruStat stat);
  uint64_t Event(VmEvent event) { return state().events.count(event); }
  Page& PageAt(Pfn pfn) { return *machine().memory().PageAt(pfn); }
  // As reclaim does: takes the page off its list and asks for it. What goes is
  // freed, what stays is put back.
  Eviction Reclaim(Pfn pfn);

  // What is wrong: with the allocator, and with counters that differ from a
  // count of the pages of files. Empty: nothing.
  std::string Check();

 private:
  std::optional<Machine> machine_;
  std::optional<KernelWorld> world_;
  Process* process_ = nullptr;
};

}  // namespace pagelab

#endif  // PAGELAB_TEST_WORKLOADS_KERNEL_WORLD_SUPPORT_H_

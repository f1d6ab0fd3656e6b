// A kernel that is interrupted at the moments that a recording does not show.

#ifndef PAGELAB_TEST_SUPPORT_INTERRUPTED_KERNEL_H_
#define PAGELAB_TEST_SUPPORT_INTERRUPTED_KERNEL_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "pagelab/base/random.h"
#include "pagelab/test/support/tiny_machine.h"

namespace pagelab {

// How often what happens, of a thousand operations.
struct InterruptRates {
  // Interrupts at harmless moments: between two operations.
  uint64_t between = 50;
  // While a batch of frees holds the pcp lock, and after a refill: the lock is
  // surely, or very likely, found taken.
  uint64_t in_batch = 20;
  uint64_t after_refill = 100;
  // The rare ones, which only later checks betray: after the last page of a
  // batch with the lock still held,
  uint64_t at_batch_end = 0;
  // after a page was popped and before that is printed,
  uint64_t after_pop = 0;
  // between the event of a free and the free itself.
  uint64_t before_commit = 0;
  // The other CPU of two gets something done while this one is between an
  // event and what the event announces, or the other way round.
  uint64_t other_cpu = 0;
  // A task goes to the other CPU between its allocation and the event.
  uint64_t migration = 0;
  // The vmstat worker runs on a CPU.
  uint64_t tick = 0;
  // A request names a node: any, or only that one.
  uint64_t other_node = 0;
};

// Drives the allocator of a machine with random allocations, frees and
// batches, interrupts among them, and writes down what ftrace would.
class InterruptedKernel : private TraceSink {
 public:
  InterruptedKernel(TinyMachine& machine, uint64_t seed,
                    const InterruptRates& rates);
  ~InterruptedKernel() override;

  void Run(uint64_t operations);

  // The recording so far, between markers of snapshots T0 and T1.
  std::string Text() const;
  // How many interrupts came at one of the rare moments.
  uint64_t rare() const { return rare_; }

 private:
  struct Block {
    Pfn pfn;
    Order order;
  };

  void Allocate();
  void Free();
  void FreeBatch();
  // `locked`: the zone whose pcp lock this CPU holds, or null.
  void Interrupt(Zone* locked);
  // Some operations of the other CPU.
  void OtherCpu();
  void Tick();
  void Operate();
  bool Happens(uint64_t per_thousand);
  Block TakeOne();
  void Line(const std::string& event);

  void OnEvent(const ExecutionContext&, const MmPageAlloc&) override;
  void OnEvent(const ExecutionContext&, const MmPageFree&) override;
  void OnEvent(const ExecutionContext&, const MmPageFreeBatched&) override;
  void OnEvent(const ExecutionContext&, const MmPageAllocZoneLocked&) override;
  void OnEvent(const ExecutionContext&, const MmPagePcpuDrain&) override;
  void OnEvent(const ExecutionContext&, const MmPageAllocExtfrag&) override;
  void OnProbe(const ExecutionContext&, const DecayPcpHighProbe&) override;
  void OnProbe(const ExecutionContext&, const DrainZonePagesProbe&) override;

  TinyMachine& machine_;
  PageAllocator allocator_;
  Random random_;
  InterruptRates rates_;
  std::array<Task, 2> tasks_;
  Task worker_;
  ExecutionContext context_;
  bool other_runs_ = false;
  std::vector<Block> blocks_;
  bool refilled_ = false;
  uint64_t rare_ = 0;
  uint64_t done_ = 0;
  uint64_t microseconds_ = 1'000'000;
  std::string text_;
};

}  // namespace pagelab

#endif  // PAGELAB_TEST_SUPPORT_INTERRUPTED_KERNEL_H_

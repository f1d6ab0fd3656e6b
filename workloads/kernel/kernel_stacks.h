#ifndef PAGELAB_WORKLOADS_KERNEL_KERNEL_STACKS_H_
#define PAGELAB_WORKLOADS_KERNEL_KERNEL_STACKS_H_

#include <string>
#include <string_view>
#include <vector>

#include "pagelab/alloc/types.h"
#include "pagelab/base/random.h"
#include "pagelab/workloads/kernel/named_items.h"
#include "pagelab/workloads/kernel/process.h"
#include "pagelab/workloads/kernel/slab_caches.h"

namespace pagelab {

class KernelWorld;

// Threads as the page allocator sees them: a task_struct, and a stack of four
// pages of vmalloc memory. Each CPU keeps two stacks of threads that ended.
//
//  K1  KernelStack counts the stacks of threads; VmallocUsed those that wait,
//      too.
//
// Kernel counterpart: alloc_thread_stack_node(), CONFIG_VMAP_STACK.
class KernelStacks {
 public:
  explicit KernelStacks(KernelWorld& world);

  // A thread of the process; false: memory is out.
  bool Create(Process& process, std::string_view name);
  // Ends one; false when there is none of that name.
  bool End(Process& process, std::string_view name, ItemPick pick,
           Random& random);
  // The process ends, and its threads with it.
  void OnExit(Process& process);

  // There will be some of that name, if memory allows.
  void Declare(std::string_view name) { threads_.Declare(name); }
  const NamedItems<uint64_t>& threads() const { return threads_; }
  size_t nr_cached(CpuId cpu) const {
    return cached_[static_cast<size_t>(cpu.value())].size();
  }

 private:
  using Stack = std::vector<Pfn>;
  struct Thread {
    Process* process = nullptr;
    Stack stack;
    SlabObject task;
  };

  // Empty: memory is out.
  Stack TakeStack(Process& process);
  void Drop(Process& process, const Thread& thread);

  KernelWorld& world_;
  // By CPU.
  std::vector<std::vector<Stack>> cached_;
  // Numbers of those that live, by name; a killed process takes its own away.
  NamedItems<uint64_t> threads_;
  std::map<uint64_t, Thread> living_;
  uint64_t next_ = 1;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_KERNEL_KERNEL_STACKS_H_

#ifndef PAGELAB_WORKLOADS_KERNEL_MEMCG_LIMITS_H_
#define PAGELAB_WORKLOADS_KERNEL_MEMCG_LIMITS_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "pagelab/alloc/execution_context.h"
#include "pagelab/alloc/gfp.h"
#include "pagelab/alloc/lru.h"
#include "pagelab/alloc/page.h"
#include "pagelab/alloc/types.h"
#include "pagelab/sim/memcg_table.h"
#include "pagelab/workloads/kernel/process.h"

namespace pagelab {

class KernelWorld;

// memory.max and memory.high: who is over them gets no memory before some of
// his own cgroup's is given back, by reclaim, or by killing one of its
// processes.
//
//  M1  A charge through KernelWorld::Enter() leaves the usage at or below max,
//      but for what a fork takes besides its page tables.
//
// Differs from Linux: cgroups are flat; folios of a cgroup are found on the
// LRU lists of the nodes, in their order, as a cgroup has no lists of its own;
// shrinkers are not asked; who is over memory.high waits as long as reclaim
// takes, no longer.
//
// Kernel counterparts: try_charge_memcg(), mem_cgroup_out_of_memory().
class MemcgLimits {
 public:
  explicit MemcgLimits(KernelWorld& world) : world_(world) {}

  struct Limits {
    PageCount max = MemcgAccount::kNoLimit;
    PageCount high = MemcgAccount::kNoLimit;
  };
  // Of the cgroup of that name, which is made if need be; brings it below
  // them. Kernel counterpart: memory_max_write().
  void Set(ExecutionContext& context, std::string_view memcg,
           const Limits& limits);

  // Whether a request with that mask will be charged.
  static bool IsCharged(Gfp gfp) {
    // Huge pages of the pool are not, as the kernel has it by default.
    const bool of_user = gfp.Has(gfp::kMovable) && !gfp.Has(gfp::kRetryMayfail);
    return of_user || gfp.Has(gfp::kAccount);
  }
  // Before so many pages are charged to the cgroup of the process. False: they
  // must not be, or the process was killed for them.
  bool MakeRoom(ExecutionContext& context, const Process& process,
                PageCount pages);

  // Gives back user memory that is charged to the cgroup; how many pages went.
  // Kernel counterpart: try_to_free_mem_cgroup_pages().
  PageCount Reclaim(ExecutionContext& context, uint32_t memcg,
                    PageCount wanted);

 private:
  enum class Force : uint8_t { kInactive, kActiveToo, kReferencedToo };
  bool MakeRoomUnder(ExecutionContext& context, uint32_t memcg,
                     PageCount pages);
  // Frees one process of the cgroup; false when there is none to be killed.
  bool Kill(ExecutionContext& context, uint32_t memcg);
  // A page of the cgroup is on its way to the disk.
  bool IsBeingWritten(uint32_t memcg);
  void GatherFrom(Lruvec& lruvec, LruList list, uint32_t memcg,
                  PageCount wanted);
  PageCount ReclaimPass(ExecutionContext& context, uint32_t memcg,
                        PageCount wanted, Force force);
  PageCount EvictGathered(ExecutionContext& context, Force force);

  KernelWorld& world_;
  std::vector<Page*> gathered_;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_KERNEL_MEMCG_LIMITS_H_

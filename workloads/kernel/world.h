#ifndef PAGELAB_WORKLOADS_KERNEL_WORLD_H_
#define PAGELAB_WORKLOADS_KERNEL_WORLD_H_

#include <algorithm>
#include <array>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "pagelab/alloc/page_users.h"
#include "pagelab/base/random.h"
#include "pagelab/sim/machine.h"
#include "pagelab/workloads/kernel/daemon.h"
#include "pagelab/workloads/kernel/file_system.h"
#include "pagelab/workloads/kernel/folio_user.h"
#include "pagelab/workloads/kernel/frame_table.h"
#include "pagelab/workloads/kernel/kernel_path.h"
#include "pagelab/workloads/kernel/machine_cma.h"
#include "pagelab/workloads/kernel/process.h"
#include "pagelab/workloads/kernel/swap_device.h"

namespace pagelab {

class AnonymousMemory;
class FileTable;
struct Inode;
class PageFrags;
class PageCache;
class Pipes;
class Shmem;
class SlabCaches;
struct KernelMemory;

// The kernel around the allocator: processes, what they map, what the caches
// hold. Owns the subsystems, and is to reclaim and migration what they need of
// all of them. Attached to its machine from Attach() until it is destroyed.
//
//  W1  A folio is of one subsystem: FolioUse of its head names it, and goes
//      when the folio is freed.
//  W2  What a subsystem allocates it takes with Enter() and adopts with
//      Adopt(); it gives it back with Release(). So flags, LRU list, counters
//      and charge of a block follow its use.
class KernelWorld final : public PageUsers {
 public:
  explicit KernelWorld(Machine& machine);
  ~KernelWorld() override;
  KernelWorld(const KernelWorld&) = delete;
  KernelWorld& operator=(const KernelWorld&) = delete;

  Machine& machine() { return machine_; }
  FrameTable& frames() { return frames_; }
  SwapDevice& swap() { return swap_; }
  AnonymousMemory& anonymous() { return *anonymous_; }
  FileTable& files() { return *files_; }
  // A new file, with its name and inode in slabs as far as there is memory.
  std::shared_ptr<Inode> CreateFile(Process& process, FileSystem fs);
  // REQUIRES: it has no pages any more.
  void RemoveFile(Process& process, Inode& inode);
  PageCache& page_cache() { return *page_cache_; }
  Shmem& shmem() { return *shmem_; }
  Pipes& pipes() { return *pipes_; }
  PageFrags& page_frags() { return *page_frags_; }
  // What the kernel allocates for itself, and limits of memory cgroups.
  KernelMemory& kernel_memory() { return *kernel_memory_; }
  SlabCaches& slab();
  Nanoseconds now() const { return machine_.clock().now(); }

  // --- processes ---

  // A process for a task that exists; its address lasts as long as the world.
  Process& NewProcess(Task& task, CpuId cpu);
  // Another task like `parent`'s, with the next free pid.
  Process& NewChild(const Process& parent, std::string_view comm);
  std::deque<Process>& processes() { return processes_; }
  // A child with the parent's memory, or null: memory for it was out.
  // Kernel counterpart: kernel_clone().
  Process* Fork(Process& parent, std::string_view comm);
  // Processes that a scenario calls by one name, oldest first.
  std::vector<Process*>& group(const std::string& name) {
    return groups_[name];
  }
  // Somebody has used the name, though none of them may be left.
  bool HasGroup(const std::string& name) const {
    return groups_.count(name) > 0;
  }
  // Frees what the process holds. Kernel counterpart: do_exit().
  void Exit(Process& process);
  ExecutionContext ContextOf(const Process& process);

  // --- memory ---

  // What a subsystem wants of a way into the kernel.
  struct Wish {
    // The path's own where it is empty.
    Gfp gfp{};
    Order order{};
    NodeId node{};
    // There is another way, so that no memory is no failure.
    bool optional = false;
    // See KernelRequest.
    PageCount count{1};
    const SlabFallback* slab_fallback = nullptr;
  };
  // Runs the way into the kernel for the process; what it allocated, which is
  // nothing where memory was out. Valid until the next call.
  absl::Span<const KernelRequest::Allocated> Enter(Process& process,
                                                   const KernelPath& path,
                                                   const Wish& wish);
  absl::Span<const KernelRequest::Allocated> Enter(Process& process,
                                                   const KernelPath& path);

  // A block that Enter() gave begins its use: flags, charge, counters, LRU
  // list.
  void Adopt(Process& process, const KernelRequest::Allocated& block,
             const FolioUse& use);
  // The use of a block ends, and it is freed. A user folio leaves its LRU list,
  // where it may be or not.
  void Release(ExecutionContext& context, Pfn head);
  // The same, in batches as release_pages() makes them. Kept until
  // FlushReleases(), or until the batch is full.
  void ReleaseLater(ExecutionContext& context, Pfn head);
  void FlushReleases(ExecutionContext& context);
  // What Release() does, but for the freeing itself.
  void EndUse(Pfn head);
  // Pages that were adopted, and not yet released.
  PageCount held() const { return held_; }

  // A block that Enter() gave and nobody needs: its process is gone.
  void Discard(Process& process, const KernelRequest::Allocated& block);
  // The process does nothing more before that time; others run meanwhile.
  void SleepUntil(Process& process, Nanoseconds time) const {
    process.sleeps_until = std::max(process.sleeps_until, time);
  }
  // A block of the kernel's own is counted as something else from now on.
  void ChangeUse(Pfn head, PageUse use);

  // Moves a folio to another node; false when it stays. Kernel counterpart:
  // migrate_pages().
  bool MigrateFolio(const Process& process, Pfn head, MigrateReason reason,
                    NodeId node);

  // --- who asks for what, besides the caller of Enter() ---

  Random& random() { return random_; }
  // What happened, for reports.
  struct Counts {
    uint64_t allocations = 0;
    uint64_t pages_allocated = 0;
    uint64_t frees = 0;
    uint64_t pages_freed = 0;
    uint64_t failures = 0;
  };
  const Counts& counts() const { return counts_; }
  // Told of each way into the kernel that found no memory.
  using OnFailure = std::function<void(const Process&, const Wish&)>;
  void SetOnFailure(OnFailure on_failure) {
    on_failure_ = std::move(on_failure);
  }
  void RegisterUser(FolioKind kind, FolioUser& user);
  // Threads of the kernel that run when it is their turn.
  Daemons& daemons() { return daemons_; }

  // --- PageUsers ---
  SwapSpace Swap() const override;
  int TakeReferences(Page& folio) override;
  Eviction Evict(ExecutionContext& context, Page& folio) override;
  PageCount ShrinkSlab(ExecutionContext& context, NodeId node,
                       int priority) override;
  bool IsPinned(const Page& folio) const override;
  bool Move(ExecutionContext& context, Page& from, Page& to) override;
  void ForEachProcess(
      absl::FunctionRef<void(const OomCandidate&)> fn) const override;
  void Kill(ExecutionContext& context, Task& task) override;
  void Spend(ExecutionContext& context, Nanoseconds duration) override;

 private:
  Process* ProcessOf(const Task& task);
  void AddMemoryDaemons(Node& node);

  Machine& machine_;
  Random random_{0};
  FrameTable frames_;
  SwapDevice swap_;
  Daemons daemons_;
  std::deque<Process> processes_;
  int32_t next_pid_ = 1;
  // Threads of the kernel have low pids.
  int32_t next_daemon_pid_ = 30;
  // By node: when kcompactd looks at it unasked.
  std::vector<Nanoseconds> next_proactive_;
  std::map<std::string, std::vector<Process*>> groups_;
  std::array<FolioUser*, kNrFolioKinds> users_{};
  // What the blocks that are no folios count as, by head.
  absl::flat_hash_map<uint64_t, PageUse> kernel_uses_;
  PageCount held_;
  KernelRequest::Blocks entered_;
  Counts counts_;
  OnFailure on_failure_;
  std::vector<PageAllocator::Folio> releases_;
  const KernelPath& copy_process_;
  std::unique_ptr<AnonymousMemory> anonymous_;
  std::unique_ptr<FileTable> files_;
  std::unique_ptr<PageCache> page_cache_;
  std::unique_ptr<Shmem> shmem_;
  std::unique_ptr<Pipes> pipes_;
  std::unique_ptr<PageFrags> page_frags_;
  std::unique_ptr<KernelMemory> kernel_memory_;
  std::optional<MachineCma> cma_;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_KERNEL_WORLD_H_

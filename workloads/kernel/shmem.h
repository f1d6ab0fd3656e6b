#ifndef PAGELAB_WORKLOADS_KERNEL_SHMEM_H_
#define PAGELAB_WORKLOADS_KERNEL_SHMEM_H_

#include <cstdint>

#include "pagelab/workloads/kernel/file_result.h"
#include "pagelab/workloads/kernel/file_table.h"
#include "pagelab/workloads/kernel/folio_user.h"
#include "pagelab/workloads/kernel/kernel_path.h"

namespace pagelab {

class KernelWorld;
struct Process;

// Files in tmpfs: pages that are nowhere but in memory, or in swap.
//
//  S1  A file has a page at an index exactly if FolioUse of that page names
//      the file and the index; a slot in its index has one user, the file.
//  S2  All pages are swapbacked and dirty: what counts them as tmpfs.
//
// Simplified: no limit to a file system's size; pages of 4 KiB (huge=never);
// what comes back from swap gives up its slot at once, and nothing is read
// around it.
//
// Kernel counterpart: mm/shmem.c.
class Shmem final : public FolioUser {
 public:
  explicit Shmem(KernelWorld& world);

  // Pages [begin, end): those that were never written take no memory.
  FileResult Read(Process& process, Inode& inode, uint64_t begin, uint64_t end);
  // Kernel counterpart: shmem_file_write_iter().
  FileResult Write(Process& process, Inode& inode, uint64_t begin,
                   uint64_t end);
  // Kernel counterpart: shmem_fallocate(). What there was memory for goes
  // again where there is none for all.
  FileResult Fallocate(Process& process, Inode& inode, uint64_t begin,
                       uint64_t end);
  // Pages [begin, end) go. Kernel counterpart: shmem_truncate_range().
  void Truncate(Process& process, Inode& inode, uint64_t begin, uint64_t end);

  // --- FolioUser ---
  Eviction Evict(ExecutionContext& context, Page& folio,
                 const FolioUse& use) override;
  bool Move(Page& from, Page& to, const FolioUse& use) override;

 private:
  // Brings the page in by the way that fits: out of swap, or a fresh one with
  // those flags.
  FileResult GetPage(Process& process, Inode& inode, uint64_t index,
                     const KernelPath& path, PageFlags flags);
  // What fallocate() reserved and nobody wrote to goes again.
  void UndoFallocate(Process& process, Inode& inode, uint64_t begin,
                     uint64_t end);

  KernelWorld& world_;
  const KernelPath& write_;
  const KernelPath& fallocate_;
  const KernelPath& swap_in_read_;
  const KernelPath& swap_in_write_;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_KERNEL_SHMEM_H_

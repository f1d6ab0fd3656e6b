#ifndef PAGELAB_WORKLOADS_KERNEL_WRITEBACK_H_
#define PAGELAB_WORKLOADS_KERNEL_WRITEBACK_H_

#include <cstdint>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "pagelab/alloc/allocator_state.h"
#include "pagelab/workloads/kernel/disk.h"
#include "pagelab/workloads/kernel/file_table.h"

namespace pagelab {

class KernelWorld;

// How many dirty pages start writeback, and how many stop a writer.
// Kernel counterpart: domain_dirty_limits().
struct DirtyLimits {
  uint64_t background = 0;
  uint64_t limit = 0;
};
DirtyLimits DirtyLimitsOf(const AllocatorState& state);

// Dirty pages of files on disk, and their way there: a flusher that wakes up
// every five seconds for what is dirty for thirty, and at once when too much
// is; writers that wait when there is much more.
//
//  B1  nr_dirty counts the pages of files with kDirty, nr_writeback those with
//      kWriteback, nr_zone_write_pending both, each by the zone it is in.
//  B2  A page that is being read or written has one pin for it, and is in one
//      request of the disk.
//
// Simplified: a writer waits as long as the disk takes for what it wrote, or
// until the limit is kept, instead of pauses from measured bandwidth; the
// limits are those of the machine alone, not of cgroups or nodes.
//
// Kernel counterparts: mm/page-writeback.c, fs/fs-writeback.c.
class Writeback {
 public:
  explicit Writeback(KernelWorld& world);

  // Kernel counterparts: folio_mark_dirty(), folio_account_cleaned().
  void MarkDirty(Inode& inode, Page& page);
  void CancelDirty(Inode& inode, Page& page);
  // A folio moved: its counters go where it went. Both have its flags.
  void MoveCounts(const Page& from, const Page& to);

  // The page of the file gets its contents from the disk: locked until then,
  // and part of the next SubmitRead().
  void BeginRead(Inode& inode, Page& page);
  void SubmitRead(Inode& inode, std::vector<Pfn> pages);
  // Starts writing at most `limit` dirty pages of the file; how many.
  uint64_t WriteInode(Inode& inode, uint64_t limit);
  // The same for a page that reclaim wants: it is the next to go afterwards.
  void WriteForReclaim(Inode& inode, Page& page);
  // When the page is read or written, as far as it is being that.
  Nanoseconds DoneAt(const Inode& inode, Pfn pfn);
  // When nothing of the file is being written or read any more.
  Nanoseconds SettledAt(Inode& inode);
  // What is being read or written from that index on is let go now.
  void Withdraw(Inode& inode, uint64_t begin);

  // The writer of so many pages goes on at the time that this returns.
  // Kernel counterpart: balance_dirty_pages().
  Nanoseconds Balance(uint64_t pages);

  // What the disk has done by now is done.
  void Complete(Nanoseconds now);

 private:
  enum class Change : int8_t { kRemove = -1, kAdd = 1 };
  void Count(const Page& page, NodeStat stat, Change change);
  void CountPending(const Page& page, Change change);
  void RemoveDirty(Inode& inode, Page& page);
  void BeginWrite(Inode& inode, Page& page);
  void EndRead(Page& page);
  void EndWrite(Page& page);
  void LetGo(Page& page);
  std::optional<Nanoseconds> FlusherDue(Nanoseconds now) const;
  void RunFlusher();

  KernelWorld& world_;
  Disk disk_;
  // Files with dirty pages, by the time since when, and number.
  std::set<std::pair<Nanoseconds, uint32_t>> dirty_files_;
  // Writes until the background limit is kept.
  bool woken_ = false;
  // Writes what became dirty before.
  std::optional<Nanoseconds> expired_before_;
  Nanoseconds next_period_;
  // The disk has enough to do until then.
  Nanoseconds busy_until_;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_KERNEL_WRITEBACK_H_

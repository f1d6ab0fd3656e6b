#ifndef PAGELAB_WORKLOADS_KERNEL_PAGE_CACHE_H_
#define PAGELAB_WORKLOADS_KERNEL_PAGE_CACHE_H_

#include <cstdint>

#include "pagelab/workloads/kernel/file_result.h"
#include "pagelab/workloads/kernel/file_table.h"
#include "pagelab/workloads/kernel/folio_user.h"
#include "pagelab/workloads/kernel/kernel_path.h"
#include "pagelab/workloads/kernel/workingset.h"
#include "pagelab/workloads/kernel/writeback.h"

namespace pagelab {

class KernelWorld;
struct Process;

// Pages of files on disk: read with readahead, written and left to writeback,
// dropped when memory is short and read again.
//
//  C1  A file has a page at an index exactly if FolioUse of that page names
//      the file and the index.
//  C2  A page is dirty only while a flusher knows its file (writeback.h, B1).
//
// Simplified: one disk; folios of one page; what reclaim finds dirty it starts
// to write itself; a file's own blocks, extents and journal are not there.
//
// Kernel counterparts: mm/filemap.c, mm/readahead.c, mm/truncate.c, ext4.
class PageCache final : public FolioUser {
 public:
  explicit PageCache(KernelWorld& world);

  // Pages [begin, end) of the file, as far as it goes. The process sleeps until
  // what it needs is there. Kernel counterpart: filemap_read().
  FileResult Read(Process& process, FilePosition& file, uint64_t begin,
                  uint64_t end);
  // Pages [begin, end), which the file grows to have. A process that writes
  // more than the disk sleeps. Kernel counterpart: generic_perform_write().
  FileResult Write(Process& process, Inode& inode, uint64_t begin,
                   uint64_t end);
  // Pages from `begin` on go, dirty or not.
  // Kernel counterpart: truncate_inode_pages().
  void Truncate(Process& process, Inode& inode, uint64_t begin);
  // Writes what is dirty; the process sleeps until that is done.
  // Kernel counterpart: fsync(2).
  void Sync(Process& process, Inode& inode);
  // Pages that are clean and that nobody uses just now go; how many.
  // Kernel counterpart: drop_pagecache_sb().
  PageCount DropClean(ExecutionContext& context);

  Writeback& writeback() { return writeback_; }

  // --- FolioUser ---
  Eviction Evict(ExecutionContext& context, Page& folio,
                 const FolioUse& use) override;
  bool Move(Page& from, Page& to, const FolioUse& use) override;

 private:
  FileResult ReadPage(Process& process, FilePosition& file, uint64_t index,
                      uint64_t end);
  FileResult ReadAhead(Process& process, Inode& inode,
                       const ReadaheadWindow& window);
  FileResult WritePage(Process& process, Inode& inode, uint64_t index);
  // Puts a page that Enter() gave into the file.
  Page& Add(Process& process, Inode& inode, uint64_t index,
            const KernelRequest::Allocated& block);
  void MarkAccessed(Page& folio);

  KernelWorld& world_;
  Writeback writeback_;
  Workingset workingset_;
  const KernelPath& read_;
  const KernelPath& write_;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_KERNEL_PAGE_CACHE_H_

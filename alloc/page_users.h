#ifndef PAGELAB_ALLOC_PAGE_USERS_H_
#define PAGELAB_ALLOC_PAGE_USERS_H_

#include <cstdint>

#include "absl/functional/function_ref.h"
#include "pagelab/alloc/execution_context.h"
#include "pagelab/alloc/page.h"
#include "pagelab/alloc/types.h"

namespace pagelab {

// What became of a folio that reclaim wants.
enum class Eviction : uint8_t {
  // Its contents are elsewhere or not needed, nobody maps it, its charge and
  // its flags are gone: to be freed by who asked.
  kFreed,
  // In use, locked or pinned: back to its list.
  kBusy,
  // Cannot go now, and should not be looked at again soon: no swap is left.
  kActivate,
  // Is being written; comes back clean, to the tail of its inactive list, when
  // that is done.
  kWriteback,
};

// A process as the out-of-memory killer sees it, in pages.
struct OomCandidate {
  Task* task = nullptr;
  uint32_t uid = 0;
  int64_t total_vm = 0;
  int64_t anon_rss = 0;
  int64_t file_rss = 0;
  int64_t shmem_rss = 0;
  int64_t swap_entries = 0;
  int64_t page_table_bytes = 0;
  int oom_score_adj = 0;
};

// Where anonymous memory can go.
struct SwapSpace {
  PageCount total;
  PageCount free;
};

// What reclaim, migration and the out-of-memory killer need of those who use
// pages, which the page allocator does not know: mappings, contents, processes.
// All calls are cold. A folio is an allocated block with its head.
class PageUsers {
 public:
  virtual ~PageUsers() = default;

  // --- reclaim ---

  // Takes the accessed bits of all mappings; how many were set.
  // Kernel counterpart: folio_referenced().
  virtual int TakeReferences(Page& folio) = 0;
  // Unmaps the folio and gives up its contents, if that is possible now. It
  // is on no LRU list. A huge page may be split: then the answer is about its
  // first page, and the others are on LRU lists again. What that costs in time
  // is told to Spend(). Kernel counterpart: the body of shrink_folio_list().
  virtual Eviction Evict(ExecutionContext& context, Page& folio) = 0;
  // Without free swap only files are reclaimed.
  virtual SwapSpace Swap() const { return {}; }
  // Asks the shrinkers of caches for 1/2^priority of what they hold on `node`;
  // how many pages went. Kernel counterpart: shrink_slab().
  virtual PageCount ShrinkSlab(ExecutionContext& context, NodeId node,
                               int priority) = 0;

  // --- migration ---

  // Somebody holds a reference beyond mappings and caches: it cannot move.
  virtual bool IsPinned(const Page& folio) const = 0;
  // Everybody who uses `from` uses `to` from now on; flags, charge and pte have
  // been copied, contents and trackers are the caller's. False, with nothing
  // changed: not now. Kernel counterpart: migrate_folio(),
  // remove_migration_ptes().
  virtual bool Move(ExecutionContext& context, Page& from, Page& to) = 0;

  // --- processes ---

  virtual void ForEachProcess(
      absl::FunctionRef<void(const OomCandidate&)> fn) const = 0;
  // The process dies, and its memory is freed.
  virtual void Kill(ExecutionContext& context, Task& task) = 0;

  // --- time ---

  // Simulated time passes for who runs: `context.now` follows.
  virtual void Spend(ExecutionContext& context, Nanoseconds duration) = 0;
};

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_PAGE_USERS_H_

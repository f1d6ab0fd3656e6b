#ifndef PAGELAB_WORKLOADS_FRAG_PAGEBLOCK_REPORT_H_
#define PAGELAB_WORKLOADS_FRAG_PAGEBLOCK_REPORT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "pagelab/alloc/types.h"
#include "pagelab/workloads/frag/pageblock_use.h"

namespace pagelab {

// What stands between an owner's pages and whole free pageblocks.
struct BlockingOwner {
  std::string name;
  // Nobody: pages that page_owner knows no stack for.
  bool special = false;
  // All of its pages, and of them those that could not be migrated.
  uint64_t pages = 0;
  uint64_t unmovable = 0;
  // Pageblocks in use that it is in, huge pages aside.
  uint64_t in_blocks = 0;
  // Pageblocks that would be free if it alone gave its pages back, and how many
  // of its pages are in them.
  uint64_t blocks = 0;
  uint64_t block_pages = 0;
  // The same, if moreover all that could be migrated had moved elsewhere: the
  // pageblocks in which nobody but this owner has unmovable pages.
  uint64_t compacted_blocks = 0;
  uint64_t compacted_pages = 0;
};

// A pageblock that is nearly free.
struct NearBlock {
  struct Owner {
    std::string name;
    uint64_t pages = 0;
    uint64_t unmovable = 0;
  };
  PfnRange range;
  // Empty: not known.
  std::string type;
  uint64_t movable = 0;
  uint64_t unmovable = 0;
  // Free, but on a per-cpu list.
  uint64_t pcp = 0;
  // Who is in it; most unmovable pages first, then most pages.
  std::vector<Owner> owners;
};

// Every pageblock is in one of the classes up to `untracked`.
struct PageblockReport {
  Order order;
  bool knows_free_lists = false;
  bool has_owners = false;
  uint64_t total = 0;
  uint64_t free = 0;
  // Free when the per-cpu lists are drained.
  uint64_t on_pcp = 0;
  // In use, all of it by one block: a huge page already.
  uint64_t one_block = 0;
  // In use by pages that could be migrated, and by others too.
  uint64_t movable = 0;
  uint64_t unmovable = 0;
  // With pages in use that page_owner does not know: they cannot become free.
  uint64_t untracked = 0;
  // Fewest unmovable pages first, then fewest pages in use, then lowest.
  std::vector<NearBlock> nearest;
  // Most compacted_blocks first, then most blocks, in_blocks, pages. Only those
  // with pages in pageblocks that could be free.
  std::vector<BlockingOwner> owners;

  // What could be free and is not.
  uint64_t in_use() const { return movable + unmovable; }
};

// `max_nearest` limits that list.
PageblockReport ReportPageblocks(const PageblockMap& map, size_t max_nearest);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_FRAG_PAGEBLOCK_REPORT_H_

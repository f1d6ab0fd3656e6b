#ifndef PAGELAB_OWNER_OWNER_WALK_H_
#define PAGELAB_OWNER_OWNER_WALK_H_

#include <optional>

#include "pagelab/alloc/page.h"
#include "pagelab/alloc/page_walk.h"
#include "pagelab/alloc/types.h"
#include "pagelab/owner/page_owner.h"

namespace pagelab {

// Finds the records that the page_owner file shows, in ascending order of pfn
// (page-ext-owner-depot.md 6.1, step 3). Holes, reserved memory and runs of
// free memory cost one step each. Valid while the machine does not run.
class OwnerWalk {
 public:
  struct Item {
    Pfn pfn;
    PageOwnerRecord record;
    // Of the block that holds the page.
    const Page* head = nullptr;
  };

  explicit OwnerWalk(const PageOwner& owner)
      : owner_(owner), memory_(*owner.state().memory) {}

  // The first record at or after `pfn`, nothing at the end of memory.
  std::optional<Item> Find(Pfn pfn);
  // Where to go on after `item`: its tails have nothing to show.
  static Pfn After(const Item& item) {
    return item.pfn + PageCount(uint64_t{1} << item.record.order);
  }

 private:
  // The extent that holds `pfn`, without searching where `pfn` heads a block.
  void Locate(Pfn pfn);
  bool IsShown(Pfn pfn, const PageOwnerRecord& record) const;

  const PageOwner& owner_;
  const PhysicalMemory& memory_;
  FrameExtent extent_;
};

}  // namespace pagelab

#endif  // PAGELAB_OWNER_OWNER_WALK_H_

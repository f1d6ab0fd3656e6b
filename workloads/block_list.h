#ifndef PAGELAB_WORKLOADS_BLOCK_LIST_H_
#define PAGELAB_WORKLOADS_BLOCK_LIST_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "pagelab/alloc/types.h"
#include "pagelab/base/random.h"

namespace pagelab {

// An allocated block that a scenario can free.
struct Block {
  Pfn head;
  Order order;
  // From alloc_pages_exact(): so many order-0 pages from `head` on. 0: none.
  uint64_t exact_pages = 0;
  // For a dangling one, when it was freed.
  Nanoseconds allocated;
  // It was freed, and somebody kept its address.
  bool dangling = false;
  // Unique and ascending within a list.
  uint64_t serial = 0;
  // Serial that the block had before it was split; ascending within a list.
  uint64_t origin = 0;

  PageCount pages() const {
    return PageCount(exact_pages > 0 ? exact_pages : order.pages());
  }
};

// The live blocks of a handle, oldest first. Taking one from anywhere costs
// amortised logarithmic time: a taken block leaves a gap, and gaps go once
// they outnumber the blocks.
class BlockList {
 public:
  size_t size() const { return live_; }

  // REQUIRES: block.serial and block.origin are above those in the list.
  void Add(const Block& block);

  // One past the serial of the last block allocated at or before `when`.
  uint64_t BoundAt(Nanoseconds when) const;

  // The neighbour in age order among the blocks with a serial below `bound`.
  std::optional<Block> OldestFrom(uint64_t serial, uint64_t bound);
  std::optional<Block> NewestBelow(uint64_t bound) const;
  // Any of the blocks with a serial below `bound`, with equal chances.
  std::optional<Block> RandomBelow(uint64_t bound, Random& random);
  // All serials below `bound`.
  std::vector<uint64_t> SerialsBelow(uint64_t bound) const;

  std::optional<Block> Take(uint64_t serial);
  // Takes one of the blocks that came of the allocation `origin`.
  std::optional<Block> TakeOrigin(uint64_t origin);
  // Takes everything, oldest first.
  std::vector<Block> TakeAll();

 private:
  struct Slot {
    Block block;
    bool live = true;
  };
  size_t IndexOf(uint64_t serial) const;
  Block TakeSlot(size_t index);
  void RemoveGaps();

  std::vector<Slot> slots_;
  // No slot before this one is live.
  size_t first_ = 0;
  size_t live_ = 0;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_BLOCK_LIST_H_

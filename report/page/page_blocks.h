// What is in each pageblock, for the page; internal to this folder.

#ifndef PAGELAB_REPORT_PAGE_PAGE_BLOCKS_H_
#define PAGELAB_REPORT_PAGE_PAGE_BLOCKS_H_

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "pagelab/alloc/types.h"
#include "pagelab/report/page/frame_chunks.h"

namespace pagelab {

// What keeps a pageblock from being free as a whole: BlockState of
// web/src/data/contract.ts.
enum class PageblockKeeper : uint8_t {
  kFree,
  kOnPcp,
  kOneBlock,
  kMovable,
  kUnmovable,
  kUntracked,
  kUnknown,
};
inline constexpr size_t kNrPageblockKeepers = 7;

// Pages of one owner in one pageblock.
struct PageOwnerShare {
  uint32_t owner = 0;
  uint32_t movable = 0;
  uint32_t unmovable = 0;

  uint32_t pages() const { return movable + unmovable; }
};

// In pages.
struct PageBlock {
  uint32_t free = 0;
  uint32_t pcp = 0;
  uint32_t movable = 0;
  uint32_t unmovable = 0;
  // One allocated block covers it.
  bool is_one_block = false;
  // Index in PageBlocks::types(); -1: not known.
  int type = -1;
  // Sums over its pages in use: of their orders, of their ages in milliseconds.
  uint64_t orders = 0;
  uint64_t times = 0;
  std::vector<PageOwnerShare> owners;

  uint32_t in_use() const { return movable + unmovable; }
};

// Pageblocks one behind the other, all of one zone.
struct PageBlockRange {
  // pfn >> pageblock order.
  uint64_t first = 0;
  uint64_t count = 0;
  // -1: not known.
  int zone = -1;
  // Its number among all; PageBlocks counts them.
  uint64_t first_cell = 0;
};

class PageBlocks {
 public:
  explicit PageBlocks(Order order) : order_(order) {}

  // All the memory there is, ascending; without it what was added decides.
  void SetRanges(std::vector<PageBlockRange> ranges, bool knows_free_lists);
  void SetTypes(std::vector<std::string> types) { types_ = std::move(types); }
  void SetType(uint64_t block, int type) { blocks_[block].type = type; }
  // Of any kind but allocated.
  void AddFree(const FrameBlock& block);
  struct Use {
    uint32_t owner = 0;
    bool movable = false;
    std::string_view block_type = {};
    // Allocated so many milliseconds after boot.
    uint64_t time_ms = 0;
  };
  void AddUsed(const FrameBlock& block, const Use& use);
  // Nothing more comes. Finds the ranges if there are none, and leaves out what
  // is in none of them.
  void Finish();

  Order order() const { return order_; }
  uint32_t pages_per_block() const {
    return static_cast<uint32_t>(order_.pages());
  }
  bool knows_free_lists() const { return knows_free_lists_; }
  const std::vector<std::string>& types() const { return types_; }
  const std::vector<PageBlockRange>& ranges() const { return ranges_; }
  uint64_t nr_blocks() const;
  // Pageblocks with records that no range has.
  uint64_t nr_outside() const { return nr_outside_; }
  // Pageblocks in which more is free or recorded than they have.
  uint64_t nr_overfull() const;

  // Each of the map, in its order: the number of its cell, the pageblock's
  // number, what is in it.
  using Visitor =
      std::function<void(uint64_t cell, uint64_t block, const PageBlock&)>;
  void ForEach(const Visitor& visitor) const;
  // -1: the map has no such pageblock.
  int64_t CellOf(uint64_t block) const;
  PageblockKeeper KeeperOf(const PageBlock& block) const;
  // In use by nobody who was recorded.
  uint64_t Untracked(const PageBlock& block) const;

 private:
  template <typename Fn>
  void ForEachPart(const FrameBlock& block, Fn&& fn);
  int TypeNumber(std::string_view name);
  void FindRanges();

  Order order_;
  bool knows_free_lists_ = false;
  std::vector<std::string> types_;
  std::vector<PageBlockRange> ranges_;
  std::map<uint64_t, PageBlock> blocks_;
  // The block that was looked up last.
  uint64_t last_number_ = ~uint64_t{0};
  PageBlock* last_ = nullptr;
  uint64_t nr_outside_ = 0;
};

}  // namespace pagelab

#endif  // PAGELAB_REPORT_PAGE_PAGE_BLOCKS_H_

#include "pagelab/report/page/page_blocks.h"

#include <algorithm>
#include <utility>

namespace pagelab {
namespace {

// A hole in a dump of at least so many pageblocks is taken for one of the
// machine's memory map: the one below 4 GiB of most machines is larger.
constexpr uint64_t kHole = 128;

}  // namespace

void PageBlocks::SetRanges(std::vector<PageBlockRange> ranges,
                           bool knows_free_lists) {
  ranges_ = std::move(ranges);
  knows_free_lists_ = knows_free_lists;
}

template <typename Fn>
void PageBlocks::ForEachPart(const FrameBlock& block, Fn&& fn) {
  const uint64_t end = block.pfn + (uint64_t{1} << block.order);
  for (uint64_t pfn = block.pfn; pfn < end;) {
    const uint64_t number = pfn >> order_.value();
    const uint64_t stop = std::min(end, (number + 1) << order_.value());
    if (number != last_number_) {
      last_number_ = number;
      last_ = &blocks_[number];
    }
    fn(*last_, static_cast<uint32_t>(stop - pfn));
    pfn = stop;
  }
}

void PageBlocks::AddFree(const FrameBlock& block) {
  ForEachPart(block, [&block](PageBlock& part, uint32_t pages) {
    (block.kind == FrameBlock::Kind::kPcp ? part.pcp : part.free) += pages;
  });
}

int PageBlocks::TypeNumber(std::string_view name) {
  if (name.empty()) return -1;
  const auto at = std::find(types_.begin(), types_.end(), name);
  const auto number = static_cast<int>(at - types_.begin());
  if (at == types_.end()) types_.emplace_back(name);
  return number;
}

void PageBlocks::AddUsed(const FrameBlock& block, const Use& use) {
  const bool covers = block.order >= order_.value();
  ForEachPart(block, [&](PageBlock& part, uint32_t pages) {
    (use.movable ? part.movable : part.unmovable) += pages;
    part.is_one_block = part.is_one_block || covers;
    part.orders += uint64_t{block.order} * pages;
    part.times += use.time_ms * pages;
    if (part.type < 0) part.type = TypeNumber(use.block_type);
    // Neighbours are often of one owner.
    auto share = std::find_if(
        part.owners.rbegin(), part.owners.rend(),
        [&use](const PageOwnerShare& s) { return s.owner == use.owner; });
    PageOwnerShare& own =
        share == part.owners.rend()
            ? part.owners.emplace_back(PageOwnerShare{.owner = use.owner})
            : *share;
    (use.movable ? own.movable : own.unmovable) += pages;
  });
}

void PageBlocks::FindRanges() {
  for (const auto& [number, block] : blocks_) {
    if (!ranges_.empty()) {
      PageBlockRange& last = ranges_.back();
      if (number < last.first + last.count + kHole) {
        last.count = number + 1 - last.first;
        continue;
      }
    }
    ranges_.push_back({.first = number, .count = 1});
  }
}

void PageBlocks::Finish() {
  last_number_ = ~uint64_t{0};
  if (ranges_.empty()) FindRanges();
  uint64_t cell = 0;
  for (PageBlockRange& range : ranges_) {
    range.first_cell = cell;
    cell += range.count;
  }
  for (auto at = blocks_.begin(); at != blocks_.end();) {
    if (CellOf(at->first) >= 0) {
      ++at;
      continue;
    }
    nr_outside_ += at->second.in_use() > 0 ? 1 : 0;
    at = blocks_.erase(at);
  }
}

uint64_t PageBlocks::nr_blocks() const {
  uint64_t count = 0;
  for (const PageBlockRange& range : ranges_) count += range.count;
  return count;
}

uint64_t PageBlocks::nr_overfull() const {
  return static_cast<uint64_t>(
      std::count_if(blocks_.begin(), blocks_.end(), [this](const auto& entry) {
        const PageBlock& block = entry.second;
        return block.free + block.pcp + block.in_use() > pages_per_block();
      }));
}

void PageBlocks::ForEach(const Visitor& visitor) const {
  static const PageBlock kNothing;
  uint64_t cell = 0;
  for (const PageBlockRange& range : ranges_) {
    auto at = blocks_.lower_bound(range.first);
    for (uint64_t i = 0; i < range.count; ++i, ++cell) {
      const uint64_t number = range.first + i;
      const bool known = at != blocks_.end() && at->first == number;
      visitor(cell, number, known ? at->second : kNothing);
      if (known) ++at;
    }
  }
}

int64_t PageBlocks::CellOf(uint64_t block) const {
  const auto behind = std::upper_bound(
      ranges_.begin(), ranges_.end(), block,
      [](uint64_t b, const PageBlockRange& range) { return b < range.first; });
  if (behind == ranges_.begin()) return -1;
  const PageBlockRange& range = *(behind - 1);
  if (block >= range.first + range.count) return -1;
  return static_cast<int64_t>(range.first_cell + block - range.first);
}

uint64_t PageBlocks::Untracked(const PageBlock& block) const {
  const uint64_t known = uint64_t{block.free} + block.pcp + block.in_use();
  if (!knows_free_lists_ || known >= pages_per_block()) return 0;
  return pages_per_block() - known;
}

PageblockKeeper PageBlocks::KeeperOf(const PageBlock& block) const {
  if (Untracked(block) > 0) return PageblockKeeper::kUntracked;
  if (block.in_use() == 0) {
    if (!knows_free_lists_) return PageblockKeeper::kUnknown;
    return block.pcp == 0 ? PageblockKeeper::kFree : PageblockKeeper::kOnPcp;
  }
  if (block.is_one_block) return PageblockKeeper::kOneBlock;
  return block.unmovable == 0 ? PageblockKeeper::kMovable
                              : PageblockKeeper::kUnmovable;
}

}  // namespace pagelab

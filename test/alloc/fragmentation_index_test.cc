#include "pagelab/alloc/fragmentation_index.h"

#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

FreeBlockCounts Blocks(std::initializer_list<std::pair<int, uint64_t>> blocks) {
  FreeBlockCounts counts;
  for (const auto& [order, count] : blocks) counts.Add(Order(order), count);
  return counts;
}

TEST_CASE("FreeBlockCounts: pages, blocks and what would serve a request",
          "[alloc][fragmentation]") {
  const FreeBlockCounts counts = Blocks({{0, 4}, {1, 2}, {3, 1}});
  CHECK(counts.total_blocks() == 7);
  CHECK(counts.pages() == PageCount(16));
  CHECK(counts.SuitableBlocks(Order(0)) == 16);
  // Two of its own and four in the block of order 3.
  CHECK(counts.SuitableBlocks(Order(1)) == 6);
  CHECK(counts.SuitableBlocks(Order(3)) == 1);
  CHECK(counts.SuitableBlocks(Order(4)) == 0);
}

TEST_CASE("FreeBlockCounts: the unusable index is the share in smaller blocks",
          "[alloc][fragmentation]") {
  const FreeBlockCounts counts = Blocks({{0, 4}, {1, 2}, {3, 1}});
  CHECK(counts.UnusableIndex(Order(0)) == 0);
  // 4 of 16 pages, 8 of 16, all.
  CHECK(counts.UnusableIndex(Order(1)) == 250);
  CHECK(counts.UnusableIndex(Order(2)) == 500);
  CHECK(counts.UnusableIndex(Order(3)) == 500);
  CHECK(counts.UnusableIndex(Order(4)) == 1000);
  // 1 of 3 pages, rounded down.
  CHECK(Blocks({{0, 1}, {1, 1}}).UnusableIndex(Order(1)) == 333);
  // Nothing free: all of it is unusable.
  CHECK(FreeBlockCounts().UnusableIndex(Order(0)) == 1000);
}

TEST_CASE("FreeBlockCounts: the fragmentation index by hand",
          "[alloc][fragmentation]") {
  const FreeBlockCounts counts = Blocks({{0, 4}, {1, 2}, {3, 1}});
  CHECK(counts.FragmentationIndex(Order(0)) == -1000);
  CHECK(counts.FragmentationIndex(Order(3)) == -1000);
  // 1000 - (1000 + 16 * 1000 / 16) / 7 = 1000 - 285.
  CHECK(counts.FragmentationIndex(Order(4)) == 715);
  // 1000 - (1000 + 16 * 1000 / 1024) / 7 = 1000 - 1015 / 7.
  CHECK(counts.FragmentationIndex(Order(10)) == 855);
  CHECK(FreeBlockCounts().FragmentationIndex(Order(0)) == 0);
  // Plenty in single pages: fragmented. One page: out of memory.
  CHECK(Blocks({{0, 100000}}).FragmentationIndex(Order(9)) == 999);
  CHECK(Blocks({{0, 1}}).FragmentationIndex(Order(9)) == -1);
  // One block alone, half as large as wanted: 1000 - 1500 / 1.
  CHECK(Blocks({{8, 1}}).FragmentationIndex(Order(9)) == -500);
  CHECK(Blocks({{8, 2}}).FragmentationIndex(Order(9)) == 0);
}

TEST_CASE("FreeBlockCounts: zones add up", "[alloc][fragmentation]") {
  FreeBlockCounts sum = Blocks({{0, 4}, {10, 1}});
  sum += Blocks({{0, 1}, {9, 2}});
  CHECK(sum == Blocks({{0, 5}, {9, 2}, {10, 1}}));
}

}  // namespace
}  // namespace pagelab

#include "pagelab/workloads/block_list.h"

#include <map>
#include <vector>

#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

Block BlockNumber(uint64_t serial) {
  Block block;
  block.head = Pfn(serial * 8);
  block.order = Order(1);
  block.allocated = Nanoseconds(serial * 10);
  block.serial = block.origin = serial;
  return block;
}

BlockList ListOf(uint64_t count) {
  BlockList list;
  for (uint64_t serial = 1; serial <= count; ++serial) {
    list.Add(BlockNumber(serial));
  }
  return list;
}

TEST_CASE("BlockList: an empty list has nothing to take",
          "[workloads][block_list]") {
  BlockList list;
  Random random(1);
  CHECK(list.size() == 0);
  CHECK_FALSE(list.OldestFrom(0, 100).has_value());
  CHECK_FALSE(list.NewestBelow(100).has_value());
  CHECK_FALSE(list.RandomBelow(100, random).has_value());
  CHECK_FALSE(list.Take(1).has_value());
  CHECK_FALSE(list.TakeOrigin(1).has_value());
}

TEST_CASE("BlockList: blocks come in the order of their age, either way",
          "[workloads][block_list]") {
  BlockList list = ListOf(5);
  REQUIRE(list.Take(1).has_value());
  REQUIRE(list.Take(3).has_value());
  REQUIRE(list.Take(5).has_value());
  CHECK(list.size() == 2);
  CHECK(list.OldestFrom(0, 100)->serial == 2);
  CHECK(list.OldestFrom(3, 100)->serial == 4);
  CHECK_FALSE(list.OldestFrom(3, 4).has_value());
  CHECK(list.NewestBelow(100)->serial == 4);
  CHECK(list.NewestBelow(4)->serial == 2);
}

TEST_CASE("BlockList: a block is taken once", "[workloads][block_list]") {
  BlockList list = ListOf(3);
  CHECK(list.Take(2)->head == Pfn(16));
  CHECK_FALSE(list.Take(2).has_value());
  CHECK(list.size() == 2);
}

TEST_CASE("BlockList: the bound of a time is past what is that old",
          "[workloads][block_list]") {
  const BlockList list = ListOf(5);
  CHECK(list.BoundAt(Nanoseconds(9)) == 0);
  CHECK(list.BoundAt(Nanoseconds(10)) == 2);
  CHECK(list.BoundAt(Nanoseconds(39)) == 4);
  CHECK(list.BoundAt(Nanoseconds(1000)) == 6);
  CHECK(list.SerialsBelow(4) == std::vector<uint64_t>{1, 2, 3});
}

TEST_CASE("BlockList: pieces of a split block keep its origin",
          "[workloads][block_list]") {
  BlockList list;
  for (uint64_t serial = 10; serial < 14; ++serial) {
    Block piece = BlockNumber(serial);
    piece.origin = serial < 12 ? 1 : 2;
    list.Add(piece);
  }
  CHECK(list.TakeOrigin(1)->serial == 10);
  CHECK(list.TakeOrigin(1)->serial == 11);
  CHECK_FALSE(list.TakeOrigin(1).has_value());
  CHECK(list.size() == 2);
}

TEST_CASE("BlockList: blocks can be added after all others were taken",
          "[workloads][block_list]") {
  BlockList list = ListOf(5);
  for (uint64_t serial = 1; serial <= 5; ++serial) {
    REQUIRE(list.OldestFrom(0, 100)->serial == serial);
    REQUIRE(list.Take(serial).has_value());
  }
  list.Add(BlockNumber(6));
  CHECK(list.OldestFrom(0, 100)->serial == 6);
}

TEST_CASE("BlockList: a random pick finds the last block among gaps",
          "[workloads][block_list]") {
  BlockList list = ListOf(200);
  Random random(3);
  for (uint64_t serial = 1; serial < 200; ++serial) {
    if (serial != 150) REQUIRE(list.Take(serial).has_value());
  }
  CHECK(list.RandomBelow(151, random)->serial == 150);
  CHECK_FALSE(list.RandomBelow(150, random).has_value());
}

TEST_CASE("BlockList: random traffic matches a plain map",
          "[workloads][block_list][property]") {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    BlockList list;
    std::map<uint64_t, Pfn> model;
    uint64_t next = 1;
    for (int step = 0; step < 2000; ++step) {
      const uint64_t bound = 1 + random.Uniform(next + 1);
      std::optional<Block> picked;
      switch (random.Uniform(5)) {
        case 0:
        case 1:
          list.Add(BlockNumber(next));
          model[next] = Pfn(next * 8);
          ++next;
          break;
        case 2: {
          picked = list.OldestFrom(0, bound);
          const bool any = !model.empty() && model.begin()->first < bound;
          REQUIRE(picked.has_value() == any);
          if (any) REQUIRE(picked->serial == model.begin()->first);
          break;
        }
        case 3: {
          picked = list.NewestBelow(bound);
          const auto at = model.lower_bound(bound);
          REQUIRE(picked.has_value() == (at != model.begin()));
          if (picked) REQUIRE(picked->serial == std::prev(at)->first);
          break;
        }
        default: {
          picked = list.RandomBelow(bound, random);
          const bool any = !model.empty() && model.begin()->first < bound;
          REQUIRE(picked.has_value() == any);
          if (any) REQUIRE(model.count(picked->serial) == 1);
          break;
        }
      }
      if (picked.has_value() && random.Bernoulli(0.7)) {
        REQUIRE(list.Take(picked->serial)->head == model[picked->serial]);
        model.erase(picked->serial);
      }
      REQUIRE(list.size() == model.size());
    }
  }
}

}  // namespace
}  // namespace pagelab

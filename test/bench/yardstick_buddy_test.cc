#include "pagelab/bench/yardstick_buddy.h"

#include <algorithm>
#include <random>
#include <vector>

#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

constexpr uint32_t kFrames = 8 << YardstickBuddy::kMaxOrder;

struct Block {
  uint32_t head;
  int order;
  uint32_t frames() const { return 1u << order; }
};

bool IsWhole(const YardstickBuddy& buddy) {
  for (int order = 0; order < YardstickBuddy::kMaxOrder; ++order) {
    if (buddy.nr_free(order) != 0) return false;
  }
  return buddy.nr_free(YardstickBuddy::kMaxOrder) ==
         kFrames >> YardstickBuddy::kMaxOrder;
}

uint32_t FreeFrames(const YardstickBuddy& buddy) {
  uint32_t frames = 0;
  for (int order = 0; order <= YardstickBuddy::kMaxOrder; ++order) {
    frames += buddy.nr_free(order) << order;
  }
  return frames;
}

// Which frames are held. Both return whether all of the block's were not, or
// were.
class Held {
 public:
  bool Take(const Block& block) { return Change(block, true); }
  bool Drop(const Block& block) { return Change(block, false); }

 private:
  bool Change(const Block& block, bool held) {
    if (block.head + block.frames() > kFrames) return false;
    for (uint32_t i = 0; i < block.frames(); ++i) {
      if (held_[block.head + i] == held) return false;
      held_[block.head + i] = held;
    }
    return true;
  }
  std::vector<bool> held_ = std::vector<bool>(kFrames);
};

TEST_CASE("YardstickBuddy: all frames out and back make it whole again",
          "[bench][yardstick]") {
  const int order = GENERATE(0, 1, 9, 10);
  CAPTURE(order);
  YardstickBuddy buddy(kFrames);
  Held held;
  std::vector<uint32_t> heads;
  for (uint32_t i = 0; i < kFrames >> order; ++i) {
    heads.push_back(buddy.Get(order));
    REQUIRE(held.Take({heads.back(), order}));
  }
  CHECK(buddy.Get(order) == YardstickBuddy::kNone);
  CHECK(FreeFrames(buddy) == 0);
  CHECK_FALSE(IsWhole(buddy));
  for (const uint32_t head : heads) buddy.Put(head, order);
  CHECK(IsWhole(buddy));
}

TEST_CASE("YardstickBuddy: the block put last is handed out first",
          "[bench][yardstick]") {
  YardstickBuddy buddy(kFrames);
  const uint32_t first = buddy.Get(3);
  const uint32_t between = buddy.Get(3);
  const uint32_t second = buddy.Get(3);
  CHECK(first == 0);
  CHECK(between == 8);
  buddy.Put(second, 3);
  CHECK(buddy.Get(3) == second);
  buddy.Put(first, 3);
  CHECK(buddy.Get(3) == first);
}

TEST_CASE("YardstickBuddy: random traffic never hands out a frame twice",
          "[bench][yardstick][property]") {
  const uint32_t seed = GENERATE(1u, 2u, 3u);
  CAPTURE(seed);
  std::mt19937 random(seed);
  YardstickBuddy buddy(kFrames);
  Held held;
  std::vector<Block> blocks;
  uint32_t nr_held = 0;
  for (int step = 0; step < 20000; ++step) {
    CAPTURE(step);
    if (!blocks.empty() && random() % 2 == 0) {
      std::swap(blocks[random() % blocks.size()], blocks.back());
      REQUIRE(held.Drop(blocks.back()));
      buddy.Put(blocks.back().head, blocks.back().order);
      nr_held -= blocks.back().frames();
      blocks.pop_back();
    } else {
      const int order = static_cast<int>(random() % 11);
      const uint32_t head = buddy.Get(order);
      if (head == YardstickBuddy::kNone) continue;
      blocks.push_back({head, order});
      REQUIRE(head % blocks.back().frames() == 0);
      REQUIRE(held.Take(blocks.back()));
      nr_held += blocks.back().frames();
    }
    REQUIRE(FreeFrames(buddy) == kFrames - nr_held);
  }
  for (const Block& block : blocks) buddy.Put(block.head, block.order);
  CHECK(IsWhole(buddy));
}

}  // namespace
}  // namespace pagelab

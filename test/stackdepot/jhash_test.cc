#include "pagelab/stackdepot/jhash.h"

#include <cstdint>
#include <vector>

#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

constexpr uint32_t kSeed = 0x9747b28c;

TEST_CASE("Jhash: stacks hash as the kernel hashes them",
          "[stackdepot][jhash]") {
  // page-ext-owner-depot.md 16, vector 1.
  using Frames = std::vector<SimAddress>;
  CHECK(HashFrames(Frames{0xffffffff811682c4}, kSeed) == 0xb0d37557);
  CHECK(HashFrames(Frames{0xffffffff811682c4, 0xffffffff811b6325}, kSeed) ==
        0x23800f0e);
  CHECK(HashFrames(Frames{1, 2, 3}, kSeed) == 0xf90d0629);
}

TEST_CASE("Jhash: frames are pairs of words, low half first",
          "[stackdepot][jhash]") {
  const std::vector<uint32_t> words = {1, 0, 2, 0, 3, 0};
  CHECK(Jhash2(words, kSeed) == 0xf90d0629);
}

TEST_CASE("Jhash: nothing hashes to the initial state", "[stackdepot][jhash]") {
  CHECK(Jhash2({}, 0) == 0xdeadbeef);
  CHECK(Jhash2({}, 1) == 0xdeadbef0);
}

TEST_CASE("Jhash: every length from 1 to 7 words has its own hash",
          "[stackdepot][jhash]") {
  std::vector<uint32_t> words;
  std::vector<uint32_t> hashes;
  for (uint32_t i = 0; i < 7; ++i) {
    words.push_back(0);
    const uint32_t hash = Jhash2(words, kSeed);
    for (const uint32_t earlier : hashes) CHECK(hash != earlier);
    hashes.push_back(hash);
  }
}

}  // namespace
}  // namespace pagelab

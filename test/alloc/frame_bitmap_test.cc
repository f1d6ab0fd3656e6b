#include "pagelab/alloc/frame_bitmap.h"

#include <vector>

#include "pagelab/base/random.h"
#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

TEST_CASE("FrameBitmap: agrees with one bool a frame",
          "[alloc][frame_bitmap]") {
  constexpr uint64_t kFrames = 1024;
  // Sections of less than a word, of one, and of several.
  for (const int section_order : {4, 6, 8}) {
    CAPTURE(section_order);
    FrameBitmap bitmap(section_order);
    std::vector<bool> expected(kFrames);
    Random random(7);
    for (int step = 0; step < 500; ++step) {
      uint64_t first = random.Uniform(kFrames);
      uint64_t end = first + random.Uniform(kFrames - first + 1);
      if (random.Bernoulli(0.3)) {
        first = first >> section_order << section_order;
        end = (end >> section_order) << section_order;
      }
      const bool value = random.Bernoulli(0.5);
      for (uint64_t i = first; i < end; ++i) expected[i] = value;
      if (value) {
        bitmap.Set({Pfn(first), Pfn(end)});
      } else {
        bitmap.Clear({Pfn(first), Pfn(end)});
      }
      uint64_t wrong = 0;
      for (uint64_t i = 0; i < kFrames; ++i) {
        wrong += bitmap.Test(Pfn(i)) != expected[i] ? 1 : 0;
      }
      REQUIRE(wrong == 0);
    }
  }
}

TEST_CASE("FrameBitmap: past the last frame that was set, all is clear",
          "[alloc][frame_bitmap]") {
  FrameBitmap bitmap(8);
  bitmap.Clear({Pfn(0), Pfn(1u << 20)});
  CHECK(bitmap == FrameBitmap(8));
  bitmap.Set({Pfn(3), Pfn(4)});
  CHECK(bitmap.Test(Pfn(3)));
  CHECK_FALSE(bitmap.Test(Pfn(4)));
  CHECK_FALSE(bitmap.Test(Pfn(uint64_t{1} << 40)));
}

}  // namespace
}  // namespace pagelab

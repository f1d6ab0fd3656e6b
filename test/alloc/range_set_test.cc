#include "pagelab/alloc/range_set.h"

#include <set>

#include "pagelab/base/random.h"
#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

PfnRange R(uint64_t begin, uint64_t end) { return {Pfn(begin), Pfn(end)}; }

std::vector<PfnRange> RangesOf(const RangeSet& set) {
  return {set.ranges().begin(), set.ranges().end()};
}

TEST_CASE("RangeSet: ranges that touch become one", "[alloc][range_set]") {
  RangeSet set;
  CHECK(set.empty());
  set.Add(R(10, 20));
  set.Add(R(30, 40));
  set.Add(R(5, 5));
  CHECK(RangesOf(set) == std::vector{R(10, 20), R(30, 40)});
  set.Add(R(20, 25));
  CHECK(RangesOf(set) == std::vector{R(10, 25), R(30, 40)});
  set.Add(R(24, 30));
  CHECK(RangesOf(set) == std::vector{R(10, 40)});
  set.Add(R(0, 100));
  CHECK(RangesOf(set) == std::vector{R(0, 100)});
}

TEST_CASE("RangeSet: removing leaves both sides", "[alloc][range_set]") {
  RangeSet set;
  set.Add(R(10, 40));
  set.Remove(R(20, 20));
  set.Remove(R(20, 30));
  CHECK(RangesOf(set) == std::vector{R(10, 20), R(30, 40)});
  set.Remove(R(0, 12));
  set.Remove(R(38, 100));
  CHECK(RangesOf(set) == std::vector{R(12, 20), R(30, 38)});
  set.Remove(R(0, 100));
  CHECK(set.empty());
}

TEST_CASE("RangeSet: questions", "[alloc][range_set]") {
  RangeSet set;
  set.Add(R(10, 20));
  set.Add(R(30, 40));
  CHECK_FALSE(set.Contains(Pfn(9)));
  CHECK(set.Contains(Pfn(10)));
  CHECK(set.Contains(Pfn(19)));
  CHECK_FALSE(set.Contains(Pfn(20)));
  CHECK(set.FindFrom(Pfn(0)) == R(10, 20));
  CHECK(set.FindFrom(Pfn(15)) == R(10, 20));
  CHECK(set.FindFrom(Pfn(20)) == R(30, 40));
  CHECK(set.FindFrom(Pfn(40)).empty());
  CHECK(set.FindFrom(Pfn(40)).begin > Pfn(1'000'000'000));
  CHECK(set.Gaps(R(0, 50)) == std::vector{R(0, 10), R(20, 30), R(40, 50)});
  CHECK(set.Gaps(R(12, 35)) == std::vector{R(20, 30)});
  CHECK(set.Gaps(R(11, 19)).empty());
  CHECK(set.CountWithin(R(0, 100)) == PageCount(20));
  CHECK(set.CountWithin(R(15, 32)) == PageCount(7));
  CHECK(set.CountWithin(R(20, 30)) == PageCount(0));
}

TEST_CASE("RangeSet: is a set of frames", "[alloc][range_set][property]") {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    RangeSet set;
    std::set<uint64_t> model;
    for (int step = 0; step < 60; ++step) {
      const uint64_t begin = random.Uniform(100);
      const PfnRange range = R(begin, begin + random.Uniform(20));
      const bool add = random.Bernoulli(0.6);
      if (add) {
        set.Add(range);
      } else {
        set.Remove(range);
      }
      for (Pfn pfn = range.begin; pfn < range.end; ++pfn) {
        if (add) {
          model.insert(pfn.value());
        } else {
          model.erase(pfn.value());
        }
      }
      uint64_t size = 0;
      for (size_t i = 0; i < set.ranges().size(); ++i) {
        size += set.ranges()[i].size().value();
        REQUIRE_FALSE(set.ranges()[i].empty());
        // Sorted, disjoint, not adjacent.
        if (i > 0) REQUIRE(set.ranges()[i - 1].end < set.ranges()[i].begin);
      }
      REQUIRE(size == model.size());
      for (uint64_t pfn : model) REQUIRE(set.Contains(Pfn(pfn)));
    }
  }
}

}  // namespace
}  // namespace pagelab

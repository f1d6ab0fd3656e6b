#include "pagelab/test/support/catch.h"
#include "pagelab/workloads/kernel/readahead.h"

namespace pagelab {
namespace {

bool Nothing(uint64_t /*index*/) { return false; }

bool Same(const ReadaheadWindow& window, uint64_t begin, uint64_t count,
          uint64_t marked) {
  return window.begin == begin && window.count == count &&
         window.marked == marked;
}

TEST_CASE("Readahead: the first window depends on what is asked for",
          "[workloads][readahead]") {
  struct First {
    uint64_t wanted;
    uint64_t count;
    uint64_t marked;
  };
  for (const First& first :
       {First{1, 4, 3}, First{2, 4, 2}, First{3, 8, 5}, First{8, 16, 8},
        First{9, 32, 23}, First{32, 32, 16}, First{100, 32, 16}}) {
    CAPTURE(first.wanted);
    Readahead readahead;
    CHECK(Same(readahead.OnMiss(0, first.wanted, Nothing), 0, first.count,
               first.marked));
  }
}

TEST_CASE("Readahead: at the marker a window is followed by a larger one",
          "[workloads][readahead]") {
  Readahead readahead;
  readahead.OnMiss(0, 1, Nothing);
  uint64_t at = 1;
  uint64_t begin = 4;
  for (const uint64_t count : {8, 16, 32, 32, 32}) {
    const auto next = readahead.OnMarker(at, 1, Nothing);
    REQUIRE(next.has_value());
    CHECK(Same(*next, begin, count, count));
    at = begin;
    begin += count;
  }
}

TEST_CASE(
    "Readahead: a read that goes on where the last one ended has a "
    "window",
    "[workloads][readahead]") {
  Readahead readahead;
  CHECK(Same(readahead.OnMiss(70, 1, Nothing), 70, 1, 0));
  readahead.NoteRead(70);
  CHECK(Same(readahead.OnMiss(71, 1, Nothing), 71, 4, 3));
}

TEST_CASE("Readahead: pages that others read before count as read in order",
          "[workloads][readahead]") {
  Readahead readahead;
  const auto ten_before = [](uint64_t index) {
    return index >= 40 && index < 50;
  };
  CHECK(Same(readahead.OnMiss(50, 2, ten_before), 50, 12, 1));
  // From the start of the file on: twice as much.
  const auto all_before = [](uint64_t index) { return index < 10; };
  CHECK(Same(readahead.OnMiss(10, 2, all_before), 10, 22, 1));
  const auto two_before = [](uint64_t index) { return index == 98; };
  CHECK(Same(readahead.OnMiss(99, 1, two_before), 99, 1, 0));
}

TEST_CASE("Readahead: the marker of somebody else's window goes on behind it",
          "[workloads][readahead]") {
  Readahead readahead;
  const auto cached = [](uint64_t index) { return index < 24; };
  const auto next = readahead.OnMarker(20, 1, cached);
  REQUIRE(next.has_value());
  // 24 - 20 + 1 pages, and the size after that.
  CHECK(Same(*next, 24, 10, 10));
  CHECK_FALSE(readahead.OnMarker(20, 1, [](uint64_t) { return true; }));
}

}  // namespace
}  // namespace pagelab

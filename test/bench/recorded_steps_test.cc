#include "pagelab/bench/recorded_steps.h"

#include <fmt/format.h>

#include "pagelab/base/input_stream.h"
#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

// Lines of a recording.
std::string Got(uint64_t pfn, int order, std::string_view mask = "GFP_KERNEL") {
  return fmt::format(
      " sh-60 [000] ..... 1.000000: mm_page_alloc: page=0 pfn={:#x} order={} "
      "migratetype=0 gfp_flags={}\n",
      pfn, order, mask);
}
std::string Put(uint64_t pfn, int order) {
  return fmt::format(
      " sh-60 [000] ..... 1.000000: mm_page_free: page=0 pfn={:#x} order={}\n",
      pfn, order);
}

absl::StatusOr<RecordedSteps> Reduce(const std::string& text,
                                     size_t max_pairs = 100) {
  const auto input = InputStream::FromString("trace", text);
  REQUIRE(input.ok());
  const auto trace = OpenTrace(**input);
  REQUIRE(trace.ok());
  return ReduceTrace(**trace, max_pairs);
}

std::string ReducedText(const std::string& text, size_t max_pairs = 100) {
  const auto recorded = Reduce(text, max_pairs);
  return recorded.ok() ? PrintSteps(*recorded)
                       : std::string(recorded.status().message());
}

std::string ParseError(std::string_view text) {
  return std::string(ParseSteps("mix", text).status().message());
}

TEST_CASE("RecordedSteps: blocks keep their order, mask and order of events",
          "[bench][recorded_steps]") {
  CHECK(ReducedText(Got(0x10, 0) + Got(0x20, 2, "GFP_ATOMIC") + Put(0x10, 0) +
                    Got(0x30, 0) + Put(0x20, 2) + Put(0x30, 0)) ==
        "kind 0 0xcc0\n"
        "kind 2 0x820\n"
        "+0 +1 -0 +0 -1 -0\n");
}

TEST_CASE("RecordedSteps: what is not both allocated and freed is left out",
          "[bench][recorded_steps]") {
  // Never freed; never allocated; freed in parts; allocated again without a
  // free: only the last one counts.
  CHECK(ReducedText(Got(0x1, 0) + Put(0x2, 0) + Got(0x8, 3) + Put(0x8, 0) +
                    Put(0x9, 0) + Got(0x30, 1) + Got(0x30, 0) + Put(0x30, 0)) ==
        "kind 0 0xcc0\n"
        "+0 -0\n");
  CHECK(ReducedText(Got(0x1, 0) + Put(0x2, 0)) ==
        "trace: no block is both allocated and freed in this recording");
}

TEST_CASE("RecordedSteps: the blocks that are freed first are kept",
          "[bench][recorded_steps]") {
  const std::string text = Got(0x1, 0, "GFP_ATOMIC") + Got(0x2, 1) +
                           Put(0x2, 1) + Got(0x3, 0) + Put(0x3, 0) +
                           Put(0x1, 0);
  CHECK(ReducedText(text, 2) ==
        "kind 1 0xcc0\n"
        "kind 0 0xcc0\n"
        "+0 -0 +1 -0\n");
}

TEST_CASE("RecordedSteps: text comes back as the steps it was made of",
          "[bench][recorded_steps]") {
  const auto recorded =
      Reduce(Got(0x10, 0) + Got(0x20, 2) + Got(0x40, 0) + Put(0x20, 2) +
             Got(0x50, 9) + Put(0x10, 0) + Put(0x50, 9) + Put(0x40, 0));
  REQUIRE(recorded.ok());
  const auto again =
      ParseSteps("mix", "# said before\n" + PrintSteps(*recorded));
  REQUIRE(again.ok());
  CHECK(again->nr_slots == 3);
  REQUIRE(again->steps.size() == recorded->steps.size());
  for (size_t i = 0; i < again->steps.size(); ++i) {
    CAPTURE(i);
    CHECK(again->steps[i].slot == recorded->steps[i].slot);
    CHECK(again->steps[i].gfp == recorded->steps[i].gfp);
    CHECK(again->steps[i].order == recorded->steps[i].order);
    CHECK(again->steps[i].put == recorded->steps[i].put);
  }
}

TEST_CASE("RecordedSteps: wrong text is refused with its line",
          "[bench][recorded_steps]") {
  CHECK(ParseError("") == "mix:1: no steps");
  CHECK(ParseError("kind 11 0xcc0\n") == "mix:1: expected: kind ORDER MASK");
  CHECK(ParseError("kind 0\n") == "mix:1: expected: kind ORDER MASK");
  CHECK(ParseError("kind 0 0xcc0\n\n+1\n") == "mix:3: there is no kind 1");
  CHECK(ParseError("kind 0 0xcc0\n+0 -0 -0\n") == "mix:2: slot 0 is empty");
  CHECK(ParseError("kind 0 0xcc0\n+0 x0\n") == "mix:2: \"x0\" is no step");
  CHECK(ParseError("kind 0 0xcc0\n+0") == "mix:2: a block that is never put");
}

TEST_CASE("RecordedSteps: the program's own steps can be played",
          "[bench][recorded_steps]") {
  const auto recorded = ParseSteps("recorded_mix.txt", EmbeddedSteps());
  REQUIRE(recorded.ok());
  CHECK(recorded->pairs() == 10000);
  CHECK(recorded->nr_slots == 858);
}

TEST_CASE("RecordedSteps: stretches have as many gets as puts",
          "[bench][recorded_steps]") {
  const auto recorded =
      ParseSteps("mix", "kind 0 0\n+0 +0 +0 -2 +0 -2 -1 -0 +0 -0 +0 -0\n");
  REQUIRE(recorded.ok());
  const auto stretches = BalancedStretches(*recorded, 3, 2);
  REQUIRE(stretches.size() == 3);
  CHECK(stretches[0].begin == 2);
  CHECK(stretches[0].end == 4);
  CHECK(stretches[1].begin == 4);
  CHECK(stretches[2].begin == 8);
  // There is no room for more, and none for longer ones.
  CHECK(BalancedStretches(*recorded, 1, 14).empty());
}

}  // namespace
}  // namespace pagelab

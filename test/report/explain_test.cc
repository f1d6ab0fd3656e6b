#include <string>
#include <vector>

#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/report/explain/explain_json.h"
#include "pagelab/report/explain/explainer.h"
#include "pagelab/report/explain/fallback_story.h"
#include "pagelab/report/explain/frame_story.h"
#include "pagelab/report/explain/run_overview.h"
#include "pagelab/test/report/explain_support.h"
#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

std::string TextOf(RepeatedRun& run, uint64_t number) {
  const absl::StatusOr<Explanation> explanation = ExplainEvent(run, number);
  REQUIRE(explanation.ok());
  return AllText(*explanation);
}

std::string StoryOf(RepeatedRun& run, uint64_t pfn) {
  const absl::StatusOr<FrameStory> story = ExplainFrame(run, Pfn(pfn));
  REQUIRE(story.ok());
  // As one paragraph.
  return FrameStoryText(*story, 0, 100'000);
}

std::string ErrorOf(const absl::Status& status) {
  CHECK(ExitCodeFor(status) == 3);
  return std::string(FromAbsl(status.message()));
}

TEST_CASE("Explain: a block is split for a refill", "[report][explain]") {
  const std::unique_ptr<RepeatedRun> run = BootScenario("hello");
  const std::string text = TextOf(*run, 7);
  CHECK_THAT(text, ContainsText("asks for a block of order 2 (4 pages) with "
                                "GFP_KERNEL: migratetype Unmovable"));
  CHECK_THAT(text, ContainsText("[gfp_migratetype(); page-allocator.md 6.4]"));
  CHECK_THAT(text, ContainsText("35 pages free - 3 (the block's other pages) = "
                                "32 > 6 (high watermark)"));
  CHECK_THAT(text, ContainsText("CPU 0's list for Unmovable, order 2 is empty: "
                                "refill of 1 block"));
  CHECK_THAT(text, ContainsText("The Unmovable lists of orders 2 and 3 in zone "
                                "DMA are empty; the head of the Unmovable list "
                                "of order 4 is block 0x110. "
                                "[__rmqueue_smallest(); page-allocator.md "
                                "9.2]"));
  CHECK_THAT(text, ContainsText("Block 0x110 of order 4 is split: its upper "
                                "half 0x118 goes to the list of order 3, then "
                                "0x114 to order 2; 0x110 of order 2 is left. "
                                "[expand(); page-allocator.md 9.1]"));
}

TEST_CASE("Explain: a page is at the head of its list for a reason",
          "[report][explain]") {
  const std::unique_ptr<RepeatedRun> run = BootScenario("hello");
  const std::string text = TextOf(*run, 8);
  CHECK_THAT(text, ContainsText("its head 0x10c is taken, and the list is "
                                "empty then"));
  CHECK_THAT(text, ContainsText("It came onto the list with a refill, at event "
                                "3 for alice"));
}

TEST_CASE("Explain: an allocation of page_owner's own is named as such",
          "[report][explain]") {
  const std::unique_ptr<RepeatedRun> run = BootScenario("hello");
  CHECK_THAT(TextOf(*run, 4), ContainsText("page_owner asks for it itself"));
  CHECK_THAT(TextOf(*run, 5), !ContainsText("page_owner asks for it itself"));
  // Its blocks are taken in the middle of the other one's operation.
  CHECK_THAT(TextOf(*run, 1),
             ContainsText("it is for the allocation of event 5"));
  CHECK_THAT(TextOf(*run, 2), ContainsText("for the allocation of event 4"));
}

TEST_CASE("Explain: a free fills the list and drains it", "[report][explain]") {
  const std::unique_ptr<RepeatedRun> run = BootScenario("hello");
  CHECK_THAT(TextOf(*run, 14),
             ContainsText("3 + 4 = 7 pages, which is not below high 6: 4 pages "
                          "go back to the buddy lists"));
  const std::string drain = TextOf(*run, 15);
  CHECK_THAT(drain, ContainsText("the free of event 14 filled"));
  // Only its first page is; the others are free.
  CHECK_THAT(drain, ContainsText("Its buddy 0x114 of order 2 is no whole free "
                                 "block, as its page 0x114 is on a per-cpu "
                                 "list, which counts as in use: no merge"));
}

TEST_CASE("Explain: a request fails for its order", "[report][explain]") {
  const std::unique_ptr<RepeatedRun> run = BootScenario("fragmentation");
  const absl::StatusOr<uint64_t> event = FindFailure(*run, 2);
  REQUIRE(event.ok());
  const std::string text = TextOf(*run, *event);
  CHECK_THAT(text, ContainsText("although 1,265 of 3,253 pages of the machine "
                                "are free"));
  CHECK_THAT(text, ContainsText("= 1,250 > 114 (min watermark): enough pages, "
                                "but no block of order 4 or larger is free: "
                                "the 1,265 free pages lie in 915 blocks, the "
                                "largest of order 3"));
  CHECK_THAT(text, ContainsText("The order is the obstacle"));
}

TEST_CASE("Explain: a fallback claims a pageblock or steals a block",
          "[report][explain]") {
  const std::unique_ptr<RepeatedRun> run = BootScenario("mixed-blocks");
  const absl::StatusOr<RunOverview> overview = OverviewOf(*run);
  REQUIRE(overview.ok());
  CHECK(overview->nr_claims == 1);
  CHECK(overview->nr_steals == 499);
  bool has_claim = false;
  bool has_steal = false;
  for (const RunOverview::Remarkable& fallback : overview->fallbacks) {
    const std::string text = TextOf(*run, fallback.event);
    CHECK_THAT(text, ContainsText("another migratetype must help out"));
    (fallback.is_claim ? has_claim : has_steal) = true;
    CHECK_THAT(text, ContainsText(fallback.is_claim ? "claimed"
                                                    : "only a block is taken"));
  }
  CHECK(has_claim);
  CHECK(has_steal);
}

TEST_CASE("Explain: the chapters of a frame and its record",
          "[report][explain]") {
  const std::unique_ptr<RepeatedRun> run = BootScenario("hello");
  const std::string text = StoryOf(*run, 0x110);
  CHECK_THAT(text, ContainsText("at the start: free: in block 0x110 of order "
                                "4 of the Unmovable lists"));
  CHECK_THAT(text, ContainsText("       7  bob/101: allocated: block 0x110 of "
                                "order 2, Unmovable, GFP_KERNEL\n"));
  CHECK_THAT(text, ContainsText("      14  bob/101: freed: block 0x110"));
  CHECK_THAT(text, ContainsText("page_owner has for 0x110: order 2, mask "
                                "0xcc0(GFP_KERNEL), by bob (pid 101"));
  CHECK_THAT(text, ContainsText("page_owner tracks the page as freed"));
}

TEST_CASE("Explain: a free frame is in its own block, not in the first of many",
          "[report][explain]") {
  const std::unique_ptr<RepeatedRun> run =
      BootText(R"({"machine": "qemu-2g"})");
  const std::string text = StoryOf(*run, 0x70123);
  CHECK_THAT(text, ContainsText("at the end of the run free: in block 0x70000 "
                                "of order 10 of the Movable lists"));
  CHECK_THAT(text, ContainsText("at the start: free: in block 0x70000 of order "
                                "10 of the Movable lists"));
}

TEST_CASE("Explain: a frame that is plugged in has a story",
          "[report][explain]") {
  const std::unique_ptr<RepeatedRun> run = BootScenario("hotplug");
  const std::string text = StoryOf(*run, 0x100400);
  CHECK_THAT(text, ContainsText("          at the start: no memory\n"));
  CHECK_THAT(text, ContainsText("allocated: block 0x100400 of order 10"));
  CHECK_THAT(text, ContainsText("  no memory\n\n- The section of the frame has "
                                "no page_ext table"));
}

TEST_CASE("Explain: a record before its event is no allocation without one",
          "[report][explain]") {
  CHECK_THAT(StoryOf(*BootScenario("hello"), 0x102),
             ContainsText("       1  alice/100: taken off the free lists: "
                          "block 0x102 of order 0\n"
                          "       5  alice/100: allocated: block 0x102"));
  // Compaction takes its target frames without one.
  CHECK_THAT(StoryOf(*BootScenario("tmpfs-compacted"), 0xccac),
             ContainsText("recorded for swapper/0 without an allocation event: "
                          "order 0, mask 0x8"));
}

TEST_CASE("Explain: a frame whose contents move away says so",
          "[report][explain]") {
  const std::unique_ptr<RepeatedRun> run = BootScenario("migration");
  for (const uint64_t pfn : {0x1df7, 0x2a00}) {
    const std::string text = StoryOf(*run, pfn);
    CHECK_THAT(text, ContainsText("its contents move away; the record takes "
                                  "over the stack of the frame that they move "
                                  "to\n"));
    CHECK_THAT(text, ContainsText("the two frames swapped their stacks"));
  }
  CHECK_THAT(StoryOf(*run, 0x1df6), !ContainsText("move away"));
  CHECK_THAT(StoryOf(*run, 0x1df6), !ContainsText("swapped their stacks"));
}

TEST_CASE("Explain: a zone is passed over by the attempt that found the block",
          "[report][explain]") {
  const std::unique_ptr<RepeatedRun> run = BootText(R"({
    "machine": "qemu-2g", "command_line": "page_owner=off",
    "tasks": [{"name": "t", "steps": [
      {"alloc": {"gfp": "GFP_KERNEL", "count": 490000}},
      {"alloc": {"gfp": "GFP_ATOMIC", "order": 2, "count": 3000}}]}]})");
  const absl::StatusOr<std::vector<Explanation>> all =
      ExplainEvents(*run, WindowFrom(984'000, 1'000));
  REQUIRE(all.ok());
  int seen = 0;
  for (const Explanation& explanation : *all) {
    const std::string text = AllText(explanation);
    if (text.find("the slow path is content with less") == text.npos ||
        text.find("Zone DMA passes") == text.npos) {
      continue;
    }
    INFO(text);
    ++seen;
    CHECK_THAT(text, ContainsText("Zone DMA32 is passed over: "));
    CHECK_THAT(text, !ContainsText("low watermark,"));
    CHECK_THAT(text, !ContainsText("low watermark)"));
  }
  CHECK(seen > 0);
}

TEST_CASE("Explain: why nobody is killed, where that is certain",
          "[report][explain]") {
  const std::unique_ptr<RepeatedRun> run = BootScenario("hugetlb-pool");
  const absl::StatusOr<uint64_t> event = FindFailure(*run, 1);
  REQUIRE(event.ok());
  const std::string text = TextOf(*run, *event);
  CHECK_THAT(text, ContainsText("The fast path found no block (watermark "
                                "low); the task reclaimed memory itself"));
  CHECK_THAT(text, ContainsText("nobody is killed for such a request (order 9 "
                                "is above PAGE_ALLOC_COSTLY_ORDER, 3). "
                                "[__alloc_pages_slowpath(); page-allocator.md "
                                "14, 17.6]"));
}

TEST_CASE("Explain: an Unmovable block has the right article",
          "[report][explain]") {
  FallbackStory story;
  story.kind = FallbackStory::Kind::kClaimedBlock;
  story.event.fallback_migratetype = Migratetype::kUnmovable;
  CHECK_THAT(FallbackLine(story), ContainsText(" from an Unmovable block"));
  story.event.fallback_migratetype = Migratetype::kReclaimable;
  CHECK_THAT(FallbackLine(story), ContainsText(" from a Reclaimable block"));
}

TEST_CASE("Explain: why a record has the dummy, failure or early stack",
          "[report][explain]") {
  CHECK_THAT(StoryOf(*BootScenario("hello"), 0x103),
             ContainsText("Its stack is the dummy one"));
  CHECK_THAT(StoryOf(*BootScenario("depot-exhausted"), 0x898),
             ContainsText("Its stack is the failure one"));
  CHECK_THAT(StoryOf(*BootScenario("early-pages"), 0x2c00),
             ContainsText("Its stack is the early one"));
  CHECK_THAT(StoryOf(*BootScenario("early-pages"), 0x1),
             ContainsText("never passes through the page allocator"));
}

TEST_CASE("Explain: a record that moved says so, and when",
          "[report][explain]") {
  const std::string text = StoryOf(*BootScenario("migration"), 0x1df6);
  CHECK_THAT(text, ContainsText("another frame's contents move here "
                                "(compaction), with the record of app/100"));
  CHECK_THAT(text, ContainsText("The contents came here from another frame "
                                "(compaction)"));
}

TEST_CASE("Explain: long stories are shortened in the middle",
          "[report][explain]") {
  FrameStory story;
  for (uint64_t event = 1; event <= 100; ++event) {
    story.chapters.push_back({.event = event, .text = "chapter"});
  }
  const std::string text = FrameStoryText(story, 8);
  CHECK_THAT(text, ContainsText("       2  chapter\n     ...  92 more; --json "
                                "has them all\n      95  chapter\n"));
  CHECK_THAT(text, ContainsText("     100  chapter\n"));
}

TEST_CASE("Explain: what does not exist is refused with what does",
          "[report][explain]") {
  const std::unique_ptr<RepeatedRun> run = BootScenario("hello");
  CHECK(ErrorOf(ExplainEvent(*run, 19).status()) ==
        "event 19: the run has 18 events, counted from 1");
  CHECK(ErrorOf(ExplainEvent(*run, 0).status()) ==
        "event 0: events are counted from 1");
  CHECK(ErrorOf(FindFailure(*run, 2).status()) ==
        "failure 2: 1 request of the run failed, counted from 1");
  CHECK(ErrorOf(FindFailure(*run, 0).status()) ==
        "failure 0: failed requests are counted from 1");
  CHECK(ErrorOf(ExplainFrame(*run, Pfn(0x140)).status()) ==
        "pfn 0x140: the machine's memory ends at pfn 0x140");
  CHECK(ErrorOf(ExplainFrame(*run, Pfn(3)).status()) ==
        "pfn 0x3: in a hole of the memory map, without descriptors; memory "
        "goes on at pfn 0x100");
  const std::unique_ptr<RepeatedRun> plugged = BootScenario("hotplug");
  // Memory that is plugged in, and out again.
  CHECK(ErrorOf(ExplainFrame(*plugged, Pfn(0xe0000)).status()) ==
        "pfn 0xe0000: in a hole of the memory map, without descriptors; memory "
        "goes on at pfn 0x100000");
  CHECK(ErrorOf(ExplainFrame(*plugged, Pfn(0x138000)).status()) ==
        "pfn 0x138000: in a hole of the memory map, without descriptors; no "
        "memory follows");
  const std::unique_ptr<RepeatedRun> split = BootScenario("split");
  CHECK(ErrorOf(FindFailure(*split, 1).status()) ==
        "failure 1: no request of the run failed");
}

TEST_CASE("Explain: an event is explained alike alone and among others",
          "[report][explain]") {
  const std::unique_ptr<RepeatedRun> run = BootScenario("hello");
  const absl::StatusOr<std::vector<Explanation>> all = ExplainEvents(*run, {});
  REQUIRE(all.ok());
  REQUIRE(all->size() == 18);
  for (const Explanation& explanation : *all) {
    const absl::StatusOr<Explanation> alone =
        ExplainEvent(*run, explanation.event.number);
    REQUIRE(alone.ok());
    CHECK(ExplanationJson(*alone) == ExplanationJson(explanation));
  }
}

TEST_CASE("Explain: text is wrapped at blanks", "[report][explain]") {
  CHECK(Wrapped("one two three", "- ", "  ", 9) == "- one two\n  three\n");
  CHECK(Wrapped("abcdefghijkl m", "- ", "  ", 5) == "- abcdefghijkl\n  m\n");
  CHECK(Wrapped("", "- ", "  ", 5) == "- \n");
}

}  // namespace
}  // namespace pagelab

#include <string>

#include "absl/strings/str_split.h"
#include "pagelab/report/step/step_session.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/workloads/library.h"

namespace pagelab {
namespace {

std::unique_ptr<StepSession> MustOpen(std::string_view name) {
  absl::StatusOr<Scenario> scenario = LoadScenario(name);
  REQUIRE(scenario.ok());
  const MachineConfig config = scenario->machine;
  absl::StatusOr<std::unique_ptr<StepHistory>> history =
      StepHistory::Open(config, *std::move(scenario), std::nullopt, {});
  REQUIRE(history.ok());
  return std::make_unique<StepSession>(*std::move(history), std::string(name));
}

StepGrid Draw(StepSession& session, int width = 80, int height = 24) {
  absl::StatusOr<StepGrid> grid = session.Draw(width, height);
  INFO(grid.status().ToString());
  REQUIRE(grid.ok());
  return *std::move(grid);
}

// Rows [begin, end) of the screen.
std::string Rows(const StepGrid& grid, size_t begin, size_t end) {
  const std::vector<std::string> rows = absl::StrSplit(grid.Text(), '\n');
  std::string text;
  for (size_t i = begin; i < end; ++i) text += rows[i] + "\n";
  return text;
}

TEST_CASE("StepScreen: a counter that lags is told from the lists",
          "[report][step]") {
  const std::unique_ptr<StepSession> session = MustOpen("hello");
  REQUIRE(session->GoTo("2").ok());
  CHECK(Rows(Draw(*session), 0, 1) ==
        "hello: event 2 of 18  zone DMA: 38 free (36 on lists); min 4 low 5 "
        "high 6\n");
  // Where there is no room, the watermarks matter more.
  CHECK(Rows(Draw(*session, 70), 0, 1) ==
        "hello: event 2 of 18  zone DMA: 38 free (36 on lists); 4/5/6\n");
  CHECK(Rows(Draw(*session, 50), 0, 1) ==
        "hello: event 2 of 18  zone DMA: 38 free; 4/5/6\n");
}

// Everything but the explanation, whose words are not this test's.
TEST_CASE("StepScreen: hello fits 80 columns and 24 rows", "[report][step]") {
  const std::unique_ptr<StepSession> session = MustOpen("hello");
  REQUIRE(session->GoTo("6").ok());
  const StepGrid grid = Draw(*session);
  CHECK(grid.width() == 80);
  CHECK(grid.height() == 24);
  CHECK(Rows(grid, 0, 19) ==
        R"(hello: event 6 of 18  zone DMA: 31 free; min 4 low 5 high 6
2.500001 bob-101 [000] mm_page_alloc_zone_locked: pfn=0x110 order=2
migratetype=0 percpu_refill=1
ord Unmovable            Movable              Reclaimable          others
  0 1 10d                0                    0
  1 1 10e                0                    0
  2 1 +114               0                    0
  3 1 +118               0                    0
  4 0 -110               1 120                0
  5 0                    0                    0
  6 0                    0                    0
per-cpu lists of CPU 0: count 1 high 6 batch 1
  order 0 U 1 10c
map of 0x100 to 0x13f, a cell is a frame
0x100 U#####=== U#===p01. U~~~~2... U3.......
                           ^^^^^^^^  ^^^^^^^^
0x120 M4....... M........ Mxxxxxxxx Mxxxxxxxx

3... free, order 3  #== in use  p-- per-cpu list  ~ on its way  x reserved
)");
  CHECK(Rows(grid, 23, 24) ==
        "n next  p back  / until  N reverse  g go  z zone  c cpu  e why  ? "
        "help  q quit\n");
  // Marks are not of colour alone, and not in text alone.
  CHECK(grid.at(6, 6).glyph == '+');
  CHECK(grid.at(6, 6).changed);
  CHECK(grid.at(6, 6).style == StepStyle::kUnmovable);
}

TEST_CASE("StepScreen: a freed block is on its way before it is on a list",
          "[report][step]") {
  const std::unique_ptr<StepSession> session = MustOpen("hello");
  REQUIRE(session->GoTo("14").ok());
  CHECK(Rows(Draw(*session), 13, 15) ==
        "0x100 U#####=== U#===##pp U~~~~p01. U3.......\n"
        "                           ****\n");
}

TEST_CASE("StepScreen: every size is drawn", "[report][step]") {
  for (const std::string_view name : {"hello", "mixed-blocks"}) {
    const std::unique_ptr<StepSession> session = MustOpen(name);
    REQUIRE(session->Do(StepCommand::kPageNext).ok());
    for (const int width : {1, 20, 40, 60, 79, 80, 100, 200, 400}) {
      for (const int height : {1, 5, 10, 16, 24, 25, 40, 100}) {
        const StepGrid grid = Draw(*session, width, height);
        CHECK(grid.width() == width);
        CHECK(grid.height() == height);
      }
    }
    CHECK_THAT(Rows(Draw(*session, 30, 5), 0, 1), ContainsText("event 10: 30"));
    // Narrow and low: lists, per-cpu lists, map and a sentence are still there.
    const std::string small = Draw(*session, 60, 16).Text();
    CHECK_THAT(small, ContainsText("ord ") && ContainsText("per-cpu lists") &&
                          ContainsText("map of") && ContainsText("? help"));
  }
}

TEST_CASE(
    "StepScreen: a large zone has cells of many frames and the frames "
    "around the event",
    "[report][step]") {
  const std::unique_ptr<StepSession> session = MustOpen("mixed-blocks");
  REQUIRE(session->GoTo("2000").ok());
  const std::string use = Draw(*session).Text();
  CHECK_THAT(use, ContainsText("frames; below, frames around the event") &&
                      ContainsText("cells: . all free"));
  REQUIRE(session->Do(StepCommand::kMapKind).ok());
  const std::string types = Draw(*session).Text();
  CHECK(types != use);
  CHECK_THAT(types, ContainsText("by type of pageblock"));
}

TEST_CASE("StepSession: a long message is shown whole", "[report][step]") {
  const std::unique_ptr<StepSession> session = MustOpen("hello");
  REQUIRE(session->RunUntil("stael").ok());
  CHECK_THAT(Rows(Draw(*session), 20, 24),
             ContainsText("column 1: expected") &&
                 ContainsText("did you mean \"steal\"?"));
  // As much as there is room for, and a sign that there is more.
  CHECK_THAT(Rows(Draw(*session, 60, 16), 15, 16), ContainsText(" ..\n"));
  CHECK_THAT(Draw(*session, 60, 16).Text(), ContainsText("per-cpu lists"));
}

TEST_CASE("StepSession: what cannot be done is said, and changes nothing",
          "[report][step]") {
  const std::unique_ptr<StepSession> session = MustOpen("hello");
  REQUIRE(session->Do(StepCommand::kBack).ok());
  CHECK(session->message() == "this is the start");
  REQUIRE(session->Do(StepCommand::kNextMatch).ok());
  CHECK(session->message() == "no condition yet: / asks for one");
  REQUIRE(session->GoTo("19").ok());
  CHECK(session->message() == "there are 18 events");
  REQUIRE(session->GoTo("x").ok());
  CHECK(session->message() == "an event is a number from 0 to 18");
  CHECK(session->position() == 0);
  REQUIRE(session->RunUntil("order>=").ok());
  CHECK(session->message() == "column 8: expected a number, got the end");
  REQUIRE(session->RunUntil("steal").ok());
  CHECK(session->message() == "steal: no event after this one, 0 in all");
  CHECK(session->position() == 0);
  CHECK_THAT(Rows(Draw(*session), 23, 24), ContainsText("steal: no event"));
}

TEST_CASE("StepSession: runs to where a condition holds, and back",
          "[report][step]") {
  const std::unique_ptr<StepSession> session = MustOpen("hello");
  REQUIRE(session->RunUntil("pfn==0x110").ok());
  CHECK(session->position() == 6);
  CHECK(session->message() == "pfn==0x110: 1 of 4");
  REQUIRE(session->Do(StepCommand::kNextMatch).ok());
  CHECK(session->position() == 7);
  REQUIRE(session->Do(StepCommand::kEnd).ok());
  CHECK(session->position() == 18);
  REQUIRE(session->Do(StepCommand::kPreviousMatch).ok());
  CHECK(session->position() == 15);
  // The same condition: on from here.
  REQUIRE(session->Do(StepCommand::kStart).ok());
  REQUIRE(session->RunUntil("").ok());
  CHECK(session->position() == 6);
}

TEST_CASE("StepSession: zones and CPUs in turn, and the event's again",
          "[report][step]") {
  const std::unique_ptr<StepSession> session = MustOpen("numa-balancing");
  REQUIRE(session->Do(StepCommand::kNext).ok());
  const std::string of_event = Draw(*session).Text();
  std::vector<std::string> titles;
  for (int i = 0; i < 4; ++i) {
    REQUIRE(session->Do(StepCommand::kNextZone).ok());
    titles.push_back(Rows(Draw(*session), 0, 1));
  }
  CHECK_THAT(titles[0], ContainsText("zone DMA:"));
  CHECK_THAT(titles[1], ContainsText("zone DMA32:"));
  CHECK_THAT(titles[2], ContainsText("zone DMA32 of node 1:"));
  CHECK_THAT(titles[3], ContainsText("zone Normal of node 1:"));
  REQUIRE(session->Do(StepCommand::kNextZone).ok());
  CHECK(session->message() == "the event's zone");
  REQUIRE(session->Do(StepCommand::kNextCpu).ok());
  CHECK_THAT(Draw(*session).Text(), ContainsText("per-cpu lists of CPU 0:"));
  REQUIRE(session->Do(StepCommand::kNextCpu).ok());
  CHECK_THAT(Draw(*session).Text(), ContainsText("per-cpu lists of CPU 1:"));
  REQUIRE(session->Do(StepCommand::kNextCpu).ok());
  REQUIRE(session->Do(StepCommand::kNone).ok());
  CHECK(Draw(*session).Text() == of_event);
}

TEST_CASE("StepGrid: colours are told apart by number, text has none",
          "[report][step]") {
  StepGrid grid(10, 2);
  CHECK(grid.Put(0, 2, "ab", StepStyle::kMovable, true) == 4);
  grid.Put(0, 8, "cut here");
  grid.Put(5, 0, "nowhere");
  grid.Put(1, 0, "\xc3\t");
  CHECK(grid.Text() == "  ab    cu\n??\n");
  CHECK(grid.ColoredText() == "  \033[0;38;5;74;7mab\033[0m    cu\n??\n");
}

}  // namespace
}  // namespace pagelab

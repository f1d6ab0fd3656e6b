// Exercises by the worked examples of page-allocator.md 23, and their grading.

#include "pagelab/report/exercise/exercise_language.h"
#include "pagelab/report/exercise/exercise_run.h"
#include "pagelab/report/exercise/grade.h"
#include "pagelab/report/quiz/quiz.h"
#include "pagelab/test/report/exercise_reference.h"
#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

Exercise MustParse(const std::string& text) {
  const auto exercise = ParseExercise("state.json", text);
  INFO(exercise.status().message());
  REQUIRE(exercise.ok());
  return *exercise;
}

ExerciseRun MustRun(const Exercise& exercise) {
  const auto run = RunExercise("state.json", exercise);
  INFO(run.status().message());
  REQUIRE(run.ok());
  return *run;
}

std::string StepLines(const ExerciseRun& run) {
  std::string text;
  for (const ExplainedStep& step : run.steps) {
    text += Describe(step.step) + "\n";
  }
  return text;
}

std::string ErrorOf(const std::string& text) {
  const auto exercise = ParseExercise("state.json", text);
  if (!exercise.ok()) return std::string(exercise.status().message());
  const auto run = RunExercise("state.json", *exercise);
  return run.ok() ? "" : std::string(run.status().message());
}

// E1 of the specification, with a type that needs no pageblock of its own.
constexpr const char* kSplit = R"({
  "start": {"free": [{"order": 3, "type": "Unmovable", "blocks": ["0x1000"]}]},
  "operations": [{"alloc": {"order": 0}}]
})";

TEST_CASE("Exercise: one block is split, the lower half goes on",
          "[report][exercise]") {
  const ExerciseRun run = MustRun(MustParse(kSplit));
  CHECK(Lines(run.states.back().free) ==
        "order 0 Unmovable: 0x1001\n"
        "order 1 Unmovable: 0x1002\n"
        "order 2 Unmovable: 0x1004\n");
  CHECK(StepLines(run) ==
        "take 0x1000 order 3 Unmovable\n"
        "split 0x1000 order 3\n"
        "split 0x1000 order 2\n"
        "split 0x1000 order 1\n"
        "alloc 0x1000 order 0\n");
}

TEST_CASE(
    "Exercise: a merged block waits at the tail where its parent could "
    "merge",
    "[report][exercise]") {
  // E2, and E3 without 0x1010.
  const std::string lists =
      R"({"order": 0, "type": "Movable", "blocks": ["0x1001"]},
         {"order": 1, "type": "Movable", "blocks": ["0x1002"]},
         {"order": 2, "type": "Movable", "blocks": ["0x1004"]},
         {"order": 3, "type": "Movable", "blocks": ["0x1200"]})";
  const std::string start = R"({"start": {"pages": 1024, "pageblock_order": 9,
      "free": [)" + lists;
  const std::string end = R"(]}, "operations": [{"free": {"pfn": "0x1000"}}]})";
  const ExerciseRun tail = MustRun(MustParse(
      start + R"(, {"order": 4, "type": "Movable", "blocks": ["0x1010"]})" +
      end));
  CHECK(Lines(tail.states.back().free) ==
        "order 3 Movable: 0x1200 0x1000\norder 4 Movable: 0x1010\n");
  const ExerciseRun head = MustRun(MustParse(start + end));
  CHECK(Lines(head.states.back().free) == "order 3 Movable: 0x1000 0x1200\n");
  CHECK(StepLines(head) ==
        "free 0x1000 order 0\n"
        "drain 0x1000 order 0 Movable\n"
        "merge 0x1000 order 1\n"
        "merge 0x1000 order 2\n"
        "merge 0x1000 order 3\n");
}

TEST_CASE("Exercise: a refill takes a batch, and the first is handed out",
          "[report][exercise]") {
  const ExerciseRun run = MustRun(MustParse(R"({
    "start": {"pages": 1024, "pageblock_order": 9, "batch": 6,
      "pcp_high_min": 100, "pcp_high_max": 100,
      "free": [{"order": 2, "type": "Movable", "blocks": ["0x1000"]},
               {"order": 9, "type": "Movable", "blocks": ["0x1200"]}]},
    "operations": [{"alloc": {"gfp": "GFP_HIGHUSER_MOVABLE"}}]
  })"));
  // E7.
  CHECK(Lines(run.states.back().pcp) ==
        "order 0 Movable: 0x1001 0x1002 0x1003 0x1200 0x1201\n");
}

TEST_CASE("Exercise: an atomic request gets past the per-cpu lists",
          "[report][exercise]") {
  const ExerciseRun run = MustRun(MustParse(R"({
    "start": {"pages": 16, "batch": 4, "pcp_high_min": 8, "pcp_high_max": 8,
      "free": [{"order": 3, "type": "HighAtomic", "blocks": ["0x1000"]}]},
    "operations": [{"alloc": {"order": 1, "gfp": "GFP_ATOMIC"}}]
  })"));
  CHECK(run.states.back().pcp.empty());
  CHECK_THAT(run.steps.back().why,
             ContainsText("found nothing") && ContainsText("rmqueue_buddy()"));
  // From a type's own list it is the per-cpu list that gives.
  const ExerciseRun usual = MustRun(MustParse(kSplit));
  CHECK_THAT(usual.steps.back().why, ContainsText("rmqueue_pcplist()"));
}

TEST_CASE("Exercise: half a pageblock of free pages makes it change type",
          "[report][exercise]") {
  // E13: movable pages in the way, or not.
  const std::string start = R"({"start": {"pages": 64, "pageblock_order": 5,
      "free": [{"order": 2, "type": "Movable", "blocks": ["0x1020"]}],
      "movable": [{"begin": "0x1024", "end": )";
  const std::string end = R"(}]}, "operations": [{"alloc": {}}]})";
  const ExerciseRun stolen = MustRun(MustParse(start + "\"0x103d\"" + end));
  CHECK(stolen.types_after.back() == Migratetype::kMovable);
  CHECK(StepLines(stolen) ==
        "fallback 0x1020 order 2 Unmovable from Movable, pageblock not "
        "claimed\n"
        "take 0x1020 order 2 Movable\n"
        "split 0x1020 order 2\n"
        "split 0x1020 order 1\n"
        "alloc 0x1020 order 0\n");
  const ExerciseRun claimed = MustRun(MustParse(start + "\"0x1028\"" + end));
  CHECK(claimed.types_after.back() == Migratetype::kUnmovable);
  CHECK_THAT(StepLines(claimed),
             ContainsText("Unmovable from Movable, pageblock claimed\n"
                          "take 0x1020 order 2 Unmovable\n"));
}

TEST_CASE("Exercise: the state that a machine boots to is a start",
          "[report][exercise]") {
  const ExerciseRun run = MustRun(MustParse(
      R"({"start": {"machine": "hello"}, "operations": [{"alloc": {}}]})"));
  CHECK_THAT(StepLines(run), ContainsText("alloc 0x102 order 0\n"));
}

TEST_CASE("Exercise: random ones end as the second allocator's",
          "[report][exercise][property]") {
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    CAPTURE(seed);
    const auto exercise = MakeExercise(seed, {});
    REQUIRE(exercise.ok());
    const ExerciseRun run = MustRun(*exercise);
    const ReferenceRun reference = RunOnReference(*exercise);
    REQUIRE(run.states.size() == reference.states.size());
    for (size_t i = 0; i < run.states.size(); ++i) {
      CHECK(Lines(run.states[i].free) == Lines(reference.states[i].free));
      CHECK(Lines(run.states[i].pcp) == Lines(reference.states[i].pcp));
    }
  }
}

TEST_CASE("Exercise: what cannot be is refused with its place",
          "[report][exercise]") {
  CHECK(ErrorOf("{\"operations\": [{\"alloc\": {}}]}") ==
        "state.json:1:1: needs \"start\": an object");
  CHECK_THAT(ErrorOf(R"({"start": {}, "operations": []})"),
             ContainsText("state.json:1:29: operations: must be"));
  CHECK(ErrorOf(R"({"start": {}, "operations": [{"free": {"pfn": "x"}}]})") ==
        "state.json:1:47: operations[0].free.pfn: must be a page frame number "
        "below 2^36: 4096 or \"0x1000\", got \"x\"");
  CHECK_THAT(ErrorOf(R"({"start": {"free": [
      {"order": 1, "type": "Movable", "blocks": ["0x1000"]},
      {"order": 0, "type": "Unmovable", "blocks": ["0x1003"]}]},
      "operations": [{"alloc": {}}]})"),
             ContainsText("state.json:3:52: the pageblock of 0x1003 is Movable "
                          "already"));
  CHECK(ErrorOf(R"({"start": {"free": [
      {"order": 1, "type": "Movable", "blocks": ["0x1000", "0x1003"]}]},
      "operations": [{"alloc": {}}]})") ==
        "state.json:2:60: block 0x1003 of order 1 Movable: 0x1003 is no "
        "multiple of 2 pages");
  CHECK(ErrorOf(R"({"start": {"free": [
      {"order": 3, "type": "Movable", "blocks": ["0x1000"]}], "pcp": [
      {"order": 0, "type": "Movable", "blocks": ["0x1005"]}]},
      "operations": [{"alloc": {}}]})") ==
        "state.json:3:50: block 0x1005 of the per-cpu list order 0 Movable: "
        "frame 0x1005 is on a list already, in block 0x1000 of order 3 "
        "Movable");
  CHECK_THAT(ErrorOf(R"({"start": {}, "operations": [
      {"alloc": {"gfp": "GFP_KERNEL|__GFP_NOFAIL"}}]})"),
             ContainsText("state.json:2:25: ") &&
                 ContainsText("an exercise has no __GFP_NOFAIL"));
  CHECK_THAT(ErrorOf(R"({"start": {"begin": "0xff0"},
      "operations": [{"alloc": {}}]})"),
             ContainsText("lies in two zones"));
  CHECK_THAT(ErrorOf(R"({"start": {"machine": "qemu-2g"},
      "operations": [{"alloc": {}}]})"),
             ContainsText("machine \"qemu-2g\" has 2 zones and 1 CPU"));
  const std::string free_twice =
      R"({"start": {}, "operations": [{"free": {"pfn": "0x1000"}},
          {"free": {"pfn": "0x1000"}}]})";
  CHECK_THAT(ErrorOf(free_twice),
             ContainsText("state.json:2:11: frame 0x1000 is free already"));
}

TEST_CASE("Exercise: a frame is movable once, and only while in use",
          "[report][exercise]") {
  const auto with = [](const std::string& ranges) {
    return ErrorOf(R"({"start": {"pages": 64, "free": [{"order": 2, "type":
      "Movable", "blocks": ["0x1010"]}], "movable": [)" +
                   ranges + R"(]}, "operations": [{"alloc": {}}]})");
  };
  CHECK(with(R"({"begin": "0x1000", "end": "0x1010"})").empty());
  CHECK_THAT(with(R"({"begin": "0x1000", "end": "0x1011"})"),
             ContainsText("frame 0x1010 is not in use"));
  CHECK_THAT(with(R"({"begin": "0x1000", "end": "0x1004"},
                     {"begin": "0x1003", "end": "0x1008"})"),
             ContainsText("frame 0x1003 is in an earlier range too"));
}

TEST_CASE("Grade: the solution of an exercise is right", "[report][exercise]") {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    CAPTURE(seed);
    const auto made = MakeExercise(seed, {});
    REQUIRE(made.ok());
    // As a file has it.
    const Exercise exercise = MustParse(ExerciseJson(*made));
    const ExerciseRun run = MustRun(exercise);
    const auto answer = ParseAnswer("a.json", SolutionJson(exercise, run));
    REQUIRE(answer.ok());
    CHECK(GradeAnswer(exercise, run, *answer).is_right());
    // One block more is wrong, and one event less.
    std::vector<ExerciseList> free = *answer->free;
    free.push_back({.order = Order(0),
                    .type = Migratetype::kReclaimable,
                    .blocks = {Pfn(0x2000)}});
    ExerciseAnswer wrong;
    wrong.free = std::move(free);
    CHECK_FALSE(GradeAnswer(exercise, run, wrong).is_right());
    ExerciseAnswer short_one;
    short_one.events.emplace(answer->events->begin(),
                             answer->events->end() - 1);
    CHECK_FALSE(GradeAnswer(exercise, run, short_one).is_right());
  }
}

std::string Graded(const std::string& exercise_text, const std::string& text) {
  const Exercise exercise = MustParse(exercise_text);
  const auto answer = ParseAnswer("a.json", text);
  REQUIRE(answer.ok());
  return GradeText(exercise, GradeAnswer(exercise, MustRun(exercise), *answer));
}

TEST_CASE("Grade: the first wrong event is named with its reason",
          "[report][exercise]") {
  CHECK(Graded(kSplit, R"({"events": [{"event": "take", "pfn": "0x1000"},
      {"event": "split", "order": 3}, {"event": "split", "pfn": "0x1004"}]})") ==
        "wrong, first in event 3 (operation 1: alloc order 0 GFP_KERNEL)\n"
        "  you have  split 0x1004\n"
        "  right is  split 0x1000 order 2\n"
        "  because   the upper half 0x1002 goes to the head of the list of "
        "order 1, the lower half goes on (expand(), page-allocator.md 9.1)\n");
  CHECK_THAT(Graded(kSplit, R"({"events": [{"event": "take"}]})"),
             ContainsText("first in event 2") &&
                 ContainsText("you have  nothing more"));
}

TEST_CASE("Grade: a wrong list names the operation that made it",
          "[report][exercise]") {
  const std::string two = R"({
    "start": {"free": [{"order": 3, "type": "Unmovable",
                        "blocks": ["0x1000", "0x1008"]}]},
    "operations": [{"alloc": {"order": 2}}, {"alloc": {"order": 3}}]
  })";
  CHECK_THAT(
      Graded(two, R"({"free": [{"order": 2, "type": "Unmovable",
                                "blocks": ["0x1000"]}]})"),
      ContainsText("wrong, first in the lists at the end (operation 1: alloc "
                   "order 2 GFP_KERNEL)\n"
                   "  you have  free list order 2 Unmovable: 0x1000\n"
                   "  right is  free list order 2 Unmovable: 0x1004\n"
                   "  because   ") &&
          ContainsText("expand()"));
  CHECK_THAT(Graded(two, R"({"states": [{"free": [
      {"order": 2, "type": "Unmovable", "blocks": ["0x1004"]},
      {"order": 3, "type": "Unmovable", "blocks": ["0x1008"]}]}, {}]})"),
             ContainsText("the lists after operation 2 (operation 1: alloc"));
}

TEST_CASE("Grade: places count unless the exercise says otherwise",
          "[report][exercise]") {
  const std::string start =
      R"({"start": {"free": [{"order": 0, "type": "Movable",
          "blocks": ["0x1000", "0x1004"]}]},
          "operations": [{"free": {"pfn": "0x1008"}}])";
  const std::string answer = R"({"free": [{"order": 0, "type": "Movable",
      "blocks": ["0x1000", "0x1004", "0x1008"]}]})";
  CHECK_THAT(Graded(start + "}", answer), ContainsText("wrong"));
  CHECK(Graded(start + R"(, "list_order": false})", answer) ==
        "right: 1 list\n");
}

TEST_CASE("Grade: only the events asked for are compared",
          "[report][exercise]") {
  const std::string exercise =
      std::string(kSplit).substr(0, std::string(kSplit).rfind('}')) +
      R"(, "asked": ["alloc"]})";
  CHECK(Graded(exercise, R"({"events": [{"event": "alloc", "pfn": 4096}]})") ==
        "right: 1 event\n");
}

TEST_CASE("Answer: an empty one is refused", "[report][exercise]") {
  const auto answer = ParseAnswer("a.json", "{}");
  REQUIRE_FALSE(answer.ok());
  CHECK(std::string(answer.status().message()) ==
        "a.json:1:1: needs one of \"free\", \"pcp\", \"states\" and "
        "\"events\"");
}

}  // namespace
}  // namespace pagelab

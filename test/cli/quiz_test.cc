// pagelab quiz and check.

#include <nlohmann/json.hpp>

#include "pagelab/test/cli/program.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/temporary_directory.h"

namespace pagelab {
namespace {

TEST_CASE("Quiz: a seed gives the same quiz each time, answers on request",
          "[cli][quiz]") {
  const ProgramResult quiz = RunProgram("quiz --seed 7");
  CHECK(quiz.exit_code == 0);
  CHECK(quiz.err.empty());
  CHECK_THAT(quiz.out, ContainsText("Quiz 7: 7 questions, ") &&
                           ContainsText("\n1. split, ") &&
                           ContainsText("\n7. owner, ") &&
                           !ContainsText("Because"));
  CHECK(RunProgram("quiz --seed 7").out == quiz.out);
  CHECK(RunProgram("quiz --seed 8").out != quiz.out);
  CHECK_THAT(RunProgram("quiz --seed 7 -c").out, ContainsText("   Because "));
}

TEST_CASE("Quiz: JSON has the same questions", "[cli][quiz]") {
  const auto json = nlohmann::json::parse(
      RunProgram("quiz --seed 7 --topic merge --count 3 --json").out);
  CHECK(json["seed"] == 7);
  CHECK(json["kernel"] == "Linux 6.12");
  REQUIRE(json["questions"].size() == 3);
  for (const auto& question : json["questions"]) {
    CHECK(question["topic"] == "merge");
    CHECK(question["points"] >= 1);
    CHECK_FALSE(question.contains("answer"));
  }
  const auto answers = nlohmann::json::parse(
      RunProgram("quiz --seed 7 --topic merge --count 3 --json -c").out);
  for (const auto& question : answers["questions"]) {
    CHECK_FALSE(question["answer"].get<std::string>().empty());
  }
}

TEST_CASE("Quiz: what is wrong on the command line is said", "[cli][quiz]") {
  CHECK(RunProgram("quiz --topic slab").exit_code == 2);
  CHECK(RunProgram("quiz --count 0").exit_code == 2);
  CHECK(RunProgram("quiz --seed -1").exit_code == 2);
  CHECK(RunProgram("quiz --exercise --json").exit_code == 2);
  const ProgramResult owner = RunProgram("quiz --exercise --topic owner");
  CHECK(owner.exit_code == 2);
  CHECK_THAT(owner.err, ContainsText("topic owner is not about free lists"));
}

TEST_CASE("Check: the solution of an exercise is right", "[cli][check]") {
  const TemporaryDirectory directory;
  const std::string state = directory.File("state.json");
  const std::string answer = directory.File("answer.json");
  REQUIRE(RunProgram("quiz --exercise --seed 7 > " + state).exit_code == 0);
  REQUIRE(RunProgram("check " + state + " --solution > " + answer).exit_code ==
          0);
  const ProgramResult right = RunProgram("check " + state + " " + answer);
  CHECK(right.exit_code == 0);
  CHECK_THAT(right.out, ContainsText("right: "));
  CHECK(RunProgram("check - " + answer + " < " + state).exit_code == 0);
  const auto json = nlohmann::json::parse(
      RunProgram("check " + state + " " + answer + " --json").out);
  CHECK(json["right"] == true);
}

constexpr const char* kState = R"({
  "start": {"free": [{"order": 2, "type": "Unmovable", "blocks": ["0x1000"]}]},
  "operations": [{"alloc": {"order": 1}}]
})";

TEST_CASE("Check: the first wrong step is named", "[cli][check]") {
  const TemporaryDirectory directory;
  const std::string state = directory.WriteFile("state.json", kState);
  const std::string answer = directory.WriteFile(
      "answer.json",
      R"({"free": [{"order": 1, "type": "Unmovable", "blocks": ["0x1000"]}]})");
  const ProgramResult wrong = RunProgram("check " + state + " " + answer);
  CHECK(wrong.exit_code == 1);
  CHECK_THAT(wrong.out,
             ContainsText("wrong, first in the lists at the end (operation 1: "
                          "alloc order 1 GFP_KERNEL)\n") &&
                 ContainsText("right is  free list order 1 Unmovable: 0x1002"));
  const ProgramResult json =
      RunProgram("check " + state + " " + answer + " --json");
  CHECK(json.exit_code == 1);
  const auto first = nlohmann::json::parse(json.out)["first_wrong"];
  CHECK(first["operation"] == 1);
  CHECK(first["right"] == "free list order 1 Unmovable: 0x1002");
}

TEST_CASE("Check: files that are wrong are refused with their place",
          "[cli][check]") {
  const TemporaryDirectory directory;
  const std::string state = directory.WriteFile("state.json", kState);
  const std::string answer =
      directory.WriteFile("answer.json", R"({"events": [{"event": "splt"}]})");
  const ProgramResult wrong = RunProgram("check " + state + " " + answer);
  CHECK(wrong.exit_code == 3);
  CHECK_THAT(wrong.err, ContainsText(answer + ":1:23: events[0].event: "));
  CHECK(RunProgram("check " + state + " /nowhere/a.json").exit_code == 3);
  CHECK(RunProgram("check " + state).exit_code == 2);
  CHECK(RunProgram("check " + state + " " + answer + " --solution").exit_code ==
        2);
  CHECK(RunProgram("check - -").exit_code == 2);
}

TEST_CASE("Schema: exercises and answers have one, and a reference page",
          "[cli][check]") {
  for (const std::string language : {"exercise", "answer"}) {
    const auto schema =
        nlohmann::json::parse(RunProgram("schema " + language).out);
    CHECK(schema.contains("definitions"));
    CHECK(RunProgram("schema --reference " + language).out ==
          FileContents(std::string(PAGELAB_SOURCE_DIR "/docs/") + language +
                       "-reference.md"));
  }
}

}  // namespace
}  // namespace pagelab

// pagelab check: grades an answer to an exercise.

#include <memory>
#include <string>

#include "pagelab/base/input_stream.h"
#include "pagelab/base/status.h"
#include "pagelab/cli/command.h"
#include "pagelab/report/exercise/exercise_language.h"
#include "pagelab/report/exercise/exercise_run.h"
#include "pagelab/report/exercise/grade.h"
#include "pagelab/report/exercise/steps_text.h"

namespace pagelab {
namespace {

struct CheckArguments {
  std::string state;
  std::string answer;
  bool solution = false;
  bool steps = false;
  bool json = false;
};

std::string NameOfInput(const std::string& path) {
  return path == "-" ? "stdin" : path;
}

absl::StatusOr<int> Check(const CheckArguments& arguments,
                          CommandContext& context) {
  const bool shows = arguments.solution || arguments.steps;
  if (arguments.answer.empty() != shows) {
    return UsageError(
        shows ? "--solution and --steps take no answer"
              : "check needs an answer, or one of --solution and --steps");
  }
  if (arguments.state == "-" && arguments.answer == "-") {
    return UsageError("only one of the files can be standard input");
  }
  PAGELAB_ASSIGN_OR_RETURN(const std::string text,
                           ReadWholeFile(arguments.state));
  const std::string name = NameOfInput(arguments.state);
  PAGELAB_ASSIGN_OR_RETURN(const Exercise exercise, ParseExercise(name, text));
  PAGELAB_ASSIGN_OR_RETURN(const ExerciseRun run, RunExercise(name, exercise));
  if (shows) {
    context.out.Append(arguments.steps ? StepsText(exercise, run)
                                       : SolutionJson(exercise, run));
    return kExitFine;
  }
  PAGELAB_ASSIGN_OR_RETURN(const std::string answer_text,
                           ReadWholeFile(arguments.answer));
  PAGELAB_ASSIGN_OR_RETURN(
      const ExerciseAnswer answer,
      ParseAnswer(NameOfInput(arguments.answer), answer_text));
  const Grade grade = GradeAnswer(exercise, run, answer);
  context.out.Append(arguments.json ? GradeJson(exercise, grade)
                                    : GradeText(exercise, grade));
  return grade.is_right() ? kExitFine : kExitFinding;
}

}  // namespace

void AddCheckCommand(CommandSet& commands) {
  auto arguments = std::make_shared<CheckArguments>();
  CLI::App& app = commands.Add(
      {.name = "check",
       .summary = "Grade an answer to an exercise, and name the first wrong "
                  "step",
       .examples =
           "  pagelab check state.json answer.json    # 0: right, 1: wrong\n"
           "  pagelab check state.json answer.json --json\n"
           "  pagelab check state.json --solution     # the right answer\n"
           "  pagelab check state.json --steps        # what happens, and why\n"
           "  pagelab quiz --exercise --seed 7 | pagelab check - --solution\n"},
      [arguments](CommandContext& context) {
        return Check(*arguments, context);
      });
  app.add_option("STATE", arguments->state, "The exercise; - is standard input")
      ->required();
  app.add_option("ANSWER", arguments->answer, "The answer to grade");
  CLI::Option* solution =
      app.add_flag("--solution", arguments->solution,
                   "Print the right answer instead, as a file");
  CLI::Option* steps =
      app.add_flag("--steps", arguments->steps,
                   "Print what happens instead, step by step, and why")
          ->excludes(solution);
  app.add_flag("--json", arguments->json, "Print JSON instead of text")
      ->excludes(solution)
      ->excludes(steps);
}

}  // namespace pagelab

// pagelab quiz: questions about the page allocator, and exercises.

#include "pagelab/report/quiz/quiz.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pagelab/base/status.h"
#include "pagelab/cli/command.h"
#include "pagelab/cli/unsigned_option.h"
#include "pagelab/report/exercise/exercise_language.h"

namespace pagelab {
namespace {

struct QuizArguments {
  QuizRequest request;
  std::string topic;
  bool answers = false;
  bool json = false;
  bool exercise = false;
};

std::vector<std::string> TopicNames() {
  std::vector<std::string> names;
  for (int topic = 0; topic < kNrQuizTopics; ++topic) {
    names.emplace_back(ToString(static_cast<QuizTopic>(topic)));
  }
  return names;
}

absl::StatusOr<int> PrintExercise(const QuizRequest& request,
                                  CommandContext& context) {
  const absl::StatusOr<Exercise> exercise =
      MakeExercise(request.seed, request.topic);
  if (absl::IsInvalidArgument(exercise.status())) {
    return UsageError(std::string(exercise.status().message()));
  }
  PAGELAB_RETURN_IF_ERROR(exercise.status());
  context.out.Append(ExerciseJson(*exercise));
  return kExitFine;
}

absl::StatusOr<int> RunQuiz(QuizArguments arguments, CommandContext& context) {
  const std::vector<std::string> names = TopicNames();
  const auto topic = std::find(names.begin(), names.end(), arguments.topic);
  if (topic != names.end()) {
    arguments.request.topic = static_cast<QuizTopic>(topic - names.begin());
  }
  if (arguments.exercise) return PrintExercise(arguments.request, context);
  PAGELAB_ASSIGN_OR_RETURN(const Quiz quiz, MakeQuiz(arguments.request));
  context.out.Append(arguments.json ? QuizJson(quiz, arguments.answers)
                                    : QuizText(quiz, arguments.answers));
  return kExitFine;
}

}  // namespace

void AddQuizCommand(CommandSet& commands) {
  auto arguments = std::make_shared<QuizArguments>();
  CLI::App& app = commands.Add(
      {.name = "quiz",
       .summary = "Ask about the page allocator, or set an exercise",
       .examples =
           "  pagelab quiz --seed 7                 # one question a topic\n"
           "  pagelab quiz --seed 7 -c              # with the answers, and "
           "why\n"
           "  pagelab quiz --topic merge --count 10\n"
           "  pagelab quiz --seed 7 --json          # for course systems\n"
           "  pagelab quiz --exercise --seed 7 > state.json   # for pagelab "
           "check\n"},
      [arguments](CommandContext& context) {
        return RunQuiz(*arguments, context);
      });
  app.add_option("--seed", arguments->request.seed,
                 "The same seed gives the same quiz")
      ->transform(UnsignedOption())
      ->capture_default_str();
  app.add_option("--topic", arguments->topic, "Only this one")
      ->check(CLI::IsMember(TopicNames()));
  CLI::Option* count =
      app.add_option("--count", arguments->request.count, "Questions")
          ->check(CLI::Range(1, 1000))
          ->capture_default_str();
  CLI::Option* answers = app.add_flag("-c,--answers", arguments->answers,
                                      "The answers too, and why");
  CLI::Option* json =
      app.add_flag("--json", arguments->json, "Print JSON instead of text");
  app.add_flag("--exercise", arguments->exercise,
               "An exercise for pagelab check instead of questions")
      ->excludes(count)
      ->excludes(answers)
      ->excludes(json);
}

}  // namespace pagelab

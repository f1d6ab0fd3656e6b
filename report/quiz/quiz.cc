#include "pagelab/report/quiz/quiz.h"

#include <array>
#include <set>
#include <utility>

#include "pagelab/base/random.h"
#include "pagelab/base/status.h"
#include "pagelab/report/quiz/topics.h"

namespace pagelab {
namespace {

constexpr std::array<std::string_view, kNrQuizTopics> kTopicNames = {
    "split", "merge", "pcp", "fallback", "watermark", "page_ext", "owner"};

using Asker = absl::StatusOr<Question> (*)(Random& random);
constexpr std::array<Asker, kNrQuizTopics> kAskers = {
    AskSplit,     AskMerge,   AskPcp,  AskFallback,
    AskWatermark, AskPageExt, AskOwner};

// A question that was asked already is drawn anew so often.
constexpr int kMostRedraws = 20;

absl::StatusOr<Question> AskNew(Asker ask, Random& random,
                                std::set<std::string>& asked) {
  for (int i = 0;; ++i) {
    PAGELAB_ASSIGN_OR_RETURN(Question question, ask(random));
    if (asked.insert(question.setting + question.ask).second ||
        i == kMostRedraws) {
      return question;
    }
  }
}

}  // namespace

std::string_view ToString(QuizTopic topic) {
  return kTopicNames[static_cast<size_t>(topic)];
}

std::string_view ToString(AnswerForm form) {
  constexpr std::array<std::string_view, 4> kNames = {"frame", "number",
                                                      "lists", "choice"};
  return kNames[static_cast<size_t>(form)];
}

absl::StatusOr<Quiz> MakeQuiz(const QuizRequest& request) {
  Quiz quiz{.request = request, .questions = {}};
  Random random(request.seed);
  std::set<std::string> asked;
  for (int i = 0; i < request.count; ++i) {
    const size_t topic = request.topic.has_value()
                             ? static_cast<size_t>(*request.topic)
                             : static_cast<size_t>(i % kNrQuizTopics);
    PAGELAB_ASSIGN_OR_RETURN(Question question,
                             AskNew(kAskers[topic], random, asked));
    quiz.questions.push_back(std::move(question));
  }
  return quiz;
}

absl::StatusOr<Exercise> MakeExercise(uint64_t seed,
                                      std::optional<QuizTopic> topic) {
  constexpr std::array kTopics = {QuizTopic::kSplit, QuizTopic::kMerge,
                                  QuizTopic::kPcp, QuizTopic::kFallback,
                                  QuizTopic::kWatermark};
  Random random(seed);
  if (!topic.has_value()) topic = kTopics[random.Uniform(kTopics.size())];
  PAGELAB_ASSIGN_OR_RETURN(Question question,
                           kAskers[static_cast<size_t>(*topic)](random));
  if (!question.exercise.has_value()) {
    return InvalidInput("topic " + std::string(ToString(*topic)) +
                        " is not about free lists and has no exercises; those "
                        "of split, merge, pcp, fallback and watermark are");
  }
  question.exercise->description =
      "Topic " + std::string(ToString(*topic)) + ", seed " +
      std::to_string(seed) +
      ": which events happen, and what is on the lists afterwards?";
  return *std::move(question.exercise);
}

}  // namespace pagelab

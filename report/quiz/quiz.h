#ifndef PAGELAB_REPORT_QUIZ_QUIZ_H_
#define PAGELAB_REPORT_QUIZ_QUIZ_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "pagelab/report/quiz/question.h"

namespace pagelab {

struct QuizRequest {
  uint64_t seed = 1;
  // None: all of them, in turn.
  std::optional<QuizTopic> topic = {};
  int count = 7;
};

struct Quiz {
  QuizRequest request = {};
  std::vector<Question> questions = {};
};

// The same request gives the same quiz. No two questions of it are the same,
// unless so many are asked for that there are no more.
absl::StatusOr<Quiz> MakeQuiz(const QuizRequest& request);

// What a question of the topic is asked about: split, merge, pcp, fallback and
// watermark only, which are about free lists; InvalidArgument for the others.
absl::StatusOr<Exercise> MakeExercise(uint64_t seed,
                                      std::optional<QuizTopic> topic);

// For people, and for course systems. With answers: and why.
std::string QuizText(const Quiz& quiz, bool answers);
std::string QuizJson(const Quiz& quiz, bool answers);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_QUIZ_QUIZ_H_

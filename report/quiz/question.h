#ifndef PAGELAB_REPORT_QUIZ_QUESTION_H_
#define PAGELAB_REPORT_QUIZ_QUESTION_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pagelab/report/exercise/exercise.h"

namespace pagelab {

enum class QuizTopic : uint8_t {
  kSplit,
  kMerge,
  kPcp,
  kFallback,
  kWatermark,
  kPageExt,
  kOwner,
};
inline constexpr int kNrQuizTopics = 7;
// "split", "merge", "pcp", "fallback", "watermark", "page_ext", "owner".
std::string_view ToString(QuizTopic topic);

// How an answer is written.
enum class AnswerForm : uint8_t {
  kFrame,   // "0x1000"
  kNumber,  // "3"
  kLists,   // "order 0 Movable: 0x1001 0x1003", a line for each list
  kChoice,  // one of the choices
};
// "frame", "number", "lists", "choice".
std::string_view ToString(AnswerForm form);

// One question. Its answer was not calculated but observed: on the page
// allocator, or on a machine, of this program.
struct Question {
  QuizTopic topic = QuizTopic::kSplit;
  // Which of the topic's questions: "frame", "lists-after".
  std::string shape = {};
  int points = 1;
  // What there is and what happens, in lines.
  std::string setting = {};
  std::string ask = {};
  AnswerForm form = AnswerForm::kFrame;
  // kChoice only.
  std::vector<std::string> choices = {};
  std::string answer = {};
  // With the kernel's function and the section of the specification.
  std::string why = {};
  // What it was observed on, where that is an exercise.
  std::optional<Exercise> exercise = {};
};

}  // namespace pagelab

#endif  // PAGELAB_REPORT_QUIZ_QUESTION_H_

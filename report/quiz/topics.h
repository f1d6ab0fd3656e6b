// The questions of each topic; for quiz.cc only.

#ifndef PAGELAB_REPORT_QUIZ_TOPICS_H_
#define PAGELAB_REPORT_QUIZ_TOPICS_H_

#include "absl/status/statusor.h"
#include "pagelab/base/random.h"
#include "pagelab/report/quiz/question.h"

namespace pagelab {

absl::StatusOr<Question> AskSplit(Random& random);
absl::StatusOr<Question> AskMerge(Random& random);
absl::StatusOr<Question> AskPcp(Random& random);
absl::StatusOr<Question> AskFallback(Random& random);
absl::StatusOr<Question> AskWatermark(Random& random);
absl::StatusOr<Question> AskPageExt(Random& random);
absl::StatusOr<Question> AskOwner(Random& random);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_QUIZ_TOPICS_H_

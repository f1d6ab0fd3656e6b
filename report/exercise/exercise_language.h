// The languages of exercise files and of answers (docs/quiz.md).

#ifndef PAGELAB_REPORT_EXERCISE_EXERCISE_LANGUAGE_H_
#define PAGELAB_REPORT_EXERCISE_EXERCISE_LANGUAGE_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "pagelab/report/exercise/exercise.h"
#include "pagelab/report/exercise/exercise_run.h"

namespace pagelab {

// What the JSON `text` describes; `file` is for messages. InvalidArgument with
// one line "file:line:column: what" per error.
absl::StatusOr<Exercise> ParseExercise(std::string_view file,
                                       std::string_view text);
absl::StatusOr<ExerciseAnswer> ParseAnswer(std::string_view file,
                                           std::string_view text);

// Files that read back as what they were made from.
std::string ExerciseJson(const Exercise& exercise);
// The answer that is right: the lists at the end and all events asked for.
std::string SolutionJson(const Exercise& exercise, const ExerciseRun& run);

// JSON Schemas (draft-07) and reference pages.
std::string ExerciseSchema();
std::string ExerciseReference();
std::string AnswerSchema();
std::string AnswerReference();

}  // namespace pagelab

#endif  // PAGELAB_REPORT_EXERCISE_EXERCISE_LANGUAGE_H_

#ifndef PAGELAB_REPORT_EXERCISE_GRADE_H_
#define PAGELAB_REPORT_EXERCISE_GRADE_H_

#include <cstddef>
#include <optional>
#include <string>

#include "pagelab/report/exercise/exercise.h"
#include "pagelab/report/exercise/exercise_run.h"

namespace pagelab {

// The first thing that is wrong in an answer.
struct WrongStep {
  // "event 3", "the lists after operation 2", "the lists at the end".
  std::string where = {};
  // The operation during which it goes wrong, from 0 on; none if the answer is
  // about nothing that happens.
  std::optional<size_t> operation = {};
  std::string have = {};
  std::string right = {};
  std::string why = {};
};

struct Grade {
  std::optional<WrongStep> wrong = {};
  // What was compared.
  size_t nr_lists = 0;
  size_t nr_events = 0;
  bool is_right() const { return !wrong.has_value(); }
};

// Compares in the order of what happens: states after operations, events, the
// lists at the end. `run` is that of the exercise.
Grade GradeAnswer(const Exercise& exercise, const ExerciseRun& run,
                  const ExerciseAnswer& answer);

// For people, and for course systems.
std::string GradeText(const Exercise& exercise, const Grade& grade);
std::string GradeJson(const Exercise& exercise, const Grade& grade);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_EXERCISE_GRADE_H_

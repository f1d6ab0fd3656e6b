#ifndef PAGELAB_REPORT_EXERCISE_STEPS_TEXT_H_
#define PAGELAB_REPORT_EXERCISE_STEPS_TEXT_H_

#include <string>

#include "pagelab/report/exercise/exercise.h"
#include "pagelab/report/exercise/exercise_run.h"

namespace pagelab {

// What happens, for people: each operation, its steps with their reasons, and
// the lists before and after it.
std::string StepsText(const Exercise& exercise, const ExerciseRun& run);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_EXERCISE_STEPS_TEXT_H_

#ifndef PAGELAB_REPORT_EXERCISE_EXERCISE_RUN_H_
#define PAGELAB_REPORT_EXERCISE_EXERCISE_RUN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "pagelab/report/exercise/exercise.h"
#include "pagelab/workloads/snapshot/snapshot.h"

namespace pagelab {

// A step as it happened, and why it had to.
struct ExplainedStep {
  ExerciseStep step = {};
  // Index of the operation.
  size_t operation = 0;
  // With the kernel's function and the section of the specification.
  std::string why = {};
};

// What an exercise does on the page allocator of this program. The state after
// operation i is states[i + 1].
struct ExerciseRun {
  std::vector<ListedState> states = {};
  std::vector<ExplainedStep> steps = {};
  // Of the pageblocks, in order, at the start and at the end.
  std::vector<Migratetype> types_before = {};
  std::vector<Migratetype> types_after = {};
};

// The start as a snapshot. An error has `file` and the position of what cannot
// be: blocks that overlap, a machine with several zones.
absl::StatusOr<AllocatorSnapshot> SnapshotOfStart(const std::string& file,
                                                  const ExerciseStart& start);

// Does what the exercise says. Errors as above, also for a free of what is not
// in use. Running out of memory is none.
absl::StatusOr<ExerciseRun> RunExercise(const std::string& file,
                                        const Exercise& exercise);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_EXERCISE_EXERCISE_RUN_H_

// An exercise done by the second allocator, the one of test/support, which
// shares nothing with the first: answers are compared with it.

#ifndef PAGELAB_TEST_REPORT_EXERCISE_REFERENCE_H_
#define PAGELAB_TEST_REPORT_EXERCISE_REFERENCE_H_

#include <optional>
#include <string>
#include <vector>

#include "pagelab/report/exercise/exercise.h"

namespace pagelab {

struct ReferenceRun {
  // After each operation; the first: before all of them.
  std::vector<ListedState> states;
  // What each alloc got.
  std::vector<std::optional<uint64_t>> frames;
  // In the words of TraceLines (test/support/tiny_machine.h).
  std::vector<std::string> events;

  // Events that begin with the word.
  std::vector<std::string> EventsOf(const std::string& word) const;
};

ReferenceRun RunOnReference(const Exercise& exercise);

// "order 0 Movable: 1001 1003", a line for each list: as text, to compare.
std::string Lines(const std::vector<ExerciseList>& lists);

}  // namespace pagelab

#endif  // PAGELAB_TEST_REPORT_EXERCISE_REFERENCE_H_

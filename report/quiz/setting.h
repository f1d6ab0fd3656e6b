// Random memories to ask about, and how they are told.

#ifndef PAGELAB_REPORT_QUIZ_SETTING_H_
#define PAGELAB_REPORT_QUIZ_SETTING_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "pagelab/base/random.h"
#include "pagelab/report/exercise/exercise_run.h"
#include "pagelab/report/quiz/question.h"

namespace pagelab {

struct RandomMemory {
  // A power of two.
  uint64_t pages = 64;
  Order pageblock_order{4};
  // By pageblock; the last one counts for those that follow.
  std::vector<Migratetype> types = {Migratetype::kMovable};
  // Chances of a region to be free, or in use, as a whole; else its halves
  // are looked at.
  double free = 0.15;
  double used = 0.25;
  Order largest_free{4};
};

// Memory in which some blocks are free, no two of them buddies that would have
// merged, in lists of random order.
ExerciseStart RandomStart(Random& random, const RandomMemory& memory);

// One of `items`.
template <class T>
const T& OneOf(Random& random, const std::vector<T>& items) {
  return items[random.Uniform(items.size())];
}

// A free block of an exercise, or a block in use, that `wanted` accepts;
// nothing if there is none.
using BlockFilter = std::function<bool(Pfn pfn, Order order)>;
std::optional<Pfn> RandomUsedBlock(Random& random, const ExerciseStart& start,
                                   Order order, const BlockFilter& wanted);
bool IsFreeBlock(const ExerciseStart& start, Pfn pfn, Order order);

// The memory, lists and limits, and what happens, in lines.
std::string SettingText(const Exercise& exercise);
// "order 0 Movable: 0x1001", a line for each list; "all lists are empty".
std::string ListsText(const std::vector<ExerciseList>& lists);

// A random exercise that runs and shows what is asked about.
struct QuizSituation {
  Exercise exercise;
  ExerciseRun run;
};
using MakeRandom = std::function<Exercise(Random& random)>;
using IsTelling = std::function<bool(const QuizSituation& situation)>;
absl::StatusOr<QuizSituation> FindSituation(Random& random,
                                            const MakeRandom& make,
                                            const IsTelling& is_telling);

// Steps of a kind, in their order.
std::vector<const ExplainedStep*> StepsOf(const ExerciseRun& run,
                                          StepKind kind);
// Their reasons, as sentences.
std::string WhyOf(const std::vector<const ExplainedStep*>& steps);

// A question about a situation, still without what is asked.
Question QuestionOn(QuizTopic topic, const QuizSituation& situation);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_QUIZ_SETTING_H_

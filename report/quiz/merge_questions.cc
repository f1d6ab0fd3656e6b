// What a freed block merges with, and where in its list the result goes.

#include "pagelab/alloc/buddy.h"
#include "pagelab/base/status.h"
#include "pagelab/report/exercise/exercise_recorder.h"
#include "pagelab/report/pfn_text.h"
#include "pagelab/report/quiz/setting.h"
#include "pagelab/report/quiz/topics.h"

namespace pagelab {
namespace {

// Frees a block; in three of four draws one with a free buddy.
Exercise RandomFree(Random& random) {
  Exercise exercise;
  exercise.start = RandomStart(
      random, {.types = {Migratetype::kMovable}, .free = 0.3, .used = 0.15});
  const Order order(static_cast<int>(random.Uniform(3)));
  const bool merges = random.Bernoulli(0.75);
  const std::optional<Pfn> block =
      RandomUsedBlock(random, exercise.start, order, [&](Pfn pfn, Order of) {
        return !merges || IsFreeBlock(exercise.start, BuddyOf(pfn, of), of);
      });
  if (block.has_value()) {
    exercise.operations = {
        {.kind = OperationKind::kFree, .order = order, .pfn = *block}};
  }
  return exercise;
}

// The block that the freed one has become.
ExerciseBlock ResultOf(const QuizSituation& situation) {
  return *FindBlock(situation.run.states.back().free,
                    situation.exercise.operations.front().pfn);
}

bool IsAlone(const QuizSituation& situation) {
  const ExerciseBlock result = ResultOf(situation);
  for (const ExerciseList& list : situation.run.states.back().free) {
    if (list.order == result.order) return list.blocks.size() < 2;
  }
  return true;
}

bool HasMerges(const QuizSituation& situation) {
  return !StepsOf(situation.run, StepKind::kMerge).empty();
}

std::string WhyOfMerges(const QuizSituation& situation) {
  std::string why = WhyOf(StepsOf(situation.run, StepKind::kMerge));
  const ExerciseBlock result = ResultOf(situation);
  if (!why.empty()) why += "; then ";
  return why + "the buddy of " + PfnText(result.pfn) + " of order " +
         std::to_string(result.order.value()) + " is " +
         PfnText(BuddyOf(result.pfn, result.order)) +
         ", which is no free block of that order: merging ends "
         "(__free_one_page(), page-allocator.md 8.1)";
}

Question AskPlace(const QuizSituation& situation, Question question) {
  const ExerciseBlock result = ResultOf(situation);
  bool at_head = false;
  for (const ExerciseList& list : situation.run.states.back().free) {
    if (list.order == result.order) at_head = list.blocks.front() == result.pfn;
  }
  question.shape = "head-or-tail";
  question.points = 2;
  question.ask = "To which end of its list does the block go that results?";
  question.form = AnswerForm::kChoice;
  question.choices = {"head", "tail"};
  question.answer = at_head ? "head" : "tail";
  const Pfn parent = ParentOf(result.pfn, result.order);
  const Order larger(result.order.value() + 1);
  question.why += "; once its buddy is free too, it would be the block " +
                  PfnText(parent) + " of order " +
                  std::to_string(larger.value()) + ", whose buddy " +
                  PfnText(BuddyOf(parent, larger)) + " is " +
                  (at_head ? "not free in that order: head"
                           : "free in that order: so it is kept for later, at "
                             "the tail") +
                  " (buddy_merge_likely(), page-allocator.md 8.1)";
  return question;
}

}  // namespace

absl::StatusOr<Question> AskMerge(Random& random) {
  const uint64_t shape = random.Uniform(5);
  const IsTelling is_telling = [shape](const QuizSituation& situation) {
    return shape == 3 ? !IsAlone(situation)
                      : shape == 4 || HasMerges(situation);
  };
  PAGELAB_ASSIGN_OR_RETURN(const QuizSituation situation,
                           FindSituation(random, RandomFree, is_telling));
  Question question = QuestionOn(QuizTopic::kMerge, situation);
  question.why = WhyOfMerges(situation);
  const ExerciseOperation& freed = situation.exercise.operations.front();
  switch (shape) {
    case 0:
      question.shape = "order";
      question.ask = "Of which order is the free block that results?";
      question.form = AnswerForm::kNumber;
      question.answer = std::to_string(ResultOf(situation).order.value());
      break;
    case 1:
      question.shape = "frame";
      question.ask = "With which frame does the free block begin that results?";
      question.answer = PfnText(ResultOf(situation).pfn);
      break;
    case 2:
      question.shape = "lists-after";
      question.points = 3;
      question.ask = "What is on the free lists afterwards, head first?";
      question.form = AnswerForm::kLists;
      question.answer = ListsText(situation.run.states.back().free);
      break;
    case 3:
      return AskPlace(situation, std::move(question));
    default:
      question.shape = "number-of-merges";
      question.ask = "With how many buddies does the block merge?";
      question.form = AnswerForm::kNumber;
      question.answer =
          std::to_string(StepsOf(situation.run, StepKind::kMerge).size());
      if (freed.order == Order(0)) question.points = 2;
  }
  return question;
}

}  // namespace pagelab

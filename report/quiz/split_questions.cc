// Which block is taken, and how it is split.

#include "pagelab/base/status.h"
#include "pagelab/report/pfn_text.h"
#include "pagelab/report/quiz/setting.h"
#include "pagelab/report/quiz/topics.h"

namespace pagelab {
namespace {

Exercise RandomSplit(Random& random) {
  const bool movable = random.Bernoulli(0.5);
  Exercise exercise;
  exercise.start = RandomStart(
      random,
      {.types = {movable ? Migratetype::kMovable : Migratetype::kUnmovable}});
  exercise.operations = {
      {.order = Order(static_cast<int>(random.Uniform(4))),
       .gfp = movable ? gfp::kHighuserMovable : gfp::kKernel}};
  return exercise;
}

bool HasSplits(const QuizSituation& situation) {
  return StepsOf(situation.run, StepKind::kSplit).size() >= 2 ||
         (StepsOf(situation.run, StepKind::kSplit).size() == 1 &&
          situation.exercise.start.lists.free.size() >= 3);
}

std::string WhyOfTakeAndSplits(const ExerciseRun& run) {
  return WhyOf(StepsOf(run, StepKind::kTake)) + "; " +
         WhyOf(StepsOf(run, StepKind::kSplit));
}

}  // namespace

absl::StatusOr<Question> AskSplit(Random& random) {
  PAGELAB_ASSIGN_OR_RETURN(const QuizSituation situation,
                           FindSituation(random, RandomSplit, HasSplits));
  const ExerciseRun& run = situation.run;
  const auto splits = StepsOf(run, StepKind::kSplit);
  Question question = QuestionOn(QuizTopic::kSplit, situation);
  question.why = WhyOfTakeAndSplits(run);
  switch (random.Uniform(4)) {
    case 0:
      question.shape = "frame";
      question.ask = "Which page frame is handed out?";
      question.answer =
          PfnText(*StepsOf(run, StepKind::kAlloc).front()->step.pfn);
      break;
    case 1:
      question.shape = "lists-after";
      question.points = 3;
      question.ask = "What is on the free lists afterwards, head first?";
      question.form = AnswerForm::kLists;
      question.answer = ListsText(run.states.back().free);
      break;
    case 2:
      question.shape = "number-of-splits";
      question.ask = "How many times is a block halved?";
      question.form = AnswerForm::kNumber;
      question.answer = std::to_string(splits.size());
      break;
    default: {
      question.shape = "last-upper-half";
      question.points = 2;
      question.ask =
          "After the last split, which frame begins the half that goes to a "
          "free list?";
      const ExerciseStep& last = splits.back()->step;
      const Order half(last.order->value() - 1);
      question.answer = PfnText(*last.pfn + PageCount(half.pages()));
    }
  }
  return question;
}

}  // namespace pagelab

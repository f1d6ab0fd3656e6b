// A request whose own lists are empty: who gives, and does the pageblock change
// type?

#include <algorithm>

#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/report/exercise/exercise_recorder.h"
#include "pagelab/report/pfn_text.h"
#include "pagelab/report/quiz/setting.h"
#include "pagelab/report/quiz/topics.h"

namespace pagelab {
namespace {

constexpr Order kPageblock{4};

// Half of the pages in use of some pageblock can be moved.
void AddMovable(Random& random, ExerciseStart& start) {
  for (const TypedPageblocks& block : start.pageblocks) {
    if (block.type != Migratetype::kMovable || random.Bernoulli(0.3)) continue;
    const uint64_t most = random.UniformBetween(2, 10);
    FrameRange range{.begin = block.begin, .end = block.begin};
    for (Pfn pfn = block.begin; pfn < block.end; ++pfn) {
      if (FindBlock(start.lists.free, pfn).has_value()) {
        if (range.end > range.begin) break;
        range.begin = range.end = pfn + PageCount(1);
      } else if ((range.end - range.begin).value() < most) {
        range.end = pfn + PageCount(1);
      }
    }
    if (range.end > range.begin) start.movable.push_back(range);
  }
}

Exercise RandomFallback(Random& random) {
  struct Wish {
    Migratetype type;
    Gfp gfp;
  };
  const std::vector<Wish> wishes = {
      {Migratetype::kUnmovable, gfp::kKernel},
      {Migratetype::kMovable, gfp::kHighuserMovable},
      {Migratetype::kReclaimable, gfp::kNofs.With(gfp::kReclaimable)}};
  const Wish& wish = OneOf(random, wishes);
  std::vector<Migratetype> others;
  for (const Wish& other : wishes) {
    if (other.type != wish.type) others.push_back(other.type);
  }
  RandomMemory memory{.pageblock_order = kPageblock,
                      .free = 0.2,
                      .used = 0.3,
                      .largest_free = Order(random.Bernoulli(0.3) ? 4 : 3)};
  memory.types.clear();
  for (int i = 0; i < 4; ++i) memory.types.push_back(OneOf(random, others));
  Exercise exercise;
  exercise.start = RandomStart(random, memory);
  AddMovable(random, exercise.start);
  exercise.operations = {
      {.order = Order(static_cast<int>(random.Uniform(3))), .gfp = wish.gfp}};
  return exercise;
}

bool FallsBack(const QuizSituation& situation) {
  return !StepsOf(situation.run, StepKind::kFallback).empty() &&
         situation.exercise.start.lists.free.size() >= 3;
}

// Free pages, movable ones and others of a pageblock, counted in the exercise.
std::string CountsText(const QuizSituation& situation, Pfn in) {
  const ExerciseStart& start = situation.exercise.start;
  const Pfn begin = AlignDown(in, start.pageblock_order);
  uint64_t free = 0;
  uint64_t movable = 0;
  for (Pfn pfn = begin; pfn < begin + PageCount(start.pageblock_order.pages());
       ++pfn) {
    if (FindBlock(start.lists.free, pfn).has_value()) ++free;
    for (const FrameRange& range : start.movable) {
      if (range.begin <= pfn && pfn < range.end) ++movable;
    }
  }
  const uint64_t pages = start.pageblock_order.pages();
  return "pageblock " + PfnText(begin) + " has " + Counted(free, "free page") +
         ", " + std::to_string(movable) + " movable and " +
         std::to_string(pages - free - movable) +
         " other ones; claiming below the order of a pageblock needs " +
         std::to_string(pages / 2) + " pages that are free or of a like kind";
}

std::string WhyOfFallback(const QuizSituation& situation) {
  const ExplainedStep& step =
      *StepsOf(situation.run, StepKind::kFallback).front();
  return "fallbacks are looked for from the largest order down for a claim, "
         "then from the smallest up; " +
         step.why + "; " + CountsText(situation, *step.step.pfn);
}

}  // namespace

absl::StatusOr<Question> AskFallback(Random& random) {
  PAGELAB_ASSIGN_OR_RETURN(const QuizSituation situation,
                           FindSituation(random, RandomFallback, FallsBack));
  const ExerciseStep& step =
      StepsOf(situation.run, StepKind::kFallback).front()->step;
  Question question = QuestionOn(QuizTopic::kFallback, situation);
  question.why = WhyOfFallback(situation);
  question.points = 2;
  switch (random.Uniform(5)) {
    case 0:
      question.shape = "frame";
      question.ask = "Which page frame is handed out?";
      question.answer =
          PfnText(*StepsOf(situation.run, StepKind::kAlloc).front()->step.pfn);
      break;
    case 1:
      question.shape = "claimed";
      question.ask =
          "Does the pageblock become one of the type that was asked for?";
      question.form = AnswerForm::kChoice;
      question.choices = {"yes", "no"};
      question.answer = *step.claimed ? "yes" : "no";
      break;
    case 2:
      question.shape = "giver";
      question.ask = "Blocks of which migratetype serve the request?";
      question.form = AnswerForm::kChoice;
      question.choices = {"Unmovable", "Movable", "Reclaimable"};
      question.answer = std::string(ToString(*step.from));
      break;
    case 3:
      question.shape = "fallback-order";
      question.ask = "Of which order is the free block that is found?";
      question.form = AnswerForm::kNumber;
      question.answer = std::to_string(step.order->value());
      break;
    default:
      question.shape = "lists-after";
      question.points = 4;
      question.ask = "What is on the free lists afterwards, head first?";
      question.form = AnswerForm::kLists;
      question.answer = ListsText(situation.run.states.back().free);
  }
  return question;
}

}  // namespace pagelab

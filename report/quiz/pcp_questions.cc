// Per-cpu lists: refilled by a batch, last in first out, drained from the tail.

#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/report/pfn_text.h"
#include "pagelab/report/quiz/setting.h"
#include "pagelab/report/quiz/topics.h"

namespace pagelab {
namespace {

Exercise WithPcp(Random& random) {
  Exercise exercise;
  exercise.start = RandomStart(
      random, {.types = {Migratetype::kMovable}, .free = 0.25, .used = 0.2});
  exercise.start.batch = static_cast<int64_t>(random.UniformBetween(3, 6));
  exercise.start.pcp_high_min = exercise.start.pcp_high_max =
      exercise.start.batch * 2;
  return exercise;
}

// Puts some frames in use on the list of order 0.
void FillPcp(Random& random, uint64_t count, Exercise& exercise) {
  ExerciseList list{.order = Order(0), .type = Migratetype::kMovable};
  for (uint64_t i = 0; i < count; ++i) {
    exercise.start.lists.pcp = {list};
    if (list.blocks.empty()) exercise.start.lists.pcp.clear();
    const auto frame = RandomUsedBlock(random, exercise.start, Order(0),
                                       [](Pfn, Order) { return true; });
    if (frame.has_value()) list.blocks.push_back(*frame);
  }
  exercise.start.lists.pcp = {list};
}

// A request that finds its list empty.
Exercise RandomRefill(Random& random) {
  Exercise exercise = WithPcp(random);
  exercise.operations = {{.order = Order(static_cast<int>(random.Uniform(2))),
                          .gfp = gfp::kHighuserMovable}};
  return exercise;
}

// A free, and a request behind it.
Exercise RandomReuse(Random& random) {
  Exercise exercise = WithPcp(random);
  FillPcp(random, random.UniformBetween(1, 3), exercise);
  const auto freed = RandomUsedBlock(random, exercise.start, Order(0),
                                     [](Pfn, Order) { return true; });
  if (!freed.has_value()) return exercise;
  exercise.operations.push_back(
      {.kind = OperationKind::kFree, .order = Order(0), .pfn = *freed});
  const uint64_t nr_allocs = random.UniformBetween(1, 2);
  for (uint64_t i = 0; i < nr_allocs; ++i) {
    exercise.operations.push_back(
        {.order = Order(0), .gfp = gfp::kHighuserMovable});
  }
  return exercise;
}

// A free that makes the list too long.
Exercise RandomDrain(Random& random) {
  Exercise exercise = WithPcp(random);
  FillPcp(random, static_cast<uint64_t>(exercise.start.pcp_high_max) - 1,
          exercise);
  const auto freed = RandomUsedBlock(random, exercise.start, Order(0),
                                     [](Pfn, Order) { return true; });
  if (freed.has_value()) {
    exercise.operations = {
        {.kind = OperationKind::kFree, .order = Order(0), .pfn = *freed}};
  }
  return exercise;
}

bool IsRefill(const QuizSituation& situation) {
  return StepsOf(situation.run, StepKind::kTake).size() > 2 &&
         StepsOf(situation.run, StepKind::kFallback).empty();
}

absl::StatusOr<Question> AskRefill(Random& random) {
  PAGELAB_ASSIGN_OR_RETURN(const QuizSituation situation,
                           FindSituation(random, RandomRefill, IsRefill));
  const auto takes = StepsOf(situation.run, StepKind::kTake);
  Question question = QuestionOn(QuizTopic::kPcp, situation);
  question.why =
      "the per-cpu list is empty, so it is refilled from the buddy lists "
      "with " +
      Counted(takes.size(), "block") +
      ", each put behind the one before, and the first is handed out "
      "(nr_pcp_alloc() and rmqueue_bulk(), page-allocator.md 12.3 and 12.4)";
  switch (random.Uniform(3)) {
    case 0:
      question.shape = "refill-size";
      question.ask =
          "How many blocks of the order asked for leave the buddy lists?";
      question.form = AnswerForm::kNumber;
      question.answer = std::to_string(takes.size());
      break;
    case 1:
      question.shape = "pcp-after-refill";
      question.points = 3;
      question.ask = "What is on the per-cpu lists afterwards, head first?";
      question.form = AnswerForm::kLists;
      question.answer = ListsText(situation.run.states.back().pcp);
      break;
    default:
      question.shape = "free-after-refill";
      question.points = 3;
      question.ask = "What is on the free lists afterwards, head first?";
      question.form = AnswerForm::kLists;
      question.answer = ListsText(situation.run.states.back().free);
  }
  return question;
}

absl::StatusOr<Question> AskReuse(Random& random) {
  PAGELAB_ASSIGN_OR_RETURN(
      const QuizSituation situation,
      FindSituation(random, RandomReuse, [](const QuizSituation& found) {
        return StepsOf(found.run, StepKind::kTake).empty();
      }));
  Question question = QuestionOn(QuizTopic::kPcp, situation);
  question.shape = "reuse";
  question.ask = "Which page frame does the last request get?";
  question.answer =
      PfnText(*StepsOf(situation.run, StepKind::kAlloc).back()->step.pfn);
  question.why =
      "a freed page goes to the head of its per-cpu list and a request takes "
      "the head: last in, first out, because it is likely to be in the cache "
      "still (free_unref_page_commit() and rmqueue_pcplist(), "
      "page-allocator.md 12.3 and 12.6)";
  return question;
}

absl::StatusOr<Question> AskDrain(Random& random) {
  PAGELAB_ASSIGN_OR_RETURN(
      const QuizSituation situation,
      FindSituation(random, RandomDrain, [](const QuizSituation& found) {
        return StepsOf(found.run, StepKind::kDrain).size() > 1;
      }));
  const auto drains = StepsOf(situation.run, StepKind::kDrain);
  Question question = QuestionOn(QuizTopic::kPcp, situation);
  question.why =
      "with this page the lists hold as many as \"high\" allows, so " +
      Counted(drains.size(), "page") +
      " go back to the buddy lists, from the tail: the page that lay there "
      "longest first (nr_pcp_free() and free_pcppages_bulk(), "
      "page-allocator.md 12.6 and 12.7)";
  switch (random.Uniform(3)) {
    case 0:
      question.shape = "first-drained";
      question.ask = "Which page is the first to go back to the buddy lists?";
      question.answer = PfnText(*drains.front()->step.pfn);
      break;
    case 1:
      question.shape = "number-drained";
      question.points = 2;
      question.ask = "How many pages go back to the buddy lists?";
      question.form = AnswerForm::kNumber;
      question.answer = std::to_string(drains.size());
      break;
    default:
      question.shape = "pcp-after-drain";
      question.points = 2;
      question.ask = "What is on the per-cpu lists afterwards, head first?";
      question.form = AnswerForm::kLists;
      question.answer = ListsText(situation.run.states.back().pcp);
  }
  return question;
}

}  // namespace

absl::StatusOr<Question> AskPcp(Random& random) {
  switch (random.Uniform(3)) {
    case 0:
      return AskRefill(random);
    case 1:
      return AskReuse(random);
    default:
      return AskDrain(random);
  }
}

}  // namespace pagelab

// How much must be free for a request, and why one fails beside free memory.

#include <algorithm>
#include <utility>

#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/report/quiz/setting.h"
#include "pagelab/report/quiz/topics.h"

namespace pagelab {
namespace {

struct Asker {
  Gfp gfp;
  std::string_view right;
};

// What the slow path lets a request go down to.
const std::vector<Asker>& Askers() {
  static const auto* const askers = new std::vector<Asker>{
      {gfp::kKernel, "GFP_KERNEL may go down to min"},
      {gfp::kNowait,
       "GFP_NOWAIT cannot wait, but has no right to reserves: down to min"},
      {gfp::kKernel.With(gfp::kHigh),
       "__GFP_HIGH may take half of min: down to min - min/2"},
      {gfp::kAtomic,
       "GFP_ATOMIC is __GFP_HIGH and cannot wait: of min, half is taken away "
       "and of the rest a quarter"}};
  return *askers;
}

// Single pages are free, every other one: nothing merges.
ExerciseStart ScatteredStart(uint64_t free_pages) {
  ExerciseStart start;
  start.pages = 128;
  start.pageblock_order = Order(5);
  ExerciseList list{.order = Order(0), .type = Migratetype::kUnmovable};
  for (uint64_t i = 0; i < free_pages; ++i) {
    list.blocks.push_back(start.begin + PageCount(2 * i));
  }
  start.pageblocks = {{.begin = start.begin,
                       .end = start.begin + PageCount(start.pages),
                       .type = Migratetype::kUnmovable}};
  if (free_pages > 0) start.lists.free = {std::move(list)};
  return start;
}

void SetMarks(uint64_t min, ExerciseStart& start) {
  start.min = min;
  start.low = min + min / 4 + 1;
  start.high = start.low + min / 4 + 1;
}

Exercise Request(ExerciseStart start, Gfp gfp, Order order) {
  Exercise exercise;
  exercise.start = std::move(start);
  exercise.operations = {{.order = order, .gfp = gfp}};
  return exercise;
}

absl::StatusOr<bool> IsServed(const Exercise& exercise) {
  PAGELAB_ASSIGN_OR_RETURN(const ExerciseRun run,
                           RunExercise("quiz", exercise));
  return StepsOf(run, StepKind::kFail).empty();
}

// The fewest free pages with which the request is served.
absl::StatusOr<uint64_t> FewestFree(uint64_t min, Gfp gfp) {
  uint64_t fails = 0;
  uint64_t works = 64;
  while (works - fails > 1) {
    const uint64_t middle = (works + fails) / 2;
    ExerciseStart start = ScatteredStart(middle);
    SetMarks(min, start);
    PAGELAB_ASSIGN_OR_RETURN(
        const bool served, IsServed(Request(std::move(start), gfp, Order(0))));
    (served ? works : fails) = middle;
  }
  return works;
}

std::string MarkReason(const Asker& asker, uint64_t fewest) {
  return std::string(asker.right) +
         "; a request of order 0 needs more free "
         "pages than that, and the allocator gave a page with " +
         std::to_string(fewest) + " and none with " +
         std::to_string(fewest - 1) +
         " (__zone_watermark_ok() and gfp_to_alloc_flags(), page-allocator.md "
         "13.3 and 14)";
}

absl::StatusOr<Question> AskFewest(Random& random) {
  const Asker& asker = OneOf(random, Askers());
  const uint64_t min = random.UniformBetween(8, 32);
  PAGELAB_ASSIGN_OR_RETURN(const uint64_t fewest, FewestFree(min, asker.gfp));
  ExerciseStart start = ScatteredStart(fewest);
  SetMarks(min, start);
  Question question;
  question.topic = QuizTopic::kWatermark;
  question.shape = "fewest-free";
  question.points = 2;
  question.exercise = Request(start, asker.gfp, Order(0));
  question.setting =
      "One zone with watermarks min " + std::to_string(start.min) + ", low " +
      std::to_string(start.low) + ", high " + std::to_string(start.high) +
      " pages. All free pages are single Unmovable pages, nothing can be "
      "reclaimed, and no lowmem_reserve is kept.\nThen:\n  alloc_pages(" +
      ToString(asker.gfp) + ", 0)\n";
  question.ask =
      "How many pages must be free, at least, for the request to be served?";
  question.form = AnswerForm::kNumber;
  question.answer = std::to_string(fewest);
  question.why = MarkReason(asker, fewest);
  return question;
}

absl::StatusOr<Question> AskServed(Random& random) {
  const Asker& asker = OneOf(random, Askers());
  const uint64_t min = random.UniformBetween(8, 32);
  PAGELAB_ASSIGN_OR_RETURN(const uint64_t fewest, FewestFree(min, asker.gfp));
  const uint64_t free = std::max<uint64_t>(
      fewest + random.Uniform(7) - std::min<uint64_t>(3, fewest), 1);
  ExerciseStart start = ScatteredStart(free);
  SetMarks(min, start);
  Question question;
  question.topic = QuizTopic::kWatermark;
  question.shape = "served";
  question.exercise = Request(std::move(start), asker.gfp, Order(0));
  PAGELAB_ASSIGN_OR_RETURN(const bool served, IsServed(*question.exercise));
  question.setting = SettingText(*question.exercise);
  question.ask = "Is the request served?";
  question.form = AnswerForm::kChoice;
  question.choices = {"yes", "no"};
  question.answer = served ? "yes" : "no";
  question.why =
      std::to_string(free) + " pages are free; " + MarkReason(asker, fewest);
  return question;
}

constexpr std::string_view kTooFew =
    "too few pages are free: the watermark is not kept";
constexpr std::string_view kNoBlock =
    "enough pages are free, but no block of that order";
constexpr std::string_view kNothing = "it does not fail";

absl::StatusOr<std::string_view> WhyItFails(const Exercise& exercise) {
  PAGELAB_ASSIGN_OR_RETURN(const bool served, IsServed(exercise));
  if (served) return kNothing;
  // With the same marks and one free block of that order in place of single
  // pages, is it served? Then only the block was missing.
  Exercise whole = exercise;
  const Order order = exercise.operations.front().order;
  ExerciseList& list = whole.start.lists.free.front();
  if (list.blocks.size() >= order.pages()) {
    list.blocks.erase(list.blocks.end() - static_cast<ptrdiff_t>(order.pages()),
                      list.blocks.end());
    const Pfn end = whole.start.begin + PageCount(whole.start.pages);
    ExerciseList block{.order = order,
                       .type = list.type,
                       .blocks = {end - PageCount(order.pages())}};
    if (list.blocks.empty()) whole.start.lists.free.clear();
    whole.start.lists.free.push_back(std::move(block));
    PAGELAB_ASSIGN_OR_RETURN(const bool then, IsServed(whole));
    if (then) return kNoBlock;
  }
  return kTooFew;
}

absl::StatusOr<Question> AskWhyNot(Random& random) {
  const uint64_t min = random.UniformBetween(8, 32);
  const Order order(static_cast<int>(random.UniformBetween(1, 3)));
  const uint64_t free = random.UniformBetween(4, 60);
  ExerciseStart start = ScatteredStart(free);
  SetMarks(min, start);
  Question question;
  question.topic = QuizTopic::kWatermark;
  question.shape = "why-it-fails";
  question.points = 2;
  question.exercise = Request(start, gfp::kKernel, order);
  PAGELAB_ASSIGN_OR_RETURN(const std::string_view reason,
                           WhyItFails(*question.exercise));
  question.setting =
      "One zone of " + std::to_string(start.pages) +
      " pages with watermarks min " + std::to_string(start.min) + ", low " +
      std::to_string(start.low) + ", high " + std::to_string(start.high) +
      ". " + std::to_string(free) +
      " pages are free, each a block of order 0; nothing can be reclaimed or "
      "compacted.\nThen:\n  alloc_pages(GFP_KERNEL, " +
      std::to_string(order.value()) + ")\n";
  question.ask = "Why does the request fail?";
  question.form = AnswerForm::kChoice;
  question.choices = {std::string(kTooFew), std::string(kNoBlock),
                      std::string(kNothing)};
  question.answer = std::string(reason);
  question.why =
      "of the " + std::to_string(free) + " free pages, " +
      std::to_string(order.pages() - 1) +
      " are not counted for a request of this order; what remains must be "
      "above min, " +
      std::to_string(min) +
      "; and then there must be a free block of at least the order "
      "(__zone_watermark_ok(), page-allocator.md 13.3)";
  return question;
}

}  // namespace

absl::StatusOr<Question> AskWatermark(Random& random) {
  switch (random.Uniform(3)) {
    case 0:
      return AskFewest(random);
    case 1:
      return AskServed(random);
    default:
      return AskWhyNot(random);
  }
}

}  // namespace pagelab

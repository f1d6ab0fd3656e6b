// What page_owner has recorded of a frame.

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pagelab/base/check.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/report/pfn_text.h"
#include "pagelab/report/quiz/owner_story.h"
#include "pagelab/report/quiz/setting.h"
#include "pagelab/report/quiz/topics.h"

namespace pagelab {
namespace {

Question StoryQuestion(const OwnerStory& story, std::string shape) {
  Question question;
  question.topic = QuizTopic::kOwner;
  question.shape = std::move(shape);
  question.setting =
      "The machine hello (64 pages) has booted with page_owner=on. Then:\n" +
      story.text() + "Now somebody reads /sys/kernel/debug/page_owner.\n";
  return question;
}

constexpr const char* kNoRecord = "the file has no record of it";

// Frames go from one task to another.
absl::StatusOr<Question> AskWho(Random& random) {
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<OwnerStory> story,
                           OwnerStory::Boot());
  const Order order(static_cast<int>(random.Uniform(3)));
  std::vector<std::string> names = RandomNames(random, 3);
  const std::optional<Pfn> first = story->Alloc(names[0], order);
  PAGELAB_CHECK(first.has_value());
  if (random.Bernoulli(0.5)) (void)story->Alloc(names[2], order);
  story->Free(names[random.Uniform(2)], *first, order);
  if (random.Bernoulli(0.75)) (void)story->Alloc(names[1], order);
  PAGELAB_ASSIGN_OR_RETURN(const StoryRecords records, story->Read());
  Question question = StoryQuestion(*story, "who");
  question.ask =
      "Which task does the file name for frame " + PfnText(*first) + "?";
  question.form = AnswerForm::kChoice;
  question.choices = names;
  question.choices.emplace_back(kNoRecord);
  const StoryRecord* record = Find(records, *first);
  question.answer = record != nullptr ? record->comm : kNoRecord;
  question.why =
      record != nullptr
          ? "a record is written anew at each allocation and names who "
            "allocated; who freed the frame before is not printed "
            "(__set_page_owner(), page-ext-owner-depot.md 4.1)"
          : "the record still names " + names[0] +
                ", but a free has cleared its mark \"allocated\", and reading "
                "skips such frames (__reset_page_owner(), "
                "page-ext-owner-depot.md 4.2)";
  return question;
}

absl::StatusOr<Question> AskSplitOrder(Random& random) {
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<OwnerStory> story,
                           OwnerStory::Boot());
  const std::string name = RandomNames(random, 1).front();
  const Order order(static_cast<int>(random.UniformBetween(1, 3)));
  const std::optional<Pfn> block = story->Alloc(name, order);
  PAGELAB_CHECK(block.has_value());
  const bool split = random.Bernoulli(0.6);
  if (split) story->Split(name, *block, order);
  PAGELAB_ASSIGN_OR_RETURN(const StoryRecords records, story->Read());
  const auto nr_records = std::count_if(
      records.begin(), records.end(), [&](const StoryRecord& record) {
        return record.comm == name && record.stack == StoryStack::kTask;
      });
  const bool ask_order = random.Bernoulli(0.5);
  Question question =
      StoryQuestion(*story, ask_order ? "record-order" : "records-of-a-task");
  question.points = 2;
  question.form = AnswerForm::kNumber;
  if (ask_order) {
    question.ask =
        "Which order does the record of frame " + PfnText(*block) + " say?";
    question.answer = std::to_string(Find(records, *block)->order.value());
  } else {
    question.ask = "How many records say that " + name +
                   " allocated, with the stack of its call?";
    question.answer = std::to_string(nr_records);
  }
  question.why =
      split ? "split_page() makes the block single pages, and so the order in "
              "the record of each of them is 0; each has a record of its own "
              "to print (__split_page_owner(), page-ext-owner-depot.md 4.3)"
            : "all pages of a block carry the same record, and only that of "
              "the first is printed (page-ext-owner-depot.md 4.1 and 6.1)";
  return question;
}

const std::vector<std::string>& StackChoices() {
  static const auto* const choices = new std::vector<std::string>{
      "the call of the task", "register_early_stack", "register_dummy_stack",
      "register_failure_stack"};
  return *choices;
}

std::string_view WhyOfStack(StoryStack stack) {
  switch (stack) {
    case StoryStack::kEarly:
      return "the frame was in use before page_owner could record anything; "
             "when it starts, it marks all such frames "
             "(init_early_allocated_pages(), page-ext-owner-depot.md 5)";
    case StoryStack::kDummy:
      return "the tracker itself needed the page, to keep a stack; saving a "
             "stack for it would need a page again, so it gets the dummy "
             "(save_stack(), page-ext-owner-depot.md 4.6)";
    case StoryStack::kFailure:
      return "the stack depot had no room for the stack (save_stack(), "
             "page-ext-owner-depot.md 4.6)";
    case StoryStack::kTask:
      break;
  }
  return "an ordinary allocation: the stack is the call that asked "
         "(save_stack(), page-ext-owner-depot.md 4.6)";
}

// The frame is told by what it is for, not by its stack.
std::string TellFrame(const StoryRecord& record) {
  switch (record.stack) {
    case StoryStack::kEarly:
      return "a frame that was in use before page_owner started";
    case StoryStack::kDummy:
      return "a frame that was allocated, under the name of " + record.comm +
             ", to keep the stack of an allocation";
    case StoryStack::kFailure:
    case StoryStack::kTask:
      break;
  }
  return "a frame that " + record.comm + " asked for";
}

absl::StatusOr<Question> AskStack(Random& random) {
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<OwnerStory> story,
                           OwnerStory::Boot());
  const std::vector<std::string> names = RandomNames(random, 2);
  for (const std::string& name : names) {
    (void)story->Alloc(name, Order(static_cast<int>(random.Uniform(2))));
  }
  PAGELAB_ASSIGN_OR_RETURN(const StoryRecords records, story->Read());
  // First the kind, so that early frames, which are many, do not win.
  std::vector<StoryStack> kinds;
  for (const StoryRecord& record : records) {
    if (std::find(kinds.begin(), kinds.end(), record.stack) == kinds.end()) {
      kinds.push_back(record.stack);
    }
  }
  const StoryStack kind = OneOf(random, kinds);
  StoryRecords candidates;
  for (const StoryRecord& record : records) {
    if (record.stack == kind) candidates.push_back(record);
  }
  const StoryRecord& record = OneOf(random, candidates);
  Question question = StoryQuestion(*story, "stack");
  question.ask = "Frame " + PfnText(record.pfn) + " is " + TellFrame(record) +
                 ". Which stack does its record have?";
  question.form = AnswerForm::kChoice;
  question.choices = StackChoices();
  question.answer = StackChoices()[static_cast<size_t>(record.stack)];
  question.why = std::string(WhyOfStack(record.stack));
  return question;
}

}  // namespace

absl::StatusOr<Question> AskOwner(Random& random) {
  switch (random.Uniform(3)) {
    case 0:
      return AskWho(random);
    case 1:
      return AskSplitOrder(random);
    default:
      return AskStack(random);
  }
}

}  // namespace pagelab

// Every answer of a quiz is worked out a second time, by other means.

#include "pagelab/report/quiz/quiz.h"

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "pagelab/base/text.h"
#include "pagelab/report/pfn_text.h"
#include "pagelab/test/report/exercise_reference.h"
#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

Quiz MustMake(const QuizRequest& request) {
  absl::StatusOr<Quiz> quiz = MakeQuiz(request);
  REQUIRE(quiz.ok());
  return *std::move(quiz);
}

std::string Hex(uint64_t pfn) { return PfnText(Pfn(pfn)); }

std::string ListAnswer(const std::vector<ExerciseList>& lists) {
  if (lists.empty()) return "  all lists are empty\n";
  std::istringstream lines(Lines(lists));
  std::string text;
  for (std::string line; std::getline(lines, line);) text += "  " + line + "\n";
  return text;
}

// The words of an event's text.
std::vector<std::string> Words(const std::string& event) {
  std::istringstream in(event);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

struct Found {
  uint64_t pfn = 0;
  int order = -1;
  bool at_head = false;
};

Found BlockAround(const std::vector<ExerciseList>& lists, uint64_t frame) {
  for (const ExerciseList& list : lists) {
    for (const Pfn pfn : list.blocks) {
      if (pfn.value() <= frame && frame < pfn.value() + list.order.pages()) {
        return {pfn.value(), list.order.value(), pfn == list.blocks.front()};
      }
    }
  }
  return {};
}

std::string TypeName(const std::string& number) {
  constexpr const char* kNames[] = {"Unmovable", "Movable", "Reclaimable"};
  return kNames[std::stoi(number)];
}

std::string ExpectedOfSplit(const Question& question, const ReferenceRun& run) {
  const int order = question.exercise->operations.front().order.value();
  const uint64_t frame = *run.frames.front();
  if (question.shape == "frame") return Hex(frame);
  if (question.shape == "lists-after") return ListAnswer(run.states[1].free);
  if (question.shape == "number-of-splits") {
    return std::to_string(BlockAround(run.states[0].free, frame).order - order);
  }
  CHECK(question.shape == "last-upper-half");
  return Hex(frame + (uint64_t{1} << order));
}

std::string ExpectedOfMerge(const Question& question, const ReferenceRun& run) {
  const ExerciseOperation& freed = question.exercise->operations.front();
  const Found found = BlockAround(run.states[1].free, freed.pfn.value());
  if (question.shape == "order") return std::to_string(found.order);
  if (question.shape == "frame") return Hex(found.pfn);
  if (question.shape == "lists-after") return ListAnswer(run.states[1].free);
  if (question.shape == "head-or-tail") return found.at_head ? "head" : "tail";
  CHECK(question.shape == "number-of-merges");
  return std::to_string(found.order - freed.order.value());
}

std::string ExpectedOfPcp(const Question& question, const ReferenceRun& run) {
  const ListedState& end = run.states.back();
  if (question.shape == "refill-size") {
    return std::to_string(run.EventsOf("locked").size());
  }
  if (question.shape == "pcp-after-refill" ||
      question.shape == "pcp-after-drain") {
    return ListAnswer(end.pcp);
  }
  if (question.shape == "free-after-refill") return ListAnswer(end.free);
  if (question.shape == "reuse") return Hex(*run.frames.back());
  if (question.shape == "first-drained") {
    return "0x" + Words(run.EventsOf("drain").front())[1];
  }
  CHECK(question.shape == "number-drained");
  return std::to_string(run.EventsOf("drain").size());
}

// "extfrag PFN order O from ORDER mt TYPE from TYPE owner N".
std::string ExpectedOfFallback(const Question& question,
                               const ReferenceRun& run) {
  REQUIRE_FALSE(run.EventsOf("extfrag").empty());
  const auto words = Words(run.EventsOf("extfrag").front());
  if (question.shape == "frame") return Hex(*run.frames.front());
  if (question.shape == "claimed") return words[11] == "1" ? "yes" : "no";
  if (question.shape == "giver") return TypeName(words[9]);
  if (question.shape == "fallback-order") return words[5];
  CHECK(question.shape == "lists-after");
  return ListAnswer(run.states.back().free);
}

bool IsServed(Exercise exercise, uint64_t free_pages) {
  ExerciseList list{.order = Order(0), .type = Migratetype::kUnmovable};
  for (uint64_t i = 0; i < free_pages; ++i) {
    list.blocks.push_back(exercise.start.begin + PageCount(2 * i));
  }
  exercise.start.lists.free = {list};
  return RunOnReference(exercise).frames.front().has_value();
}

std::string ExpectedOfWatermark(const Question& question) {
  const Exercise& exercise = *question.exercise;
  const uint64_t free = exercise.start.lists.free.front().blocks.size();
  const bool served = RunOnReference(exercise).frames.front().has_value();
  if (question.shape == "served") return served ? "yes" : "no";
  if (question.shape == "fewest-free") {
    uint64_t fewest = 1;
    while (!IsServed(exercise, fewest)) ++fewest;
    return std::to_string(fewest);
  }
  CHECK(question.shape == "why-it-fails");
  if (served) return "it does not fail";
  const auto spared = exercise.operations.front().order.pages() - 1;
  return free > spared + exercise.start.min
             ? "enough pages are free, but no block of that order"
             : "too few pages are free: the watermark is not kept";
}

std::string Expected(const Question& question) {
  if (question.topic == QuizTopic::kWatermark) {
    return ExpectedOfWatermark(question);
  }
  const ReferenceRun run = RunOnReference(*question.exercise);
  switch (question.topic) {
    case QuizTopic::kSplit:
      return ExpectedOfSplit(question, run);
    case QuizTopic::kMerge:
      return ExpectedOfMerge(question, run);
    case QuizTopic::kPcp:
      return ExpectedOfPcp(question, run);
    default:
      return ExpectedOfFallback(question, run);
  }
}

TEST_CASE("Quiz: a second allocator gives the same answers",
          "[report][quiz][property]") {
  for (const QuizTopic topic :
       {QuizTopic::kSplit, QuizTopic::kMerge, QuizTopic::kPcp,
        QuizTopic::kFallback, QuizTopic::kWatermark}) {
    std::set<std::string> shapes;
    std::set<std::string> answers;
    for (uint64_t seed = 1; seed <= 30; ++seed) {
      const Quiz quiz = MustMake({.seed = seed, .topic = topic, .count = 6});
      for (const Question& question : quiz.questions) {
        CAPTURE(seed, question.shape, question.setting, question.ask);
        CHECK(question.answer == Expected(question));
        CHECK_FALSE(question.why.empty());
        shapes.insert(question.shape);
        answers.insert(question.shape + question.answer);
      }
    }
    CAPTURE(ToString(topic));
    CHECK(shapes.size() >= 3);
    CHECK(answers.size() >= 20);
  }
}

// Numbers of a setting: "A machine with 4 sections of 256 pages".
uint64_t NumberBefore(const std::string& text, const std::string& word) {
  const size_t end = text.find(" " + word);
  REQUIRE(end != std::string::npos);
  const size_t begin = text.rfind(' ', end - 1) + 1;
  return *ParseUint64(text.substr(begin, end - begin));
}

TEST_CASE(
    "Quiz: entries and tables of page_ext have the sizes of the "
    "specification",
    "[report][quiz]") {
  std::set<std::string> shapes;
  for (uint64_t seed = 1; seed <= 25; ++seed) {
    const Quiz quiz =
        MustMake({.seed = seed, .topic = QuizTopic::kPageExt, .count = 4});
    for (const Question& question : quiz.questions) {
      CAPTURE(seed, question.shape, question.setting, question.ask);
      const auto has = [&](const char* parameter) {
        return question.setting.find(parameter) != std::string::npos;
      };
      // page-ext-owner-depot.md 1.1 and 1.2, in the order of the build.
      uint64_t size = has("page_owner=on") ? 8 : 0;
      std::map<std::string, uint64_t> offsets;
      const auto add = [&](const char* client, bool wanted, uint64_t bytes) {
        if (!wanted) return;
        offsets[client] = size;
        size += bytes;
      };
      add("page_owner", has("page_owner=on"), 64);
      // Tagging needs no flags; the checker of page tables neither.
      add("page_alloc_tagging", has("mem_profiling=1"), 8);
      add("page_table_check", has("page_table_check=on"), 8);
      const uint64_t sections =
          question.setting.find("1 section ") != std::string::npos
              ? 1
              : NumberBefore(question.setting, "sections");
      const uint64_t pages = NumberBefore(question.setting, "pages boots");
      const uint64_t table = (pages * size + 4095) / 4096;
      shapes.insert(question.shape);
      if (question.shape == "entry-size") {
        CHECK(question.answer == std::to_string(size));
      } else if (question.shape == "offset") {
        for (const auto& [client, offset] : offsets) {
          if (question.ask.ends_with("data of " + client + "?")) {
            CHECK(question.answer == std::to_string(offset));
          }
        }
      } else if (question.shape == "pages-of-a-table") {
        CHECK(question.answer == std::to_string(table));
      } else {
        CHECK(question.shape == "pages-in-all");
        CHECK(question.answer == std::to_string(table * sections));
      }
    }
  }
  CHECK(shapes.size() == 4);
}

// Who holds which block, told by the lines of a setting.
struct Story {
  std::map<std::string, std::string> holder;
  std::map<std::string, int> order;
  bool split = false;
};

Story ReadStory(const std::string& setting) {
  Story story;
  std::istringstream lines(setting);
  for (std::string line; std::getline(lines, line);) {
    const auto words = Words(line);
    if (words.size() < 3 || !words[0].ends_with(':')) continue;
    const std::string name = words[0].substr(0, words[0].size() - 1);
    if (words.size() == 5 && words[3] == "gives") {
      story.holder[words[4]] = name;
      story.order[words[4]] = std::stoi(words[2]);
    } else if (words[1].starts_with("__free_pages(")) {
      const std::string frame = words[1].substr(13, words[1].size() - 14);
      story.holder.erase(frame);
      story.order.erase(frame);
    } else if (words[1].starts_with("split_page(")) {
      story.split = true;
    }
  }
  return story;
}

std::string FrameIn(const std::string& ask) {
  const size_t begin = ask.find("0x");
  return ask.substr(begin, ask.find_first_of(" ?", begin) - begin);
}

TEST_CASE("Quiz: page_owner's records are those of the story",
          "[report][quiz]") {
  std::set<std::string> shapes;
  std::set<std::string> stacks;
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    const Quiz quiz =
        MustMake({.seed = seed, .topic = QuizTopic::kOwner, .count = 4});
    for (const Question& question : quiz.questions) {
      CAPTURE(seed, question.shape, question.setting, question.ask);
      const Story story = ReadStory(question.setting);
      shapes.insert(question.shape);
      if (question.shape == "who") {
        const auto found = story.holder.find(FrameIn(question.ask));
        // What is not printed is not gone.
        CHECK_THAT(question.ask, ContainsText("does the file name"));
        CHECK(question.answer == (found == story.holder.end()
                                      ? "the file has no record of it"
                                      : found->second));
      } else if (question.shape == "record-order") {
        const int order = story.order.at(FrameIn(question.ask));
        CHECK(question.answer == std::to_string(story.split ? 0 : order));
      } else if (question.shape == "records-of-a-task") {
        const int order = story.order.begin()->second;
        CHECK(question.answer == std::to_string(story.split ? 1 << order : 1));
      } else {
        CHECK(question.shape == "stack");
        stacks.insert(question.answer);
        const bool asked = question.ask.find("asked for") != std::string::npos;
        const bool early =
            question.ask.find("before page_owner") != std::string::npos;
        CHECK(question.answer == (asked   ? "the call of the task"
                                  : early ? "register_early_stack"
                                          : "register_dummy_stack"));
        if (asked) CHECK(story.holder.count(FrameIn(question.ask)) == 1);
      }
    }
  }
  CHECK(shapes.size() == 4);
  CHECK(stacks.size() == 3);
}

TEST_CASE("Quiz: a seed gives one quiz, another seed another",
          "[report][quiz]") {
  const QuizRequest request{.seed = 7};
  const std::string text = QuizText(MustMake(request), true);
  CHECK(QuizText(MustMake(request), true) == text);
  CHECK(QuizText(MustMake({.seed = 8}), true) != text);
  std::set<QuizTopic> topics;
  for (const Question& question : MustMake(request).questions) {
    topics.insert(question.topic);
  }
  CHECK(topics.size() == kNrQuizTopics);
}

TEST_CASE("Quiz: questions do not come twice", "[report][quiz]") {
  const Quiz quiz = MustMake({.seed = 3, .topic = {}, .count = 140});
  std::set<std::string> asked;
  for (const Question& question : quiz.questions) {
    asked.insert(question.setting + question.ask);
  }
  CHECK(asked.size() == quiz.questions.size());
}

TEST_CASE("Quiz: answers and reasons are in it only if asked for",
          "[report][quiz]") {
  const Quiz quiz = MustMake({.seed = 5});
  CHECK_THAT(QuizText(quiz, true),
             ContainsText("Because ") && ContainsText("page-allocator.md"));
  CHECK_THAT(QuizText(quiz, false), !ContainsText("Because "));
  CHECK_THAT(QuizJson(quiz, true), ContainsText("\"answer\""));
  CHECK_THAT(QuizJson(quiz, false),
             !ContainsText("\"answer\"") && !ContainsText("\"why\""));
}

TEST_CASE("Quiz: topics without free lists have no exercises",
          "[report][quiz]") {
  CHECK(MakeExercise(1, {}).ok());
  const auto none = MakeExercise(1, QuizTopic::kOwner);
  REQUIRE_FALSE(none.ok());
  CHECK_THAT(std::string(none.status().message()),
             ContainsText("topic owner is not about free lists"));
}

}  // namespace
}  // namespace pagelab

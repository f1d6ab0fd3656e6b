#include "pagelab/report/step/step_history.h"

#include <string>
#include <vector>

#include "pagelab/report/step/step_screen.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/workloads/library.h"

namespace pagelab {
namespace {

std::unique_ptr<StepHistory> MustOpen(std::string_view name,
                                      StepHistoryOptions options = {}) {
  absl::StatusOr<Scenario> scenario = LoadScenario(name);
  REQUIRE(scenario.ok());
  const MachineConfig config = scenario->machine;
  absl::StatusOr<std::unique_ptr<StepHistory>> history = StepHistory::Open(
      config, *std::move(scenario), std::nullopt, std::move(options));
  REQUIRE(history.ok());
  return *std::move(history);
}

std::string TextOf(const StepView& view) {
  return StepScreen(view, {.title = "t", .nr_events = 1, .footer = {}}).Text();
}

std::string TextAt(StepHistory& history, uint64_t number) {
  const absl::StatusOr<StepView> view = history.At(number);
  INFO(number << ": " << view.status().ToString());
  REQUIRE(view.ok());
  CHECK(view->moment->event.number == number);
  return TextOf(*view);
}

TEST_CASE("StepHistory: backwards shows what forwards showed",
          "[report][step]") {
  const std::unique_ptr<StepHistory> history = MustOpen("hello");
  REQUIRE(history->nr_events() == 18);
  std::vector<std::string> forwards;
  for (uint64_t number = 0; number <= 18; ++number) {
    forwards.push_back(TextAt(*history, number));
  }
  for (uint64_t number = 19; number-- > 0;) {
    CHECK(TextAt(*history, number) == forwards[number]);
  }
  // Once to count, once for the window.
  CHECK(history->nr_runs() == 2);
}

TEST_CASE("StepHistory: a small window shows the same", "[report][step]") {
  const std::unique_ptr<StepHistory> large = MustOpen("hello");
  const std::unique_ptr<StepHistory> small =
      MustOpen("hello", {.window = 2, .on_progress = {}});
  const std::unique_ptr<StepHistory> tight =
      MustOpen("hello", {.most_bytes = 1, .on_progress = {}});
  for (const uint64_t number : {0, 9, 1, 18, 17, 16, 3, 4, 5, 14, 13}) {
    const std::string expected = TextAt(*large, number);
    CHECK(TextAt(*small, number) == expected);
    CHECK(TextAt(*tight, number) == expected);
  }
  CHECK(small->nr_runs() > large->nr_runs());
}

TEST_CASE("StepHistory: jumps in a long run show what stepping shows",
          "[report][step]") {
  const std::unique_ptr<StepHistory> stepped = MustOpen("mixed-blocks");
  const std::unique_ptr<StepHistory> jumped = MustOpen("mixed-blocks");
  const uint64_t last = stepped->nr_events();
  REQUIRE(last > 1000);
  std::vector<std::string> frames;
  for (uint64_t number = last - 300; number <= last; ++number) {
    frames.push_back(TextAt(*stepped, number));
  }
  for (const uint64_t back : {0, 17, 299, 31, 32}) {
    CHECK(TextAt(*jumped, last - back) == frames[frames.size() - 1 - back]);
  }
}

TEST_CASE("StepHistory: a stream has the views of single steps",
          "[report][step]") {
  const std::unique_ptr<StepHistory> history = MustOpen("hello");
  std::vector<std::string> stream;
  REQUIRE(history
              ->Stream(2, 16,
                       [&](const StepView& view) {
                         stream.push_back(TextOf(view));
                         return stream.size() < 10;
                       })
              .ok());
  REQUIRE(stream.size() == 10);
  for (uint64_t i = 0; i < 10; ++i) {
    CHECK(stream[i] == TextAt(*history, 2 + i));
  }
  REQUIRE(history->SetCondition(*StepCondition::Parse("alloc")).ok());
  std::vector<uint64_t> numbers;
  REQUIRE(history
              ->Stream(5, 18,
                       [&](const StepView& view) {
                         numbers.push_back(view.moment->event.number);
                         return true;
                       })
              .ok());
  CHECK(numbers == std::vector<uint64_t>{5, 7, 8, 13, 17});
}

TEST_CASE(
    "StepHistory: a free is on its way until its operation shows where "
    "it went",
    "[report][step]") {
  const std::unique_ptr<StepHistory> history = MustOpen("hello");
  // The free of 0x110 fills the lists of the CPU, which drain it at once.
  const absl::StatusOr<StepView> freed = history->At(14);
  REQUIRE(freed.ok());
  CHECK(freed->moment->on_its_way == PfnRange{Pfn(0x110), Pfn(0x114)});
  const absl::StatusOr<StepView> drained = history->At(15);
  REQUIRE(drained.ok());
  CHECK_FALSE(drained->moment->on_its_way.has_value());
  CHECK(drained->moment->zones[0]->nr_free[2] == 1);
}

TEST_CASE("StepHistory: what watches the progress can end it",
          "[report][step]") {
  bool goes_on = true;
  uint64_t calls = 0;
  const std::unique_ptr<StepHistory> history =
      MustOpen("mixed-blocks", {.on_progress = [&](uint64_t) {
                 ++calls;
                 return goes_on;
               }});
  CHECK(calls > 0);
  goes_on = false;
  CHECK(absl::IsCancelled(history->At(history->nr_events()).status()));
  goes_on = true;
  CHECK(history->At(history->nr_events()).ok());
}

TEST_CASE("EventSet: members before and after a number", "[report][step]") {
  EventSet set;
  CHECK_FALSE(set.After(0).has_value());
  CHECK_FALSE(set.Before(1000).has_value());
  for (const uint64_t number : {1, 63, 64, 127, 128, 1000}) set.Add(number);
  CHECK(set.size() == 6);
  CHECK(set.After(0) == 1u);
  CHECK(set.After(1) == 63u);
  CHECK(set.After(63) == 64u);
  CHECK(set.After(128) == 1000u);
  CHECK_FALSE(set.After(1000).has_value());
  CHECK(set.Before(2000) == 1000u);
  CHECK(set.Before(1000) == 128u);
  CHECK(set.Before(64) == 63u);
  CHECK_FALSE(set.Before(1).has_value());
  CHECK(set.Contains(127));
  CHECK_FALSE(set.Contains(126));
  CHECK(set.CountUpTo(0) == 0);
  CHECK(set.CountUpTo(63) == 2);
  CHECK(set.CountUpTo(5000) == 6);
}

}  // namespace
}  // namespace pagelab

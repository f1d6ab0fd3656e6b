#include <string>
#include <vector>

#include "pagelab/base/text.h"
#include "pagelab/report/step/step_history.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/workloads/library.h"

namespace pagelab {
namespace {

std::string ErrorOf(std::string_view text) {
  const absl::StatusOr<StepCondition> condition = StepCondition::Parse(text);
  return condition.ok() ? "fine"
                        : std::string(FromAbsl(condition.status().message()));
}

StepCondition MustParse(std::string_view text) {
  absl::StatusOr<StepCondition> condition = StepCondition::Parse(text);
  INFO(text << ": " << condition.status().ToString());
  REQUIRE(condition.ok());
  return *std::move(condition);
}

// The events of a scenario where a condition holds.
std::vector<uint64_t> Matches(StepHistory& history, std::string_view text) {
  REQUIRE(history.SetCondition(MustParse(text)).ok());
  std::vector<uint64_t> numbers;
  for (std::optional<uint64_t> number = history.matches().After(0);
       number.has_value(); number = history.matches().After(*number)) {
    numbers.push_back(*number);
  }
  CHECK(numbers.size() == history.matches().size());
  return numbers;
}

std::unique_ptr<StepHistory> MustOpen(std::string_view name) {
  absl::StatusOr<Scenario> scenario = LoadScenario(name);
  REQUIRE(scenario.ok());
  const MachineConfig config = scenario->machine;
  absl::StatusOr<std::unique_ptr<StepHistory>> history =
      StepHistory::Open(config, *std::move(scenario), std::nullopt, {});
  REQUIRE(history.ok());
  return *std::move(history);
}

using Numbers = std::vector<uint64_t>;

TEST_CASE("StepCondition: words name what happened", "[report][step]") {
  const std::unique_ptr<StepHistory> hello = MustOpen("hello");
  CHECK(Matches(*hello, "alloc") == Numbers{4, 5, 7, 8, 13, 17});
  CHECK(Matches(*hello, "failure") == Numbers{18});
  CHECK(Matches(*hello, "free") == Numbers{14});
  CHECK(Matches(*hello, "drain") == Numbers{15});
  CHECK(Matches(*hello, "refill") == Numbers{1, 2, 3, 6, 9, 10, 11, 12, 16});
  CHECK(Matches(*hello, "split") == Numbers{1, 3, 6, 10, 12, 16});
  CHECK(Matches(*hello, "steal or fallback or merge or migrate or oom") ==
        Numbers{});
}

TEST_CASE("StepCondition: fields are compared", "[report][step]") {
  const std::unique_ptr<StepHistory> hello = MustOpen("hello");
  // Frames inside a block count.
  CHECK(Matches(*hello, "pfn==0x112") == Numbers{6, 7, 14, 15});
  CHECK(Matches(*hello, "pfn = 274 and free") == Numbers{14});
  CHECK(Matches(*hello, "pfn>=0x120") == Numbers{16, 17});
  CHECK(Matches(*hello, "order>=2") == Numbers{6, 7, 14, 15, 18});
  CHECK(Matches(*hello, "pid==102") == Numbers{16, 17, 18});
  CHECK(Matches(*hello, "comm!=alice and comm!=bob") == Numbers{16, 17, 18});
  CHECK(Matches(*hello, "type==Movable") == Numbers{16, 17});
  CHECK(Matches(*hello, "migratetype!=Unmovable") == Numbers{16, 17});
  CHECK(Matches(*hello, "zone==DMA and cpu==0 and node==0").size() == 18);
  CHECK(Matches(*hello, "zone!=DMA or cpu==1") == Numbers{});
  CHECK(Matches(*hello, "event==17 or event<3") == Numbers{1, 2, 17});
  CHECK(Matches(*hello, "event kmem:mm_page_free") == Numbers{14});
  CHECK(Matches(*hello, "gfp has __GFP_COMP") == Numbers{4});
  CHECK(Matches(*hello, "free_pages<30") == Numbers{11, 12, 13, 14});
  CHECK(Matches(*hello, "unusable_index(4)>0.9 zone=DMA") ==
        Numbers{16, 17, 18});
}

TEST_CASE("StepCondition: not, and, or, parentheses and filters",
          "[report][step]") {
  const std::unique_ptr<StepHistory> hello = MustOpen("hello");
  CHECK(Matches(*hello, "free or drain and pid==102") == Numbers{14});
  CHECK(Matches(*hello, "(free or drain) and pid==101") == Numbers{14, 15});
  CHECK(Matches(*hello, "alloc and not comm==alice") == Numbers{7, 17});
  CHECK(Matches(*hello, "not (alloc or refill)") == Numbers{14, 15, 18});
  // As in the conditions of pagelab shrink.
  CHECK(Matches(*hello, "alloc order>=1 gfp has __GFP_MOVABLE zone=DMA") ==
        Numbers{17});
}

TEST_CASE("StepCondition: steals and migrations of a large machine",
          "[report][step]") {
  const std::unique_ptr<StepHistory> run = MustOpen("mixed-blocks");
  const Numbers fallbacks = Matches(*run, "fallback");
  const Numbers steals = Matches(*run, "steal");
  CHECK(!fallbacks.empty());
  CHECK(steals.size() <= fallbacks.size());
  CHECK(Matches(*run, "fallback and not steal").size() ==
        fallbacks.size() - steals.size());
}

TEST_CASE("StepCondition: errors name the column and what would be right",
          "[report][step]") {
  CHECK_THAT(ErrorOf("steel"),
             ContainsText("column 1: expected alloc, free,") &&
                 ContainsText("got \"steel\" (did you mean "
                              "\"steal\"?)"));
  CHECK(ErrorOf("alloc and").find("column 10: expected") == 0);
  CHECK(ErrorOf("alloc free") ==
        "column 7: expected \"and\", \"or\" or the end, got \"free\"");
  CHECK(ErrorOf("(alloc") == "column 7: expected \")\", got the end");
  CHECK(ErrorOf("order big") ==
        "column 7: expected <, <=, =, !=, >= or > and a number, got \"big\"");
  CHECK(ErrorOf("pfn==0xzz") == "column 6: expected a number, got \"0xzz\"");
  CHECK(ErrorOf("zone==Norm") ==
        "column 7: expected a zone: DMA, DMA32, Normal or Movable, got "
        "\"Norm\"");
  CHECK_THAT(ErrorOf("type==movable"),
             ContainsText("column 7: expected a migratetype: Unmovable,"));
  CHECK(ErrorOf("comm>=x") ==
        "column 5: expected ==, = or != and a name, got \">=\"");
  CHECK(ErrorOf("event mm_page_fre") ==
        "column 7: no tracepoint of the allocator and no event counter of "
        "/proc/vmstat is called \"mm_page_fre\" (did you mean "
        "\"mm_page_free\"?)");
  CHECK(ErrorOf(std::string(100, '(')).find("less nesting") !=
        std::string::npos);
  CHECK(ErrorOf("").find("column 1: expected") == 0);
}

}  // namespace
}  // namespace pagelab

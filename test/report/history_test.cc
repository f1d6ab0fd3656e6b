#include <algorithm>
#include <string>
#include <vector>

#include "pagelab/report/history/repeated_run.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/workloads/library.h"

namespace pagelab {
namespace {

std::unique_ptr<RepeatedRun> MustBoot(std::string_view name) {
  absl::StatusOr<Scenario> scenario = LoadScenario(name);
  REQUIRE(scenario.ok());
  const MachineConfig config = scenario->machine;
  absl::StatusOr<std::unique_ptr<RepeatedRun>> run =
      RepeatedRun::Boot(config, *std::move(scenario));
  REQUIRE(run.ok());
  return *std::move(run);
}

std::string Line(const AllocatorEvent& event) {
  return std::to_string(event.number) + " " + event.comm + " " +
         std::string(EventName(event)) + ": " + EventText(event, Order(9));
}

std::vector<std::string> LinesOf(RepeatedRun& run, size_t at_most = SIZE_MAX) {
  std::vector<std::string> lines;
  REQUIRE(run.Run([&](const AllocatorEvent& event, const ExecutionContext&) {
               lines.push_back(Line(event));
               return lines.size() < at_most;
             })
              .ok());
  return lines;
}

TEST_CASE("History: a run has the same events each time", "[report]") {
  const std::unique_ptr<RepeatedRun> run = MustBoot("oom");
  const std::vector<std::string> first = LinesOf(*run);
  REQUIRE(first.size() > 1000);
  CHECK(run->nr_events() == first.size());
  CHECK(LinesOf(*run) == first);
}

TEST_CASE("History: a run ends where the visitor has seen enough", "[report]") {
  const std::unique_ptr<RepeatedRun> run = MustBoot("hello");
  const std::vector<std::string> all = LinesOf(*run);
  const std::vector<std::string> some = LinesOf(*run, 3);
  REQUIRE(some.size() == 3);
  CHECK(std::equal(some.begin(), some.end(), all.begin()));
  CHECK(LinesOf(*run) == all);
}

TEST_CASE("History: events print as the kernel prints them", "[report]") {
  AllocatorEvent event;
  event.fields =
      MmPageAllocExtfrag{.pfn = Pfn(0x400),
                         .alloc_order = Order(2),
                         .fallback_order = Order(4),
                         .alloc_migratetype = Migratetype::kMovable,
                         .fallback_migratetype = Migratetype::kUnmovable,
                         .change_ownership = true};
  CHECK(EventName(event) == "mm_page_alloc_extfrag");
  CHECK(EventPfn(event) == Pfn(0x400));
  CHECK(EventOrder(event) == Order(2));
  CHECK(EventText(event, Order(9)) ==
        "page=ffffea0000010000 pfn=0x400 alloc_order=2 fallback_order=4 "
        "pageblock_order=9 alloc_migratetype=1 fallback_migratetype=0 "
        "fragmenting=1 change_ownership=1");
}

}  // namespace
}  // namespace pagelab

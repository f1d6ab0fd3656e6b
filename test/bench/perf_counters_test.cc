#include "pagelab/bench/perf_counters.h"

#include <cerrno>

#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

TEST_CASE("PerfCounters: they count, or one sentence says why not",
          "[bench][perf_counters]") {
  const auto counters = PerfCounters::Open();
  if (!counters.ok()) {
    const std::string why(counters.status().message());
    CHECK(counters.status().code() == absl::StatusCode::kUnavailable);
    CHECK_THAT(why, ContainsText("here") || ContainsText("this machine"));
    CHECK(why.find('\n') == std::string::npos);
    return;
  }
  const PerfCounts before = counters->Read();
  for (int i = 0; i < 1000; ++i) asm volatile("nop");
  const PerfCounts counted = counters->Read() - before;
  CHECK(counted.instructions >= 2000);
  CHECK(counted.branches >= 1000);
  CHECK(counted.branch_misses <= counted.branches);
}

TEST_CASE("PerfCounters: what keeps them away is said in words",
          "[bench][perf_counters]") {
  CHECK(WhyNoPerfEvents(ENOENT, "2") ==
        "this machine gives programs no hardware performance counters");
  CHECK(WhyNoPerfEvents(EACCES, "4") ==
        "this machine does not let programs count perf events "
        "(kernel.perf_event_paranoid is 4)");
  CHECK(WhyNoPerfEvents(EPERM, "") ==
        "this machine does not let programs count perf events");
  CHECK(WhyNoPerfEvents(ENOSYS, "") ==
        "this machine's kernel has no perf events");
  CHECK_THAT(WhyNoPerfEvents(EMFILE, ""), ContainsText("open files"));
}

}  // namespace
}  // namespace pagelab

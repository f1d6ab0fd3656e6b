#include <map>
#include <string>

#include "pagelab/alloc/verify.h"
#include "pagelab/base/input_stream.h"
#include "pagelab/base/text.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/workloads/replay_support.h"
#include "pagelab/workloads/summary.h"

namespace pagelab {
namespace {

absl::StatusOr<ReplayReport> ReplayFile(Machine& machine,
                                        const std::string& name) {
  auto input =
      InputStream::Open(std::string(PAGELAB_TEST_DATA_DIR) + "/trace/" + name);
  REQUIRE(input.ok());
  return ReplayTrace(machine, **input, {});
}

TEST_CASE("Replay: the start of a recording, with every number",
          "[workloads][replay]") {
  // page_owner would allocate for itself.
  Machine machine = BootBuiltin("qemu-2g", "page_owner=off");
  const uint64_t unused = UnusedFrames(machine);
  const auto report = ReplayFile(machine, "mixed-head.txt.xz");
  REQUIRE(report.ok());
  const RedriveCounts& counts = report->counts;
  CHECK(counts.allocations == 1012);
  CHECK(counts.failed_here == 0);
  CHECK(counts.frees + counts.skipped_unseen + counts.skipped_free == 531);
  CHECK(counts.missed_frees == 0);
  CHECK(UnusedFrames(machine) ==
        unused - (counts.pages_allocated - counts.pages_freed));
  CHECK(Verify(machine.state()).empty());
  CHECK(report->end.value() - report->begin.value() ==
        report->trace.last_time.value - report->trace.first_time.value);
  CHECK(report->trace_name == "mixed-head.txt.xz");

  const absl::StatusOr<std::string> text = ReadWholeFile(
      std::string(PAGELAB_TEST_DATA_DIR) + "/trace/mixed-head.txt.xz");
  REQUIRE(text.ok());
  CHECK(report->trace_hash == HashOf(*text));
}

TEST_CASE("Replay: the report for people", "[workloads][replay]") {
  Machine machine = BootBuiltin("tiny-16m");
  TraceText trace;
  trace.Alloc(0x300, 2).Free(0x303, 0).Free(0x400, 0).Line("a: b");
  const ReplayReport report = Replay(machine, trace);
  CHECK(ReplayText(report) ==
        "trace.txt: 4 events, 0.003 s\n"
        "  allocations                             1  4 pages, 0 at the "
        "recorded frame\n"
        "  frees                                   1  1 page\n"
        "    of a part of a block                  1\n"
        "  frees skipped                           1\n"
        "    never seen allocated                  1  before the recording, or "
        "without an event\n"
        "  events not used                         1\n");
}

TEST_CASE("Replay: damage is in the report, with its place",
          "[workloads][replay]") {
  Machine machine = BootBuiltin("tiny-16m");
  TraceText trace;
  trace.Alloc(0x300, 0);
  auto input = InputStream::FromString(
      "trace.txt", trace.text() + "junk\nCPU:1 [LOST 1234 EVENTS]\n");
  REQUIRE(input.ok());
  const auto report = ReplayTrace(machine, **input, {});
  REQUIRE(report.ok());
  const std::string text = ReplayText(*report);
  CHECK(text.starts_with(
      "trace.txt: 1 event, 0.000 s\n"
      "  events lost                         1,234  in 1 place\n"
      "  allocations                             1  "));
  CHECK_THAT(text, ContainsText("  unreadable lines                        1\n"
                                "    trace.txt:2:1: not a line of a trace; "));
  CHECK_THAT(text, ContainsText("(byte " + std::to_string(trace.text().size()) +
                                ")\n"));
}

TEST_CASE("Replay: an input that is no trace is an error",
          "[workloads][replay]") {
  Machine machine = BootBuiltin("tiny-16m");
  auto input = InputStream::FromString("notes.txt", "nothing\n");
  REQUIRE(input.ok());
  const auto report = ReplayTrace(machine, **input, {});
  CHECK(absl::IsInvalidArgument(report.status()));
  CHECK(FromAbsl(report.status().message()).starts_with("notes.txt:1:1: "));
}

TEST_CASE("Replay: numbers have names, each once", "[workloads][replay]") {
  Machine machine = BootBuiltin("tiny-16m");
  TraceText trace;
  trace.Alloc(0x300, 0).FailedAlloc(1).Free(0x300, 0);
  std::map<std::string, uint64_t> counts;
  for (const auto& [name, value] : CountsOf(Replay(machine, trace))) {
    CHECK(counts.emplace(name, value).second);
  }
  CHECK(counts.at("allocations") == 1);
  CHECK(counts.at("recorded_allocation_failures") == 1);
  CHECK(counts.at("frees") == 1);
  CHECK(counts.at("trace_events") == 3);
  CHECK(counts.at("trace_events_mm_page_alloc") == 2);
}

}  // namespace
}  // namespace pagelab

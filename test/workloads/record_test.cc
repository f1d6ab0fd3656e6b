#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "pagelab/alloc/hook_keys.h"
#include "pagelab/base/input_stream.h"
#include "pagelab/base/output_stream.h"
#include "pagelab/base/text.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/workloads/run_support.h"
#include "pagelab/test/workloads/trace_printer.h"
#include "pagelab/test/workloads/trace_support.h"
#include "pagelab/workloads/library.h"
#include "pagelab/workloads/machine_language.h"
#include "pagelab/workloads/record/recorder.h"
#include "pagelab/workloads/record/trace_writer.h"
#include "pagelab/workloads/snapshot/snapshot_machine.h"

namespace pagelab {
namespace {

using Lines = std::vector<std::string>;

Lines LinesOf(const std::string& text) { return absl::StrSplit(text, '\n'); }

std::string TextOf(TraceWriter& writer, int nr_cpus) {
  StringOutput out;
  REQUIRE(writer.WriteTo(out, nr_cpus).ok());
  return out.text();
}

TraceWriter NewWriter(const TraceWriterOptions& options = {}) {
  auto writer = TraceWriter::Create(options);
  REQUIRE(writer.ok());
  return *std::move(writer);
}

// The first lines of a recording of a real kernel.
Lines RecordedHead(const std::string& name, size_t count) {
  const auto text =
      ReadWholeFile(std::string(PAGELAB_TEST_DATA_DIR) + "/trace/" + name);
  REQUIRE(text.ok());
  Lines lines = LinesOf(*text);
  lines.resize(count);
  return lines;
}

TEST_CASE("TraceWriter: writes what the kernel writes", "[workloads][record]") {
  TraceWriter writer = NewWriter();
  const TraceEntryHead marker{.comm = "migration/0",
                              .pid = 19,
                              .irqs_off = true,
                              .preempt_depth = 1,
                              .when = Nanoseconds(4583084500)};
  writer.Append(marker, "snap_stopped", "pagelab snap slot=0 label=T0");
  writer.Append({.comm = "wl", .pid = 53, .when = Nanoseconds(4583977400)},
                "mm_page_alloc",
                "page=ffffea00005dee40 pfn=0x177b9 order=0 migratetype=0 "
                "gfp_flags=GFP_KERNEL|__GFP_HIGHMEM|__GFP_NOWARN|__GFP_ZERO");
  Lines lines = LinesOf(TextOf(writer, 1));
  Lines expected = RecordedHead("mixed-head.txt.xz", 14);
  CHECK(lines[2] == "# entries-in-buffer/entries-written: 2/2   #P:1");
  expected[2] = lines[2];
  expected.emplace_back();
  CHECK(lines == expected);
}

TEST_CASE("TraceWriter: the column of process ids and the stack entries",
          "[workloads][record]") {
  TraceWriter writer = NewWriter({.tgid = true});
  const TraceEntryHead head{.comm = "migration/0",
                            .pid = 19,
                            .tgid = 19,
                            .irqs_off = true,
                            .preempt_depth = 1,
                            .when = Nanoseconds(7352338000)};
  TraceEntryHead later = head;
  later.when = Nanoseconds(7352674000);
  writer.Append(head, "snap_stopped", "pagelab snap slot=0 label=T0");
  writer.AppendStack(later,
                     std::vector<std::string_view>{
                         "cpu_stopper_thread", "smpboot_thread_fn", "kthread",
                         "ret_from_fork", "ret_from_fork_asm"});
  Lines lines = LinesOf(TextOf(writer, 1));
  Lines expected = RecordedHead("stacks-head.txt.xz", 19);
  expected[2] = lines[2];
  expected.emplace_back();
  CHECK(lines == expected);
}

TEST_CASE("TraceWriter: CPUs, levels and long numbers keep their columns",
          "[workloads][record]") {
  TraceWriter writer = NewWriter({.tgid = true});
  writer.Append({.comm = "a-name-of-15-by",
                 .pid = 4194304,
                 .tgid = 0,
                 .cpu = CpuId(1023),
                 .level = InterruptLevel::kHardirq,
                 .when = Nanoseconds(123456789123456789)},
                "x", "y");
  writer.Append({.comm = "s",
                 .pid = 1,
                 .tgid = 1,
                 .cpu = CpuId(7),
                 .level = InterruptLevel::kSoftirq,
                 .irqs_off = true},
                "x", "y");
  const Lines lines = LinesOf(TextOf(writer, 1024));
  CHECK(lines[2] == "# entries-in-buffer/entries-written: 2/2   #P:1024");
  CHECK(lines[12] ==
        " a-name-of-15-by-4194304 (-------) [1023] ..h.. 123456789.123457: x: "
        "y");
  CHECK(lines[13] ==
        "               s-1       (      1) [007] d.s..     0.000000: x: y");
}

TEST_CASE("TraceWriter: long recordings come out whole",
          "[workloads][record]") {
  TraceWriter writer = NewWriter();
  constexpr int kEntries = 50000;
  for (int i = 0; i < kEntries; ++i) {
    writer.Append({.comm = "s", .pid = i}, "event",
                  "number " + std::to_string(i));
  }
  CHECK(writer.nr_entries() == kEntries);
  const Lines lines = LinesOf(TextOf(writer, 1));
  REQUIRE(lines.size() == 12 + kEntries + 1);
  for (int i = 0; i < kEntries; i += 997) {
    CHECK(lines[static_cast<size_t>(12 + i)].ends_with("event: number " +
                                                       std::to_string(i)));
  }
}

constexpr const char* kScenario = R"({
  "stacks": {"probe": ["drv_probe+0x40/0x90 [drv]", "really_probe+0x8/0x20"]},
  "tasks": [{"name": "one", "steps": [
    {"alloc": {"count": 3, "order": 1, "stack": "probe", "as": "rings"}},
    {"alloc": {"exact_pages": 3, "as": "exact"}},
    {"alloc": {"call": "handle_mm_fault", "as": "anon"}},
    {"alloc": {"order": 10, "gfp": "GFP_KERNEL|__GFP_NOWARN", "count": 5}},
    {"free": "rings"}, {"free": "exact"}, {"drain": {}},
    {"read": "/proc/pagetypeinfo"}]}]})";

struct Recorded {
  std::string trace;
  AllocatorSnapshot before;
  AllocatorSnapshot after;
  uint64_t nr_events = 0;
};

Recorded Record(RunWorld& world, const RecorderOptions& options = {}) {
  auto recorder = Recorder::Start(world.machine(), options);
  INFO(recorder.status());
  REQUIRE(recorder.ok());
  world.MustRun(kScenario);
  StringOutput out;
  REQUIRE((*recorder)->Finish(out).ok());
  return {out.text(), (*recorder)->before(), (*recorder)->after(),
          (*recorder)->nr_events()};
}

TEST_CASE("Recorder: the reader of recordings understands every line",
          "[workloads][record]") {
  RunWorld world;
  const Recorded recorded = Record(world);
  const WholeTrace trace = ReadTrace(recorded.trace);
  CHECK(trace.status.ok());
  CHECK(trace.stats.unreadable_lines == 0);
  CHECK(trace.stats.total_events == recorded.nr_events + 2);
  CHECK(trace.stats.entries_written == trace.stats.total_events);
  CHECK(trace.stats.stacks == 0);
  const Lines lines = LinesOf(recorded.trace);
  for (size_t i = 0; i < trace.events.size(); ++i) {
    CHECK(PrintTraceLine(trace.events[i].event) == lines[12 + i]);
  }
  CHECK_THAT(trace.events.front().text,
             ContainsText("pagelab snap slot=0 label=T0"));
  CHECK_THAT(trace.events.back().text,
             ContainsText("pagelab snap slot=1 label=T1"));
}

TEST_CASE("Recorder: the snapshots are those of the two moments",
          "[workloads][record]") {
  RunWorld world;
  const std::string before = SnapshotText(
      SnapshotOf(world.machine().state(), {.label = "T0",
                                           .slot = 0,
                                           .now = world.machine().clock().now(),
                                           .starts_trace = true}));
  const Recorded recorded = Record(world);
  CHECK(SnapshotText(recorded.before) == before);
  CHECK(SnapshotText(recorded.after) ==
        SnapshotText(SnapshotOf(world.machine().state(),
                                {.label = "T1",
                                 .slot = 1,
                                 .now = world.machine().clock().now(),
                                 .starts_trace = false})));
  CHECK(recorded.before.trace_action == "on");
  CHECK(recorded.after.trace_action == "none");
}

TEST_CASE("Recorder: what it watches does not change", "[workloads][record]") {
  RunWorld alone;
  alone.MustRun(kScenario);
  const bool stacks = GENERATE(false, true);
  RunWorld watched;
  Record(watched, {.stacks = stacks});
  CHECK(watched.Dump() == alone.Dump());
  CHECK(SnapshotText(SnapshotOf(watched.machine().state(), {})) ==
        SnapshotText(SnapshotOf(alone.machine().state(), {})));
  // It detached.
  CHECK(watched.machine().state().trace == nullptr);
  Record(watched, {.stacks = stacks});
}

TEST_CASE("Recorder: an unfinished recording detaches too",
          "[workloads][record]") {
  RunWorld world;
  {
    auto recorder = Recorder::Start(world.machine(), {});
    REQUIRE(recorder.ok());
    CHECK(world.machine().state().trace == recorder->get());
  }
  CHECK(world.machine().state().trace == nullptr);
}

// The events that `what` is in, with the functions of their stacks.
Lines StacksOf(const WholeTrace& trace, const std::string& what) {
  Lines stacks;
  for (const KeptEvent& event : trace.events) {
    if (event.name != what) continue;
    stacks.push_back(Functions(event.stack));
  }
  return stacks;
}

TEST_CASE("Recorder: stacks lead from the event to the task",
          "[workloads][record]") {
  RunWorld world;
  const Recorded recorded = Record(world, {.stacks = true});
  const WholeTrace trace = ReadTrace(recorded.trace);
  CHECK(trace.stats.unreadable_lines == 0);
  CHECK(trace.stats.stacks == recorded.nr_events);
  CHECK(trace.stats.stacks_without_event == 0);
  CHECK(trace.stats.entries_written == 2 * recorded.nr_events + 2);
  const Lines allocations = StacksOf(trace, "mm_page_alloc");
  const std::string own =
      "trace_event_raw_event_mm_page_alloc "
      "__alloc_pages_noprof ";
  CHECK(std::count(allocations.begin(), allocations.end(),
                   own + "drv_probe really_probe") == 3);
  CHECK(std::count_if(allocations.begin(), allocations.end(),
                      [&](const std::string& stack) {
                        return stack.rfind(own +
                                               "alloc_pages_mpol_noprof "
                                               "vma_alloc_folio_noprof ",
                                           0) == 0 &&
                               stack.find(" handle_mm_fault ") !=
                                   std::string::npos;
                      }) == 1);
  for (const std::string& stack : StacksOf(trace, "mm_page_pcpu_drain")) {
    CHECK(
        stack.starts_with("trace_event_raw_event_mm_page_pcpu_drain "
                          "free_pcppages_bulk"));
  }
}

TEST_CASE("Recorder: drains and bulk pages, which have no events, show",
          "[workloads][record]") {
  MachineConfig config = SmallMachine();
  config.command_line = "page_owner=off";
  RunWorld world(config);
  auto recorder = Recorder::Start(world.machine(), {});
  REQUIRE(recorder.ok());
  world.MustRun(R"({"tasks": [{"name": "one", "steps": [
    {"alloc": {"bulk": true, "count": 2}}, {"drain": {}}]}]})");
  StringOutput out;
  REQUIRE((*recorder)->Finish(out).ok());
  const std::string text = out.text();
  CHECK_THAT(text, ContainsText(": drain_pages_zone: (drain_pages_zone+0x0/"
                                "0x70) cpu=0 zone=0xffff88807ff00000\n"));
  size_t bulk = 0;
  for (size_t at = 0;
       (at = text.find(": alloc_pages_bulk_page: (", at)) != std::string::npos;
       ++at) {
    ++bulk;
  }
  CHECK(bulk == 2);
}

}  // namespace
}  // namespace pagelab

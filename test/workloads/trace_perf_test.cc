// The files of test/data/trace/ that begin with "perf-" or end with "-perf"
// were printed by perf 6.1.

#include <string>

#include "pagelab/base/input_stream.h"
#include "pagelab/base/text.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/workloads/trace_support.h"
#include "pagelab/workloads/trace/ftrace_reader.h"

namespace pagelab {
namespace {

const char kGoodLine[] =
    "            bash    53 [000]   123.456789:  kmem:mm_page_free: "
    "page=0x12345 pfn=0x12345 order=0\n";

std::string DataPath(const std::string& name) {
  return std::string(PAGELAB_TEST_DATA_DIR) + "/trace/" + name;
}

WholeTrace ReadFile(const std::string& name) {
  auto input = InputStream::Open(DataPath(name));
  REQUIRE(input.ok());
  auto reader = OpenTrace(**input);
  REQUIRE(reader.ok());
  WholeTrace trace = ReadAll(**reader);
  INFO(trace.status);
  REQUIRE(trace.status.ok());
  CHECK(trace.stats.unreadable_lines == 0);
  return trace;
}

KeptEvent EventOf(const std::string& line) {
  const WholeTrace trace = ReadAnyTrace(line + "\n");
  INFO(line);
  INFO(trace.status);
  REQUIRE(trace.events.size() == 1);
  CHECK(trace.stats.format == TraceFormat::kPerfScript);
  return trace.events[0];
}

// "line:column message" of a line that cannot be read.
std::string ProblemOf(const std::string& line) {
  const WholeTrace trace = ReadAnyTrace(kGoodLine + line + "\n");
  INFO(line);
  REQUIRE(trace.status.ok());
  CHECK(trace.events.size() == 1);
  REQUIRE(trace.stats.problems.size() == 1);
  const TraceProblem& problem = trace.stats.problems[0];
  return std::to_string(problem.line) + ":" + std::to_string(problem.column) +
         " " + problem.message;
}

TEST_CASE("Perf script: each kmem event gives its fields",
          "[workloads][trace]") {
  const WholeTrace trace = ReadFile("perf-script.txt");
  const auto& events = trace.events;
  REQUIRE(events.size() == 13);
  CHECK(events[0].event.kind == TraceEventKind::kPageAlloc);
  CHECK(events[0].comm == "bash");
  CHECK(events[0].event.pid == 53);
  CHECK(events[0].event.tgid == -1);
  CHECK(events[0].event.cpu == CpuId(0));
  CHECK(events[0].event.time.value == 123'456'789'000);
  CHECK(events[0].event.time.fraction_digits == 6);
  CHECK(events[0].name == "mm_page_alloc");
  CHECK(events[0].event.pfn == Pfn(0x12345));
  CHECK(events[0].event.gfp == gfp::kKernel);

  CHECK(events[1].comm == "anon worker");
  CHECK(events[1].event.cpu == CpuId(1));
  CHECK(events[1].event.allocation_failed());
  CHECK(events[1].event.order == Order(3));
  CHECK(events[1].event.migratetype == 1);
  CHECK(events[2].event.gfp == Gfp(0));
  CHECK(events[3].event.gfp == Gfp(0x2000cc0));
  CHECK(events[4].event.kind == TraceEventKind::kPageFree);
  CHECK(events[4].comm == "kworker/u8:1-ev");
  CHECK(events[5].event.kind == TraceEventKind::kPageFreeBatched);
  CHECK(events[6].event.kind == TraceEventKind::kPageAllocZoneLocked);
  CHECK(events[6].event.migratetype == 2);
  CHECK(events[6].event.percpu_refill);
  CHECK(events[7].event.kind == TraceEventKind::kPagePcpuDrain);

  // perf prints fragmenting=10.
  CHECK(events[8].event.kind == TraceEventKind::kPageAllocExtfrag);
  CHECK(events[8].event.extfrag.fallback_order == Order(4));
  CHECK(events[8].event.extfrag.pageblock_order == Order(9));
  CHECK(events[8].event.extfrag.fragmenting);
  CHECK(events[8].event.extfrag.change_ownership);
  CHECK(events[9].event.contig.range == PfnRange{Pfn(0x12200), Pfn(0x12400)});
  CHECK(events[9].event.contig.migratetype == 4);

  CHECK(events[10].event.kind == TraceEventKind::kProbe);
  CHECK(events[10].name == "compaction_free");
  CHECK(events[10].text == "(ffffffff81001014) folio=0xffffea0001ff9580");
  // What ftrace calls these two tasks.
  CHECK(events[11].comm == "<idle>");
  CHECK(events[12].comm == "<...>");
  CHECK(events[12].event.kind == TraceEventKind::kOther);
  CHECK(events[12].name == "mm_vmscan_kswapd_sleep");

  CHECK(trace.stats.lost_reports == 1);
  CHECK(trace.stats.lost_events == 17);
  CHECK(trace.stats.failed_allocations == 1);
  CHECK(trace.stats.lines == 14);
}

TEST_CASE("Perf script: nothing tells what an event interrupted",
          "[workloads][trace]") {
  const WholeTrace trace = ReadFile("perf-script.txt");
  CHECK(trace.stats.events_without_level == 13);
  CHECK(trace.events[0].event.flags.empty());
  CHECK(trace.events[0].event.level == InterruptLevel::kTask);
}

TEST_CASE("Perf script: call chains come with their events",
          "[workloads][trace]") {
  const WholeTrace trace = ReadFile("perf-script-stacks.txt");
  REQUIRE(trace.events.size() == 13);
  CHECK(trace.stats.stacks == 13);
  CHECK(trace.stats.lost_events == 17);
  for (const KeptEvent& kept : trace.events) {
    CHECK(kept.event.has_stack);
    // Without the frame in user space.
    CHECK(Functions(kept.stack) ==
          "__alloc_pages_noprof alloc_pages_mpol_noprof [unknown]");
  }
  CHECK(trace.events[1].comm == "anon worker");
  CHECK(trace.events[1].event.line == trace.events[0].event.line + 6);
}

// What perf's text can tell of an event as ftrace tells it.
void CheckSame(const KeptEvent& perf, const KeptEvent& ftrace) {
  INFO("ftrace line " << ftrace.event.line);
  const TraceEvent& a = perf.event;
  const TraceEvent& b = ftrace.event;
  REQUIRE(perf.name == ftrace.name);
  CHECK(perf.comm == ftrace.comm);
  CHECK((a.kind == b.kind && a.pid == b.pid && a.cpu == b.cpu));
  CHECK(a.time.value == b.time.value);
  CHECK((a.pfn == b.pfn && a.order == b.order && a.gfp == b.gfp));
  CHECK(a.migratetype == b.migratetype);
  CHECK(a.percpu_refill == b.percpu_refill);
}

TEST_CASE("Perf script: the same recording as ftrace shows it",
          "[workloads][trace]") {
  const WholeTrace perf = ReadFile("mixed-head-perf.txt.xz");
  const WholeTrace ftrace = ReadFile("mixed-head.txt.xz");
  REQUIRE(perf.events.size() == 1987);
  size_t at = 0;
  for (const KeptEvent& kept : ftrace.events) {
    if (!IsKmem(kept.event.kind)) continue;
    CheckSame(perf.events.at(at++), kept);
  }
  CHECK(at == perf.events.size());
}

TEST_CASE("Perf script: the same stacks as ftrace shows them",
          "[workloads][trace]") {
  const WholeTrace perf = ReadFile("stacks-head-perf.txt.xz");
  const WholeTrace ftrace = ReadFile("stacks-head.txt.xz");
  REQUIRE(perf.events.size() == 108);
  CHECK(perf.stats.stacks == 107);
  size_t at = 0;
  for (const KeptEvent& kept : ftrace.events) {
    if (!IsKmem(kept.event.kind)) continue;
    const KeptEvent& other = perf.events.at(at++);
    CheckSame(other, kept);
    CHECK(other.event.tgid == kept.event.tgid);
    // One was interrupted before its stack, and that was left behind.
    if (!other.event.has_stack) continue;
    CHECK("trace_event_raw_event_" + kept.name + " " + Functions(other.stack) ==
          Functions(kept.stack));
  }
}

TEST_CASE("Perf script: options that add or drop columns",
          "[workloads][trace]") {
  const std::string event =
      "kmem:mm_page_free: page=0x12345 pfn=0x12345 order=0";
  KeptEvent kept =
      EventOf("     anon worker    60/61    [001]   123.456790: " + event);
  CHECK(kept.comm == "anon worker");
  CHECK(kept.event.pid == 61);
  CHECK(kept.event.tgid == 60);
  CHECK(kept.event.has_tgid_column);

  kept = EventOf("bash    53 [000]   123.456789012:          1   " + event);
  CHECK(kept.event.time.value == 123'456'789'012);
  CHECK(kept.event.time.fraction_digits == 9);
  CHECK(kept.event.kind == TraceEventKind::kPageFree);

  kept = EventOf("bash    53 [000] K       123.456789:          " + event);
  CHECK(kept.event.kind == TraceEventKind::kPageFree);
  kept = EventOf("   53 [000]   123.456789:                     " + event);
  CHECK(kept.comm == "<...>");
  CHECK(kept.event.pid == 53);
  kept = EventOf("a [1] 5 [2] b  53 [000]   123.456789: " + event);
  CHECK(kept.comm == "a [1] 5 [2] b");

  const std::string expected =
      "not a line of perf script; expected \"comm tid [cpu] time: event: "
      "...\" (no option -F, or -F comm,tid,cpu,time,event,trace)";
  // Without comm and tid, the CPU, the time.
  CHECK(ProblemOf("[000]   123.456789: " + event) == "2:1 " + expected);
  CHECK(ProblemOf("bash    53   123.456789: " + event) == "2:1 " + expected);
  CHECK(ProblemOf("bash    53 [000]   " + event) == "2:20 " + expected);
  CHECK(ProblemOf("bash    53 [000]   123.456789: page=0x1 pfn=0x1 order=0") ==
        "2:32 expected \"event: ...\"; the option -F was without \"event\"");
  CHECK(ProblemOf("bash    53 [000]   123.456789: kmem:mm_page_free: ") ==
        "2:51 expected \"page=\"");

  const WholeTrace trace = ReadAnyTrace("bash   53   123.456789: " + event);
  CHECK(std::string(FromAbsl(trace.status.message())) ==
        "trace.txt:1:1: " + expected);
}

TEST_CASE("Perf script: kernels before 5.16 print frame numbers in decimal",
          "[workloads][trace]") {
  const KeptEvent kept = EventOf(
      "memwalk  3837 [012]   383.632199: kmem:mm_page_alloc: page=0x12345 "
      "pfn=74565 order=0 migratetype=0 gfp_flags=GFP_NOWAIT|__GFP_NOWARN");
  CHECK(kept.event.pfn == Pfn(0x12345));
  CHECK(kept.event.cpu == CpuId(12));
}

TEST_CASE("Perf script: fields as they are stored where perf gave up",
          "[workloads][trace]") {
  const std::string context = "bash    53 [000]   123.456789: ";
  TraceEvent event =
      EventOf(context +
              "kmem:mm_page_alloc: [FAILED TO PARSE] pfn=0x12345 order=0 "
              "gfp_flags=0xcc0 migratetype=0")
          .event;
  CHECK(event.pfn == Pfn(0x12345));
  CHECK(event.gfp == gfp::kKernel);
  CHECK(event.page.empty());
  event = EventOf(context +
                  "kmem:mm_page_alloc: [FAILED TO PARSE] "
                  "pfn=0xffffffffffffffff order=3 gfp_flags=0x52dc0 "
                  "migratetype=1 new=7")
              .event;
  CHECK(event.allocation_failed());
  event = EventOf(context +
                  "kmem:mm_page_alloc_extfrag: [FAILED TO PARSE] pfn=0x12200 "
                  "alloc_order=0 fallback_order=9 alloc_migratetype=0 "
                  "fallback_migratetype=1 change_ownership=1")
              .event;
  CHECK(event.extfrag.fallback_order == Order(9));
  CHECK(event.extfrag.pageblock_order == Order(9));
  CHECK_FALSE(event.extfrag.fragmenting);
  event = EventOf(context +
                  "kmem:mm_page_free_batched: [FAILED TO PARSE] pfn=0x12200")
              .event;
  CHECK(event.order == Order(0));

  CHECK(
      ProblemOf(context + "kmem:mm_page_free: [FAILED TO PARSE] pfn=0x12200") ==
      "2:80 expected \"order=\"");
  CHECK(ProblemOf(context +
                  "kmem:mm_page_free: [FAILED TO PARSE] pfn=0x1 order=12") ==
        "2:83 orders are 0 to 10");
  CHECK(ProblemOf(context + "kmem:mm_page_free: [FAILED TO PARSE] pfn=x") ==
        "2:73 expected a number");
  CHECK(ProblemOf(context + "kmem:mm_page_free: [FAILED TO PARSE] pfn") ==
        "2:72 expected \"name=value\"");
}

TEST_CASE("Perf script: lost events are counted however they are told",
          "[workloads][trace]") {
  const std::string line = kGoodLine;
  WholeTrace trace = ReadAnyTrace(
      line + "bash  53 [000]   123.456790: PERF_RECORD_LOST lost 17\n" + line +
      "bash  53 [000]   123.456790: PERF_RECORD_LOST_SAMPLES lost 3\n" +
      "PERF_RECORD_LOST lost 5\n" +
      "bash  53 [000]   123.456790: PERF_RECORD_COMM: bash:53/53\n");
  CHECK(trace.events.size() == 2);
  CHECK(trace.stats.lost_reports == 3);
  CHECK(trace.stats.lost_events == 25);
  CHECK(trace.stats.unreadable_lines == 0);

  // Without --show-lost-events, but with the messages in the file.
  trace = ReadAnyTrace(
      "Warning:\nProcessed 19 events and lost 1 chunks!\n\n"
      "Check IO/CPU overload!\n\nWarning:\n"
      "Processed 18 samples and lost 27.78%!\n\n" +
      line);
  CHECK(trace.events.size() == 1);
  CHECK(trace.stats.lost_reports == 1);
  CHECK(trace.stats.lost_events == 0);
  CHECK(trace.stats.unreadable_lines == 0);
}

TEST_CASE("Perf script: any bytes at all are read without harm",
          "[workloads][trace]") {
  std::string text = kGoodLine;
  uint32_t state = 4711;
  for (int i = 0; i < 300'000; ++i) {
    state = state * 1664525 + 1013904223;
    text += static_cast<char>(state >> 24);
  }
  text += '\n';
  text += kGoodLine;
  const WholeTrace trace = ReadAnyTrace(text);
  CHECK(trace.status.ok());
  CHECK(trace.events.size() == 2);
  CHECK(trace.stats.unreadable_lines > 500);
}

}  // namespace
}  // namespace pagelab

#include <string>

#include "pagelab/test/support/catch.h"
#include "pagelab/test/workloads/trace_printer.h"
#include "pagelab/test/workloads/trace_support.h"

namespace pagelab {
namespace {

// "line:column message" of the first unreadable line; requires a good line
// before it so that the input counts as a trace.
std::string ProblemOf(const std::string& line) {
  const WholeTrace trace = ReadTrace(
      "            bash-1       [000] .....     1.000000: ok: fine\n" + line +
      "\n");
  INFO(line);
  REQUIRE(trace.status.ok());
  REQUIRE(trace.stats.problems.size() == 1);
  CHECK(trace.stats.unreadable_lines == 1);
  CHECK(trace.events.size() == 1);
  const TraceProblem& problem = trace.stats.problems[0];
  CHECK(problem.offset == 60);
  return std::to_string(problem.line) + ":" + std::to_string(problem.column) +
         " " + problem.message;
}

TEST_CASE("Trace line: the worked examples of the format come out in full",
          "[workloads][trace]") {
  const std::string alloc =
      "            bash-1234    [001] .....   123.456789: mm_page_alloc: "
      "page=000000004ae5d9a5 pfn=0x12345 order=0 migratetype=1 "
      "gfp_flags=GFP_HIGHUSER_MOVABLE|__GFP_ZERO";
  TraceEvent event = OnlyEvent(alloc);
  CHECK(event.kind == TraceEventKind::kPageAlloc);
  CHECK(event.comm == "bash");
  CHECK(event.pid == 1234);
  CHECK(event.tgid == -1);
  CHECK_FALSE(event.has_tgid_column);
  CHECK(event.cpu == CpuId(1));
  CHECK(event.flags == ".....");
  CHECK(event.level == InterruptLevel::kTask);
  CHECK(event.time.value == 123'456'789'000);
  CHECK_FALSE(event.time.is_ticks());
  CHECK(event.name == "mm_page_alloc");
  CHECK(event.page == "000000004ae5d9a5");
  CHECK(event.pfn == Pfn(0x12345));
  CHECK(event.order == Order(0));
  CHECK(event.migratetype == 1);
  CHECK(event.gfp == gfp::kHighuserMovable.With(gfp::kZero));
  CHECK_FALSE(event.allocation_failed());
  CHECK_FALSE(event.has_stack);
  CHECK(event.line == 1);
  CHECK(event.offset == 0);
  CHECK(PrintTraceLine(event) == alloc);

  const std::string free =
      "            bash-1234    (   1235) [001] d..2.   123.456790: "
      "mm_page_free: page=000000004ae5d9a5 pfn=0x12345 order=3";
  event = OnlyEvent(free);
  CHECK(event.kind == TraceEventKind::kPageFree);
  CHECK(event.tgid == 1235);
  CHECK(event.has_tgid_column);
  CHECK(event.order == Order(3));
  CHECK(PrintTraceLine(event) == free);
}

TEST_CASE("Trace line: each kmem event gives its fields",
          "[workloads][trace]") {
  const std::string context =
      "              wl-54      [000] d....     6.579953: ";
  TraceEvent event =
      OnlyEvent(context +
                "mm_page_alloc_zone_locked: page=ffffea0000343700 pfn=0xd0dc "
                "order=1 migratetype=2 percpu_refill=1");
  CHECK(event.kind == TraceEventKind::kPageAllocZoneLocked);
  CHECK(event.pfn == Pfn(0xd0dc));
  CHECK(event.order == Order(1));
  CHECK(event.migratetype == 2);
  CHECK(event.percpu_refill);

  event = OnlyEvent(context +
                    "mm_page_pcpu_drain: page=ffffea0000343700 pfn=0xd0dc "
                    "order=0 migratetype=1");
  CHECK(event.kind == TraceEventKind::kPagePcpuDrain);
  CHECK(event.migratetype == 1);

  event = OnlyEvent(context +
                    "mm_page_free_batched: page=ffffea0000343700 pfn=0xd0dc "
                    "order=0");
  CHECK(event.kind == TraceEventKind::kPageFreeBatched);

  event = OnlyEvent(context +
                    "mm_page_alloc_extfrag: page=ffffea0000990000 pfn=0x26400 "
                    "alloc_order=2 fallback_order=8 pageblock_order=9 "
                    "alloc_migratetype=0 fallback_migratetype=1 fragmenting=1 "
                    "change_ownership=1");
  CHECK(event.kind == TraceEventKind::kPageAllocExtfrag);
  CHECK(event.order == Order(2));
  CHECK(event.migratetype == 0);
  CHECK(event.extfrag.fallback_order == Order(8));
  CHECK(event.extfrag.pageblock_order == Order(9));
  CHECK(event.extfrag.fallback_migratetype == 1);
  CHECK(event.extfrag.fragmenting);
  CHECK(event.extfrag.change_ownership);

  event = OnlyEvent(context +
                    "mm_alloc_contig_migrate_range_info: start=0x7aa00 "
                    "end=0x7cd28 migratetype=0 nr_migrated=4 nr_reclaimed=5 "
                    "nr_mapped=6");
  CHECK(event.kind == TraceEventKind::kContigMigrateRange);
  CHECK(event.contig.range == PfnRange{Pfn(0x7aa00), Pfn(0x7cd28)});
  CHECK(event.contig.nr_migrated == 4);
  CHECK(event.contig.nr_reclaimed == 5);
  CHECK(event.contig.nr_mapped == 6);
}

TEST_CASE("Trace line: probes, markers and other events keep their text",
          "[workloads][trace]") {
  const std::string context =
      "              sh-62      [000] .....    24.780387: ";
  TraceEvent event = OnlyEvent(
      context +
      "compaction_free: (compaction_free+0x4/0xa0) folio=0xffffea0001ff9580");
  CHECK(event.kind == TraceEventKind::kProbe);
  CHECK(event.name == "compaction_free");
  CHECK(event.text == "(compaction_free+0x4/0xa0) folio=0xffffea0001ff9580");

  event = OnlyEvent(context + "tracing_mark_write: phase 2: go");
  CHECK(event.kind == TraceEventKind::kMarker);
  CHECK(event.text == "phase 2: go");

  event = OnlyEvent(context + "snap_stopped: pagelab snap slot=0 label=T0");
  CHECK(event.kind == TraceEventKind::kOther);
  CHECK(event.name == "snap_stopped");

  event = OnlyEvent(context + "mm_page_alloc_something: pfn=1");
  CHECK(event.kind == TraceEventKind::kOther);

  event = OnlyEvent(context + "kfree <-do_exit");
  CHECK(event.kind == TraceEventKind::kOther);
  CHECK(event.name == "kfree <-do_exit");
  CHECK(event.text.empty());
}

TEST_CASE("Trace line: task names may hold dashes, blanks and brackets",
          "[workloads][trace]") {
  const auto comm_of = [](const std::string& line) {
    const TraceEvent event = OnlyEvent(line);
    return std::string(event.comm) + " " + std::to_string(event.pid);
  };
  const std::string tail = " [002] ..s..     9.000001: x: y";
  CHECK(comm_of(" kworker/u8:1-ev-57     " + tail) == "kworker/u8:1-ev 57");
  CHECK(comm_of("kworker/u8:1-events_unbound-57     " + tail) ==
        "kworker/u8:1-events_unbound 57");
  CHECK(comm_of("    pipe(worker)-558    " + tail) == "pipe(worker) 558");
  CHECK(comm_of("     anon worker-557    " + tail) == "anon worker 557");
  CHECK(comm_of("     a-1 [000] b-77     " + tail) == "a-1 [000] b 77");
  CHECK(comm_of("           (sd-7-12     " + tail) == "(sd-7 12");
  CHECK(comm_of("          <idle>-0      " + tail) == "<idle> 0");
  CHECK(comm_of("           <...>-4194304" + tail) == "<...> 4194304");
  // Not padded, as other tools print it.
  CHECK(comm_of("a b-c-12 [000] d..1.     9.000001: x: y") == "a b-c 12");
  CHECK(comm_of("x-1 [001] 9.000001: x: y") == "x 1");
}

TEST_CASE("Trace line: the third flag says what was interrupted",
          "[workloads][trace]") {
  const auto level_of = [](const std::string& flags) {
    return OnlyEvent("            bash-1       [000] " + flags +
                     "     1.000000: x: y")
        .level;
  };
  CHECK(level_of(".....") == InterruptLevel::kTask);
  CHECK(level_of("dN.1.") == InterruptLevel::kTask);
  CHECK(level_of("b.s1.") == InterruptLevel::kSoftirq);
  CHECK(level_of("d.h..") == InterruptLevel::kHardirq);
  CHECK(level_of("DpH2.") == InterruptLevel::kHardirq);
  CHECK(level_of("d.z..") == InterruptLevel::kNmi);
  CHECK(level_of("d.Z..") == InterruptLevel::kNmi);
  // Before migrate-disable was printed.
  CHECK(level_of("d.h1") == InterruptLevel::kHardirq);
}

TEST_CASE("Trace line: times are seconds or raw ticks", "[workloads][trace]") {
  const auto time_of = [](const std::string& time) {
    return OnlyEvent("            bash-1       [000] ..... " + time + ": x: y")
        .time;
  };
  CHECK(time_of("    0.000001").value == 1000);
  CHECK(time_of("12345.000000").value == 12'345'000'000'000);
  CHECK(time_of("    1.123456789").value == 1'123'456'789);
  CHECK(time_of("    1.123456789").fraction_digits == 9);
  CHECK(time_of(" 16532191543").is_ticks());
  CHECK(time_of(" 16532191543").value == 16'532'191'543);
}

TEST_CASE("Trace line: kernels before 5.16 print frame numbers in decimal",
          "[workloads][trace]") {
  const TraceEvent event = OnlyEvent(
      "            bash-1234  [001] ....   123.456789: mm_page_alloc: "
      "page=ffffea0000048d14 pfn=74565 order=0 migratetype=0 gfp_flags=none");
  CHECK(event.pfn == Pfn(0x12345));
  CHECK(event.gfp == Gfp(0));
}

TEST_CASE("Trace line: a failed allocation has no page", "[workloads][trace]") {
  const TraceEvent event = OnlyEvent(
      "         kswapd0-32      [000] .....    15.173045: mm_page_alloc: "
      "page=0000000000000000 pfn=0x0 order=2 migratetype=0 "
      "gfp_flags=GFP_NOWAIT|__GFP_COMP");
  CHECK(event.allocation_failed());
  CHECK(event.order == Order(2));
}

TEST_CASE("Trace line: what is wrong is named with its place",
          "[workloads][trace]") {
  const std::string context =
      "            bash-1       [000] .....     1.000000: ";
  CHECK(ProblemOf("hello") ==
        "2:1 not a line of a trace; expected \"task-pid [cpu] flags time: "
        "event: ...\"");
  CHECK(ProblemOf("            bash-1       [000] .....     1.0000x0: a: b")
            .starts_with("2:48 not a line of a trace"));
  CHECK(ProblemOf("            bash-1       [9999] .....     1.000000: a: b")
            .starts_with("2:31 not a line of a trace"));
  CHECK(ProblemOf(context + "mm_page_free: pfn=0x1 order=0") ==
        "2:66 expected \"page=\"");
  CHECK(ProblemOf(context + "mm_page_free: page=0 pfn=0xg order=0") ==
        "2:77 expected a page frame number");
  CHECK(ProblemOf(context + "mm_page_free: page=0 pfn=0x10000000001 order=0") ==
        "2:77 page frame number beyond 52 bits of address");
  CHECK(ProblemOf(context + "mm_page_free: page=0 pfn=0x1 order=11") ==
        "2:87 orders are 0 to 10");
  CHECK(ProblemOf(context + "mm_page_free: page=0 pfn=0x1 order=") ==
        "2:87 expected a number");
  CHECK(ProblemOf(context + "mm_page_free: page=0 pfn=0x1") ==
        "2:80 expected \"order=\"");
  CHECK(ProblemOf(context + "mm_page_free: page=0 pfn=0x1 order=1junk") ==
        "2:88 unexpected text after the last field");
  CHECK(ProblemOf(context + "mm_page_alloc: page=0 pfn=0x1 order=0 "
                            "migratetype=0 gfp_flags=GFP_KERNAL")
            .starts_with("2:114 unknown gfp flag \"GFP_KERNAL\""));
  CHECK(ProblemOf(context + "mm_page_alloc_zone_locked: page=0 pfn=0x1 "
                            "order=0 migratetype=0 percpu_refill=7") ==
        "2:130 expected 0 or 1");
}

TEST_CASE("Trace line: fields that another version adds do no harm",
          "[workloads][trace]") {
  const TraceEvent event = OnlyEvent(
      "            bash-1       [000] .....     1.000000: "
      "mm_page_free_batched: page=0 pfn=0x1 order=0 cold=0");
  CHECK(event.kind == TraceEventKind::kPageFreeBatched);
  CHECK(event.pfn == Pfn(1));
}

}  // namespace
}  // namespace pagelab

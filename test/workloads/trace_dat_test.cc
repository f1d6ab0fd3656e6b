// Files made by TraceDatWriter, which `trace-cmd report` 3.1.6 reads as well.
// test/data/trace/stacks-head-v7.dat is one of them (of stacks-head.txt.xz),
// converted by that trace-cmd to version 7 with zstd.

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "pagelab/base/input_stream.h"
#include "pagelab/base/text.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/trace_dat_writer.h"
#include "pagelab/test/workloads/trace_support.h"

namespace pagelab {
namespace {

using Header = TraceDatWriter::Header;

constexpr uint64_t kFirstFunction = 0xffffffff81001000;
constexpr uint64_t kFunctionSize = 0x1000;

WholeTrace ReadFile(const std::string& name) {
  auto input =
      InputStream::Open(std::string(PAGELAB_TEST_DATA_DIR) + "/trace/" + name);
  REQUIRE(input.ok());
  auto reader = OpenTrace(**input);
  REQUIRE(reader.ok());
  return ReadAll(**reader);
}

WholeTrace ReadDat(const TraceDatWriter& writer) {
  WholeTrace trace = ReadAnyTrace(writer.Contents());
  CHECK(trace.stats.format == TraceFormat::kTraceDat);
  return trace;
}

Header At(uint64_t time, int cpu = 0, int32_t pid = 7, uint8_t flags = 0) {
  return {.cpu = CpuId(cpu),
          .time = time,
          .pid = pid,
          .flags = flags,
          .preempt_count = 0};
}

void AddFree(TraceDatWriter& writer, const Header& header, uint64_t pfn) {
  writer.Add(header, "kmem/mm_page_free", {{"pfn", pfn}, {"order", 0}});
}

// The kmem events of an ftrace recording as a trace.dat: their views point
// into `ftrace`.
TraceDatWriter Convert(const WholeTrace& ftrace, int nr_cpus) {
  TraceDatWriter writer(nr_cpus);
  std::map<int32_t, std::string> tasks;
  std::map<std::string, uint64_t, std::less<>> functions;
  for (const KeptEvent& kept : ftrace.events) {
    TraceEvent event = kept.event;
    event.flags = kept.flags;
    tasks.emplace(event.pid, kept.comm);
    if (!IsKmem(event.kind)) continue;
    writer.AddEvent(event);
    if (!event.has_stack) continue;
    std::vector<uint64_t> addresses;
    TraceFrames frames(kept.stack);
    TraceFrame frame;
    while (frames.Next(frame)) {
      const auto [function, added] = functions.emplace(
          frame.function, kFirstFunction + functions.size() * kFunctionSize);
      if (added) writer.AddSymbol(function->second, frame.function);
      addresses.push_back(function->second + 0x10);
    }
    writer.AddStack(TraceDatWriter::HeaderOf(event), addresses);
  }
  writer.AddSymbol(kFirstFunction + functions.size() * kFunctionSize, "end");
  for (const auto& [pid, comm] : tasks) {
    if (pid != 0) writer.AddTask(pid, comm);
  }
  return writer;
}

void CheckSame(const KeptEvent& dat, const KeptEvent& ftrace) {
  INFO("ftrace line " << ftrace.event.line);
  const TraceEvent& a = dat.event;
  const TraceEvent& b = ftrace.event;
  REQUIRE(dat.name == ftrace.name);
  CHECK(dat.comm == ftrace.comm);
  CHECK(dat.flags == ftrace.flags);
  CHECK(a.level == b.level);
  CHECK((a.kind == b.kind && a.pid == b.pid && a.cpu == b.cpu));
  CHECK(a.time.value == b.time.value);
  CHECK(a.time.is_ticks() == b.time.is_ticks());
  if (a.kind != TraceEventKind::kContigMigrateRange) {
    CHECK((a.pfn == b.pfn && a.order == b.order));
  }
  if (a.kind == TraceEventKind::kPageAlloc) CHECK(a.gfp == b.gfp);
  if (a.kind == TraceEventKind::kPageAlloc ||
      a.kind == TraceEventKind::kPageAllocZoneLocked ||
      a.kind == TraceEventKind::kPagePcpuDrain ||
      a.kind == TraceEventKind::kPageAllocExtfrag) {
    CHECK(a.migratetype == b.migratetype);
  }
  if (a.kind == TraceEventKind::kPageAllocZoneLocked) {
    CHECK(a.percpu_refill == b.percpu_refill);
  }
  if (a.kind == TraceEventKind::kPageAllocExtfrag) {
    CHECK(a.extfrag.fallback_order == b.extfrag.fallback_order);
    CHECK(a.extfrag.pageblock_order == b.extfrag.pageblock_order);
    CHECK(a.extfrag.fallback_migratetype == b.extfrag.fallback_migratetype);
    CHECK(a.extfrag.fragmenting == b.extfrag.fragmenting);
    CHECK(a.extfrag.change_ownership == b.extfrag.change_ownership);
  }
  if (a.kind == TraceEventKind::kContigMigrateRange) {
    CHECK(a.contig.range == b.contig.range);
    CHECK(a.contig.migratetype == b.contig.migratetype);
    CHECK(a.contig.nr_mapped == b.contig.nr_mapped);
  }
}

// All kmem events of an ftrace recording come out of its trace.dat.
WholeTrace CheckConversion(const WholeTrace& ftrace, const char* clock) {
  TraceDatWriter writer =
      Convert(ftrace, std::max(1, static_cast<int>(ftrace.stats.nr_cpus)));
  writer.set_clock(clock);
  WholeTrace dat = ReadDat(writer);
  INFO(dat.status);
  REQUIRE(dat.status.ok());
  CHECK(dat.stats.unreadable_lines == 0);
  size_t at = 0;
  for (const KeptEvent& kept : ftrace.events) {
    if (IsKmem(kept.event.kind)) CheckSame(dat.events.at(at++), kept);
  }
  CHECK(at == dat.events.size());
  CHECK(dat.stats.total_events == at);
  CHECK(dat.stats.lines == at + dat.stats.stacks);
  CHECK(dat.stats.failed_allocations == ftrace.stats.failed_allocations);
  return dat;
}

TEST_CASE("trace.dat: the same recording as ftrace shows it",
          "[workloads][trace]") {
  const WholeTrace mixed =
      CheckConversion(ReadFile("mixed-head.txt.xz"), "local");
  CHECK(mixed.stats.events_without_level == 0);
  CHECK(mixed.events[0].event.time.fraction_digits == 9);
  CHECK(mixed.events[0].event.line == 1);
  CHECK(mixed.events[5].event.line == 6);
  // Not in the order of time.
  for (const KeptEvent& kept : ReadFile("corners.txt").events) {
    WholeTrace one;
    one.events.push_back(kept);
    one.stats.failed_allocations = kept.event.allocation_failed();
    CheckConversion(one, "local");
  }
}

TEST_CASE("trace.dat: CPUs are merged by time, also by one that counts ticks",
          "[workloads][trace]") {
  const WholeTrace smp2 =
      CheckConversion(ReadFile("smp2-head.txt.xz"), "x86-tsc");
  CHECK(smp2.stats.nr_cpus == 2);
  CHECK(smp2.stats.first_time.is_ticks());
}

TEST_CASE("trace.dat: stacks come with their events, with offsets",
          "[workloads][trace]") {
  const WholeTrace ftrace = ReadFile("stacks-head.txt.xz");
  for (const WholeTrace& dat :
       {CheckConversion(ftrace, "local"), ReadFile("stacks-head-v7.dat")}) {
    REQUIRE(dat.status.ok());
    CHECK(dat.stats.stacks == 108);
    CHECK(dat.stats.stacks_without_event == 0);
    size_t at = 0;
    for (const KeptEvent& kept : ftrace.events) {
      if (!IsKmem(kept.event.kind)) continue;
      CHECK(Functions(dat.events.at(at).stack) == Functions(kept.stack));
      ++at;
    }
    TraceFrames frames(dat.events[0].stack);
    TraceFrame frame;
    REQUIRE(frames.Next(frame));
    CHECK(frame.function == "trace_event_raw_event_mm_page_alloc");
    CHECK(frame.has_offset);
    CHECK(frame.offset == 0x10);
    CHECK(frame.size == kFunctionSize);
  }
}

TEST_CASE("trace.dat: an interrupt between an event and its stack",
          "[workloads][trace]") {
  constexpr uint8_t kSoftirq = 0x10;
  TraceDatWriter writer(2);
  writer.AddSymbol(kFirstFunction, "first");
  writer.AddSymbol(kFirstFunction + kFunctionSize, "second");
  writer.AddSymbol(kFirstFunction + 2 * kFunctionSize, "end");
  AddFree(writer, At(1), 1);
  AddFree(writer, At(2, 0, 7, kSoftirq), 2);
  writer.AddStack(At(3, 0, 7, kSoftirq), {kFirstFunction + kFunctionSize});
  AddFree(writer, At(3, 1), 3);
  writer.AddStack(At(4), {kFirstFunction, 0x1234});
  AddFree(writer, At(5), 4);
  writer.AddStack(At(5, 1), {~uint64_t{0}});
  writer.AddStack(At(6, 1), {kFirstFunction});
  const WholeTrace trace = ReadDat(writer);
  REQUIRE(trace.events.size() == 4);
  CHECK(trace.events[0].stack == " => first+0x0/0x1000\n => 0x1234\n");
  CHECK(trace.events[1].stack == " => second+0x0/0x1000\n");
  CHECK(trace.events[1].event.level == InterruptLevel::kSoftirq);
  CHECK(trace.events[2].event.pfn == Pfn(3));
  CHECK(trace.events[2].event.has_stack);
  CHECK(trace.events[2].stack.empty());
  CHECK_FALSE(trace.events[3].event.has_stack);
  CHECK(trace.stats.stacks == 3);
  CHECK(trace.stats.stacks_without_event == 1);
}

TEST_CASE("trace.dat: probes and prints read as in ftrace's text",
          "[workloads][trace]") {
  TraceDatWriter writer(1);
  writer.AddTask(7, "anon worker");
  writer.AddSymbol(kFirstFunction, "compaction_free");
  writer.AddSymbol(kFirstFunction + 0xa0, "isolate_freepages_block");
  writer.AddSymbol(kFirstFunction + 0x480, "__isolate_free_page");
  writer.AddSymbol(kFirstFunction + 0x800, "tracing_mark_write");
  writer.AddSymbol(kFirstFunction + 0x900, "snap_stopped");
  writer.AddSymbol(kFirstFunction + 0xa00, "end");
  writer.Add(
      At(1), "pl/compaction_free",
      {{"__probe_ip", kFirstFunction + 4}, {"folio", 0xffffea0001ff9580}});
  writer.Add(At(2), "pl/isolate_free_page_ret",
             {{"__probe_func", kFirstFunction + 0x480},
              {"__probe_ret_ip", kFirstFunction + 0xa0 + 0x141},
              {"ret", 512}});
  writer.Add(At(3), "pl/decay_pcp_high",
             {{"__probe_ip", 0x1234},
              {"zone", 0xffff88807ffd6200},
              {"pcp", 0xffff88807c82f140},
              {"high", 17}});
  writer.AddPrint(At(4), kFirstFunction + 0x801, "phase 2: go\n");
  writer.AddPrint(At(5), kFirstFunction + 0x901, "pagelab snap slot=0");
  writer.AddPrint(At(6), 0x99, "who knows");
  writer.Add(At(7), "vmscan/mm_vmscan_kswapd_sleep", {{"nid", 1}});
  const WholeTrace trace = ReadDat(writer);
  REQUIRE(trace.events.size() == 7);
  const auto line_of = [&](size_t i) {
    const KeptEvent& kept = trace.events[i];
    return std::string(ToString(kept.event.kind)) + " " + kept.name + ": " +
           kept.text;
  };
  CHECK(line_of(0) ==
        "probe compaction_free: (compaction_free+0x4/0xa0) "
        "folio=0xffffea0001ff9580");
  CHECK(line_of(1) ==
        "probe isolate_free_page_ret: (isolate_freepages_block+0x141/0x3e0 <- "
        "__isolate_free_page) ret=512");
  CHECK(line_of(2) ==
        "probe decay_pcp_high: (0x1234) zone=0xffff88807ffd6200 "
        "pcp=0xffff88807c82f140 high=17");
  CHECK(line_of(3) == "marker tracing_mark_write: phase 2: go");
  CHECK(line_of(4) == "other snap_stopped: pagelab snap slot=0");
  CHECK(line_of(5) == "marker tracing_mark_write: who knows");
  CHECK(line_of(6) == "other mm_vmscan_kswapd_sleep: nid=1");
  CHECK(trace.events[0].comm == "anon worker");
}

TEST_CASE("trace.dat: tasks that the recording does not name",
          "[workloads][trace]") {
  TraceDatWriter writer(1);
  writer.AddTask(7, "bash");
  AddFree(writer, At(1, 0, 8), 1);
  AddFree(writer, At(2, 0, 0), 1);
  const WholeTrace trace = ReadDat(writer);
  CHECK(trace.events.at(0).comm == "<...>");
  CHECK(trace.events.at(1).comm == "<idle>");
}

TEST_CASE("trace.dat: events that the kernel lost are counted",
          "[workloads][trace]") {
  TraceDatWriter writer(2);
  AddFree(writer, At(1), 1);
  writer.AddLost(CpuId(0), 17);
  AddFree(writer, At(2), 2);
  writer.AddLost(CpuId(0), std::nullopt);
  AddFree(writer, At(3), 3);
  writer.AddLost(CpuId(1), 4);
  AddFree(writer, At(3, 1), 4);
  writer.AddStack(At(4, 1), {1});
  const WholeTrace trace = ReadDat(writer);
  CHECK(trace.events.size() == 4);
  CHECK(trace.stats.lost_reports == 3);
  CHECK(trace.stats.lost_events == 21);
}

TEST_CASE("trace.dat: masks of another kernel version go by their names",
          "[workloads][trace]") {
  const auto gfp_of = [](const TraceDatWriter& writer) {
    return ReadDat(writer).events.at(0).event.gfp;
  };
  TraceDatWriter writer(1);
  writer.Add(At(1), "kmem/mm_page_alloc",
             {{"pfn", 1}, {"gfp_flags", 0x24000c0}});
  CHECK(gfp_of(writer) == Gfp(0x24000c0));
  // GFP_KERNEL of Linux 4.7.
  writer.EditFormat("kmem/mm_page_alloc", "0xcc0), \"GFP_KERNEL\"",
                    "0x24000c0), \"GFP_KERNEL\"");
  CHECK(gfp_of(writer) == gfp::kKernel);
}

TEST_CASE("trace.dat: formats that libtraceevent cannot evaluate do no harm",
          "[workloads][trace]") {
  TraceDatWriter writer(1);
  writer.Add(At(1), "kmem/mm_page_alloc",
             {{"pfn", 1}, {"order", 1}, {"gfp_flags", 0xcc1}});
  // Some kernels before 6.14 name enumerators there.
  writer.EditFormat("kmem/mm_page_alloc", "(( gfp_t)",
                    "(( gfp_t)1 | ___GFP_IO_BIT & ");
  writer.Add(At(2), "kmem/mm_page_alloc_extfrag",
             {{"pfn", 0x200}, {"fallback_order", 8}});
  writer.EditFormat("kmem/mm_page_alloc_extfrag", "vmemmap_base",
                    "some_function(1)(2)");
  const WholeTrace trace = ReadDat(writer);
  REQUIRE(trace.events.size() == 2);
  CHECK(trace.events[0].event.gfp == Gfp(0xcc1));
  CHECK(trace.events[1].event.extfrag.pageblock_order == Order(9));
  CHECK(trace.events[1].event.extfrag.fragmenting);
}

}  // namespace
}  // namespace pagelab

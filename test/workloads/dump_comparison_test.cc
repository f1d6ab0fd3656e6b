#include "pagelab/workloads/trace_owners/dump_comparison.h"

#include <fmt/format.h>

#include <string>

#include "pagelab/base/input_stream.h"
#include "pagelab/base/text.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/workloads/trace_owners_support.h"

namespace pagelab {
namespace {

// A record of the kernel's; a test changes what it is about.
struct KernelRecord {
  uint64_t pfn = 0x1000;
  int order = 0;
  std::string mask = "0xcc0(GFP_KERNEL)";
  int pid = 7;
  std::string comm = "task";
  // A microsecond before the recording's, 100 ms later by another clock.
  uint64_t event_ms = 1;
  std::string types = "Unmovable Block 8 type Unmovable";
  std::string stack =
      " get_page_from_freelist+0x1/0x2\n __alloc_pages_noprof+0x1/0x2\n";
  std::string end = {};

  std::string text() const {
    return fmt::format(
        "Page allocated via order {}, mask {}, pid {}, tgid {} ({}), ts {} "
        "ns\nPFN {:#x} type {} Flags 0x1(locked|node=0)\n{}{}\n",
        order, mask, pid, pid, comm, event_ms * 1'000'000 + 99'999'000, pfn,
        types, stack, end);
  }
};

std::string Summary(const DumpComparison& comparison) {
  std::string text;
  for (int i = 0; i < kNrDumpDifferences; ++i) {
    const auto kind = static_cast<DumpDifference>(i);
    if (comparison.difference(kind).count == 0) continue;
    if (!text.empty()) text += "; ";
    text += fmt::format("{} {}{}", comparison.difference(kind).count,
                        IsExplained(kind) ? "" : "! ", ToString(kind));
  }
  return text;
}

TEST_CASE("DumpComparison: what agrees is equal, field by field",
          "[workloads][trace_owners]") {
  TraceText trace;
  trace.Alloc(0x1000, 0).Stack(" => __alloc_pages_noprof\n");
  DumpComparisonOptions options;
  options.pageblock_type = [](Pfn) { return Migratetype::kUnmovable; };
  const DumpComparison comparison =
      Compare(OwnersOf(trace), KernelRecord().text(), options);
  CHECK(Summary(comparison).empty());
  CHECK(comparison.unexplained() == 0);
  CHECK(comparison.shared_records == 1);
  CHECK(comparison.clock_offset_ns == 99'999'000);
  for (int i = 0; i < kNrComparedFields; ++i) {
    const auto field = static_cast<ComparedField>(i);
    CAPTURE(ToString(field));
    const bool known = field != ComparedField::kTgid;
    CHECK(comparison.field(field).compared == (known ? 1 : 0));
    CHECK(comparison.field(field).equal == (known ? 1 : 0));
    CHECK(comparison.field(field).left_out == (known ? 0 : 1));
  }
}

TEST_CASE("DumpComparison: each field that differs is named",
          "[workloads][trace_owners]") {
  // Exact names, so that another one is a difference.
  TraceText trace;
  trace.Line("task_newtask: pid=7 comm=task clone_flags=0 oom_score_adj=0");
  trace.Alloc(0x1000, 0).Stack(" => __alloc_pages_noprof\n");
  DumpComparisonOptions options;
  options.pageblock_type = [](Pfn) { return Migratetype::kUnmovable; };
  KernelRecord record;
  std::string expected;
  std::string example = "PFN 0x1000: recorded ";
  SECTION("order") {
    record.order = 1;
    expected = "1 ! order";
    example += "\"0\", dump \"1\", line 1";
  }
  SECTION("mask and names") {
    record.mask = "0xc00(GFP_NOIO)";
    expected = "1 ! gfp mask; 1 ! gfp names";
    example += "\"3264\", dump \"3072\", line 1";
  }
  SECTION("names alone") {
    record.mask = "0xcc0(GFP_WHAT)";
    expected = "1 ! gfp names";
    example += "\"GFP_KERNEL\", dump \"GFP_WHAT\", line 1";
  }
  SECTION("comm") {
    record.comm = "other";
    expected = "1 ! comm";
    example += "\"task\", dump \"other\", line 1";
  }
  SECTION("type") {
    record.types = "Movable Block 8 type Unmovable";
    expected = "1 ! type";
    example += "\"Unmovable\", dump \"Movable\", line 1";
  }
  SECTION("block type") {
    record.types = "Unmovable Block 8 type CMA";
    expected = "1 ! block type";
    example += "\"Unmovable\", dump \"CMA\", line 1";
  }
  SECTION("stack") {
    record.stack += " more+0x1/0x2\n";
    expected = "1 ! stack";
    example =
        "PFN 0x1000, order 0, pid 7 (task), line 1, recorded stack:\n "
        "__alloc_pages_noprof+0x0/0x0\n";
  }
  SECTION("migrated") {
    record.end = "Page has been migrated, last migrate reason: compaction\n";
    expected = "1 ! migrated";
    example += "\"\", dump \"compaction\", line 1";
  }
  const DumpComparison comparison =
      Compare(OwnersOf(trace), record.text(), options);
  CHECK(Summary(comparison) == expected);
  CHECK(comparison.unexplained() > 0);
  for (const DumpDifferenceCounts& counts : comparison.differences) {
    if (counts.count == 0) continue;
    CHECK(counts.example == example);
    break;
  }
}

TEST_CASE("DumpComparison: a pid that differs is one",
          "[workloads][trace_owners]") {
  TraceText trace;
  trace.Alloc(0x1000, 0);
  KernelRecord record;
  record.pid = 8;
  CHECK(Summary(Compare(OwnersOf(trace), record.text())) == "1 ! pid");
}

TEST_CASE("DumpComparison: the tracer's last name explains another comm",
          "[workloads][trace_owners]") {
  TraceText trace;
  trace.Task("ls", 7).Alloc(0x1000, 0).Task("<...>", 8).Alloc(0x1001, 0);
  const std::string dump =
      KernelRecord{.comm = "sh"}.text() +
      KernelRecord{.pfn = 0x1001, .pid = 8, .comm = "x", .event_ms = 2}.text();
  const DumpComparison comparison = Compare(OwnersOf(trace), dump);
  CHECK(Summary(comparison) ==
        "1 comm: the tracer prints the name that a task had last");
  CHECK(comparison.field(ComparedField::kComm).left_out == 2);
  CHECK(comparison.difference(DumpDifference::kRenamed).example ==
        "PFN 0x1000, order 0, pid 7 (sh), line 1, recorded as \"ls\"");
}

TEST_CASE("DumpComparison: what happened while the dump was read is explained",
          "[workloads][trace_owners]") {
  TraceText trace;
  trace.Alloc(0x1000, 0).Alloc(0x1001, 0).Alloc(0x1002, 0);
  trace.Line("tracing_mark_write: page_owner");
  trace.Free(0x1001, 0).Free(0x1002, 0);
  trace.Task("late", 8).Alloc(0x1002, 0).Alloc(0x1003, 0);
  const std::string dump = KernelRecord().text() +
                           KernelRecord{.pfn = 0x1001, .event_ms = 2}.text() +
                           KernelRecord{.pfn = 0x1002, .event_ms = 3}.text();
  const DumpComparison comparison = Compare(OwnersOf(trace), dump);
  CHECK(Summary(comparison) ==
        "1 allocated since the dump was read; 1 freed since the dump was "
        "read; 1 freed and allocated again since the dump was read");
  CHECK(comparison.difference(DumpDifference::kAllocatedSince).example ==
        "PFN 0x1003, order 0, pid 8 (late)");
}

TEST_CASE("DumpComparison: without a marker the dump is of the end",
          "[workloads][trace_owners]") {
  TraceText trace;
  trace.Alloc(0x1000, 0).Alloc(0x1001, 0).Free(0x1001, 0).Alloc(0x1003, 0);
  const std::string dump =
      KernelRecord().text() + KernelRecord{.pfn = 0x1001, .event_ms = 2}.text();
  CHECK(Summary(Compare(OwnersOf(trace), dump)) ==
        "1 ! only in the dump; 1 ! only in the recording");
}

TEST_CASE("DumpComparison: records from before the recording are counted",
          "[workloads][trace_owners]") {
  TraceText trace;
  trace.Line("start: x").Alloc(0x1000, 0);
  KernelRecord older{.pfn = 0x800, .order = 3, .event_ms = 0};
  const DumpComparison comparison = Compare(
      OwnersOf(trace), older.text() + KernelRecord{.event_ms = 2}.text());
  CHECK(Summary(comparison).empty());
  CHECK(comparison.records == 2);
  CHECK(comparison.older_records == 1);
  CHECK(comparison.older_pages == 8);
  CHECK(comparison.shared_records == 1);
}

TEST_CASE("DumpComparison: a block that was split later is one difference",
          "[workloads][trace_owners]") {
  TraceText trace;
  trace.Alloc(0x1000, 1).Alloc(0x1002, 1);
  const std::string whole =
      KernelRecord().text() + KernelRecord{.pfn = 0x1001}.text();
  SECTION("all of it is there") {
    const DumpComparison comparison = Compare(
        OwnersOf(trace),
        whole + KernelRecord{.pfn = 0x1002, .order = 1, .event_ms = 2}.text());
    CHECK(Summary(comparison) == "1 blocks split later, which has no event");
    CHECK(comparison.shared_records == 3);
    CHECK(comparison.difference(DumpDifference::kSplitLater).example ==
          "PFN 0x1000, order 0, pid 7 (task), line 1, recorded with order 1");
  }
  SECTION("a part is missing") {
    const DumpComparison comparison =
        Compare(OwnersOf(trace),
                whole + KernelRecord{.pfn = 0x1002, .event_ms = 2}.text());
    CHECK(Summary(comparison) ==
          "1 blocks split later, which has no event; 1 ! order");
  }
}

TEST_CASE(
    "DumpComparison: allocations without an event are told by their "
    "records",
    "[workloads][trace_owners]") {
  TraceText trace;
  trace.Alloc(0x1000, 0);
  const std::string dump =
      KernelRecord().text() +
      KernelRecord{
          .pfn = 0x2000,
          .event_ms = 5,
          .end = "Page has been migrated, last migrate reason: demotion\n"}
          .text() +
      KernelRecord{.pfn = 0x2001,
                   .event_ms = 6,
                   .stack = " alloc_contig_range_noprof+0x3bf/0x570\n"}
          .text() +
      KernelRecord{.pfn = 0x2002,
                   .event_ms = 7,
                   .stack = " alloc_pages_bulk_noprof+0x3bf/0x570\n"}
          .text();
  CHECK(Summary(Compare(OwnersOf(trace), dump)) ==
        "1 moved here by migration, which has no event; 1 of a contiguous "
        "range, whose allocation has no event; 1 allocated in bulk, which has "
        "no event");
}

TEST_CASE("DumpComparison: page_owner's own memory has the dummy stack",
          "[workloads][trace_owners]") {
  TraceText trace;
  trace.Alloc(0x1000, 0).Stack(
      " => __alloc_pages_noprof\n => stack_depot_save_flags\n"
      " => save_stack\n => __set_page_owner\n => get_page_from_freelist\n");
  const std::string dump =
      KernelRecord{.stack = " register_dummy_stack+0x46/0x80\n"}.text();
  const DumpComparison comparison = Compare(OwnersOf(trace), dump);
  CHECK(Summary(comparison) ==
        "1 stack: page_owner's own memory has its dummy stack");
  CHECK(comparison.field(ComparedField::kStack).left_out == 1);
}

TEST_CASE("DumpComparison: the report names what is compared and what not",
          "[workloads][trace_owners]") {
  TraceText trace;
  trace.Task("ls", 7).Alloc(0x1000, 0).Alloc(0x1001, 0);
  const DumpComparison comparison =
      Compare(OwnersOf(trace), KernelRecord{.comm = "sh"}.text());
  CHECK(DumpComparisonText(comparison) ==
        "dump.txt: 1 records\n"
        "            0  older than the recording, 0 pages: not to be known "
        "from it\n"
        "            1  of allocations that the recording has\n"
        "  page_owner's clock is the recording's plus 99.999 ms\n"
        "\n"
        "  field         compared        equal     left out\n"
        "  order                1            1            0\n"
        "  gfp mask             1            1            0\n"
        "  gfp names            1            1            0\n"
        "  pid                  1            1            0\n"
        "  tgid                 0            0            1\n"
        "  comm                 0            0            1\n"
        "  type                 1            1            0\n"
        "  block type           0            0            1\n"
        "  stack                0            0            1\n"
        "  migrated             1            1            0\n"
        "  not compared: offsets and sizes in stacks, page flags; no "
        "recording has them\n"
        "\n"
        "explained differences\n"
        "            1  comm: the tracer prints the name that a task had last\n"
        "               first: PFN 0x1000, order 0, pid 7 (sh), line 1, "
        "recorded as \"ls\"\n"
        "\n"
        "unexplained differences\n"
        "            1  only in the recording\n"
        "               first: PFN 0x1001, order 0, pid 7 (ls)\n");
}

}  // namespace
}  // namespace pagelab

#include "pagelab/workloads/trace_owners/trace_owners.h"

#include <fmt/format.h>

#include <string>

#include "pagelab/alloc/gfp.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/workloads/trace_owners_support.h"

namespace pagelab {
namespace {

TEST_CASE("TraceOwners: remembers an allocation and its free",
          "[workloads][trace_owners]") {
  TraceText trace;
  trace.Task("sh", 7).Alloc(0x1000, 2, "GFP_KERNEL|__GFP_ZERO");
  trace.Task("rm", 8).Free(0x1000, 2);
  trace.Task("ls", 9).Alloc(0x2000, 0);
  const TraceOwners owners = OwnersOf(trace);
  CHECK(Blocks(owners) == "0x1000+4 free, 0x2000+1 allocated by ls");

  const FrameHistory freed = owners.Find(Pfn(0x1003));
  CHECK(freed.head == Pfn(0x1000));
  CHECK(freed.order == Order(2));
  CHECK(freed.record->gfp == gfp::kKernel.With(gfp::kZero).value());
  CHECK(freed.record->time == 1'000'000);
  CHECK(freed.record->free_time == 2'000'000);
  CHECK(owners.task(freed.record->task).pid == 7);
  CHECK(owners.task(freed.record->task).comm == "sh");
  CHECK(owners.task(freed.record->free_task).pid == 8);
  CHECK(owners.counts().allocations == 2);
  CHECK(owners.counts().frees == 1);
  CHECK(owners.Find(Pfn(0x3000)).state == FrameState::kUnseen);
  CHECK(owners.first_time().value == 1'000'000);
  CHECK(owners.last_time().value == 3'000'000);
}

TEST_CASE("TraceOwners: a failed allocation owns nothing",
          "[workloads][trace_owners]") {
  TraceText trace;
  trace.FailedAlloc(3);
  const TraceOwners owners = OwnersOf(trace);
  CHECK(Blocks(owners).empty());
  CHECK(owners.counts().failed_allocations == 1);
}

TEST_CASE("TraceOwners: a block freed in parts stays in parts",
          "[workloads][trace_owners]") {
  TraceText trace;
  trace.Task("exact", 7).Alloc(0x1000, 2);
  SECTION("pages at the end, as alloc_pages_exact() does") {
    trace.Free(0x1003, 0);
    const TraceOwners owners = OwnersOf(trace);
    CHECK(Blocks(owners) ==
          "0x1000+1 allocated by exact, 0x1001+1 allocated by exact, "
          "0x1002+1 allocated by exact, 0x1003+1 free");
    CHECK(owners.Find(Pfn(0x1002)).record->time == 1'000'000);
    CHECK(owners.counts().partial_frees == 1);
  }
  SECTION("halves") {
    trace.Free(0x1002, 1);
    CHECK(Blocks(OwnersOf(trace)) ==
          "0x1000+2 allocated by exact, 0x1002+2 free");
  }
  SECTION("all of it, page by page, and one page again") {
    for (uint64_t pfn = 0x1000; pfn < 0x1004; ++pfn) trace.Free(pfn, 0);
    trace.Task("next", 8).Alloc(0x1002, 0);
    CHECK(Blocks(OwnersOf(trace)) ==
          "0x1000+1 free, 0x1001+1 free, 0x1002+1 allocated by next, "
          "0x1003+1 free");
  }
}

TEST_CASE("TraceOwners: free blocks are cut and joined as they are used",
          "[workloads][trace_owners]") {
  TraceText trace;
  trace.Task("first", 7).Alloc(0x1000, 3).Free(0x1000, 3);
  SECTION("a page out of a larger block") {
    trace.Task("page", 8).Alloc(0x1005, 0);
    const TraceOwners owners = OwnersOf(trace);
    CHECK(Blocks(owners) ==
          "0x1000+4 free, 0x1004+1 free, 0x1005+1 allocated by page, "
          "0x1006+2 free");
    // What is left keeps what was known.
    const FrameHistory rest = owners.Find(Pfn(0x1007));
    CHECK(rest.head == Pfn(0x1006));
    CHECK(owners.task(rest.record->task).comm == "first");
    CHECK(rest.record->free_time == 2'000'000);
  }
  SECTION("a larger block out of pages") {
    trace.Alloc(0x1005, 0).Free(0x1005, 0);
    trace.Task("block", 8).Alloc(0x1000, 4);
    const TraceOwners owners = OwnersOf(trace);
    CHECK(Blocks(owners) == "0x1000+16 allocated by block");
    CHECK(owners.counts().missing_frees == 0);
  }
  SECTION("one free of what were several blocks") {
    trace.Task("two", 8).Alloc(0x1000, 0).Alloc(0x1001, 0).Free(0x1000, 1);
    const TraceOwners owners = OwnersOf(trace);
    CHECK(Blocks(owners) ==
          "0x1000+1 free, 0x1001+1 free, 0x1002+2 free, 0x1004+4 free");
    CHECK(owners.task(owners.Find(Pfn(0x1001)).record->task).comm == "two");
  }
}

TEST_CASE("TraceOwners: a missing free is made good",
          "[workloads][trace_owners]") {
  TraceText trace;
  trace.Task("old", 7).Alloc(0x1000, 1);
  SECTION("of a block") {
    trace.Task("new", 8).Alloc(0x1000, 2);
    const TraceOwners owners = OwnersOf(trace);
    CHECK(Blocks(owners) == "0x1000+4 allocated by new");
    CHECK(owners.counts().missing_frees == 1);
  }
  SECTION("of a part of it") {
    trace.Task("new", 8).Alloc(0x1001, 0);
    const TraceOwners owners = OwnersOf(trace);
    CHECK(Blocks(owners) ==
          "0x1000+1 allocated by old, 0x1001+1 allocated by new");
    CHECK(owners.counts().missing_frees == 1);
  }
}

TEST_CASE("TraceOwners: frees tell of pages from before the recording",
          "[workloads][trace_owners]") {
  TraceText trace;
  trace.Free(0x1000, 2).Free(0x2000, 0).Free(0x2000, 0);
  const TraceOwners owners = OwnersOf(trace);
  CHECK(owners.counts().older_pages_freed == 5);
  // Freed twice: allocated in between without an event.
  CHECK(owners.counts().frees_of_free == 1);
  CHECK(owners.Find(Pfn(0x2000)).record->task == 0);
}

TEST_CASE(
    "TraceOwners: frees of what was free at the start are not of older "
    "pages",
    "[workloads][trace_owners]") {
  TraceText trace;
  trace.Free(0x1001, 0).Free(0x3000, 0);
  TraceOwners owners;
  owners.AddFreeBlock(Pfn(0x1000), Order(3));
  ReadInto(owners, trace.text());
  CHECK(owners.counts().older_pages_freed == 1);
  CHECK(owners.counts().frees_of_free == 1);
  CHECK(Blocks(owners) ==
        "0x1000+1 free, 0x1001+1 free, 0x1002+2 free, 0x1004+4 free, "
        "0x3000+1 free");
}

// page-allocator.md 19.2 and 25.6.
TEST_CASE("TraceOwners: a free right after compaction_free counts as none",
          "[workloads][trace_owners]") {
  constexpr const char* kProbe =
      "compaction_free: (compaction_free+0x4/0x70) folio=0xffffea0000040000";
  TraceText trace;
  trace.Task("kcompactd0", 30).Line(kProbe);
  SECTION("of the same task") {
    trace.Free(0x1000, 0).Free(0x1001, 0);
    const TraceOwners owners = OwnersOf(trace);
    CHECK(owners.counts().compactor_frees == 1);
    CHECK(owners.counts().frees == 1);
    CHECK(owners.counts().older_pages_freed == 1);
  }
  SECTION("but not of an interrupt in between") {
    trace.Flags("..s..").Free(0x2000, 0).Flags(".....").Free(0x1000, 0);
    const TraceOwners owners = OwnersOf(trace);
    CHECK(owners.counts().compactor_frees == 1);
    CHECK(owners.counts().older_pages_freed == 1);
  }
}

TEST_CASE("TraceOwners: impossible blocks are counted and left out",
          "[workloads][trace_owners]") {
  TraceText trace;
  trace.Alloc(0x1001, 1).Free(0x1002, 2);
  const TraceOwners owners = OwnersOf(trace);
  CHECK(Blocks(owners).empty());
  CHECK(owners.counts().impossible_events == 2);
}

TEST_CASE("TraceOwners: a stack of alloc_pages_exact() splits the block",
          "[workloads][trace_owners]") {
  constexpr const char* kStack =
      " => trace_event_raw_event_mm_page_alloc\n"
      " => __alloc_pages_noprof\n"
      " => alloc_pages_mpol_noprof\n"
      " => alloc_pages_exact_noprof\n"
      " => alloc_large_system_hash\n";
  TraceText trace;
  SECTION("of single pages") {
    trace.Task("boot", 1).Alloc(0x1000, 1).Stack(kStack);
    CHECK(Blocks(OwnersOf(trace)) ==
          "0x1000+1 allocated by boot, 0x1001+1 allocated by boot");
  }
  SECTION("but not a compound page") {
    trace.Task("boot", 1)
        .Alloc(0x1000, 1, "GFP_KERNEL|__GFP_COMP")
        .Stack(kStack);
    CHECK(Blocks(OwnersOf(trace)) == "0x1000+2 allocated by boot");
  }
}

TEST_CASE("TraceOwners: a probe shows the pages of a bulk allocation",
          "[workloads][trace_owners]") {
  TraceText trace;
  trace.Task("a", 1).Alloc(0x1000, 0).Alloc(0x1001, 0).Alloc(0x1002, 0);
  trace.Task("bulk", 2).Line(
      "alloc_pages_bulk_page: (alloc_pages_bulk_noprof+0x2a5/0x5a0) "
      "page=0xffffea0000080000 order=0 migratetype=0 gfp=0xcc0");
  const TraceOwners owners = OwnersOf(trace);
  REQUIRE(owners.Find(Pfn(0x2000)).state == FrameState::kAllocated);
  const FrameRecord& record = *owners.Find(Pfn(0x2000)).record;
  CHECK(owners.task(record.task).comm == "bulk");
  CHECK(record.gfp == gfp::kKernel.value());
}

TEST_CASE("TraceOwners: names that no record has are forgotten",
          "[workloads][trace_owners]") {
  // One frame, allocated and freed by very many tasks.
  TraceText trace;
  trace.Task("keeper", 1).Alloc(0x2000, 0);
  constexpr int kTasks = 70'000;
  for (int pid = 2; pid < kTasks; ++pid) {
    trace.Task("t" + std::to_string(pid), pid).Alloc(0x1000, 0).Free(0x1000, 0);
  }
  const TraceOwners owners = OwnersOf(trace);
  CHECK(Blocks(owners) == "0x1000+1 free, 0x2000+1 allocated by keeper");
  const FrameRecord& record = *owners.Find(Pfn(0x1000)).record;
  CHECK(owners.task(record.task).comm == fmt::format("t{}", kTasks - 1));
  CHECK(owners.nr_tasks() < kTasks);
}

TEST_CASE("TraceOwners: a marker says when the machine's own file was read",
          "[workloads][trace_owners]") {
  TraceText trace;
  trace.Alloc(0x1000, 0);
  SECTION("written by hand") {
    trace.Line("tracing_mark_write: page_owner").Alloc(0x1001, 0);
    CHECK(OwnersOf(trace).dump_time() == 2'000'000);
  }
  SECTION("of the recordings' driver") {
    trace.Line("snap_stopped: pagelab snap slot=1 label=T1");
    CHECK(OwnersOf(trace).dump_time() == 2'000'000);
  }
  SECTION("none") {
    trace.Line("tracing_mark_write: something else");
    CHECK_FALSE(OwnersOf(trace).dump_time().has_value());
  }
}

}  // namespace
}  // namespace pagelab

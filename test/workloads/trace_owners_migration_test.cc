// Pages that migration moves (page-ext-owner-depot.md 4.4, page-allocator.md
// 17.2, 25.6).

#include <fmt/format.h>

#include <string>

#include "pagelab/test/support/catch.h"
#include "pagelab/test/workloads/trace_owners_support.h"
#include "pagelab/workloads/trace_owners/migrations.h"

namespace pagelab {
namespace {

uint64_t DescriptorOf(uint64_t pfn) { return 0xffffea0000000000 + pfn * 64; }

// As x86-64 writes it: the frame number inverted.
uint64_t EntryOf(uint64_t pfn) {
  return uint64_t{28} << 59 | (~pfn << 14) >> 5;
}

// Lines of a task that compacts memory.
class Compaction {
 public:
  explicit Compaction(TraceText& trace) : trace_(trace) {
    trace_.Task("kcompactd0", 30);
  }
  Compaction& Begin() {
    trace_.Line("mm_migrate_pages_start: mode=MIGRATE_SYNC reason=compaction");
    return *this;
  }
  Compaction& Target(uint64_t pfn) {
    trace_.Line(
        fmt::format("compaction_alloc_ret: (migrate_pages_batch+0x246/"
                    "0xa30 <- compaction_alloc) ret={:#x}",
                    DescriptorOf(pfn)));
    return *this;
  }
  Compaction& Mapped(uint64_t source) {
    trace_.Line(fmt::format("set_migration_pte: addr=400000, pte={:x} order=0",
                            EntryOf(source)));
    return *this;
  }
  Compaction& Back(uint64_t pfn) {
    trace_.Line(
        fmt::format("compaction_free: (compaction_free+0x4/0x70) folio={:#x}",
                    DescriptorOf(pfn)));
    trace_.Free(pfn, 0);
    return *this;
  }
  Compaction& Source(uint64_t pfn, int order = 0) {
    trace_.Free(pfn, order);
    return *this;
  }
  Compaction& Batched(uint64_t pfn) {
    trace_.Free(pfn, 0);
    trace_.Line(
        fmt::format("mm_page_free_batched: page={:016x} pfn={:#x} "
                    "order=0",
                    DescriptorOf(pfn), pfn));
    return *this;
  }
  Compaction& End() {
    trace_.Line(
        "mm_migrate_pages: nr_succeeded=0 nr_failed=0 nr_thp_succeeded=0 "
        "nr_thp_failed=0 nr_thp_split=0 nr_split=0 mode=MIGRATE_SYNC "
        "reason=compaction");
    return *this;
  }

 private:
  TraceText& trace_;
};

// Three pages, of a, b and c, which also tell where descriptors are.
TraceText ThreePages() {
  TraceText trace;
  trace.Task("a", 1).Alloc(0x1000, 0).Task("b", 2).Alloc(0x1001, 0);
  trace.Task("c", 3).Alloc(0x1002, 0);
  return trace;
}

TEST_CASE("Migrations: records follow pages in the order of their targets",
          "[workloads][trace_owners]") {
  TraceText trace = ThreePages();
  Compaction(trace)
      .Begin()
      .Target(0x2000)
      .Target(0x2001)
      .Target(0x2002)
      .Source(0x1000)
      .Source(0x1002)
      .Source(0x1001)
      .End();
  const TraceOwners owners = OwnersOf(trace);
  CHECK(Blocks(owners) ==
        "0x1000+1 free, 0x1001+1 free, 0x1002+1 free, 0x2000+1 allocated by a, "
        "0x2001+1 allocated by c, 0x2002+1 allocated by b");
  // page_owner keeps the time of the allocation, and says that it was moved.
  CHECK(owners.Find(Pfn(0x2001)).record->time == 3'000'000);
  CHECK(owners.counts().moved_pages == 3);
  CHECK(owners.counts().older_pages_freed == 0);
  const std::string dump = DumpText(owners);
  CHECK_THAT(dump, ContainsText("(c), ts 3000000 ns\nPFN 0x2001 "));
  CHECK_THAT(dump,
             ContainsText("Flags 0x0()\nPage has been migrated, last migrate "
                          "reason: compaction\n\n"));
}

TEST_CASE("Migrations: a target that goes back is skipped",
          "[workloads][trace_owners]") {
  TraceText trace = ThreePages();
  Compaction(trace)
      .Begin()
      .Target(0x2000)
      .Target(0x2001)
      .Target(0x2002)
      .Back(0x2001)
      .Source(0x1000)
      .Source(0x1002)
      .End();
  const TraceOwners owners = OwnersOf(trace);
  CHECK(Blocks(owners) ==
        "0x1000+1 free, 0x1001+1 allocated by b, 0x1002+1 free, 0x2000+1 "
        "allocated by a, 0x2001+1 free, 0x2002+1 allocated by c");
  CHECK(owners.counts().compactor_frees == 1);
}

TEST_CASE("Migrations: frees of a batch are not of sources",
          "[workloads][trace_owners]") {
  TraceText trace = ThreePages();
  Compaction(trace).Begin().Target(0x2000).Batched(0x1001).Source(0x1000).End();
  CHECK(Blocks(OwnersOf(trace)) ==
        "0x1000+1 free, 0x1001+1 free, 0x1002+1 allocated by c, 0x2000+1 "
        "allocated by a");
}

TEST_CASE("Migrations: where the order is doubtful, page table entries decide",
          "[workloads][trace_owners]") {
  TraceText trace = ThreePages();
  SECTION("one source more than targets") {
    Compaction(trace)
        .Begin()
        .Target(0x2000)
        .Target(0x2001)
        .Mapped(0x1002)
        .Source(0x1000)
        .Source(0x1001)
        .Source(0x1002)
        .End();
  }
  SECTION("entries contradict the order") {
    Compaction(trace)
        .Begin()
        .Target(0x2000)
        .Target(0x2001)
        .Mapped(0x1002)
        .Source(0x1002)
        .Source(0x1001)
        .End();
  }
  const TraceOwners owners = OwnersOf(trace);
  CHECK(owners.Find(Pfn(0x2000)).state == FrameState::kUnknown);
  REQUIRE(owners.Find(Pfn(0x2001)).state == FrameState::kAllocated);
  CHECK(owners.task(owners.Find(Pfn(0x2001)).record->task).comm == "c");
}

TEST_CASE("Migrations: what is not certain is in use, nobody knows whose",
          "[workloads][trace_owners]") {
  TraceText trace = ThreePages();
  Compaction(trace).Begin().Target(0x2000).Source(0x1000).Source(0x1001).End();
  TraceOwners owners;
  const OwnersReport report = ReadInto(owners, trace.text());
  CHECK(Blocks(owners) ==
        "0x1000+1 free, 0x1001+1 free, 0x1002+1 allocated by c, 0x2000+1 "
        "unknown");
  CHECK(report.in_use.moved_from_unknown == 1);
  CHECK_THAT(OwnersText(report),
             ContainsText("              1  pages moved by migration, from "
                          "where is not known: left out\n"));
  CHECK_THAT(DumpText(owners), !ContainsText("PFN 0x2000 "));
}

TEST_CASE("Migrations: older pages stay older pages where they are moved to",
          "[workloads][trace_owners]") {
  TraceText trace = ThreePages();
  Compaction(trace)
      .Begin()
      .Target(0x2000)
      .Source(0x900)
      .End()
      .Begin()
      .Target(0x2001)
      .Source(0x2000)
      .End();
  SECTION("and in use") {
    const TraceOwners owners = OwnersOf(trace);
    CHECK(owners.counts().older_pages_freed == 2);
    CHECK(owners.counts().moved_older_pages == 2);
    CHECK(owners.Find(Pfn(0x2001)).state == FrameState::kUnknown);
  }
  SECTION("until they are freed") {
    trace.Task("x", 9).Free(0x2001, 0);
    const TraceOwners owners = OwnersOf(trace);
    CHECK(owners.counts().older_pages_freed == 3);
    CHECK(owners.counts().moved_older_pages == 2);
    CHECK(owners.counts().frees_of_free == 0);
  }
}

TEST_CASE("Migrations: large folios move as a block",
          "[workloads][trace_owners]") {
  TraceText trace = ThreePages();
  trace.Task("huge", 4).Alloc(0x3000, 2);
  Compaction(trace).Begin().Target(0x2000).Source(0x3000, 2).End();
  CHECK_THAT(Blocks(OwnersOf(trace)),
             ContainsText("0x2000+4 allocated by huge, 0x3000+4 free"));
}

TEST_CASE("Migrations: a target that was freed meanwhile stays free",
          "[workloads][trace_owners]") {
  TraceText trace = ThreePages();
  Compaction(trace).Begin().Target(0x2000).Source(0x1000);
  trace.Task("a", 1).Free(0x2000, 0);
  Compaction(trace).End();
  CHECK_THAT(Blocks(OwnersOf(trace)), ContainsText("0x2000+1 free"));
}

TEST_CASE("Migrations: other tasks' frees are their own",
          "[workloads][trace_owners]") {
  TraceText trace = ThreePages();
  Compaction(trace).Begin().Target(0x2000);
  trace.Task("b", 2).Free(0x1001, 0);
  Compaction(trace).Source(0x1000).End();
  CHECK_THAT(Blocks(OwnersOf(trace)), ContainsText("0x2000+1 allocated by a"));
}

TEST_CASE("StructPages: learns where descriptors are",
          "[workloads][trace_owners]") {
  StructPages pages;
  SECTION("from addresses") {
    pages.Learn("ffffea0000040000", Pfn(0x1000));
    pages.Learn("ffffea0000040000", Pfn(0x1000));
    pages.Learn("ffffea0000040040", Pfn(0x1001));
    CHECK_FALSE(pages.FrameAt(0xffffea0000040080).has_value());
    pages.Learn("ffffea0000020000", Pfn(0x800));
    CHECK(pages.FrameAt(0xffffea0000040080) == Pfn(0x1002));
    CHECK(pages.FrameAt(0xffffea0000000000) == Pfn(0));
    CHECK_FALSE(pages.FrameAt(0xffffea0000040081).has_value());
    CHECK_FALSE(pages.FrameAt(0xffff888000000000).has_value());
  }
  SECTION("but not from hashes") {
    uint64_t hash = 0x9e3779b97f4a7c15;
    for (uint64_t pfn = 0x1000; pfn < 0x1100; ++pfn) {
      hash = hash * 6364136223846793005 + 1442695040888963407;
      pages.Learn(fmt::format("{:016x}", hash >> 32), Pfn(pfn));
    }
    CHECK_FALSE(pages.FrameAt(hash >> 32).has_value());
  }
  SECTION("nor from what is no number") {
    pages.Learn("(nil)", Pfn(1));
    pages.Learn("", Pfn(2));
    pages.Learn("0000000000000000", Pfn(3));
    CHECK_FALSE(pages.FrameAt(64).has_value());
  }
}

}  // namespace
}  // namespace pagelab

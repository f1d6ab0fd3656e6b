#include "pagelab/workloads/trace_owners/trace_dump.h"

#include <string>

#include "pagelab/test/support/catch.h"
#include "pagelab/test/workloads/trace_owners_support.h"

namespace pagelab {
namespace {

constexpr const char* kStack =
    " => trace_event_raw_event_mm_page_alloc\n"
    " => __alloc_pages_noprof\n"
    " => alloc_pages_mpol_noprof\n"
    " => nicdrv_poll [nicdrv]\n";

TEST_CASE("TraceDump: has the kernel's text and says what is not known",
          "[workloads][trace_owners]") {
  TraceText trace;
  trace.Task("pipe(worker)", 7)
      .Alloc(0x1234, 0, "GFP_KERNEL|__GFP_ZERO")
      .Stack(kStack);
  trace.Task("gone", 8).Alloc(0x1300, 2).Free(0x1300, 2);
  trace.Task("<idle>", 0).Cpu(1).Alloc(0x1000, 3, "none");
  CHECK(DumpText(OwnersOf(trace)) ==
        "Page allocated via order 3, mask 0x0(), pid 0, tgid 0 (swapper/1), "
        "ts 5000000 ns\n"
        "PFN 0x1000 type Unmovable Block 8 type Unmovable Flags 0x0()\n"
        "\n"
        "Page allocated via order 0, mask 0xdc0(GFP_KERNEL|__GFP_ZERO), pid 7, "
        "tgid 0 (pipe(worker)), ts 1000000 ns\n"
        "PFN 0x1234 type Unmovable Block 9 type Unmovable Flags 0x0()\n"
        " __alloc_pages_noprof+0x0/0x0\n"
        " alloc_pages_mpol_noprof+0x0/0x0\n"
        " nicdrv_poll+0x0/0x0 [nicdrv]\n"
        "\n");
}

TEST_CASE("TraceDump: takes block types and the clock from elsewhere",
          "[workloads][trace_owners]") {
  TraceText trace;
  trace.Alloc(0x200, 0).Alloc(0x400, 0);
  const TraceOwners owners = OwnersOf(trace);
  TraceDumpOptions options;
  options.pageblock_type = [](Pfn pfn) -> std::optional<Migratetype> {
    if (pfn == Pfn(0x400)) return Migratetype::kCma;
    return std::nullopt;
  };
  SECTION("a later clock") {
    options.clock_offset_ns = 7;
    const std::string dump = DumpText(owners, options);
    CHECK_THAT(dump, ContainsText("ts 1000007 ns\nPFN 0x200 type Unmovable "
                                  "Block 1 type Unmovable "));
    CHECK_THAT(dump, ContainsText("ts 2000007 ns\nPFN 0x400 type Unmovable "
                                  "Block 2 type CMA "));
  }
  SECTION("an earlier one, from boot on") {
    options.clock_offset_ns = -1'500'000;
    const std::string dump = DumpText(owners, options);
    CHECK_THAT(dump, ContainsText("ts 0 ns\nPFN 0x200 "));
    CHECK_THAT(dump, ContainsText("ts 500000 ns\nPFN 0x400 "));
  }
}

TEST_CASE("TraceDump: turns clock ticks into time",
          "[workloads][trace_owners]") {
  TraceOwners owners;
  ReadInto(owners,
           "   sh-7  [000] .....  7200000001: mm_page_alloc: page=1 pfn=0x10 "
           "order=0 migratetype=0 gfp_flags=GFP_KERNEL\n");
  TraceDumpOptions options;
  CHECK_THAT(DumpText(owners, options), ContainsText("ts 7200000001 ns"));
  options.ticks_per_second = 2'400'000'000;
  CHECK_THAT(DumpText(owners, options), ContainsText("ts 3000000000 ns"));
}

TEST_CASE("TraceDump: the type follows the machine's grouping by mobility",
          "[workloads][trace_owners]") {
  const std::string line =
      "   sh-7  (  5) [000] .....  1.000001: mm_page_alloc: page=1 pfn=0x10 "
      "order=0 migratetype=";
  const std::string mask = " gfp_flags=GFP_HIGHUSER_MOVABLE\n";
  TraceOwners owners;
  SECTION("on") {
    ReadInto(owners, line + "1" + mask);
    CHECK_FALSE(owners.mobility_grouping_is_off());
    CHECK_THAT(DumpText(owners),
               ContainsText("pid 7, tgid 5 (sh), ts 1000001000 ns\nPFN 0x10 "
                            "type Movable Block 0 type Movable "));
  }
  SECTION("off") {
    ReadInto(owners, line + "0" + mask);
    CHECK(owners.mobility_grouping_is_off());
    CHECK_THAT(DumpText(owners),
               ContainsText("type Unmovable Block 0 type Unmovable "));
  }
}

}  // namespace
}  // namespace pagelab

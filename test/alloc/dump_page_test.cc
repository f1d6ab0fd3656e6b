#include "pagelab/alloc/dump_page.h"

#include <string>

#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/tiny_kernel.h"

namespace pagelab {
namespace {

// Frame 2048 + 4: the head of an allocated block.
constexpr Pfn kHead(2052);

Page& MakeBlock(TinyKernel& kernel, PageState state, Order order) {
  Page& page = *kernel.memory->PageAt(kHead);
  page.state = state;
  page.order_value = static_cast<uint8_t>(order.value());
  page.zone = Index(ZoneType::kDma32);
  page.refcount = state == PageState::kAllocated ? 1 : 0;
  return page;
}

std::string LogOf(const TinyKernel& kernel) {
  std::string text;
  for (const std::string& line : kernel.log.lines) text += line + "\n";
  return text;
}

TEST_CASE("DumpPage: an allocated frame", "[alloc][dump_page]") {
  TinyKernel kernel;
  MakeBlock(kernel, PageState::kAllocated, Order(0)).flags =
      page_flag::kUptodate.With(page_flag::kLru);
  CHECK(DumpPage(kernel.state, kHead, "a reason") ==
        "page: refcount:1 mapcount:0 mapping:0000000000000000 index:0x0 "
        "pfn:0x804\n"
        "flags: 0x1fffc0000000028(uptodate|lru|node=0|zone=1|"
        "lastcpupid=0x3fff)\n"
        "raw: 01fffc0000000028 dead000000000100 dead000000000122 "
        "0000000000000000\n"
        "raw: 0000000000000000 0000000000000000 00000001ffffffff "
        "0000000000000000\n"
        "page dumped because: a reason\n");
}

TEST_CASE("DumpPage: a free block says so at its first frame",
          "[alloc][dump_page]") {
  TinyKernel kernel;
  MakeBlock(kernel, PageState::kBuddy, Order(2));
  CHECK(DumpPage(kernel.state, kHead, "") ==
        "page: refcount:0 mapcount:0 mapping:0000000000000000 index:0x0 "
        "pfn:0x804\n"
        "flags: 0x1fffc0000000000(node=0|zone=1|lastcpupid=0x3fff)\n"
        "page_type: f0(buddy)\n"
        "raw: 01fffc0000000000 dead000000000100 dead000000000122 "
        "0000000000000000\n"
        "raw: 0000000000000000 0000000000000002 00000000f0000000 "
        "0000000000000000\n");
  const std::string inside = DumpPage(kernel.state, kHead + PageCount(1), "");
  CHECK(inside.find("buddy") == std::string::npos);
  CHECK_THAT(inside, ContainsText("pfn:0x805\n"));
}

TEST_CASE("DumpPage: every block of an untouched run is a buddy block",
          "[alloc][dump_page]") {
  TinyKernel kernel;
  Page& run = *kernel.memory->PageAt(Pfn(4096));
  run.state = PageState::kBuddy;
  run.order_value = kMaxPageOrder;
  run.zone = Index(ZoneType::kDma32);
  run.extra_blocks = 7;
  kernel.state.zones[1]
      .free_area[kMaxPageOrder]
      .list(Migratetype::kMovable)
      .PushBack(run);
  CHECK_THAT(DumpPage(kernel.state, Pfn(4096 + 3 * 1024), ""),
             ContainsText("page_type: f0(buddy)\n"));
  CHECK(DumpPage(kernel.state, Pfn(4096 + 3 * 1024 + 1), "").find("buddy") ==
        std::string::npos);
}

TEST_CASE("DumpPage: a compound block is described from any of its frames",
          "[alloc][dump_page]") {
  TinyKernel kernel;
  MakeBlock(kernel, PageState::kAllocated, Order(2)).flags = page_flag::kHead;
  const std::string head_lines =
      "head: 01fffc0000000040 dead000000000100 dead000000000122 "
      "0000000000000000\n"
      "head: 0000000000000000 0000000000000000 00000001ffffffff "
      "0000000000000000\n"
      "head: 01fffc0000000002 ffffea0000020101 ffffffffffffffff "
      "0000000000000000\n"
      "head: 0000000000000004 0000000000000000 00000000ffffffff "
      "0000000000000000\n";
  CHECK(DumpPage(kernel.state, kHead + PageCount(2), "") ==
        "page: refcount:1 mapcount:0 mapping:0000000000000000 index:0x0 "
        "pfn:0x806\n"
        "head: order:2 mapcount:0 entire_mapcount:0 nr_pages_mapped:0 "
        "pincount:0\n"
        "flags: 0x1fffc0000000040(head|node=0|zone=1|lastcpupid=0x3fff)\n"
        "raw: 01fffc0000000000 ffffea0000020101 0000000000000000 "
        "dead000000000400\n"
        "raw: 0000000000000000 0000000000000000 00000000ffffffff "
        "0000000000000000\n" +
            head_lines);
  CHECK_THAT(DumpPage(kernel.state, kHead, ""), ContainsText(head_lines));
}

TEST_CASE("DumpPage: frames without a struct page, and in CMA pageblocks",
          "[alloc][dump_page]") {
  TinyKernel kernel({.node_sections = {1}});
  CHECK(DumpPage(kernel.state, Pfn(0x9000), "why") ==
        "page:ffffea0000240000 is uninitialized and poisoned\n"
        "page dumped because: why\n");
  MakeBlock(kernel, PageState::kAllocated, Order(0));
  kernel.state.SetPageblockType(kHead, Migratetype::kCma);
  CHECK_THAT(DumpPage(kernel.state, kHead, ""),
             ContainsText("lastcpupid=0x3fff) CMA\n"));
}

TEST_CASE("ReportBadPage: a second free of a free block",
          "[alloc][dump_page]") {
  TinyKernel kernel;
  kernel.task.set_comm("insmod");
  MakeBlock(kernel, PageState::kBuddy, Order(0));
  ReportBadPage(kernel.state, kernel.context, kHead,
                bad_page_reason::kNonzeroRefcount);
  CHECK(LogOf(kernel) ==
        "BUG: Bad page state in process insmod  pfn:00804\n"
        "page: refcount:-1 mapcount:0 mapping:0000000000000000 index:0x0 "
        "pfn:0x804\n"
        "flags: 0x1fffc0000000000(node=0|zone=1|lastcpupid=0x3fff)\n"
        "page_type: f0(buddy)\n"
        "raw: 01fffc0000000000 dead000000000100 dead000000000122 "
        "0000000000000000\n"
        "raw: 0000000000000000 0000000000000000 fffffffff0000000 "
        "0000000000000000\n"
        "page dumped because: nonzero _refcount\n");
}

TEST_CASE("ReportBadPage: a reserved frame", "[alloc][dump_page]") {
  TinyKernel kernel;
  ReportBadPage(kernel.state, kernel.context, Pfn(3),
                bad_page_reason::kFlagsAtFree);
  CHECK_THAT(LogOf(kernel),
             ContainsText("BUG: Bad page state in process swapper  pfn:00003\n"
                          "page: refcount:0 mapcount:0 "));
  CHECK_THAT(LogOf(kernel), ContainsText("(reserved|node=0|zone=1|"));
  CHECK_THAT(LogOf(kernel),
             ContainsText("page dumped because: PAGE_FLAGS_CHECK_AT_FREE "
                          "flag(s) set\n"));
}

// Says something about every frame.
class TalkativeHooks : public AllocationHooks {
 public:
  void OnAlloc(ExecutionContext&, Pfn, Order, Gfp) override {}
  void OnFree(ExecutionContext&, Pfn, Order) override {}
  void OnSplit(Pfn, Order, Order) override {}
  void OnDumpPage(Pfn pfn, std::string& out) override {
    out += "hooks know " + std::to_string(pfn.value()) + "\nall of it\n";
  }
};

TEST_CASE("ReportBadPage: what hooks know comes last", "[alloc][dump_page]") {
  TinyKernel kernel;
  TalkativeHooks hooks;
  kernel.state.hooks = &hooks;
  MakeBlock(kernel, PageState::kAllocated, Order(1));
  ReportBadPage(kernel.state, kernel.context, kHead,
                bad_page_reason::kWrongOrder);
  CHECK_THAT(LogOf(kernel),
             ContainsText("page dumped because: VM_BUG_ON_PAGE(compound && "
                          "compound_order(page) != order)\n"
                          "hooks know 2052\nall of it\n"));
}

TEST_CASE("ReportBadPage: sixty reports a minute", "[alloc][dump_page]") {
  TinyKernel kernel;
  const auto report = [&kernel](uint64_t seconds) {
    kernel.context.now = Nanoseconds(seconds * 1'000'000'000);
    ReportBadPage(kernel.state, kernel.context, kHead, "again");
  };
  for (int i = 0; i < 60; ++i) report(10);
  CHECK(kernel.log.Count("BUG: Bad page state in process") == 60);
  report(10);
  report(69);
  CHECK(kernel.log.Count("BUG: Bad page state in process") == 60);
  CHECK(kernel.log.Count("suppressed") == 0);
  report(70);
  CHECK(kernel.log.Count("BUG: Bad page state: 2 messages suppressed") == 1);
  CHECK(kernel.log.Count("BUG: Bad page state in process") == 61);
}

TEST_CASE("ReportBadPage: a machine without a log says nothing",
          "[alloc][dump_page]") {
  TinyKernel kernel;
  kernel.state.log = nullptr;
  ReportBadPage(kernel.state, kernel.context, kHead, "unheard");
  CHECK(kernel.log.lines.empty());
  CHECK(kernel.state.report_limits.bad_page.shown == 0);
}

}  // namespace
}  // namespace pagelab

#include "pagelab/pageext/debug_pagealloc.h"

#include "pagelab/alloc/guard_page.h"
#include "pagelab/pageext/direct_map.h"
#include "pagelab/pageext/shared_flags.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/tiny_machine.h"

namespace pagelab {
namespace {

struct World {
  explicit World(DebugPagealloc::Options options,
                 const DebugPageallocProfile& profile = {})
      : machine({.memory = TinyMachineOptions::Memory::kRuns}),
        hooks(*machine.state),
        debug(*machine.state, hooks, options, profile) {}

  // How many of [begin, end) are in the direct map.
  uint64_t Mapped(uint64_t begin, uint64_t end) const {
    uint64_t mapped = 0;
    for (uint64_t pfn = begin; pfn < end; ++pfn) {
      mapped += debug.IsMapped(Pfn(pfn)) ? 1 : 0;
    }
    return mapped;
  }

  TinyMachine machine;
  HookChain hooks;
  DebugPagealloc debug;
};

TEST_CASE("DebugPagealloc: free pages are unmapped, allocated ones are not",
          "[pageext][debug_pagealloc]") {
  World world({.enabled = true});
  const uint64_t early = world.machine.Alloc(gfp::kKernel, 2);
  CHECK(world.debug.IsMapped(Pfn(early + 5)));
  REQUIRE(world.debug.Start().ok());
  CHECK(world.debug.active());
  CHECK(world.Mapped(0x1000, 0x20000) == 4);
  CHECK(world.Mapped(early, early + 4) == 4);
  // Reserved memory below stays where it is.
  CHECK(world.Mapped(0, 0x1000) == 0x1000);

  const uint64_t block = world.machine.Alloc(gfp::kKernel, 3);
  CHECK(world.Mapped(block, block + 8) == 8);
  CHECK(world.Mapped(0x1000, 0x20000) == 12);
  REQUIRE(world.machine.FreeBlock(block, 3));
  REQUIRE(world.machine.FreeBlock(early, 2));
  CHECK(world.Mapped(0x1000, 0x20000) == 0);
}

TEST_CASE("DebugPagealloc: off, it changes nothing",
          "[pageext][debug_pagealloc]") {
  World world({.enabled = false, .guard_minorder = 3});
  REQUIRE(world.debug.Start().ok());
  CHECK_FALSE(world.debug.active());
  CHECK(world.machine.state->hooks == nullptr);
  CHECK(world.machine.state->debug_guardpage_minorder == 0);
  CHECK(world.Mapped(0x1000, 0x20000) == 0x1f000);
}

TEST_CASE("DebugPagealloc: bulk requests stay bulk requests",
          "[pageext][debug_pagealloc]") {
  World world({.enabled = true});
  REQUIRE(world.debug.Start().ok());
  std::vector<Page*> pages(7);
  CHECK(world.machine.allocator->AllocPagesBulk(world.machine.context,
                                                {.gfp = gfp::kKernel},
                                                absl::MakeSpan(pages)) == 7);
  for (const Page* page : pages) {
    CHECK(world.debug.IsMapped(world.machine.memory->PfnOf(page)));
  }
}

TEST_CASE("DebugPagealloc: a checkpoint knows what was mapped",
          "[pageext][debug_pagealloc]") {
  World world({.enabled = true});
  REQUIRE(world.debug.Start().ok());
  const uint64_t a = world.machine.Alloc(gfp::kKernel, 3);
  const DebugPagealloc::Checkpoint checkpoint = world.debug.Save();
  REQUIRE(world.machine.FreeBlock(a, 3));
  CHECK(world.Mapped(0x1000, 0x20000) == 0);
  world.debug.Restore(checkpoint);
  CHECK(world.Mapped(0x1000, 0x20000) == 8);
  CHECK(world.Mapped(a, a + 8) == 8);
}

TEST_CASE("DebugPagealloc: in 6.12 guards are there from the start",
          "[pageext][debug_pagealloc]") {
  World world({.enabled = true, .guard_minorder = 2});
  REQUIRE(world.debug.Start().ok());
  const uint64_t page = world.machine.Alloc(gfp::kKernel, 0);
  CHECK(world.machine.page(page + 1)->state == PageState::kGuard);
  CHECK(world.machine.page(page + 2)->state == PageState::kGuard);
  CHECK(world.machine.page(page + 4)->state == PageState::kBuddy);
  CHECK_FALSE(world.debug.IsMapped(Pfn(page + 1)));
}

TEST_CASE("DebugPagealloc: in 3.19 guards wait for page_ext, and it knows them",
          "[pageext][debug_pagealloc]") {
  World world({.enabled = true, .guard_minorder = 2}, kDebugPagealloc319);
  PageExt page_ext({.state = *world.machine.state,
                    .pages = *world.machine.allocator,
                    .log = world.machine.log});
  REQUIRE(world.debug.Start().ok());
  world.debug.AddClient(page_ext);
  const uint64_t early = world.machine.Alloc(gfp::kKernel, 0);
  CHECK(world.machine.page(early + 1)->state == PageState::kBuddy);
  CHECK(world.machine.state->debug_guardpage_minorder == 0);

  REQUIRE(page_ext.Init(world.machine.context).ok());
  // The flags word alone: the client has no bytes of its own.
  CHECK(page_ext.entry_size() == 8);
  CHECK(world.machine.state->debug_guardpage_minorder == 2);
  // The early page's neighbours are taken first; then a block is split.
  uint64_t page = 0;
  do {
    page = world.machine.Alloc(gfp::kKernel, 0);
    REQUIRE(page != TinyMachine::NoPfn());
  } while (world.machine.page(page ^ 1)->state != PageState::kGuard);
  CHECK(TestSharedFlag(page_ext, Pfn(page ^ 1), page_ext_3_19::kDebugGuard));
  CHECK_FALSE(TestSharedFlag(page_ext, Pfn(page), page_ext_3_19::kDebugGuard));
  REQUIRE(world.machine.FreeBlock(page, 0));
  world.machine.allocator->DrainAllPages(world.machine.context);
  CHECK_FALSE(
      TestSharedFlag(page_ext, Pfn(page ^ 1), page_ext_3_19::kDebugGuard));
}

TEST_CASE("DebugPagealloc: the bits of 3.19 are those of its enum",
          "[pageext][debug_pagealloc]") {
  CHECK(page_ext_3_19::kDebugPoison == 1);
  CHECK(page_ext_3_19::kDebugGuard == 2);
  CHECK(page_ext_3_19::kOwner == 4);
}

TEST_CASE("DirectMap: a fault is reported as an oops begins, with the page",
          "[pageext][direct_map]") {
  TinyMachine machine({.memory = TinyMachineOptions::Memory::kRuns});
  machine.task.pid = 77;
  ReportDirectMapFault(
      *machine.state, machine.context,
      {.kind = AccessKind::kWrite, .pfn = Pfn(0x1234), .offset = 0x56});
  REQUIRE(machine.log.lines.size() == 8);
  CHECK(machine.log.lines[0] ==
        "BUG: unable to handle page fault for address: ffff888001234056");
  CHECK(machine.log.lines[1] == "#PF: supervisor write access in kernel mode");
  CHECK(machine.log.lines[2] == "#PF: error_code(0x0002) - not-present page");
  CHECK(machine.log.lines[3] ==
        "page: refcount:0 mapcount:0 mapping:0000000000000000 index:0x0 "
        "pfn:0x1234");
  CHECK(machine.log.lines[7] ==
        "page dumped because: used by test, pid 77, while it is not mapped");
  machine.log.lines.clear();
  ReportDirectMapFault(
      *machine.state, machine.context,
      {.kind = AccessKind::kRead, .pfn = Pfn(0x1234), .offset = 0});
  CHECK(machine.log.lines[1] == "#PF: supervisor read access in kernel mode");
  CHECK(machine.log.lines[2] == "#PF: error_code(0x0000) - not-present page");
}

}  // namespace
}  // namespace pagelab

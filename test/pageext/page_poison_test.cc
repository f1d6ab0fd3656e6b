#include "pagelab/pageext/page_poison.h"

#include "pagelab/pageext/shared_flags.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/tiny_machine.h"

namespace pagelab {
namespace {

struct World {
  explicit World(bool enabled = true, const DebugPageallocProfile& profile = {})
      : machine({.memory = TinyMachineOptions::Memory::kRuns}),
        hooks(*machine.state),
        poison({.state = *machine.state, .hooks = hooks, .log = machine.log},
               enabled, profile) {
    REQUIRE(poison.Start().ok());
  }

  PhysicalMemory& memory() { return *machine.memory; }
  std::byte ByteAt(uint64_t pfn, uint64_t offset) {
    return memory().ByteAt(Pfn(pfn), offset);
  }
  // A page that was allocated and freed again: the next one to be had.
  uint64_t FreedPage() {
    const uint64_t pfn = machine.Alloc(gfp::kKernel);
    REQUIRE(machine.FreeBlock(pfn));
    return pfn;
  }
  void Write(uint64_t pfn, uint64_t offset, int value) {
    REQUIRE(
        memory().WriteByte(Pfn(pfn), offset, static_cast<std::byte>(value)));
  }

  TinyMachine machine;
  HookChain hooks;
  PagePoison poison;
};

TEST_CASE("PagePoison: pages are filled with 0xaa, and zeroed only on request",
          "[pageext][page_poison]") {
  World world;
  CHECK(world.ByteAt(0x1fff0, 5) == std::byte{0xaa});
  const uint64_t dirty = world.machine.Alloc(gfp::kKernel);
  const uint64_t zeroed = world.machine.Alloc(gfp::kKernel.With(gfp::kZero), 1);
  CHECK(world.ByteAt(dirty, 5) == std::byte{0xaa});
  CHECK(world.ByteAt(zeroed + 1, 5) == std::byte{0});
  world.Write(zeroed + 1, 5, 1);
  REQUIRE(world.machine.FreeBlock(zeroed, 1));
  CHECK(world.ByteAt(zeroed + 1, 5) == std::byte{0xaa});
  CHECK(world.ByteAt(zeroed + 1, 6) == std::byte{0xaa});
  CHECK(world.machine.log.lines.empty());
  // What the owner wrote is not looked at.
  world.Write(dirty, 5, 1);
  REQUIRE(world.machine.FreeBlock(dirty));
  CHECK(world.machine.Alloc(gfp::kKernel) == dirty);
  CHECK(world.machine.log.lines.empty());
  CHECK(world.poison.corruptions() == 0);
}

TEST_CASE("PagePoison: filling memory that nobody touches costs nothing",
          "[pageext][page_poison]") {
  World world;
  for (int i = 0; i < 50; ++i) world.FreedPage();
  CHECK(world.memory().resident_bytes() == 0);
}

TEST_CASE("PagePoison: a write after the free is found by the next owner",
          "[pageext][page_poison]") {
  World world;
  const uint64_t pfn = world.FreedPage();
  for (uint64_t i = 0; i < 18; ++i) world.Write(pfn, 0x7f8 + i, 'A' + int(i));
  CHECK(world.machine.log.lines.empty());
  REQUIRE(world.machine.Alloc(gfp::kKernel.With(gfp::kZero)) == pfn);
  CHECK(world.poison.corruptions() == 1);
  REQUIRE(world.machine.log.lines.size() >= 8);
  CHECK(world.machine.log.lines[0] == "pagealloc: memory corruption");
  CHECK(world.machine.log.lines[1] ==
        "ffff8880010007f8: 41 42 43 44 45 46 47 48 49 4a 4b 4c 4d 4e 4f 50  "
        "ABCDEFGHIJKLMNOP");
  CHECK(world.machine.log.lines[2] ==
        "ffff888001000808: 51 52                                            "
        "QR");
  CHECK(world.machine.log.lines[3] ==
        "page: refcount:1 mapcount:0 mapping:0000000000000000 index:0x0 "
        "pfn:0x1000");
  CHECK(world.machine.log.lines.back() ==
        "page dumped because: pagealloc: corrupted page details");
  // Zeroed after the check.
  CHECK(world.ByteAt(pfn, 0x7f8) == std::byte{0});
}

TEST_CASE("PagePoison: the dump goes from the first to the last change",
          "[pageext][page_poison]") {
  World world;
  const uint64_t pfn = world.FreedPage();
  world.Write(pfn, 0, 0xab);
  world.Write(pfn, 2, 0xaa);
  world.Write(pfn, 3, 0);
  REQUIRE(world.machine.Alloc(gfp::kKernel) == pfn);
  CHECK(world.machine.log.lines[0] == "pagealloc: memory corruption");
  CHECK(world.machine.log.lines[1] ==
        "ffff888001000000: ab aa aa 00                                      "
        "....");
}

TEST_CASE("PagePoison: one bit is a single bit error, and 0xaa is none",
          "[pageext][page_poison]") {
  World world;
  const uint64_t pfn = world.FreedPage();
  world.Write(pfn, 100, 0xaa);
  REQUIRE(world.machine.Alloc(gfp::kKernel) == pfn);
  CHECK(world.machine.log.lines.empty());
  REQUIRE(world.machine.FreeBlock(pfn));
  world.Write(pfn, 100, 0xab);
  REQUIRE(world.machine.Alloc(gfp::kKernel) == pfn);
  CHECK(world.machine.log.lines.front() == "pagealloc: single bit error");
  REQUIRE(world.machine.FreeBlock(pfn));
  world.machine.log.lines.clear();
  world.Write(pfn, 100, 0xa8 | 1);
  REQUIRE(world.machine.Alloc(gfp::kKernel) == pfn);
  CHECK(world.machine.log.lines.front() == "pagealloc: memory corruption");
}

TEST_CASE("PagePoison: each page of a block is looked at",
          "[pageext][page_poison]") {
  World world;
  const uint64_t pfn = world.machine.Alloc(gfp::kKernel, 3);
  REQUIRE(world.machine.FreeBlock(pfn, 3));
  world.Write(pfn + 2, 0, 1);
  world.Write(pfn + 7, 0, 1);
  REQUIRE(world.machine.Alloc(gfp::kKernel, 3) == pfn);
  CHECK(world.poison.corruptions() == 2);
  CHECK(world.machine.log.Count("pagealloc: memory corruption") == 2);
}

TEST_CASE("PagePoison: ten reports in five seconds, the others are counted",
          "[pageext][page_poison]") {
  World world;
  const auto corrupt = [&world](int times) {
    for (int i = 0; i < times; ++i) {
      const uint64_t pfn = world.FreedPage();
      world.Write(pfn, 0, 1);
      REQUIRE(world.machine.Alloc(gfp::kKernel) == pfn);
      REQUIRE(world.machine.FreeBlock(pfn));
    }
  };
  world.machine.context.now = Nanoseconds(1'000'000'000);
  corrupt(13);
  CHECK(world.machine.log.Count("pagealloc: memory corruption") == 10);
  CHECK(world.poison.corruptions() == 13);
  world.machine.context.now = Nanoseconds(6'000'000'001);
  corrupt(1);
  CHECK(world.machine.log.Count("check_poison_mem: 3 callbacks suppressed") ==
        1);
  CHECK(world.machine.log.Count("pagealloc: memory corruption") == 11);
}

TEST_CASE("PagePoison: off, nothing is filled", "[pageext][page_poison]") {
  World world(false);
  CHECK_FALSE(world.poison.active());
  const uint64_t pfn = world.FreedPage();
  CHECK(world.ByteAt(pfn, 0) == std::byte{0});
  world.Write(pfn, 0, 1);
  REQUIRE(world.machine.Alloc(gfp::kKernel) == pfn);
  CHECK(world.machine.log.lines.empty());
}

TEST_CASE("PagePoison: a checkpoint brings the counts back",
          "[pageext][page_poison]") {
  World world;
  const PagePoison::Checkpoint checkpoint = world.poison.Save();
  const uint64_t pfn = world.FreedPage();
  world.Write(pfn, 0, 1);
  REQUIRE(world.machine.Alloc(gfp::kKernel) == pfn);
  CHECK(world.poison.corruptions() == 1);
  world.poison.Restore(checkpoint);
  CHECK(world.poison.corruptions() == 0);
}

TEST_CASE("PagePoison: in 3.19 page_ext knows which pages are poisoned",
          "[pageext][page_poison]") {
  World world(true, kDebugPagealloc319);
  CHECK_FALSE(world.poison.active());
  PageExt page_ext({.state = *world.machine.state,
                    .pages = *world.machine.allocator,
                    .log = world.machine.log});
  world.poison.AddClient(page_ext);
  const auto flagged = [&page_ext](uint64_t pfn) {
    return TestSharedFlag(page_ext, Pfn(pfn), page_ext_3_19::kDebugPoison);
  };
  // Freed before the tables exist: nobody poisons it, nobody looks at it.
  const uint64_t held = world.machine.Alloc(gfp::kKernel);
  const uint64_t early = world.FreedPage();
  CHECK(world.ByteAt(early, 0) == std::byte{0});
  world.Write(early, 0, 1);
  REQUIRE(page_ext.Init(world.machine.context).ok());
  CHECK(page_ext.entry_size() == 8);
  world.machine.log.lines.clear();
  CHECK_FALSE(flagged(early));
  REQUIRE(world.machine.Alloc(gfp::kKernel) == early);
  CHECK(world.machine.log.lines.empty());

  REQUIRE(world.machine.FreeBlock(held));
  CHECK(flagged(held));
  CHECK(world.ByteAt(held, 0) == std::byte{0xaa});
  world.Write(held, 0, 1);
  REQUIRE(world.machine.Alloc(gfp::kKernel) == held);
  CHECK_FALSE(flagged(held));
  CHECK(world.machine.log.Count("pagealloc: memory corruption") == 1);
}

TEST_CASE("PagePoison: a client that nobody wants makes no tables",
          "[pageext][page_poison]") {
  World world(false, kDebugPagealloc319);
  PageExt page_ext({.state = *world.machine.state,
                    .pages = *world.machine.allocator,
                    .log = world.machine.log});
  world.poison.AddClient(page_ext);
  REQUIRE(page_ext.Init(world.machine.context).ok());
  CHECK_FALSE(page_ext.active());
  CHECK_FALSE(world.poison.active());
}

}  // namespace
}  // namespace pagelab

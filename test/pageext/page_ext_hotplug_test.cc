// page-ext-owner-depot.md 1.7, action by action.

#include <cstring>

#include "pagelab/pageext/page_ext.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/tiny_kernel.h"

namespace pagelab {
namespace {

// Of two sections.
constexpr PageCount kBootPages{2 * 576};
constexpr uint64_t kBootBytes = 2 * 2359296;

// Four sections of which the two in the middle come later; memory is taken
// from the last.
struct World {
  World() {
    kernel.memory->MarkAbsent(range);
    ext.AddClient({.name = "page_owner",
                   .size = 64,
                   .need_shared_flags = true,
                   .need = [] { return true; },
                   .init = nullptr});
    REQUIRE(ext.Init(kernel.context).ok());
    REQUIRE(ext.nr_memmap_pages() == kBootPages);
    REQUIRE(ext.total_bytes() == kBootBytes);
    boot_pages = Allocated();
  }

  uint64_t Allocated() const {
    uint64_t pages = 0;
    for (uint64_t i = 0; i < 4 * 32768; ++i) {
      pages += kernel.memory->PageAt(Pfn(i))->state == PageState::kAllocated;
    }
    return pages;
  }
  bool GoingOnline() {
    return ext.GoingOnline(kernel.context, range, NodeId(0));
  }

  TinyKernel kernel{{.node_sections = {4}}};
  PageExt ext{{kernel.state, kernel, kernel.log}};
  PfnRange range{Pfn(32768), Pfn(3 * 32768)};
  uint64_t boot_pages = 0;
};

}  // namespace

TEST_CASE("PageExt: memory going online gets a table for each section",
          "[pageext][hotplug]") {
  World world;
  CHECK(world.ext.Lookup(Pfn(32768)) == nullptr);
  REQUIRE(world.GoingOnline());
  CHECK(world.ext.nr_memmap_pages() == PageCount(4 * 576));
  CHECK(world.Allocated() - world.boot_pages == 2 * 576);
  for (const uint64_t pfn : {32768, 65535, 65536, 98303}) {
    std::byte* entry = world.ext.Lookup(Pfn(pfn));
    REQUIRE(entry != nullptr);
    CHECK(*entry == std::byte{0});
  }
  // The figure of the boot log stays.
  CHECK(world.ext.total_bytes() == kBootBytes);
  // A range that is not whole sections is rounded to them, and a section that
  // has a table is left alone.
  const uint64_t pointer = world.ext.SectionPointer(1);
  CHECK(world.ext.GoingOnline(world.kernel.context, {Pfn(40000), Pfn(40001)},
                              NodeId(0)));
  CHECK(world.ext.SectionPointer(1) == pointer);
  CHECK(world.ext.nr_memmap_pages() == PageCount(4 * 576));
}

TEST_CASE("PageExt: when memory is out, the tables of this call go again",
          "[pageext][hotplug]") {
  World world;
  // The first table is one block; the second has neither a block nor pages.
  world.kernel.allowance = 1;
  CHECK_FALSE(world.GoingOnline());
  CHECK(world.kernel.log.lines.back() == "page ext allocation failure");
  CHECK(world.ext.SectionPointer(1) == 0);
  CHECK(world.ext.SectionPointer(2) == 0);
  CHECK(world.ext.Lookup(Pfn(32768)) == nullptr);
  CHECK(world.ext.nr_memmap_pages() == kBootPages);
  CHECK(world.ext.total_bytes() == kBootBytes);
  CHECK(world.Allocated() == world.boot_pages);
  // Boot memory keeps its own.
  CHECK(world.ext.Lookup(Pfn(32767)) != nullptr);
  world.ext.CancelOnline(world.kernel.context, world.range);
  CHECK(world.ext.nr_memmap_pages() == kBootPages);
}

TEST_CASE("PageExt: offline memory loses its tables, and starts anew",
          "[pageext][hotplug]") {
  World world;
  REQUIRE(world.GoingOnline());
  std::memset(world.ext.Lookup(Pfn(50000)), 0xab, 72);
  world.ext.Offline(world.kernel.context, world.range);
  CHECK(world.ext.Lookup(Pfn(50000)) == nullptr);
  CHECK(world.ext.Peek(Pfn(50000)) == nullptr);
  CHECK(world.ext.nr_memmap_pages() == kBootPages);
  CHECK(world.ext.total_bytes() == kBootBytes);
  CHECK(world.Allocated() == world.boot_pages);
  REQUIRE(world.GoingOnline());
  const std::byte* entry = world.ext.Lookup(Pfn(50000));
  REQUIRE(entry != nullptr);
  for (int i = 0; i < 72; ++i) CHECK(entry[i] == std::byte{0});
}

TEST_CASE("PageExt: cancelled memory loses its tables", "[pageext][hotplug]") {
  World world;
  REQUIRE(world.GoingOnline());
  world.ext.CancelOnline(world.kernel.context, world.range);
  CHECK(world.ext.SectionPointer(1) == 0);
  CHECK(world.ext.nr_memmap_pages() == kBootPages);
}

TEST_CASE("PageExt: a checkpoint goes back across online and offline",
          "[pageext][hotplug]") {
  World world;
  REQUIRE(world.GoingOnline());
  *world.ext.Lookup(Pfn(32768)) = std::byte{7};
  const PageExt::Checkpoint online = world.ext.Save();
  const PhysicalMemory::Checkpoint memory = world.kernel.memory->Save();
  world.ext.Offline(world.kernel.context, world.range);
  world.kernel.memory->Restore(memory);
  world.ext.Restore(online);
  CHECK(*world.ext.Lookup(Pfn(32768)) == std::byte{7});
  CHECK(world.ext.nr_memmap_pages() == PageCount(4 * 576));
}

TEST_CASE("PageExt: without a needed client hotplug does nothing",
          "[pageext][hotplug]") {
  TinyKernel kernel;
  PageExt ext({kernel.state, kernel, kernel.log});
  REQUIRE(ext.Init(kernel.context).ok());
  CHECK(ext.GoingOnline(kernel.context, {Pfn(32768), Pfn(65536)}, NodeId(0)));
  ext.Offline(kernel.context, {Pfn(32768), Pfn(65536)});
  CHECK(kernel.requests.empty());
  CHECK(ext.nr_memmap_pages() == PageCount(0));
}

}  // namespace pagelab

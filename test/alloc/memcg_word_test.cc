#include "pagelab/alloc/memcg_word.h"

#include "pagelab/alloc/dump_page.h"
#include "pagelab/alloc/verify.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/tiny_machine.h"

namespace pagelab {
namespace {

TEST_CASE("MemcgWord: says how a page is charged, and to whom",
          "[alloc][memcg]") {
  CHECK_FALSE(MemcgWord().charged());
  const MemcgWord user = MemcgWord::User(3);
  CHECK((user.charged() && !user.is_slab() && !user.is_kernel()));
  CHECK(user.memcg() == 3);
  // page-ext-owner-depot.md 6.4: bit 1 is kernel memory, bit 0 a slab.
  const MemcgWord kernel = MemcgWord::Kernel(3);
  CHECK(kernel.value() == (user.value() | 2));
  CHECK((kernel.is_kernel() && !kernel.is_slab()));
  CHECK(kernel.memcg() == 3);
  const MemcgWord slab = MemcgWord::Slab(0);
  CHECK((slab.is_slab() && !slab.is_kernel()));
  CHECK((slab.value() & 1) == 1);
}

TEST_CASE("MemcgWord: only an allocated block is charged", "[alloc][memcg]") {
  TinyMachine machine;
  machine.PutFreeTyped(10, Migratetype::kMovable, {0x4000});
  machine.page(0x4000)->extra_blocks = 0;
  machine.PutAllocated(0x2000, 2);
  CHECK_FALSE(machine.page(0x2000)->memcg().charged());
  // The length of a run of free blocks is no charge.
  machine.page(0x4000)->extra_blocks = 5;
  CHECK_FALSE(machine.page(0x4000)->memcg().charged());
}

TEST_CASE("MemcgWord: every piece of a split block is charged",
          "[alloc][memcg]") {
  TinyMachine machine;
  machine.PutAllocated(0x2000, 2);
  machine.page(0x2000)->set_memcg(MemcgWord::Kernel(1));
  machine.allocator->SplitPage(machine.page(0x2000), Order(2), Order(1));
  for (uint64_t pfn : {0x2000, 0x2002}) {
    CHECK(machine.page(pfn)->memcg() == MemcgWord::Kernel(1));
  }
}

TEST_CASE("MemcgWord: a charge moves with the contents", "[alloc][memcg]") {
  TinyMachine machine;
  machine.PutAllocated(0x2000, 0);
  machine.PutAllocated(0x2001, 0);
  machine.page(0x2000)->set_memcg(MemcgWord::User(7));
  MoveMemcg(*machine.page(0x2000), *machine.page(0x2001));
  CHECK_FALSE(machine.page(0x2000)->memcg().charged());
  CHECK(machine.page(0x2001)->memcg() == MemcgWord::User(7));
}

TEST_CASE("MemcgWord: an allocation is charged to nobody", "[alloc][memcg]") {
  TinyMachine machine;
  machine.PutFree(0, Migratetype::kUnmovable, {0x2000});
  const uint64_t pfn = machine.Alloc(gfp::kKernel);
  REQUIRE(pfn == 0x2000);
  CHECK_FALSE(machine.page(pfn)->memcg().charged());
}

TEST_CASE("MemcgWord: Verify finds a page freed while charged",
          "[alloc][memcg]") {
  TinyMachine machine;
  machine.PutPcp(0, {0x2000});
  CHECK(Verify(*machine.state).empty());
  machine.page(0x2000)->extra_blocks = MemcgWord::User(0).value();
  const std::vector<std::string> findings = Verify(*machine.state);
  REQUIRE(findings.size() == 1);
  CHECK(findings[0] ==
        "P3: Node 0, zone DMA32: cpu 0 list 0: pfn 0x2000 is still charged: "
        "0x4");
}

TEST_CASE("MemcgWord: a bug report shows the word and the slab's type",
          "[alloc][memcg]") {
  TinyMachine machine;
  machine.PutAllocated(0x2000, 0, page_flag::kSlab);
  machine.page(0x2000)->set_memcg(MemcgWord::Slab(0));
  CHECK(DumpPage(*machine.state, Pfn(0x2000), "") ==
        "page: refcount:1 mapcount:0 mapping:0000000000000000 index:0x0 "
        "pfn:0x2000\n"
        "memcg:5\n"
        "flags: 0x1fffc0000000000(node=0|zone=1|lastcpupid=0x3fff)\n"
        "page_type: f5(slab)\n"
        "raw: 01fffc0000000000 dead000000000100 dead000000000122 "
        "0000000000000000\n"
        "raw: 0000000000000000 0000000000000000 00000001f5000000 "
        "0000000000000005\n");
}

}  // namespace
}  // namespace pagelab

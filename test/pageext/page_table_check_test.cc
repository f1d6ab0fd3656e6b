#include "pagelab/pageext/page_table_check.h"

#include <string>
#include <vector>

#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/tiny_kernel.h"

namespace pagelab {
namespace {

using Counts = PageTableCheck::Counts;

struct CheckWorld {
  explicit CheckWorld(bool enabled = true)
      : ext({kernel.state, kernel, kernel.log}),
        hooks(kernel.state),
        check({kernel.state, hooks, ext, kernel.log}, enabled) {
    REQUIRE(ext.Init(kernel.context).ok());
    kernel.log.lines.clear();
  }
  Pfn Alloc(int order) {
    return *kernel.AllocBlock(kernel.context, gfp::kKernel, Order(order),
                              NodeId());
  }
  void Free(Pfn head, int order) {
    kernel.FreeBlock(kernel.context, head, Order(order));
  }
  // The reports so far, then none.
  std::vector<std::string> Reports() {
    std::vector<std::string> reports;
    for (const std::string& line : kernel.log.lines) {
      const std::string_view text = line;
      if (!text.starts_with("page_table_check: ")) continue;
      reports.emplace_back(text.substr(text.find(", ") + 2));
    }
    CHECK(kernel.log.Count("kernel BUG at mm/page_table_check.c!") ==
          reports.size());
    kernel.log.lines.clear();
    return reports;
  }

  TinyKernel kernel;
  PageExt ext;
  HookChain hooks;
  PageTableCheck check;
};

using Reports = std::vector<std::string>;

TEST_CASE("PageTableCheck: what is mapped and unmapped again is fine",
          "[pageext][page_table_check]") {
  CheckWorld world;
  CHECK(world.ext.entry_size() == 8);
  const Pfn head = world.Alloc(2);
  CHECK(world.check.Map({head, PageCount(4), MappingKind::kAnonymous, true}));
  for (uint64_t i = 0; i < 4; ++i) {
    CHECK(world.check.CountsOf(head + PageCount(i)) == Counts{1, 0});
  }
  CHECK(world.check.Unmap({head, PageCount(4), MappingKind::kAnonymous}));
  // After a fork: both read-only.
  CHECK(world.check.Map({head, PageCount(1), MappingKind::kAnonymous}));
  CHECK(world.check.Map({head, PageCount(1), MappingKind::kAnonymous}));
  CHECK(world.check.CountsOf(head) == Counts{2, 0});
  CHECK(world.check.Unmap({head, PageCount(1), MappingKind::kAnonymous}));
  CHECK(world.check.Unmap({head, PageCount(1), MappingKind::kAnonymous}));
  // A file may be writable in many places.
  CHECK(world.check.Map({head, PageCount(1), MappingKind::kFile, true}));
  CHECK(world.check.Map({head, PageCount(1), MappingKind::kFile, true}));
  CHECK(world.check.CountsOf(head) == Counts{0, 2});
  CHECK(world.check.Unmap({head, PageCount(1), MappingKind::kFile}));
  CHECK(world.check.Unmap({head, PageCount(1), MappingKind::kFile}));
  world.Free(head, 2);
  CHECK(world.Alloc(2) == head);
  CHECK(world.Reports().empty());
}

TEST_CASE("PageTableCheck: one page is not anonymous and a file's",
          "[pageext][page_table_check]") {
  CheckWorld world;
  const Pfn head = world.Alloc(0);
  REQUIRE(world.check.Map({head, PageCount(1), MappingKind::kFile}));
  CHECK_FALSE(world.check.Map({head, PageCount(1), MappingKind::kAnonymous}));
  CHECK(world.Reports() ==
        Reports{"anon 0 file 1: mapped as anonymous while mapped as a file"});
  // It was refused.
  CHECK(world.check.CountsOf(head) == Counts{0, 1});
  CHECK_FALSE(world.check.Unmap({head, PageCount(1), MappingKind::kAnonymous}));
  CHECK(world.Reports() ==
        Reports{"anon 0 file 1: unmapped as anonymous, mapped as a file"});
  REQUIRE(world.check.Unmap({head, PageCount(1), MappingKind::kFile}));
  REQUIRE(world.check.Map({head, PageCount(1), MappingKind::kAnonymous}));
  CHECK_FALSE(world.check.Map({head, PageCount(1), MappingKind::kFile}));
  CHECK_FALSE(world.check.Unmap({head, PageCount(1), MappingKind::kFile}));
  CHECK(world.Reports() ==
        Reports{"anon 1 file 0: mapped as a file while mapped as anonymous",
                "anon 1 file 0: unmapped as a file, mapped as anonymous"});
}

TEST_CASE("PageTableCheck: anonymous memory is writable for one only",
          "[pageext][page_table_check]") {
  CheckWorld world;
  const Pfn head = world.Alloc(1);
  REQUIRE(world.check.Map({head, PageCount(2), MappingKind::kAnonymous, true}));
  CHECK_FALSE(
      world.check.Map({head, PageCount(2), MappingKind::kAnonymous, true}));
  CHECK(world.Reports() ==
        Reports{"anon 1 file 0: a second mapping of an anonymous page is "
                "writable"});
  CHECK(world.check.Map({head, PageCount(2), MappingKind::kAnonymous, false}));
}

TEST_CASE("PageTableCheck: counts do not go below zero",
          "[pageext][page_table_check]") {
  CheckWorld world;
  const Pfn head = world.Alloc(0);
  CHECK_FALSE(world.check.Unmap({head, PageCount(1), MappingKind::kFile}));
  CHECK_FALSE(world.check.Unmap({head, PageCount(1), MappingKind::kAnonymous}));
  CHECK(world.Reports() == Reports{"anon 0 file 0: unmapped as a file, not "
                                   "mapped",
                                   "anon 0 file 0: unmapped as anonymous, not "
                                   "mapped"});
  CHECK(world.check.CountsOf(head) == Counts());
}

TEST_CASE(
    "PageTableCheck: a page that is freed or handed out is mapped nowhere",
    "[pageext][page_table_check]") {
  CheckWorld world;
  const Pfn head = world.Alloc(2);
  REQUIRE(world.check.Map(
      {head + PageCount(2), PageCount(2), MappingKind::kAnonymous}));
  world.Free(head, 2);
  // One report a block, about its first page.
  REQUIRE(world.kernel.log.lines.size() == 3);
  CHECK(world.kernel.log.lines[0] == "------------[ cut here ]------------");
  CHECK(world.kernel.log.lines[1] == "kernel BUG at mm/page_table_check.c!");
  CHECK(world.Reports() == Reports{"anon 1 file 0: freed while mapped"});
  CHECK(world.check.CountsOf(head + PageCount(3)) == Counts());

  REQUIRE(world.check.Map({head, PageCount(1), MappingKind::kFile}));
  CHECK(world.Alloc(2) == head);
  CHECK(world.Reports() == Reports{"anon 0 file 1: handed out while mapped"});
}

TEST_CASE("PageTableCheck: off, it needs no memory and counts nothing",
          "[pageext][page_table_check]") {
  CheckWorld world(false);
  CHECK_FALSE(world.ext.active());
  CHECK_FALSE(world.check.active());
  CHECK(world.kernel.state.hooks == nullptr);
  const Pfn head = world.Alloc(0);
  CHECK(world.check.Unmap({head, PageCount(1), MappingKind::kFile}));
  CHECK(world.check.Map({head, PageCount(1), MappingKind::kFile}));
  world.Free(head, 0);
  CHECK(world.Reports().empty());
}

}  // namespace
}  // namespace pagelab

#include "pagelab/pageext/page_ext.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "pagelab/alloc/gfp.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/tiny_kernel.h"

namespace pagelab {
namespace {

PageExtClient Client(std::string name, uint32_t size, bool needed,
                     bool shared_flags) {
  return {.name = std::move(name),
          .size = size,
          .need_shared_flags = shared_flags,
          .need = [needed] { return needed; },
          .init = nullptr};
}

// The kernel's list of page-ext-owner-depot.md 1.1, without page_idle.
struct ThreeClients {
  explicit ThreeClients(PageExt& ext, bool owner, bool tagging, bool check) {
    owner_id = ext.AddClient(Client("page_owner", 64, owner, true));
    tagging_id = ext.AddClient(Client("page_alloc_tagging", 8, tagging, false));
    check_id = ext.AddClient(Client("page_table_check", 8, check, false));
  }
  PageExt::ClientId owner_id;
  PageExt::ClientId tagging_id;
  PageExt::ClientId check_id;
};

}  // namespace

TEST_CASE("PageExt: entries are laid out as in the kernel",
          "[pageext][page_ext]") {
  struct Row {
    bool owner, tagging, check;
    uint32_t size;
    std::optional<uint32_t> owner_at, tagging_at, check_at;
  };
  const std::vector<Row> rows = {
      {true, false, false, 72, 8, {}, {}}, {true, true, false, 80, 8, 72, {}},
      {true, true, true, 88, 8, 72, 80},   {false, true, false, 8, {}, 0, {}},
      {false, true, true, 16, {}, 0, 8},
  };
  for (const Row& row : rows) {
    TinyKernel kernel;
    PageExt ext({kernel.state, kernel, kernel.log});
    ThreeClients clients(ext, row.owner, row.tagging, row.check);
    REQUIRE(ext.Init(kernel.context).ok());
    CAPTURE(row.size);
    CHECK(ext.active());
    CHECK(ext.entry_size() == row.size);
    CHECK(ext.OffsetOf(clients.owner_id) == row.owner_at);
    CHECK(ext.OffsetOf(clients.tagging_id) == row.tagging_at);
    CHECK(ext.OffsetOf(clients.check_id) == row.check_at);
  }
}

TEST_CASE("PageExt: a 32-bit build with idle tracking alone has 4-byte entries",
          "[pageext][page_ext]") {
  TinyKernel kernel;
  PageExtProfile profile;
  profile.shared_flags_size = 4;
  PageExt ext({kernel.state, kernel, kernel.log}, profile);
  ext.AddClient(Client("page_idle", 0, true, true));
  REQUIRE(ext.Init(kernel.context).ok());
  CHECK(ext.entry_size() == 4);
}

TEST_CASE("PageExt: without a needed client nothing happens",
          "[pageext][page_ext]") {
  TinyKernel kernel;
  PageExt ext({kernel.state, kernel, kernel.log});
  bool ran = false;
  PageExtClient client = Client("page_owner", 64, false, true);
  client.init = [&ran](ExecutionContext&) {
    ran = true;
    return absl::OkStatus();
  };
  ext.AddClient(client);
  REQUIRE(ext.Init(kernel.context).ok());
  CHECK_FALSE(ext.active());
  CHECK_FALSE(ran);
  CHECK(kernel.requests.empty());
  CHECK(kernel.log.lines.empty());
  CHECK(ext.Lookup(Pfn(5000)) == nullptr);
}

TEST_CASE("PageExt: init runs for every client once tables exist",
          "[pageext][page_ext]") {
  TinyKernel kernel;
  PageExt ext({kernel.state, kernel, kernel.log});
  std::vector<std::string> ran;
  for (bool needed : {true, false}) {
    PageExtClient client = Client("c", 8, needed, false);
    client.init = [&ran, &ext, needed](ExecutionContext&) {
      ran.push_back(needed ? "needed" : "not needed");
      CHECK(ext.Lookup(Pfn(2000)) != nullptr);
      return absl::OkStatus();
    };
    ext.AddClient(client);
  }
  REQUIRE(ext.Init(kernel.context).ok());
  CHECK(ran == std::vector<std::string>{"needed", "not needed"});
}

TEST_CASE("PageExt: a client's init error ends the boot",
          "[pageext][page_ext]") {
  TinyKernel kernel;
  PageExt ext({kernel.state, kernel, kernel.log});
  PageExtClient client = Client("c", 8, true, false);
  client.init = [](ExecutionContext&) {
    return absl::InternalError("no patching");
  };
  ext.AddClient(client);
  CHECK(ext.Init(kernel.context).message() == "no patching");
}

TEST_CASE("PageExt: a section's table is 576 exact pages of its node",
          "[pageext][page_ext]") {
  TinyKernel kernel({.node_sections = {2, 1}});
  PageExt ext({kernel.state, kernel, kernel.log});
  ThreeClients clients(ext, true, false, false);
  CHECK(ext.Lookup(Pfn(40000)) == nullptr);
  REQUIRE(ext.Init(kernel.context).ok());

  REQUIRE(kernel.requests.size() == 3);
  for (const TinyKernel::Request& request : kernel.requests) {
    CHECK(request.gfp == gfp::kKernel.With(gfp::kZero).With(gfp::kNowarn));
    CHECK(request.order == Order(10));
  }
  CHECK(kernel.requests[0].node == NodeId(0));
  CHECK(kernel.requests[1].node == NodeId(0));
  CHECK(kernel.requests[2].node == NodeId(1));
  CHECK(ext.nr_memmap_pages() == PageCount(3 * 576));
  CHECK(ext.total_bytes() == 3 * 2359296);
  CHECK(kernel.log.lines ==
        std::vector<std::string>{"allocated 7077888 bytes of page_ext"});

  SECTION("a second section pointer is biased by the section's first pfn") {
    // The second table went right below the first one.
    const uint64_t base = 0xffff888000000000 + (Pfn(65536 - 2048).address());
    CHECK(ext.SectionPointer(1) == base - uint64_t{72} * 32768);
    CHECK((ext.SectionPointer(1) & 1) == 0);
    CHECK(ext.Lookup(Pfn(32768)) == kernel.memory->Frame(Pfn(65536 - 2048)));
    CHECK(ext.Lookup(Pfn(32769)) - ext.Lookup(Pfn(32768)) == 72);
    CHECK(ext.Lookup(Pfn(65535)) - ext.Lookup(Pfn(32768)) == 72 * 32767);
  }
  SECTION("entries are zero, and looking costs nothing until somebody writes") {
    CHECK(kernel.memory->FrameIfMapped(Pfn(65536 - 2048)) == nullptr);
    const std::byte* entry = ext.Peek(Pfn(40000));
    REQUIRE(entry != nullptr);
    CHECK(std::all_of(entry, entry + 72,
                      [](std::byte b) { return b == std::byte{0}; }));
    CHECK(kernel.memory->FrameIfMapped(Pfn(65536 - 2048)) == nullptr);
    *ext.Lookup(Pfn(40000)) = std::byte{7};
    CHECK(*ext.Peek(Pfn(40000)) == std::byte{7});
    CHECK(ext.Peek(Pfn(40000)) == ext.Lookup(Pfn(40000)));
  }
  SECTION("a second pass leaves sections that have a table alone") {
    const uint64_t before = ext.SectionPointer(0);
    REQUIRE(ext.Init(kernel.context).ok());
    CHECK(ext.SectionPointer(0) == before);
    CHECK(ext.nr_memmap_pages() == PageCount(3 * 576));
  }
}

TEST_CASE("PageExt: tables of recorded machines have the recorded size",
          "[pageext][page_ext]") {
  // page-ext-owner-depot.md 3.2: sections, and bytes in the boot line.
  const std::vector<std::pair<uint64_t, uint64_t>> recorded = {
      {8, 18874368}, {16, 37748736}, {32, 75497472}};
  for (const auto& [sections, bytes] : recorded) {
    TinyKernel kernel({.node_sections = {sections}});
    PageExt ext({kernel.state, kernel, kernel.log});
    ThreeClients clients(ext, true, false, false);
    REQUIRE(ext.Init(kernel.context).ok());
    CHECK(ext.total_bytes() == bytes);
    CHECK(ext.nr_memmap_pages() == PageCount(sections * 576));
  }
}

TEST_CASE("PageExt: earlier layouts explain the published early page counts",
          "[pageext][page_ext]") {
  // page-ext-owner-depot.md 3.2: 13343 early pages on 2 GiB.
  struct Row {
    uint32_t entry;
    uint64_t pages_per_section;
    uint64_t remainder;
  };
  for (const Row& row : std::vector<Row>{{104, 832, 31},
                                         {96, 768, 1055},
                                         {88, 704, 2079},
                                         {24, 192, 10271}}) {
    TinyKernel kernel({.node_sections = {16}});
    PageExt ext({kernel.state, kernel, kernel.log});
    ext.AddClient(Client("page_owner", row.entry - 8, true, true));
    REQUIRE(ext.Init(kernel.context).ok());
    CHECK(ext.nr_memmap_pages() == PageCount(16 * row.pages_per_section));
    CHECK(13343 - ext.nr_memmap_pages().value() == row.remainder);
  }
}

TEST_CASE("PageExt: without a block of the size a table is made of pages",
          "[pageext][page_ext]") {
  TinyKernel kernel({.section_order = 10, .node_sections = {4}});
  // 1024 entries of 72 bytes are 18 pages.
  kernel.fail_exact = true;
  PageExt ext({kernel.state, kernel, kernel.log});
  ThreeClients clients(ext, true, false, false);

  SECTION("as many as it needs, and entries cross their borders") {
    REQUIRE(ext.Init(kernel.context).ok());
    CHECK(kernel.requests.size() == 4 * 18);
    CHECK(kernel.requests[0].order == Order(0));
    CHECK(ext.nr_memmap_pages() == PageCount(4 * 18));
    // Areas are a guard page apart.
    CHECK(ext.SectionPointer(0) == 0xffffc90000000000);
    CHECK(ext.SectionPointer(1) == 0xffffc90000000000 + 19 * 4096 - 72 * 1024);
    // Entry 56 covers bytes 4032 to 4103.
    std::memset(ext.Lookup(Pfn(56)), 0xab, 72);
    CHECK(*ext.Peek(Pfn(55)) == std::byte{0});
    CHECK(ext.Peek(Pfn(56))[71] == std::byte{0xab});
    CHECK(*ext.Peek(Pfn(57)) == std::byte{0});
  }
  SECTION("running out on the way gives back what it had and ends the boot") {
    kernel.allowance = 30;
    const absl::Status status = ext.Init(kernel.context);
    CHECK(absl::IsResourceExhausted(status));
    CHECK(status.message() == "Out of memory");
    CHECK(kernel.log.lines ==
          std::vector<std::string>{"page ext allocation failure"});
    CHECK(ext.SectionPointer(0) != 0);
    CHECK(ext.SectionPointer(1) == 0);
    uint64_t held = 0;
    for (uint64_t i = 0; i < 4096; ++i) {
      held += kernel.memory->PageAt(Pfn(i))->state == PageState::kAllocated;
    }
    CHECK(held == 18);
    CHECK(ext.nr_memmap_pages() == PageCount(18));
  }
}

TEST_CASE("PageExt: entries over 128 bytes never fit the largest block",
          "[pageext][page_ext]") {
  for (uint32_t size : {128u, 136u}) {
    TinyKernel kernel;
    PageExt ext({kernel.state, kernel, kernel.log});
    ext.AddClient(Client("c", size, true, false));
    REQUIRE(ext.Init(kernel.context).ok());
    CHECK((ext.SectionPointer(0) >= 0xffffc90000000000) == (size > 128));
  }
}

TEST_CASE("PageExt: sections that go away give nothing, then their memory",
          "[pageext][page_ext]") {
  for (bool vmalloc : {false, true}) {
    TinyKernel kernel;
    kernel.fail_exact = vmalloc;
    PageExt ext({kernel.state, kernel, kernel.log});
    ThreeClients clients(ext, true, false, false);
    REQUIRE(ext.Init(kernel.context).ok());
    *ext.Lookup(Pfn(32768)) = std::byte{1};
    const PfnRange second{Pfn(32768), Pfn(65536)};

    ext.InvalidateSections(second);
    CHECK((ext.SectionPointer(1) & 1) == 1);
    CHECK(ext.Lookup(Pfn(32768)) == nullptr);
    CHECK(ext.Peek(Pfn(32768)) == nullptr);
    CHECK(ext.Lookup(Pfn(32767)) != nullptr);
    CHECK(ext.nr_memmap_pages() == PageCount(2 * 576));

    ext.FreeSections(kernel.context, second);
    CHECK(ext.SectionPointer(1) == 0);
    CHECK(ext.Peek(Pfn(32768)) == nullptr);
    CHECK(ext.nr_memmap_pages() == PageCount(576));
    // What boot allocated stays counted.
    CHECK(ext.total_bytes() == 2 * 2359296);
  }
}

TEST_CASE("PageExt: absent sections get no table", "[pageext][page_ext]") {
  TinyKernel kernel({.node_sections = {3}});
  // The second section is a hole of the map.
  PhysicalMemory& memory = *kernel.memory;
  std::optional<HostMapping> mapping = *HostMapping::Create(uint64_t{16} << 20);
  Arena arena(*std::move(mapping));
  PhysicalMemory holes(arena, memory.geometry(), memory.max_pfn());
  holes.MarkPresent({Pfn(0), Pfn(32768)});
  holes.MarkPresent({Pfn(65536), Pfn(98304)});
  kernel.state.memory = &holes;
  PageExt ext({kernel.state, kernel, kernel.log});
  ThreeClients clients(ext, true, false, false);
  REQUIRE(ext.Init(kernel.context).ok());
  CHECK(ext.SectionPointer(0) != 0);
  CHECK(ext.SectionPointer(1) == 0);
  CHECK(ext.SectionPointer(2) != 0);
  CHECK(ext.total_bytes() == 2 * 2359296);
}

TEST_CASE("PageExt: a checkpoint brings tables and entries back",
          "[pageext][page_ext]") {
  for (bool vmalloc : {false, true}) {
    TinyKernel kernel;
    kernel.fail_exact = vmalloc;
    PageExt ext({kernel.state, kernel, kernel.log});
    ThreeClients clients(ext, true, false, false);
    REQUIRE(ext.Init(kernel.context).ok());
    *ext.Lookup(Pfn(40000)) = std::byte{1};
    const PhysicalMemory::Checkpoint memory = kernel.memory->Save();
    const PageExt::Checkpoint saved = ext.Save();

    *ext.Lookup(Pfn(40000)) = std::byte{2};
    *ext.Lookup(Pfn(10)) = std::byte{3};
    ext.InvalidateSections({Pfn(0), Pfn(65536)});

    kernel.memory->Restore(memory);
    ext.Restore(saved);
    CHECK(*ext.Peek(Pfn(40000)) == std::byte{1});
    CHECK(*ext.Peek(Pfn(10)) == std::byte{0});
    CHECK(*ext.Lookup(Pfn(40000)) == std::byte{1});
    CHECK(ext.nr_memmap_pages() == PageCount(2 * 576));
  }
}

}  // namespace pagelab

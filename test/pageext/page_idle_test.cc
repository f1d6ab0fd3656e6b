#include "pagelab/pageext/page_idle.h"

#include <string>
#include <vector>

#include "pagelab/pageext/user_page.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/tiny_kernel.h"

namespace pagelab {
namespace {

constexpr PageFlags kAnon =
    page_flag::kUptodate.With(page_flag::kLru).With(page_flag::kSwapbacked);
constexpr PageFlags kFile = page_flag::kUptodate.With(page_flag::kLru);
constexpr uint8_t kTouched = page_pte::kMapped | page_pte::kAccessed;

// Two sections of 128 frames and a few: max_pfn is 130, or as asked for.
class IdleWorld {
 public:
  explicit IdleWorld(PageIdleForm form = PageIdleForm::kPageFlags)
      : ext_({kernel.state, kernel, kernel.log}, {.shared_flags_size = 4}),
        hooks_(kernel.state),
        idle({kernel.state, hooks_, ext_}, form) {
    REQUIRE(ext_.Init(kernel.context).ok());
  }

  // A user page at `pfn`, mapped and touched.
  Page& Put(uint64_t pfn, PageFlags flags = kAnon, int order = 0,
            uint8_t pte = kTouched) {
    Page& page = *kernel.memory->PageAt(Pfn(pfn));
    page.state = PageState::kAllocated;
    page.order_value = static_cast<uint8_t>(order);
    page.refcount = 1;
    page.flags = flags;
    page.pte = pte;
    return page;
  }
  uint8_t pte(uint64_t pfn) const {
    return kernel.memory->PageAt(Pfn(pfn))->pte;
  }

  // The bits of one word, and what the read returned.
  std::pair<uint64_t, size_t> ReadWord(uint64_t word) {
    std::array<char, 8> bytes;
    bytes.fill('\x55');
    const auto got = idle.ReadBitmap(word * 8, absl::MakeSpan(bytes));
    REQUIRE(got.ok());
    uint64_t bits = 0;
    std::memcpy(&bits, bytes.data(), sizeof(bits));
    return {bits, *got};
  }
  size_t WriteWord(uint64_t word, uint64_t bits) {
    std::array<char, 8> bytes;
    std::memcpy(bytes.data(), &bits, sizeof(bits));
    const auto got = idle.WriteBitmap(
        word * 8, std::string_view(bytes.data(), bytes.size()));
    REQUIRE(got.ok());
    return *got;
  }

  TinyKernel kernel{{.section_order = 12, .node_sections = {2}}};

 private:
  PageExt ext_;
  HookChain hooks_;

 public:
  PageIdle idle;
};

// A machine with 130 frames.
struct SmallMap {
  SmallMap()
      : mapping(*HostMapping::Create(uint64_t{1} << 20)),
        arena(std::move(mapping)),
        memory(arena, {.section_order = 7, .pageblock_order = 4}, Pfn(130)),
        ext({state, source, log}),
        hooks(state),
        idle({state, hooks, ext}, PageIdleForm::kPageFlags) {
    memory.MarkPresent({Pfn(0), Pfn(130)});
    for (uint64_t pfn = 0; pfn < 130; ++pfn) {
      Page& page = *memory.PageAt(Pfn(pfn));
      page.state = PageState::kAllocated;
      page.refcount = 1;
      page.flags = kAnon;
      page.pte = page_pte::kMapped;
    }
  }
  TinyKernel source;
  LogLines log;
  HostMapping mapping;
  Arena arena;
  PhysicalMemory memory;
  AllocatorState state = [this] {
    AllocatorState made;
    made.memory = &memory;
    return made;
  }();
  PageExt ext;
  HookChain hooks;
  PageIdle idle;
};

std::string ErrorOf(const absl::StatusOr<size_t>& got) {
  REQUIRE_FALSE(got.ok());
  return std::string(got.status().message());
}

TEST_CASE("PageIdle: 130 frames, whole words are counted",
          "[pageext][page_idle]") {
  // page-ext-owner-depot.md 12, the example (16, vector 13).
  SmallMap map;
  const std::string ones(8, '\xff');
  CHECK(*map.idle.WriteBitmap(0, ones) == 8);
  for (uint64_t pfn = 0; pfn < 130; ++pfn) {
    CAPTURE(pfn);
    CHECK(map.idle.IsIdle(Pfn(pfn)) == (pfn < 64));
  }
  std::string word(8, '\x55');
  CHECK(*map.idle.ReadBitmap(16, absl::MakeSpan(word)) == 0);
  // Filled in all the same.
  CHECK(word == std::string(8, '\0'));
  // The write marks the two pages, and counts none of them.
  CHECK(*map.idle.WriteBitmap(16, ones) == 0);
  CHECK(map.idle.IsIdle(Pfn(129)));
  CHECK(*map.idle.ReadBitmap(16, absl::MakeSpan(word)) == 0);
  CHECK(word == std::string("\3\0\0\0\0\0\0\0", 8));
  // Longer than memory: up to its last whole word.
  std::string more(32, '\x55');
  CHECK(*map.idle.ReadBitmap(0, absl::MakeSpan(more)) == 16);
  CHECK(more.substr(24) == std::string(8, '\x55'));
  StringOutput dump;
  REQUIRE(map.idle.DumpBitmap(dump).ok());
  CHECK(dump.text() == ones + std::string(8, '\0'));
}

TEST_CASE("PageIdle: offsets, lengths and ends as the kernel has them",
          "[pageext][page_idle]") {
  SmallMap map;
  std::string word(8, '\0');
  std::string odd(12, '\0');
  CHECK(ErrorOf(map.idle.ReadBitmap(4, absl::MakeSpan(word))) ==
        "EINVAL: offset 4 and length 8 must be multiples of 8: the bitmap is "
        "made of 64-bit words");
  CHECK(ErrorOf(map.idle.ReadBitmap(0, absl::MakeSpan(odd)))
            .starts_with("EINVAL"));
  CHECK(ErrorOf(map.idle.WriteBitmap(1, word)).starts_with("EINVAL"));
  CHECK(ErrorOf(map.idle.WriteBitmap(0, odd)).starts_with("EINVAL"));
  // Byte 24 is bit 192.
  CHECK(*map.idle.ReadBitmap(24, absl::MakeSpan(word)) == 0);
  CHECK(ErrorOf(map.idle.WriteBitmap(24, word)) ==
        "ENXIO: offset 24 is behind the last frame of memory, whose bit is in "
        "byte 16");
  CHECK(*map.idle.ReadBitmap(uint64_t{1} << 63, absl::MakeSpan(word)) == 0);
  CHECK(ErrorOf(map.idle.WriteBitmap(uint64_t{1} << 63, word))
            .starts_with("ENXIO"));
}

TEST_CASE("PageIdle: only heads of blocks on an LRU list take part",
          "[pageext][page_idle]") {
  IdleWorld world;
  world.Put(1024);
  world.Put(1025, PageFlags());
  world.Put(1026).refcount = 0;
  world.Put(1027).state = PageState::kBuddy;
  world.Put(1032, kAnon.With(page_flag::kHead), 3);
  CHECK(world.WriteWord(16, ~uint64_t{0}) == 8);
  CHECK(world.ReadWord(16) == std::pair<uint64_t, size_t>(0b1'0000'0001, 8));
  CHECK_FALSE(world.idle.IsIdle(Pfn(1025)));
  // From the middle of a block on.
  world.Put(1056, kAnon.With(page_flag::kHead), 5);
  CHECK(world.WriteWord(16, uint64_t{1} << 40) == 8);
  CHECK_FALSE(world.idle.IsIdle(Pfn(1056)));
}

TEST_CASE("PageIdle: zero bits clear nothing", "[pageext][page_idle]") {
  IdleWorld world;
  world.Put(1024);
  world.WriteWord(16, 1);
  world.WriteWord(16, 0);
  CHECK(world.idle.IsIdle(Pfn(1024)));
}

TEST_CASE("PageIdle: marking takes the accessed bit and leaves Young",
          "[pageext][page_idle]") {
  for (PageIdleForm form : {PageIdleForm::kPageFlags, PageIdleForm::kPageExt}) {
    IdleWorld world(form);
    world.Put(1024);
    world.Put(1025, kAnon, 0, page_pte::kMapped);
    world.WriteWord(16, 3);
    CHECK(world.pte(1024) == page_pte::kMapped);
    CHECK(world.idle.IsYoung(Pfn(1024)));
    CHECK_FALSE(world.idle.IsYoung(Pfn(1025)));
    CHECK(world.ReadWord(16).first == 3);
  }
}

TEST_CASE("PageIdle: access by mapping shows at the next look, not before",
          "[pageext][page_idle]") {
  for (PageIdleForm form : {PageIdleForm::kPageFlags, PageIdleForm::kPageExt}) {
    IdleWorld world(form);
    Page& page = world.Put(1024, kAnon, 0, page_pte::kMapped);
    world.WriteWord(16, 1);
    page.pte |= page_pte::kAccessed;
    CHECK(world.idle.IsIdle(Pfn(1024)));
    StringOutput dump;
    REQUIRE(world.idle.DumpBitmap(dump).ok());
    CHECK(dump.text()[128] == 0);
    // To dump disturbs nothing.
    CHECK(world.idle.IsIdle(Pfn(1024)));
    CHECK(page.pte == kTouched);
    CHECK(world.ReadWord(16).first == 0);
    CHECK_FALSE(world.idle.IsIdle(Pfn(1024)));
    CHECK(world.idle.IsYoung(Pfn(1024)));
    CHECK(page.pte == page_pte::kMapped);
  }
}

TEST_CASE("PageIdle: the walk skips what is unmapped, and locked files",
          "[pageext][page_idle]") {
  IdleWorld world;
  Page& file = world.Put(1024, kFile);
  Page& anon = world.Put(1025, kAnon);
  Page& unmapped = world.Put(1026, kFile, 0, 0);
  file.flags = file.flags.With(page_flag::kLocked);
  anon.flags = anon.flags.With(page_flag::kLocked);
  world.WriteWord(16, 7);
  CHECK(file.pte == kTouched);
  CHECK(anon.pte == page_pte::kMapped);
  CHECK_FALSE(unmapped.flags.Has(page_flag::kYoung));
  // Idle although it was touched: nobody could look.
  CHECK(world.ReadWord(16).first == 7);
}

TEST_CASE("PageIdle: a system call clears Idle at once",
          "[pageext][page_idle]") {
  IdleWorld world;
  world.Put(1024, kFile, 0, 0);
  world.WriteWord(16, 1);
  world.idle.MarkAccessed(Pfn(1024));
  CHECK_FALSE(world.idle.IsIdle(Pfn(1024)));
  CHECK(world.ReadWord(16).first == 0);
}

TEST_CASE("PageIdle: Young counts as a reference, once",
          "[pageext][page_idle]") {
  IdleWorld world;
  Page& page = world.Put(1024);
  SECTION("marking idle does not hide an access from reclaim") {
    world.WriteWord(16, 1);
    CHECK(world.idle.TakeReferences(Pfn(1024)) == 1);
    // Nobody touched it since it was marked.
    CHECK(world.idle.IsIdle(Pfn(1024)));
    CHECK(world.idle.TakeReferences(Pfn(1024)) == 0);
  }
  SECTION("an access besides makes two, and ends Idle") {
    world.WriteWord(16, 1);
    page.pte |= page_pte::kAccessed;
    CHECK(world.idle.TakeReferences(Pfn(1024)) == 2);
    CHECK_FALSE(world.idle.IsIdle(Pfn(1024)));
    CHECK(page.pte == page_pte::kMapped);
  }
  SECTION("without a mapping there is none") {
    world.WriteWord(16, 1);
    page.pte = 0;
    CHECK(world.idle.TakeReferences(Pfn(1024)) == 0);
    CHECK(world.idle.IsYoung(Pfn(1024)));
  }
}

TEST_CASE("PageIdle: both bits follow a split and a migration",
          "[pageext][page_idle]") {
  IdleWorld world(PageIdleForm::kPageExt);
  world.Put(1024, kAnon.With(page_flag::kHead), 2);
  world.Put(2048, kAnon);
  world.WriteWord(16, 1);
  REQUIRE(world.idle.IsYoung(Pfn(1024)));
  REQUIRE(world.kernel.state.hooks == &world.idle);
  world.kernel.state.hooks->OnSplit(Pfn(1024), Order(2), Order(1));
  for (uint64_t pfn : {1024, 1026}) {
    CHECK(world.idle.IsIdle(Pfn(pfn)));
    CHECK(world.idle.IsYoung(Pfn(pfn)));
  }
  for (uint64_t pfn : {1025, 1027}) CHECK_FALSE(world.idle.IsIdle(Pfn(pfn)));
  world.kernel.state.hooks->OnMigrate(world.kernel.context, Pfn(1026),
                                      Pfn(2048));
  CHECK(world.idle.IsIdle(Pfn(2048)));
  CHECK(world.idle.IsYoung(Pfn(2048)));
}

TEST_CASE("PageIdle: the 32-bit form is 4 bytes of page_ext, bits 2 and 3",
          "[pageext][page_idle]") {
  TinyKernel kernel({.section_order = 12, .node_sections = {2}});
  PageExt ext({kernel.state, kernel, kernel.log}, {.shared_flags_size = 4});
  HookChain hooks(kernel.state);
  PageIdle idle({kernel.state, hooks, ext}, PageIdleForm::kPageExt);
  Page& page = *kernel.memory->PageAt(Pfn(1030));
  page.state = PageState::kAllocated;
  page.refcount = 1;
  page.flags = kAnon;
  page.pte = kTouched;
  std::string word(8, '\xff');

  // Before the tables exist.
  CHECK(*idle.WriteBitmap(128, word) == 8);
  CHECK_FALSE(idle.IsIdle(Pfn(1030)));
  CHECK(*idle.ReadBitmap(128, absl::MakeSpan(word)) == 8);
  CHECK(word == std::string(8, '\0'));

  REQUIRE(ext.Init(kernel.context).ok());
  CHECK(ext.entry_size() == 4);
  page.pte = kTouched;
  CHECK(*idle.WriteBitmap(128, std::string(8, '\xff')) == 8);
  CHECK(ext.Peek(Pfn(1030))[0] == std::byte{0b1100});
  CHECK_FALSE(page.flags.Has(page_flag::kIdle));
}

TEST_CASE("PageIdle: the 64-bit form is two page flags and no client",
          "[pageext][page_idle]") {
  IdleWorld world;
  Page& page = world.Put(1024);
  world.WriteWord(16, 1);
  CHECK(page.flags == kAnon.With(page_flag::kIdle).With(page_flag::kYoung));
  CHECK(page.flags.value() >> 21 == 3);
  CHECK(world.kernel.log.lines.empty());
  CHECK(world.kernel.state.hooks == nullptr);
}

}  // namespace
}  // namespace pagelab

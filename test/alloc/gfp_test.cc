#include "pagelab/alloc/gfp.h"

#include <array>
#include <string>
#include <utility>

#include "pagelab/alloc/migratetype.h"
#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

struct Example {
  uint32_t value;
  std::string_view text;
};

// The examples of text-formats.md 1.2 and page-allocator.md 6.5.
constexpr std::array kExamples = {
    Example{0xcc0, "GFP_KERNEL"},
    Example{0xdc0, "GFP_KERNEL|__GFP_ZERO"},
    Example{0x140dca, "GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO"},
    Example{0x820, "GFP_ATOMIC"},
    Example{0x800, "__GFP_KSWAPD_RECLAIM"},
    Example{0x2800, "GFP_NOWAIT"},
    Example{0x2820, "GFP_ATOMIC|__GFP_NOWARN"},
    Example{0x2c40, "GFP_NOFS|__GFP_NOWARN"},
    Example{0x92cc0, "GFP_KERNEL|__GFP_NOWARN|__GFP_NORETRY|__GFP_NOMEMALLOC"},
    Example{0x8, "__GFP_MOVABLE"},
    Example{0x200, "0x200"},
    Example{0, ""},
    Example{0x42cc0, "GFP_KERNEL|__GFP_NOWARN|__GFP_COMP"},
    Example{0x400dc0, "GFP_KERNEL_ACCOUNT|__GFP_ZERO"},
    Example{0x140cca, "GFP_HIGHUSER_MOVABLE|__GFP_COMP"},
    Example{0x112cca, "GFP_HIGHUSER_MOVABLE|__GFP_NOWARN|__GFP_NORETRY"},
    Example{0x152c40,
            "GFP_NOFS|__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP|__GFP_HARDWALL"},
    Example{0xd2820,
            "GFP_ATOMIC|__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP|"
            "__GFP_NOMEMALLOC"},
    Example{0x101c4a,
            "GFP_NOFS|__GFP_HIGHMEM|__GFP_HARDWALL|__GFP_MOVABLE|__GFP_WRITE"},
    Example{0xc20, "GFP_ATOMIC|__GFP_DIRECT_RECLAIM"},
    Example{0xc60, "GFP_NOFS|__GFP_HIGH"},
    Example{0x3d24ca, "GFP_TRANSHUGE|__GFP_NORETRY|__GFP_THISNODE"},
    Example{0x1052cc0,
            "GFP_KERNEL|__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP|0x1000000"},
};

std::string ErrorOf(std::string_view text) {
  const auto parsed = ParseGfp(text);
  REQUIRE_FALSE(parsed.ok());
  return std::string(parsed.status().message());
}

TEST_CASE("Gfp: the text of the specification's examples", "[alloc][gfp]") {
  for (const Example& example : kExamples) {
    CHECK(ToString(Gfp(example.value)) == example.text);
  }
}

TEST_CASE("Gfp: reading the text gives the value back", "[alloc][gfp]") {
  for (const Example& example : kExamples) {
    const auto parsed = ParseGfp(example.text);
    REQUIRE(parsed.ok());
    CHECK(parsed->value() == example.value);
  }
  // Every single bit and every pair of bits, named or not.
  for (int high = 0; high < 32; ++high) {
    for (int low = 0; low <= high; ++low) {
      const Gfp flags((uint32_t{1} << high) | (uint32_t{1} << low));
      const auto parsed = ParseGfp(ToString(flags));
      REQUIRE(parsed.ok());
      CHECK(*parsed == flags);
    }
  }
}

TEST_CASE("Gfp: the named constants print their own names", "[alloc][gfp]") {
  CHECK(ToString(gfp::kTranshuge) == "GFP_TRANSHUGE");
  CHECK(ToString(gfp::kTranshugeLight) == "GFP_TRANSHUGE_LIGHT");
  CHECK(ToString(gfp::kHighuserMovable) == "GFP_HIGHUSER_MOVABLE");
  CHECK(ToString(gfp::kHighuser) == "GFP_HIGHUSER");
  CHECK(ToString(gfp::kUser) == "GFP_USER");
  CHECK(ToString(gfp::kKernelAccount) == "GFP_KERNEL_ACCOUNT");
  CHECK(ToString(gfp::kNofs) == "GFP_NOFS");
  CHECK(ToString(gfp::kNoio) == "GFP_NOIO");
  CHECK(ToString(gfp::kDma32) == "GFP_DMA32");
}

TEST_CASE("Gfp: order of names and blanks do not matter", "[alloc][gfp]") {
  CHECK(ParseGfp("__GFP_ZERO | GFP_KERNEL")->value() == 0xdc0);
  CHECK(ParseGfp("  GFP_KERNEL  ")->value() == 0xcc0);
  CHECK(ParseGfp("GFP_KERNEL|GFP_KERNEL")->value() == 0xcc0);
  CHECK(ParseGfp("0x400|0x800")->value() == 0xc00);
  CHECK(ParseGfp("none")->value() == 0);
  CHECK(ParseGfp("   ")->value() == 0);
}

TEST_CASE("Gfp: names of other kernels are read without a bit of their own",
          "[alloc][gfp]") {
  CHECK(ParseGfp("GFP_KERNEL|__GFP_ATOMIC|__GFP_REPEAT")->value() == 0xcc0);
  CHECK(ParseGfp("GFP_TEMPORARY")->value() == 0xcd0);
  CHECK(ParseGfp("__GFP_DMA32")->value() == 0x4);
}

TEST_CASE("Gfp: an unknown name is refused with the nearest one",
          "[alloc][gfp]") {
  CHECK(ErrorOf("GFP_KERNAL") ==
        "unknown gfp flag \"GFP_KERNAL\" (did you mean \"GFP_KERNEL\"?); "
        "expected names such as GFP_KERNEL and __GFP_ZERO, or bits such as "
        "0xcc0, joined by \"|\"");
  CHECK_THAT(ErrorOf("GFP_KERNEL|ZERO"),
             ContainsText("\"ZERO\" (did you mean \"__GFP_ZERO\"?)"));
  CHECK_THAT(ErrorOf("gfp_kernel"), ContainsText("\"GFP_KERNEL\"?"));
  CHECK_THAT(ErrorOf("qqqq"), ContainsText("unknown gfp flag \"qqqq\";"));
  CHECK_THAT(ErrorOf("3264"), ContainsText("unknown gfp flag \"3264\""));
  CHECK_THAT(ErrorOf("0x100000000"), ContainsText("\"0x100000000\""));
  CHECK_THAT(ErrorOf("0x"), ContainsText("\"0x\""));
  CHECK_THAT(ErrorOf("0xcc0g"), ContainsText("\"0xcc0g\""));
}

TEST_CASE("Gfp: a bar with nothing beside it is refused", "[alloc][gfp]") {
  CHECK(ErrorOf("GFP_KERNEL|") == "a gfp flag is missing beside \"|\"");
  CHECK(ErrorOf("|GFP_KERNEL") == "a gfp flag is missing beside \"|\"");
}

TEST_CASE("Gfp: bits 3 and 4 give the migratetype", "[alloc][gfp]") {
  CHECK(MigratetypeOf(gfp::kKernel) == Migratetype::kUnmovable);
  CHECK(MigratetypeOf(gfp::kHighuserMovable) == Migratetype::kMovable);
  CHECK(MigratetypeOf(Gfp(0xcd0)) == Migratetype::kReclaimable);
  CHECK(MigratetypeOf(Gfp(0x18)) == Migratetype::kHighAtomic);
}

TEST_CASE("Migratetype: names are the columns of pagetypeinfo",
          "[alloc][migratetype]") {
  CHECK(ToString(Migratetype::kUnmovable) == "Unmovable");
  CHECK(ToString(Migratetype::kMovable) == "Movable");
  CHECK(ToString(Migratetype::kReclaimable) == "Reclaimable");
  CHECK(ToString(Migratetype::kHighAtomic) == "HighAtomic");
  CHECK(ToString(Migratetype::kCma) == "CMA");
  CHECK(ToString(Migratetype::kIsolate) == "Isolate");
}

}  // namespace
}  // namespace pagelab

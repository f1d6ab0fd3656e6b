#include "pagelab/alloc/gfp_era.h"

#include <string>

#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

std::string Names(const GfpEra& era, uint32_t mask) {
  std::string out;
  AppendEraGfp(out, era, mask);
  return out;
}

constexpr const GfpEra* kAll[] = {&kGfpEra319, &kGfpEra47, &kGfpEra48,
                                  &kGfpEra510, &kGfpEra63, &kGfpEra612};

// A request of the allocator's own tables, without reclaim modifiers that a
// version may not have.
constexpr Gfp kZeroedUserPage = gfp::kHighuserMovable.With(gfp::kZero);

TEST_CASE("GfpEra: 3.19 has the masks of text-formats.md 1.2",
          "[alloc][gfp_era]") {
  CHECK(EraGfp(kGfpEra319, gfp::kKernel) == 0xd0);
  CHECK(EraGfp(kGfpEra319, gfp::kHighuserMovable) == 0x200da);
  CHECK(EraGfp(kGfpEra319, kZeroedUserPage) == 0x280da);
  // GFP_ATOMIC is __GFP_HIGH alone, GFP_NOWAIT nothing but silence here.
  CHECK(EraGfp(kGfpEra319, gfp::kAtomic) == 0x20);
  CHECK(EraGfp(kGfpEra319, gfp::kNowait) == 0x200);
  // GFP_TRANSHUGE does not wake kswapd: __GFP_NO_KSWAPD.
  CHECK(EraGfp(kGfpEra319, gfp::kTranshuge.With(gfp::kNoretry)) == 0x4352da);
  CHECK(EraGfp(kGfpEra319, gfp::kKernel.With(gfp::kReclaimable)) == 0x800d0);
  // No accounting yet.
  CHECK(EraGfp(kGfpEra319, gfp::kKernelAccount) == 0xd0);
}

TEST_CASE("GfpEra: 4.7 has the mask of its recorded example",
          "[alloc][gfp_era]") {
  CHECK(EraGfp(kGfpEra47, gfp::kHighuserMovable) == 0x24200ca);
  CHECK(Names(kGfpEra47, 0x24200ca) == "GFP_HIGHUSER_MOVABLE");
  CHECK(EraGfp(kGfpEra47, gfp::kKernel) == 0x24000c0);
  CHECK(Names(kGfpEra47, 0x24000c0) == "GFP_KERNEL");
  CHECK(EraGfp(kGfpEra47, gfp::kKernelAccount) == 0x25000c0);
  CHECK(Names(kGfpEra47, 0x25000c0) == "GFP_KERNEL_ACCOUNT");
  CHECK(EraGfp(kGfpEra47, gfp::kAtomic) == 0x2080020);
  CHECK(Names(kGfpEra47, 0x2080020) == "GFP_ATOMIC");
  CHECK(Names(kGfpEra47, 0x24000d0) == "GFP_TEMPORARY");
  CHECK(Names(kGfpEra47, 0x2000000) == "GFP_NOWAIT");
  CHECK(Names(kGfpEra47, 0xa00100) ==
        "__GFP_COLD|__GFP_NOTRACK|__GFP_OTHER_NODE");
}

TEST_CASE("GfpEra: transparent huge pages asked differently until 4.8",
          "[alloc][gfp_era]") {
  CHECK(Names(kGfpEra47, 0x352ca) == "GFP_TRANSHUGE");
  CHECK(Names(kGfpEra48, EraGfp(kGfpEra48, gfp::kTranshuge)) ==
        "GFP_TRANSHUGE");
  CHECK(Names(kGfpEra48, EraGfp(kGfpEra48, gfp::kTranshugeLight)) ==
        "GFP_TRANSHUGE_LIGHT");
  CHECK(Names(kGfpEra48, 0x24200ca) == "GFP_HIGHUSER_MOVABLE");
}

TEST_CASE("GfpEra: 5.10 is 6.12 with __GFP_ATOMIC", "[alloc][gfp_era]") {
  CHECK(EraGfp(kGfpEra510, gfp::kAtomic) == 0xa20);
  CHECK(Names(kGfpEra510, 0xa20) == "GFP_ATOMIC");
  CHECK(Names(kGfpEra510, 0x200) == "__GFP_ATOMIC");
  CHECK(Names(kGfpEra510, 0x800) == "GFP_NOWAIT");
  CHECK(Names(kGfpEra510, 0x2800) == "GFP_NOWAIT|__GFP_NOWARN");
  CHECK(EraGfp(kGfpEra510, kZeroedUserPage) == kZeroedUserPage.value());
  // Bit 23 is __GFP_ZEROTAGS only later.
  CHECK(EraGfp(kGfpEra510, gfp::kKernel.With(gfp::kZerotags)) == 0xcc0);
  CHECK(Names(kGfpEra510, 0x800cc0) == "GFP_KERNEL|0x800000");
  // With the right to sleep, __GFP_HIGH is not atomic.
  CHECK(EraGfp(kGfpEra510, gfp::kKernel.With(gfp::kHigh)) == 0xce0);
}

TEST_CASE("GfpEra: 6.3 and 6.12 differ in GFP_NOWAIT", "[alloc][gfp_era]") {
  CHECK(Names(kGfpEra63, 0x800) == "GFP_NOWAIT");
  CHECK(Names(kGfpEra612, 0x800) == "__GFP_KSWAPD_RECLAIM");
  CHECK(Names(kGfpEra612, 0x2800) == "GFP_NOWAIT");
  for (const GfpEra* era : {&kGfpEra63, &kGfpEra612}) {
    CHECK(EraGfp(*era, gfp::kAtomic) == 0x820);
    CHECK(Names(*era, 0x820) == "GFP_ATOMIC");
    CHECK(Names(*era, 0xd20c0) ==
          "__GFP_IO|__GFP_FS|__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP|"
          "__GFP_NOMEMALLOC");
  }
}

TEST_CASE("GfpEra: the type a mask asks for survives the translation",
          "[alloc][gfp_era]") {
  const Gfp both = gfp::kMovable.With(gfp::kReclaimable);
  for (const GfpEra* era : kAll) {
    CAPTURE(era->version);
    CHECK(EraGfp(*era, Gfp()) == 0);
    for (Gfp flags : {Gfp(), gfp::kMovable, gfp::kReclaimable, both}) {
      CHECK(EraMigratetype(*era, EraGfp(*era, flags.With(gfp::kKernel))) ==
            MigratetypeOf(flags));
    }
  }
  CHECK(EraMigratetype(kGfpEra319, 0x280da) == Migratetype::kMovable);
  // 3.19 counts Reclaimable before Movable.
  CHECK(int{kGfpEra319.type_numbers[Index(Migratetype::kMovable)]} == 2);
  CHECK(int{kGfpEra319.type_numbers[Index(Migratetype::kReclaimable)]} == 1);
  CHECK(int{kGfpEra47.type_numbers[Index(Migratetype::kMovable)]} == 1);
}

TEST_CASE("GfpEra: names and leftover bits give the mask again",
          "[alloc][gfp_era]") {
  for (const GfpEra* era : kAll) {
    CAPTURE(era->version);
    for (uint32_t mask : {0xcc0u, 0x24200cau, 0xd20c0u, 0xffffffffu, 0x1u}) {
      std::string text = Names(*era, mask);
      uint32_t sum = 0;
      while (!text.empty()) {
        const size_t bar = text.find('|');
        const std::string word = text.substr(0, bar);
        text.erase(0, bar == std::string::npos ? bar : bar + 1);
        uint32_t value = 0;
        for (const GfpName& name : era->names) {
          if (name.name == word) value = name.value;
        }
        if (value == 0)
          value = static_cast<uint32_t>(std::stoul(word, nullptr, 16));
        CHECK((sum & value) == 0);
        sum |= value;
      }
      CHECK(sum == mask);
    }
  }
}

}  // namespace
}  // namespace pagelab

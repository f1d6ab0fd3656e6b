#include "pagelab/alloc/gfp_era.h"

namespace pagelab {
namespace {

using Rule = GfpEra::Rule;

// Where a bit of 6.12 is a bit of the version, too.
constexpr Rule Bit(Gfp flag, uint32_t bit) { return {flag, Gfp(), bit}; }

// Bits that 3.19 and 4.5 to 4.8 have in the same places.
#define PAGELAB_GFP_RULES_BEFORE_410                                       \
  Bit(gfp::kDma, 0x1), Bit(gfp::kHighmem, 0x2), Bit(gfp::kDma32, 0x4),     \
      Bit(gfp::kMovable, 0x8), Bit(gfp::kHigh, 0x20), Bit(gfp::kIo, 0x40), \
      Bit(gfp::kFs, 0x80), Bit(gfp::kNowarn, 0x200),                       \
      Bit(gfp::kRetryMayfail, 0x400), Bit(gfp::kNofail, 0x800),            \
      Bit(gfp::kNoretry, 0x1000), Bit(gfp::kMemalloc, 0x2000),             \
      Bit(gfp::kComp, 0x4000), Bit(gfp::kZero, 0x8000),                    \
      Bit(gfp::kNomemalloc, 0x10000), Bit(gfp::kHardwall, 0x20000),        \
      Bit(gfp::kThisnode, 0x40000), Bit(gfp::kWrite, 0x1000000)

// Not translated: COLD 0x100, NOTRACK 0x200000, OTHER_NODE 0x800000, which
// 6.12 does not have.
constexpr std::array kRules319 = {
    PAGELAB_GFP_RULES_BEFORE_410,
    Bit(gfp::kReclaimable, 0x80000),
    Bit(gfp::kDirectReclaim, 0x10),
    Rule{Gfp(), gfp::kKswapdReclaim, 0x400000},
};

constexpr std::array kRules47 = {
    PAGELAB_GFP_RULES_BEFORE_410,
    Bit(gfp::kReclaimable, 0x10),
    Bit(gfp::kAccount, 0x100000),
    Bit(gfp::kDirectReclaim, 0x400000),
    Bit(gfp::kKswapdReclaim, 0x2000000),
    // Requests that may dig into reserves and may not sleep say so twice.
    Rule{gfp::kHigh, gfp::kDirectReclaim, 0x80000},
};
#undef PAGELAB_GFP_RULES_BEFORE_410

// Of 6.12, from bit 0 on, without __GFP_ZEROTAGS.
constexpr auto kRules510 = [] {
  std::array<Rule, 23> rules{};
  size_t count = 0;
  for (uint32_t bit = 1; bit < 0x800000; bit <<= 1) {
    if (bit != 0x200) rules[count++] = Bit(Gfp(bit), bit);
  }
  rules[count] = Rule{gfp::kHigh, gfp::kDirectReclaim, 0x200};
  return rules;
}();

constexpr std::array kNames47 = {
    GfpName{"GFP_TRANSHUGE", 0x352ca},
    GfpName{"GFP_HIGHUSER_MOVABLE", 0x24200ca},
    GfpName{"GFP_HIGHUSER", 0x24200c2},
    GfpName{"GFP_USER", 0x24200c0},
    GfpName{"GFP_TEMPORARY", 0x24000d0},
    GfpName{"GFP_KERNEL_ACCOUNT", 0x25000c0},
    GfpName{"GFP_KERNEL", 0x24000c0},
    GfpName{"GFP_NOFS", 0x2400040},
    GfpName{"GFP_ATOMIC", 0x2080020},
    GfpName{"GFP_NOIO", 0x2400000},
    GfpName{"GFP_NOWAIT", 0x2000000},
    GfpName{"GFP_DMA", 0x1},
    GfpName{"__GFP_HIGHMEM", 0x2},
    GfpName{"GFP_DMA32", 0x4},
    GfpName{"__GFP_HIGH", 0x20},
    GfpName{"__GFP_ATOMIC", 0x80000},
    GfpName{"__GFP_IO", 0x40},
    GfpName{"__GFP_FS", 0x80},
    GfpName{"__GFP_COLD", 0x100},
    GfpName{"__GFP_NOWARN", 0x200},
    GfpName{"__GFP_REPEAT", 0x400},
    GfpName{"__GFP_NOFAIL", 0x800},
    GfpName{"__GFP_NORETRY", 0x1000},
    GfpName{"__GFP_COMP", 0x4000},
    GfpName{"__GFP_ZERO", 0x8000},
    GfpName{"__GFP_NOMEMALLOC", 0x10000},
    GfpName{"__GFP_MEMALLOC", 0x2000},
    GfpName{"__GFP_HARDWALL", 0x20000},
    GfpName{"__GFP_THISNODE", 0x40000},
    GfpName{"__GFP_RECLAIMABLE", 0x10},
    GfpName{"__GFP_MOVABLE", 0x8},
    GfpName{"__GFP_ACCOUNT", 0x100000},
    GfpName{"__GFP_NOTRACK", 0x200000},
    GfpName{"__GFP_WRITE", 0x1000000},
    GfpName{"__GFP_RECLAIM", 0x2400000},
    GfpName{"__GFP_DIRECT_RECLAIM", 0x400000},
    GfpName{"__GFP_KSWAPD_RECLAIM", 0x2000000},
    GfpName{"__GFP_OTHER_NODE", 0x800000},
};

constexpr auto kNames48 = [] {
  std::array<GfpName, kNames47.size() + 1> names{};
  names[0] = {"GFP_TRANSHUGE", 0x4342ca};
  names[1] = {"GFP_TRANSHUGE_LIGHT", 0x342ca};
  for (size_t i = 1; i < kNames47.size(); ++i) names[i + 1] = kNames47[i];
  return names;
}();

// 6.12's with GFP_NOWAIT as it was before it silenced warnings.
constexpr auto kNames63 = [] {
  auto names = kGfpNames612;
  for (GfpName& entry : names) {
    if (entry.name == "GFP_NOWAIT") entry.value = 0x800;
  }
  return names;
}();

// 6.3's with __GFP_ATOMIC behind __GFP_HIGH, and without __GFP_ZEROTAGS, which
// is last.
constexpr auto kNames510 = [] {
  auto names = kNames63;
  size_t count = 0;
  for (size_t i = 0; i + 1 < kNames63.size(); ++i) {
    names[count] = kNames63[i];
    if (names[count].name == "GFP_ATOMIC") names[count].value = 0xa20;
    if (names[count++].name == "__GFP_HIGH") {
      names[count++] = {"__GFP_ATOMIC", 0x200};
    }
  }
  return names;
}();
static_assert(kNames510.back().name == "__GFP_KSWAPD_RECLAIM");

}  // namespace

constinit const GfpEra kGfpEra319 = {.version = "3.19",
                                     .rules = kRules319,
                                     .names = {},
                                     .reclaimable = 0x80000,
                                     .type_numbers = {0, 2, 1, 3, 4, 5}};
constinit const GfpEra kGfpEra47 = {
    .version = "4.5", .rules = kRules47, .names = kNames47};
constinit const GfpEra kGfpEra48 = {
    .version = "4.8", .rules = kRules47, .names = kNames48};
constinit const GfpEra kGfpEra510 = {
    .version = "5.10", .rules = kRules510, .names = kNames510};
constinit const GfpEra kGfpEra63 = {
    .version = "6.3", .rules = {}, .names = kNames63};
constinit const GfpEra kGfpEra612 = {
    .version = "6.12", .rules = {}, .names = kGfpNames612};

uint32_t EraGfp(const GfpEra& era, Gfp flags) {
  if (era.rules.empty() || flags == Gfp()) return flags.value();
  uint32_t mask = 0;
  for (const GfpEra::Rule& rule : era.rules) {
    if (flags.Has(rule.all) && !flags.HasAny(rule.none)) mask |= rule.bits;
  }
  return mask;
}

Migratetype EraMigratetype(const GfpEra& era, uint32_t mask) {
  const int movable = (mask & era.movable) != 0 ? 1 : 0;
  const int reclaimable = (mask & era.reclaimable) != 0 ? 2 : 0;
  return static_cast<Migratetype>(movable + reclaimable);
}

void AppendEraGfp(std::string& out, const GfpEra& era, uint32_t mask) {
  AppendGfpNames(out, mask, era.names);
}

}  // namespace pagelab

#include "pagelab/alloc/page_flags_era.h"

#include <array>

namespace pagelab {
namespace {

using Rule = PageFlagsEra::Rule;
namespace flag = page_flag;

constexpr uint64_t Mask(int bit) { return uint64_t{1} << bit; }
constexpr Rule Bit(PageFlags flags, int bit) {
  return {flags, PageFlags(), Mask(bit)};
}
constexpr PageFlagName Name(int bit, std::string_view name) {
  return {Mask(bit), name};
}

// What 6.12 keeps in one bit for several meanings, told apart by what else
// the page has. owner_priv_1 of an anonymous page: it is in the swap cache.
// owner_2 of a file's page: it is mapped to disk blocks; that of an anonymous
// one, that it belongs to one process, is younger than 5.10.
constexpr PageFlags kInSwapCache = flag::kOwnerPriv1.With(flag::kSwapbacked);

// No flag of 6.12 means what error, and what uncached, meant.
constexpr std::array kRules47 = {
    Bit(flag::kLocked, 0),
    Bit(flag::kReferenced, 2),
    Bit(flag::kUptodate, 3),
    Bit(flag::kDirty, 4),
    Bit(flag::kLru, 5),
    Bit(flag::kActive, 6),
    Bit(flag::kSlab, 7),
    Rule{flag::kOwnerPriv1, flag::kSwapbacked, Mask(8)},
    Bit(flag::kArch1, 9),
    Bit(flag::kReserved, 10),
    Bit(flag::kPrivate, 11),
    Bit(flag::kPrivate2, 12),
    Bit(flag::kWriteback, 13),
    Bit(flag::kHead, 14),
    Bit(kInSwapCache, 15),
    Rule{flag::kOwner2, flag::kSwapbacked, Mask(16)},
    Bit(flag::kReclaim, 17),
    Bit(flag::kSwapbacked, 18),
    Bit(flag::kUnevictable, 19),
    Bit(flag::kMlocked, 20),
    Bit(flag::kHwpoison, 22),
    Bit(flag::kYoung, 23),
    Bit(flag::kIdle, 24),
};

constexpr std::array kNames47 = {
    Name(0, "locked"),      Name(1, "error"),         Name(2, "referenced"),
    Name(3, "uptodate"),    Name(4, "dirty"),         Name(5, "lru"),
    Name(6, "active"),      Name(7, "slab"),          Name(8, "owner_priv_1"),
    Name(9, "arch_1"),      Name(10, "reserved"),     Name(11, "private"),
    Name(12, "private_2"),  Name(13, "writeback"),    Name(14, "head"),
    Name(15, "swapcache"),  Name(16, "mappedtodisk"), Name(17, "reclaim"),
    Name(18, "swapbacked"), Name(19, "unevictable"),  Name(20, "mlocked"),
    Name(21, "uncached"),   Name(22, "hwpoison"),     Name(23, "young"),
    Name(24, "idle"),
};

// The word itself is not printed: the bits are those of 4.7, also for 3.19,
// where the tails of compound pages moved the later ones up by one.
constexpr std::array kLetters319 = {
    Name(0, "K"),  Name(1, "E"),  Name(2, "R"),  Name(3, "U"),
    Name(4, "D"),  Name(5, "L"),  Name(6, "A"),  Name(7, "S"),
    Name(13, "W"), Name(14, "C"), Name(15, "B"), Name(16, "M"),
};

constexpr std::array kRules510 = {
    Bit(flag::kLocked, 0),
    Bit(flag::kReferenced, 1),
    Bit(flag::kUptodate, 2),
    Bit(flag::kDirty, 3),
    Bit(flag::kLru, 4),
    Bit(flag::kActive, 5),
    Bit(flag::kWorkingset, 6),
    Bit(flag::kWaiters, 7),
    Bit(flag::kSlab, 9),
    Bit(flag::kOwnerPriv1, 10),
    Bit(flag::kArch1, 11),
    Bit(flag::kReserved, 12),
    Bit(flag::kPrivate, 13),
    Bit(flag::kPrivate2, 14),
    Bit(flag::kWriteback, 15),
    Bit(flag::kHead, 16),
    Rule{flag::kOwner2, flag::kSwapbacked, Mask(17)},
    Bit(flag::kReclaim, 18),
    Bit(flag::kSwapbacked, 19),
    Bit(flag::kUnevictable, 20),
    Bit(flag::kMlocked, 21),
    Bit(flag::kHwpoison, 23),
    Bit(flag::kYoung, 24),
    Bit(flag::kIdle, 25),
};

// By 6.3 the bit of mappedtodisk also says that an anonymous page belongs to
// one process, and is printed under the one name.
constexpr auto kRules63 = [] {
  auto rules = kRules510;
  for (Rule& rule : rules) {
    if (rule.all == flag::kOwner2) rule.none = PageFlags();
  }
  return rules;
}();

constexpr std::array kNames510 = {
    Name(0, "locked"),     Name(7, "waiters"),       Name(8, "error"),
    Name(1, "referenced"), Name(2, "uptodate"),      Name(3, "dirty"),
    Name(4, "lru"),        Name(5, "active"),        Name(6, "workingset"),
    Name(9, "slab"),       Name(10, "owner_priv_1"), Name(11, "arch_1"),
    Name(12, "reserved"),  Name(13, "private"),      Name(14, "private_2"),
    Name(15, "writeback"), Name(16, "head"),         Name(17, "mappedtodisk"),
    Name(18, "reclaim"),   Name(19, "swapbacked"),   Name(20, "unevictable"),
    Name(21, "mlocked"),   Name(22, "uncached"),     Name(23, "hwpoison"),
    Name(24, "young"),     Name(25, "idle"),
};

}  // namespace

constinit const PageFlagsEra kPageFlagsEra319 = {
    .version = "3.19",
    .style = PageFlagsStyle::kLetters,
    .rules = kRules47,
    .names = kLetters319};
constinit const PageFlagsEra kPageFlagsEra47 = {.version = "4.7",
                                                .style = PageFlagsStyle::kNames,
                                                .rules = kRules47,
                                                .names = kNames47};
constinit const PageFlagsEra kPageFlagsEra510 = {
    .version = "5.10",
    .style = PageFlagsStyle::kNames,
    .rules = kRules510,
    .names = kNames510};
constinit const PageFlagsEra kPageFlagsEra63 = {
    .version = "6.3",
    .style = PageFlagsStyle::kNamesAndFields,
    .rules = kRules63,
    .names = kNames510};
constinit const PageFlagsEra kPageFlagsEra612 = {
    .version = "6.12",
    .style = PageFlagsStyle::kNamesAndFields,
    .rules = {},
    .names = {}};

uint64_t EraFlagsWord(const PageFlagsEra& era, PageFlags flags, NodeId node,
                      int zone_index, const PageFlagsLayout& layout) {
  if (era.rules.empty()) return FlagsWord(flags, node, zone_index, layout);
  uint64_t word = FlagsWordFields(node, zone_index, layout);
  for (const Rule& rule : era.rules) {
    const bool none = (flags.value() & rule.none.value()) == 0;
    if (flags.Has(rule.all) && none) word |= rule.mask;
  }
  return word;
}

void AppendEraFlags(std::string& out, const PageFlagsEra& era, uint64_t word,
                    const PageFlagsLayout& layout) {
  switch (era.style) {
    case PageFlagsStyle::kLetters:
      for (const PageFlagName& letter : era.names) {
        out += (word & letter.mask) != 0 ? letter.name : " ";
      }
      return;
    case PageFlagsStyle::kNames:
      AppendFlagsWordNames(out, word, era.names);
      return;
    case PageFlagsStyle::kNamesAndFields:
      if (era.names.empty()) {
        AppendFlagsWord(out, word, layout);
      } else {
        AppendFlagsWord(out, word, era.names, layout);
      }
      return;
  }
}

}  // namespace pagelab

#include "pagelab/alloc/gfp.h"

#include <array>
#include <charconv>
#include <vector>

#include "pagelab/base/status.h"
#include "pagelab/base/text.h"

namespace pagelab {
namespace {

struct GfpName {
  std::string_view name;
  uint32_t value = 0;
};

// In the order in which the kernel matches them (page-allocator.md 6.5).
constexpr std::array kPrintedNames = {
    GfpName{"GFP_TRANSHUGE", 0x1c24ca},
    GfpName{"GFP_TRANSHUGE_LIGHT", 0x1c20ca},
    GfpName{"GFP_HIGHUSER_MOVABLE", 0x100cca},
    GfpName{"GFP_HIGHUSER", 0x100cc2},
    GfpName{"GFP_USER", 0x100cc0},
    GfpName{"GFP_KERNEL_ACCOUNT", 0x400cc0},
    GfpName{"GFP_KERNEL", 0xcc0},
    GfpName{"GFP_NOFS", 0xc40},
    GfpName{"GFP_ATOMIC", 0x820},
    GfpName{"GFP_NOIO", 0xc00},
    GfpName{"GFP_NOWAIT", 0x2800},
    GfpName{"GFP_DMA", 0x1},
    GfpName{"__GFP_HIGHMEM", 0x2},
    GfpName{"GFP_DMA32", 0x4},
    GfpName{"__GFP_HIGH", 0x20},
    GfpName{"__GFP_IO", 0x40},
    GfpName{"__GFP_FS", 0x80},
    GfpName{"__GFP_NOWARN", 0x2000},
    GfpName{"__GFP_RETRY_MAYFAIL", 0x4000},
    GfpName{"__GFP_NOFAIL", 0x8000},
    GfpName{"__GFP_NORETRY", 0x10000},
    GfpName{"__GFP_COMP", 0x40000},
    GfpName{"__GFP_ZERO", 0x100},
    GfpName{"__GFP_NOMEMALLOC", 0x80000},
    GfpName{"__GFP_MEMALLOC", 0x20000},
    GfpName{"__GFP_HARDWALL", 0x100000},
    GfpName{"__GFP_THISNODE", 0x200000},
    GfpName{"__GFP_RECLAIMABLE", 0x10},
    GfpName{"__GFP_MOVABLE", 0x8},
    GfpName{"__GFP_ACCOUNT", 0x400000},
    GfpName{"__GFP_WRITE", 0x1000},
    GfpName{"__GFP_RECLAIM", 0xc00},
    GfpName{"__GFP_DIRECT_RECLAIM", 0x400},
    GfpName{"__GFP_KSWAPD_RECLAIM", 0x800},
    GfpName{"__GFP_ZEROTAGS", 0x800000},
};

// Read but never printed: the source's spelling of the zone bits, options
// that this build does not have (value 0), and names of other versions.
constexpr std::array kOtherNames = {
    GfpName{"__GFP_DMA", 0x1},
    GfpName{"__GFP_DMA32", 0x4},
    GfpName{"GFP_TEMPORARY", 0xcd0},
    GfpName{"none", 0},
    GfpName{"__GFP_ATOMIC", 0},
    GfpName{"__GFP_COLD", 0},
    GfpName{"__GFP_NOLOCKDEP", 0},
    GfpName{"__GFP_NOTRACK", 0},
    GfpName{"__GFP_NO_OBJ_EXT", 0},
    GfpName{"__GFP_OTHER_NODE", 0},
    GfpName{"__GFP_REPEAT", 0},
    GfpName{"__GFP_SKIP_KASAN", 0},
    GfpName{"__GFP_SKIP_KASAN_POISON", 0},
    GfpName{"__GFP_SKIP_KASAN_UNPOISON", 0},
    GfpName{"__GFP_SKIP_ZERO", 0},
    GfpName{"__GFP_WAIT", 0},
};

// Open addressing, at most a quarter full; an empty name is an empty slot.
constexpr size_t kSlots = 256;
static_assert(kPrintedNames.size() + kOtherNames.size() <= kSlots / 4);

// Length and last eight letters tell all but a few names apart.
constexpr size_t SlotOf(std::string_view name) {
  uint64_t letters = 0;
  const size_t first = name.size() < 8 ? 0 : name.size() - 8;
  for (size_t i = first; i < name.size(); ++i) {
    letters = (letters << 8) | static_cast<unsigned char>(name[i]);
  }
  return ((letters + name.size()) * 0x9e3779b97f4a7c15) >> 56;
}

constexpr std::array<GfpName, kSlots> MakeTable() {
  std::array<GfpName, kSlots> table{};
  const auto insert = [&table](const GfpName& entry) {
    size_t slot = SlotOf(entry.name);
    while (!table[slot].name.empty()) slot = (slot + 1) % kSlots;
    table[slot] = entry;
  };
  for (const GfpName& entry : kPrintedNames) insert(entry);
  for (const GfpName& entry : kOtherNames) insert(entry);
  return table;
}
constexpr std::array<GfpName, kSlots> kTable = MakeTable();

const GfpName* FindName(std::string_view name) {
  if (name.empty()) return nullptr;
  for (size_t slot = SlotOf(name);; slot = (slot + 1) % kSlots) {
    const GfpName& entry = kTable[slot];
    if (entry.name == name) return &entry;
    if (entry.name.empty()) return nullptr;
  }
}

std::string Suggestion(std::string_view word) {
  for (const char* prefix : {"GFP_", "__GFP_", "__"}) {
    const std::string full = prefix + std::string(word);
    if (FindName(full) != nullptr) return " (did you mean \"" + full + "\"?)";
  }
  std::vector<std::string_view> names;
  for (const GfpName& entry : kPrintedNames) names.push_back(entry.name);
  return DidYouMean(word, names);
}

absl::Status UnknownFlag(std::string_view word) {
  if (word.empty()) {
    return InvalidInput("a gfp flag is missing beside \"|\"");
  }
  return InvalidInput("unknown gfp flag \"" + std::string(word) + "\"" +
                      Suggestion(word) +
                      "; expected names such as GFP_KERNEL and __GFP_ZERO, or "
                      "bits such as 0xcc0, joined by \"|\"");
}

// "0x" and at most 32 bits.
bool ParseBits(std::string_view word, uint32_t& bits) {
  if (!word.starts_with("0x")) return false;
  const char* end = word.data() + word.size();
  const auto [stop, error] =
      std::from_chars(word.data() + 2, end, bits, /*base=*/16);
  return error == std::errc() && stop == end;
}

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

void AppendGfp(std::string& out, Gfp flags) {
  uint32_t rest = flags.value();
  const size_t start = out.size();
  for (const GfpName& entry : kPrintedNames) {
    if (rest == 0) break;
    if ((rest & entry.value) != entry.value) continue;
    if (out.size() != start) out += '|';
    out += entry.name;
    rest &= ~entry.value;
  }
  if (rest != 0) {
    if (out.size() != start) out += '|';
    out += "0x";
    AppendHex(out, rest);
  }
}

std::string ToString(Gfp flags) {
  std::string out;
  AppendGfp(out, flags);
  return out;
}

absl::StatusOr<Gfp> ParseGfp(std::string_view text) {
  text = Trimmed(text);
  uint32_t value = 0;
  if (text.empty()) return Gfp();
  for (;;) {
    const size_t bar = text.find('|');
    const std::string_view word = Trimmed(text.substr(0, bar));
    uint32_t bits = 0;
    if (const GfpName* entry = FindName(word); entry != nullptr) {
      value |= entry->value;
    } else if (ParseBits(word, bits)) {
      value |= bits;
    } else {
      return UnknownFlag(word);
    }
    if (bar == std::string_view::npos) return Gfp(value);
    text.remove_prefix(bar + 1);
  }
}

}  // namespace pagelab

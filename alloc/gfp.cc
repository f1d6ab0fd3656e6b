#include "pagelab/alloc/gfp.h"

#include <array>
#include <charconv>
#include <vector>

#include "pagelab/alloc/gfp_names.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"

namespace pagelab {
namespace {

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
static_assert(kGfpNames612.size() + kOtherNames.size() <= kSlots / 4);

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
  for (const GfpName& entry : kGfpNames612) insert(entry);
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
  for (const GfpName& entry : kGfpNames612) names.push_back(entry.name);
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

void AppendGfpNames(std::string& out, uint32_t value,
                    absl::Span<const GfpName> names) {
  uint32_t rest = value;
  const size_t start = out.size();
  for (const GfpName& entry : names) {
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

void AppendGfp(std::string& out, Gfp flags) {
  AppendGfpNames(out, flags.value(), kGfpNames612);
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

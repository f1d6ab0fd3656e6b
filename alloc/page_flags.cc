#include "pagelab/alloc/page_flags.h"

#include <array>
#include <string_view>

#include "pagelab/base/text.h"

namespace pagelab {
namespace {

constexpr PageFlagName FlagName(PageFlags flag, std::string_view name) {
  return {flag.value(), name};
}

// In the order in which they are printed, which is not the order of the bits
// (text-formats.md 1.3).
constexpr std::array kNames = {
    FlagName(page_flag::kLocked, "locked"),
    FlagName(page_flag::kWaiters, "waiters"),
    FlagName(page_flag::kReferenced, "referenced"),
    FlagName(page_flag::kUptodate, "uptodate"),
    FlagName(page_flag::kDirty, "dirty"),
    FlagName(page_flag::kLru, "lru"),
    FlagName(page_flag::kActive, "active"),
    FlagName(page_flag::kWorkingset, "workingset"),
    FlagName(page_flag::kOwnerPriv1, "owner_priv_1"),
    FlagName(page_flag::kOwner2, "owner_2"),
    FlagName(page_flag::kArch1, "arch_1"),
    FlagName(page_flag::kReserved, "reserved"),
    FlagName(page_flag::kPrivate, "private"),
    FlagName(page_flag::kPrivate2, "private_2"),
    FlagName(page_flag::kWriteback, "writeback"),
    FlagName(page_flag::kHead, "head"),
    FlagName(page_flag::kReclaim, "reclaim"),
    FlagName(page_flag::kSwapbacked, "swapbacked"),
    FlagName(page_flag::kUnevictable, "unevictable"),
    FlagName(page_flag::kMlocked, "mlocked"),
    FlagName(page_flag::kHwpoison, "hwpoison"),
    FlagName(page_flag::kIdle, "idle"),
    FlagName(page_flag::kYoung, "young"),
    FlagName(page_flag::kArch2, "arch_2"),
};
constexpr int kNrPageFlags = 24;
static_assert(kNames.size() == kNrPageFlags);
constexpr uint32_t kPrintedFlags = (1u << kNrPageFlags) - 1;

// A field of the word: `width` bits from `shift` up.
struct Field {
  int width;
  int shift;

  uint64_t mask() const { return (uint64_t{1} << width) - 1; }
  uint64_t Put(uint64_t value) const {
    return width == 0 ? 0 : (value & mask()) << shift;
  }
  uint64_t Get(uint64_t word) const { return (word >> shift) & mask(); }
};

// From the top of the word downwards.
struct Fields {
  explicit Fields(const PageFlagsLayout& layout)
      : node{layout.node_width, 64 - layout.node_width},
        zone{layout.zone_width, node.shift - layout.zone_width},
        lastcpupid{layout.lastcpupid_width,
                   zone.shift - layout.lastcpupid_width} {}
  Field node;
  Field zone;
  Field lastcpupid;
};

// Appends items joined with '|'.
class Joiner {
 public:
  explicit Joiner(std::string& out) : out_(out) {}
  std::string& Next() {
    if (!first_) out_ += '|';
    first_ = false;
    return out_;
  }

 private:
  std::string& out_;
  bool first_ = true;
};

void AppendNames(Joiner& items, uint64_t word,
                 absl::Span<const PageFlagName> names) {
  for (const PageFlagName& entry : names) {
    if ((word & entry.mask) != 0) items.Next() += entry.name;
  }
}

void BeginWord(std::string& out, uint64_t word) {
  out += "0x";
  AppendHex(out, word);
  out += '(';
}

}  // namespace

uint64_t FlagsWordFields(NodeId node, int zone_index,
                         const PageFlagsLayout& layout) {
  const Fields fields(layout);
  return fields.node.Put(static_cast<uint64_t>(node.value())) |
         fields.zone.Put(static_cast<uint64_t>(zone_index)) |
         fields.lastcpupid.Put(~uint64_t{0});
}

uint64_t FlagsWord(PageFlags flags, NodeId node, int zone_index,
                   const PageFlagsLayout& layout) {
  return (flags.value() & kPrintedFlags) |
         FlagsWordFields(node, zone_index, layout);
}

void AppendFlagsWord(std::string& out, uint64_t word,
                     const PageFlagsLayout& layout) {
  AppendFlagsWord(out, word, kNames, layout);
}

void AppendFlagsWord(std::string& out, uint64_t word,
                     absl::Span<const PageFlagName> names,
                     const PageFlagsLayout& layout) {
  BeginWord(out, word);
  Joiner items(out);
  AppendNames(items, word, names);
  const Fields fields(layout);
  if (fields.node.width != 0) {
    AppendDecimal(items.Next() += "node=", fields.node.Get(word));
  }
  if (fields.zone.width != 0) {
    AppendDecimal(items.Next() += "zone=", fields.zone.Get(word));
  }
  if (fields.lastcpupid.width != 0) {
    AppendHex(items.Next() += "lastcpupid=0x", fields.lastcpupid.Get(word));
  }
  out += ')';
}

void AppendFlagsWordNames(std::string& out, uint64_t word,
                          absl::Span<const PageFlagName> names) {
  BeginWord(out, word);
  Joiner items(out);
  AppendNames(items, word, names);
  out += ')';
}

}  // namespace pagelab

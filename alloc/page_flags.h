#ifndef PAGELAB_ALLOC_PAGE_FLAGS_H_
#define PAGELAB_ALLOC_PAGE_FLAGS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/types/span.h"
#include "pagelab/alloc/types.h"

namespace pagelab {

// The flags of a frame: bit positions of 6.12 on x86-64 with memory failure
// and page idle tracking (text-formats.md 1.3). A set, not a number.
class PageFlags {
 public:
  constexpr PageFlags() = default;
  constexpr explicit PageFlags(uint32_t value) : value_(value) {}
  constexpr uint32_t value() const { return value_; }
  constexpr bool Has(PageFlags flags) const {
    return (value_ & flags.value_) == flags.value_;
  }
  constexpr PageFlags With(PageFlags flags) const {
    return PageFlags(value_ | flags.value_);
  }
  constexpr PageFlags Without(PageFlags flags) const {
    return PageFlags(value_ & ~flags.value_);
  }
  friend constexpr bool operator==(PageFlags, PageFlags) = default;

 private:
  uint32_t value_ = 0;
};

namespace page_flag {
inline constexpr PageFlags kLocked{1u << 0};
inline constexpr PageFlags kWriteback{1u << 1};
inline constexpr PageFlags kReferenced{1u << 2};
inline constexpr PageFlags kUptodate{1u << 3};
inline constexpr PageFlags kDirty{1u << 4};
inline constexpr PageFlags kLru{1u << 5};
inline constexpr PageFlags kHead{1u << 6};
inline constexpr PageFlags kWaiters{1u << 7};
inline constexpr PageFlags kActive{1u << 8};
inline constexpr PageFlags kWorkingset{1u << 9};
inline constexpr PageFlags kOwnerPriv1{1u << 10};
inline constexpr PageFlags kOwner2{1u << 11};
inline constexpr PageFlags kArch1{1u << 12};
inline constexpr PageFlags kReserved{1u << 13};
inline constexpr PageFlags kPrivate{1u << 14};
inline constexpr PageFlags kPrivate2{1u << 15};
inline constexpr PageFlags kReclaim{1u << 16};
inline constexpr PageFlags kSwapbacked{1u << 17};
inline constexpr PageFlags kUnevictable{1u << 18};
inline constexpr PageFlags kMlocked{1u << 19};
inline constexpr PageFlags kHwpoison{1u << 20};
inline constexpr PageFlags kYoung{1u << 21};
inline constexpr PageFlags kIdle{1u << 22};
inline constexpr PageFlags kArch2{1u << 23};
// Not a flag of 6.12, whose slab pages have a type instead: never in a flags
// word of that version, but older ones print it.
inline constexpr PageFlags kSlab{1u << 24};
}  // namespace page_flag

// Widths of the fields at the top of the 64-bit flags word, a property of the
// kernel build (text-formats.md 1.3). The defaults are the recorded build's.
struct PageFlagsLayout {
  int node_width = 6;
  int zone_width = 2;
  int lastcpupid_width = 14;

  friend bool operator==(const PageFlagsLayout&,
                         const PageFlagsLayout&) = default;
};

// A flag in a flags word, and what it is called.
struct PageFlagName {
  uint64_t mask;
  std::string_view name;
};

// The fields of a flags word, without flags: node, zone and a lastcpupid that
// was never set.
uint64_t FlagsWordFields(NodeId node, int zone_index,
                         const PageFlagsLayout& layout);

// The whole flags word of a frame in 6.12.
uint64_t FlagsWord(PageFlags flags, NodeId node, int zone_index,
                   const PageFlagsLayout& layout);

// The text of %pGp: "0x<hex>(names|node=..|zone=..|lastcpupid=0x..)".
void AppendFlagsWord(std::string& out, uint64_t word,
                     const PageFlagsLayout& layout);
// The same with the names of another version, in its order.
void AppendFlagsWord(std::string& out, uint64_t word,
                     absl::Span<const PageFlagName> names,
                     const PageFlagsLayout& layout);
// "0x<hex>(names)" alone, as before 5.14.
void AppendFlagsWordNames(std::string& out, uint64_t word,
                          absl::Span<const PageFlagName> names);

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_PAGE_FLAGS_H_

#ifndef PAGELAB_OWNER_OWNER_TEXT_PROFILE_H_
#define PAGELAB_OWNER_OWNER_TEXT_PROFILE_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "absl/types/span.h"
#include "pagelab/alloc/gfp_era.h"
#include "pagelab/alloc/page_flags_era.h"
#include "pagelab/alloc/types.h"

namespace pagelab {

// The second line of a record.
enum class PfnLineStyle : uint8_t {
  // "PFN 4096 Block 8 type 2 Fallback Flags ...": the pageblock's type by
  // number, and a word where the page's is another.
  kNumbers,
  // "PFN 4096 type Movable Block 8 type Movable Flags ...".
  kNames,
  // The same with "PFN 0x1000".
  kNamesHexPfn,
};

// One frame of a stack.
enum class FrameStyle : uint8_t {
  // " [<ffffffff8115a0b1>] alloc_pages_vma+0x91/0x100".
  kAddress,
  // " alloc_pages_vma+0x91/0x100".
  kSymbol,
};

// What a bug report says of a page's owner (page-ext-owner-depot.md 8).
enum class DumpPageStyle : uint8_t {
  // Nothing: before 4.6.
  kNone,
  // The allocation of a page in use.
  kAllocation,
  // The last allocation and the last free.
  kAllocationAndFree,
};

// The text of page_owner in a kernel version (page-ext-owner-depot.md 6.3 and
// 8, text-formats.md 3). Nothing here decides what is recorded.
struct OwnerTextProfile {
  std::string_view version;
  const GfpEra* gfp = &kGfpEra612;
  const PageFlagsEra* page_flags = &kPageFlagsEra612;

  // The first line: "mask 0xcc0" with "(GFP_KERNEL)", ", pid 1",
  // ", tgid 1 (init)", ", ts 5 ns", ", free_ts 0 ns".
  bool mask_names = true;
  bool pid = true;
  bool tgid_and_comm = true;
  bool ts = true;
  bool free_ts = false;
  PfnLineStyle pfn_line = PfnLineStyle::kNamesHexPfn;
  FrameStyle frame = FrameStyle::kSymbol;
  // By MigrateReason; one that the version lacks prints no line.
  absl::Span<const std::string_view> migrate_reasons;
  bool memcg_line = true;

  // Bytes of a read that count at most; SIZE_MAX: all (6.2).
  size_t max_read = kPageSize;
  // Positions are pfns and lseek() works; else they count from the first pfn
  // of memory and it does not (6.1).
  bool seek = true;

  DumpPageStyle dump_page = DumpPageStyle::kAllocationAndFree;
  // Who and when in the report's line about the allocation, and who in that
  // about the free.
  bool dump_page_ids = true;
  bool dump_page_free_ids = true;
};

extern const OwnerTextProfile kOwnerText612;

// The text of a kernel profile: "3.19", "4.5", "4.7", "4.8", "5.10", "6.3",
// "6.12". Null for another.
const OwnerTextProfile* FindOwnerTextProfile(std::string_view version);

// All of them, oldest first.
absl::Span<const OwnerTextProfile* const> OwnerTextProfiles();

}  // namespace pagelab

#endif  // PAGELAB_OWNER_OWNER_TEXT_PROFILE_H_

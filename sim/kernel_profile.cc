#include "pagelab/sim/kernel_profile.h"

#include <algorithm>

namespace pagelab {
namespace {

// struct page_ext holds the record itself until 4.9
// (page-ext-owner-depot.md 3.1).
constexpr uint32_t kFlags = 8;
constexpr uint32_t kPageExt319 = kFlags + 96;
constexpr uint32_t kPageExt45 = kFlags + 80;
constexpr uint32_t kPageExt48 = kFlags + 16;

PageExtProfile PageExtOf(uint32_t struct_page_ext) {
  PageExtProfile profile;
  profile.shared_flags_size = struct_page_ext;
  return profile;
}

// What is taken from the page allocator before page_ext starts, besides its
// own tables. Fitted: a document of 3.19 gives the sum of all early pages of a
// 2 GiB machine, nobody says whose those outside the tables are
// (page-ext-owner-depot.md 3.2, 17). Slab start-up, in blocks of one and two
// pages, is a guess.
std::vector<EarlyAllocation> FittedSlabStart() {
  return {{.what = "slab", .count = 15, .order = Order(0)},
          {.what = "slab of larger objects", .count = 8, .order = Order(1)}};
}

constexpr CommandLineRules kOnlyOn = {.page_owner_takes_bool = false,
                                      .has_stack_depot_disable = false,
                                      .has_page_table_check = false,
                                      .has_mem_profiling = false};
// page_table_check came in 5.17, memory profiling in 6.10.
constexpr CommandLineRules kWithoutProfiling = {.has_mem_profiling = false};

std::vector<KernelProfile> MakeProfiles() {
  std::vector<KernelProfile> profiles;
  profiles.push_back({.version = "3.19",
                      .release = "3.19.0",
                      .page_ext = PageExtOf(kPageExt319),
                      .depot = std::nullopt,
                      .owner = PageOwnerProfile319(),
                      .debug_pagealloc = kDebugPagealloc319,
                      .has_page_idle = false,
                      .has_32bit_page_idle = false,
                      .counts_page_ext = false,
                      .command_line = kOnlyOn,
                      .early_allocations = FittedSlabStart()});
  profiles.push_back({.version = "4.5",
                      .release = "4.5.0",
                      .page_ext = PageExtOf(kPageExt45),
                      .depot = std::nullopt,
                      .owner = PageOwnerProfile45(),
                      .debug_pagealloc = kDebugPagealloc319,
                      .has_32bit_page_idle = false,
                      .counts_page_ext = false,
                      .command_line = kOnlyOn,
                      .early_allocations = FittedSlabStart()});
  profiles.push_back({.version = "4.7",
                      .release = "4.7.0",
                      .page_ext = PageExtOf(kPageExt45),
                      .depot = std::nullopt,
                      .owner = PageOwnerProfile47(),
                      .debug_pagealloc = kDebugPagealloc319,
                      .has_32bit_page_idle = false,
                      .counts_page_ext = false,
                      .command_line = kOnlyOn,
                      .early_allocations = FittedSlabStart()});
  profiles.push_back({.version = "4.8",
                      .release = "4.8.0",
                      .page_ext = PageExtOf(kPageExt48),
                      .depot = kStackDepotProfile48,
                      .owner = PageOwnerProfile48(),
                      .debug_pagealloc = kDebugPagealloc319,
                      .has_32bit_page_idle = false,
                      .counts_page_ext = false,
                      .command_line = kOnlyOn,
                      .early_allocations = FittedSlabStart()});
  profiles.push_back({.version = "5.10",
                      .release = "5.10.0",
                      .page_ext = PageExtOf(kFlags),
                      .page_ext_place = PageExtBootPlace::kKernelInit,
                      .depot = kStackDepotProfile510,
                      .owner = PageOwnerProfile510(),
                      .counts_page_ext = false,
                      .command_line = kOnlyOn,
                      .early_allocations = std::nullopt});
  profiles.push_back({.version = "6.3",
                      .release = "6.3.0",
                      .page_ext = PageExtOf(kFlags),
                      .depot = kStackDepotProfile63,
                      .owner = PageOwnerProfile63(),
                      .counts_page_ext = false,
                      .command_line = kWithoutProfiling,
                      .early_allocations = std::nullopt});
  profiles.push_back({.version = kDefaultKernel,
                      .release = "6.12.117",
                      .page_ext = PageExtOf(kFlags),
                      .depot = kStackDepotProfile612,
                      .owner = {},
                      .command_line = {},
                      .early_allocations = std::nullopt});
  return profiles;
}

}  // namespace

absl::Span<const KernelProfile> KernelProfiles() {
  static const auto* const profiles =
      new std::vector<KernelProfile>(MakeProfiles());
  return *profiles;
}

const KernelProfile* FindKernelProfile(std::string_view version) {
  const absl::Span<const KernelProfile> all = KernelProfiles();
  const auto found = std::find_if(
      all.begin(), all.end(),
      [version](const KernelProfile& p) { return p.version == version; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace pagelab

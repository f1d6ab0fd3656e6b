#ifndef PAGELAB_SIM_KERNEL_PROFILE_H_
#define PAGELAB_SIM_KERNEL_PROFILE_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "pagelab/owner/page_owner_profile.h"
#include "pagelab/pageext/debug_profile.h"
#include "pagelab/pageext/page_ext.h"
#include "pagelab/sim/kernel_command_line.h"
#include "pagelab/sim/machine_config.h"
#include "pagelab/stackdepot/stack_depot_profile.h"

namespace pagelab {

// When boot makes the page_ext tables (page-ext-owner-depot.md 2).
enum class PageExtBootPlace : uint8_t {
  // After slab, before the per-cpu lists get their size.
  kCoreInit,
  // Late, in the first kernel thread.
  kKernelInit,
};

// A kernel version, as far as tracking and its formats go (DESIGN.md decision
// 6). How pages are chosen is 6.12's in all of them.
struct KernelProfile {
  std::string_view version;
  // As in the first line of the log.
  std::string_view release;
  PageExtProfile page_ext;
  PageExtBootPlace page_ext_place = PageExtBootPlace::kCoreInit;
  // Absent: records hold their stacks.
  std::optional<StackDepotProfile> depot;
  PageOwnerProfile owner;
  DebugPageallocProfile debug_pagealloc = {};
  // The bitmap came in 4.3; what a 32-bit page_ext looked like while it held
  // page_owner's record is not known here.
  bool has_page_idle = true;
  bool has_32bit_page_idle = true;
  // Its tables are in nr_memmap_pages of vmstat, a counter of 6.11.
  bool counts_page_ext = true;
  CommandLineRules command_line;
  // Instead of a machine's own, which are those of the recorded 6.12.
  std::optional<std::vector<EarlyAllocation>> early_allocations;
};

// What a machine boots unless it names another.
inline constexpr std::string_view kDefaultKernel = "6.12";

// Oldest first.
absl::Span<const KernelProfile> KernelProfiles();
// Null if there is none.
const KernelProfile* FindKernelProfile(std::string_view version);

}  // namespace pagelab

#endif  // PAGELAB_SIM_KERNEL_PROFILE_H_

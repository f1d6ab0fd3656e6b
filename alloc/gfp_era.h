#ifndef PAGELAB_ALLOC_GFP_ERA_H_
#define PAGELAB_ALLOC_GFP_ERA_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/types/span.h"
#include "pagelab/alloc/gfp.h"
#include "pagelab/alloc/gfp_names.h"
#include "pagelab/alloc/migratetype.h"

namespace pagelab {

// What the bits of a gfp mask mean in a kernel version. The machine allocates
// with the masks of 6.12; where another version keeps or prints a mask, it is
// translated by meaning. The same number means something else in each era
// (text-formats.md 1.2).
struct GfpEra {
  // A request that has all of `all` and none of `none` has `bits` here.
  struct Rule {
    Gfp all;
    Gfp none;
    uint32_t bits = 0;
  };

  // "4.7": the first kernel profile it is for.
  std::string_view version;
  // Empty: the bits are those of 6.12.
  absl::Span<const Rule> rules;
  // In the order of %pGg; empty: the version prints masks in hex only.
  absl::Span<const GfpName> names;
  uint32_t movable = 0x8;
  uint32_t reclaimable = 0x10;
  // The version's number of each Migratetype: 3.19 has Reclaimable before
  // Movable (page-ext-owner-depot.md 6.3).
  std::array<uint8_t, kMigrateTypes> type_numbers = {0, 1, 2, 3, 4, 5};
};

// The mask of `flags` in that version. Bits that it lacks vanish; no flags at
// all are 0 in each.
uint32_t EraGfp(const GfpEra& era, Gfp flags);

// The type that a mask of that version asks for; both mobility bits read as
// HighAtomic, whose place was Reserve's before 4.4.
Migratetype EraMigratetype(const GfpEra& era, uint32_t mask);

// The text of the version's %pGg.
void AppendEraGfp(std::string& out, const GfpEra& era, uint32_t mask);

// 3.19: __GFP_WAIT, and __GFP_NO_KSWAPD instead of the two reclaim bits.
extern const GfpEra kGfpEra319;
// 4.5 to 4.7. 4.5 prints no names; these are those of 4.6 and 4.7.
extern const GfpEra kGfpEra47;
// 4.8: GFP_TRANSHUGE lost __GFP_NORETRY, and GFP_TRANSHUGE_LIGHT came.
extern const GfpEra kGfpEra48;
// 5.10: the bits of 6.12 and __GFP_ATOMIC.
extern const GfpEra kGfpEra510;
// 6.3: GFP_NOWAIT does not silence warnings.
extern const GfpEra kGfpEra63;
extern const GfpEra kGfpEra612;

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_GFP_ERA_H_

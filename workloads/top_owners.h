#ifndef PAGELAB_WORKLOADS_TOP_OWNERS_H_
#define PAGELAB_WORKLOADS_TOP_OWNERS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "pagelab/alloc/gfp.h"
#include "pagelab/alloc/gfp_era.h"
#include "pagelab/alloc/types.h"
#include "pagelab/sim/machine.h"

namespace pagelab {

// Allocated blocks with the same stack, order, mask and comm.
struct TopOwner {
  PageCount pages;
  // How many blocks.
  uint64_t times = 0;
  Order order;
  Gfp gfp;
  std::string comm;
  // The frame that names the owner, see OwnFrame()
  // of own_frame.h; words in parentheses for
  // page_owner's own memory and for stacks that could not be stored.
  std::string frame;
  // All frames, innermost first.
  std::vector<std::string> stack;
};

// Who holds the memory of a machine, by what page_owner recorded.
struct OwnerOverview {
  // What the bits of the masks mean.
  const GfpEra* gfp_era = &kGfpEra612;
  // False: page_owner is off, everything else is empty.
  bool tracked = false;
  // Everything in the dump, early pages included.
  PageCount pages;
  uint64_t records = 0;
  // Pages that were allocated before page_owner started; in no owner.
  PageCount early_pages;
  // Different (stack, order, mask, comm), and those with the most pages, most
  // first; of equals the one with the lowest pfn first.
  uint64_t owners = 0;
  std::vector<TopOwner> top;
};

// The names in a mask of that version.
std::string GfpText(const GfpEra& era, Gfp mask);

// Looks at every allocated block; keeps at most `max_owners` in `top`.
OwnerOverview SummarizeOwners(Machine& machine, size_t max_owners);

// The table that ends a run: a heading, a line for each owner, and what is not
// in it.
std::string OwnerTable(const OwnerOverview& overview);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_TOP_OWNERS_H_

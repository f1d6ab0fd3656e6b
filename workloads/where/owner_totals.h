#ifndef PAGELAB_WORKLOADS_WHERE_OWNER_TOTALS_H_
#define PAGELAB_WORKLOADS_WHERE_OWNER_TOTALS_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "pagelab/base/input_stream.h"
#include "pagelab/workloads/where/memory_class.h"

namespace pagelab {

// Who took pages that no figure of the kernel has: blocks with the same own
// frame (OwnFrame() of own_frame.h).
struct DirectOwner {
  // "nicdrv_alloc_rx_buffers [nicdrv]"; words in parentheses for page_owner's
  // own memory and stacks that could not be stored.
  std::string function;
  int64_t pages = 0;
  int64_t blocks = 0;
};

// A page_owner dump, added up.
struct OwnerTotals {
  std::array<int64_t, kNrMemoryClasses> pages{};
  int64_t records = 0;
  // Of class kDirect; most pages first, of equals by name.
  std::vector<DirectOwner> direct;
};

// Reads it to the end; one record is in memory at a time.
absl::StatusOr<OwnerTotals> TotalOwners(InputStream& dump);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_WHERE_OWNER_TOTALS_H_

#ifndef PAGELAB_OWNER_SORT_COMPAT_SORT_H_
#define PAGELAB_OWNER_SORT_COMPAT_SORT_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "pagelab/base/output_stream.h"
#include "pagelab/owner/sort/sort_plan.h"

namespace pagelab {

struct CompatSortRequest {
  SortPlan plan;
  std::string input;
  // Gets the messages of -d, if there is one.
  std::function<void(std::string_view)> debug;
};

struct CompatSortResult {
  // Blocks that the filters let through.
  uint64_t loaded = 0;
  // The input has more blocks than a hundredth of its bytes: nothing was
  // written.
  bool too_many = false;
};

// Reads a dump, groups and sorts its blocks, and writes them, each as a
// generation of the kernel's page_owner_sort does (page-owner-sort.md 2 to 6).
// Differs from Linux: compressed input is decompressed, and not limited in its
// number of blocks.
absl::StatusOr<CompatSortResult> CompatSort(const CompatSortRequest& request,
                                            OutputStream& out);

}  // namespace pagelab

#endif  // PAGELAB_OWNER_SORT_COMPAT_SORT_H_

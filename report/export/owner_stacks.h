#ifndef PAGELAB_REPORT_EXPORT_OWNER_STACKS_H_
#define PAGELAB_REPORT_EXPORT_OWNER_STACKS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pagelab/owner/dump/dump_field.h"
#include "pagelab/owner/dump/group_counter.h"
#include "pagelab/report/source/memory_picture.h"

namespace pagelab {

// Pages whose records have a stack, and other fields, in common.
struct OwnerStack {
  // "sym+0x1/0x2 [module]", outermost first.
  std::vector<std::string> frames;
  // Of the other fields that were asked for, in their order.
  std::vector<std::string> labels;
  GroupCount count;
};

// Adds up the dump of the picture, with all processors where it is a plain
// file; most pages first. Memory use is proportional to the number of groups.
// An error if the picture has no dump.
absl::StatusOr<std::vector<OwnerStack>> SumOwnerStacks(
    const MemoryPicture& picture, absl::Span<const DumpField> labels);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_EXPORT_OWNER_STACKS_H_

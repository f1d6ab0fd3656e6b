#include "pagelab/report/export/owner_stacks.h"

#include <algorithm>
#include <utility>

#include "pagelab/base/status.h"
#include "pagelab/owner/dump/group_dumps.h"
#include "pagelab/owner/own_frame.h"

namespace pagelab {

absl::StatusOr<std::vector<OwnerStack>> SumOwnerStacks(
    const MemoryPicture& picture, absl::Span<const DumpField> labels) {
  if (picture.owners == nullptr) {
    return InvalidInput(picture.title +
                        ": there is no page_owner dump in it, which says who "
                        "owns what; expected a run, a dump or a replay with "
                        "page_owner on");
  }
  GroupOptions options;
  std::vector<DumpField> by = {DumpField::kStack};
  for (const DumpField label : labels) by.push_back(label);
  options.by = std::move(by);
  options.now = picture.now;
  PAGELAB_ASSIGN_OR_RETURN(GroupedDumps grouped,
                           GroupDumps({picture.owners->path()}, options));
  std::vector<OwnerStack> stacks;
  stacks.reserve(grouped.groups.size());
  for (DumpGroup& group : grouped.groups) {
    OwnerStack& stack = stacks.emplace_back();
    stack.count = group.count;
    for (const std::string_view frame : FramesOf(group.values.front())) {
      stack.frames.emplace_back(frame);
    }
    std::reverse(stack.frames.begin(), stack.frames.end());
    for (size_t i = 1; i < group.values.size(); ++i) {
      stack.labels.push_back(std::move(group.values[i]));
    }
    // No longer needed: a large dump has many.
    group.values.clear();
  }
  return stacks;
}

}  // namespace pagelab

#ifndef PAGELAB_OWNER_SORT_GROUP_WRITER_H_
#define PAGELAB_OWNER_SORT_GROUP_WRITER_H_

#include "absl/types/span.h"
#include "pagelab/base/output_stream.h"
#include "pagelab/owner/sort/group_table.h"
#include "pagelab/owner/sort/group_text.h"

namespace pagelab {

// Writes the groups in this order as the plan's generation of the tool does
// (page-owner-sort.md 6 and 9). `text` is that of the table.
void WriteGroups(const GroupTable& table, const GroupText& text,
                 absl::Span<const Group* const> groups, OutputStream& out);

}  // namespace pagelab

#endif  // PAGELAB_OWNER_SORT_GROUP_WRITER_H_

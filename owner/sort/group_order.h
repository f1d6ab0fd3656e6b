#ifndef PAGELAB_OWNER_SORT_GROUP_ORDER_H_
#define PAGELAB_OWNER_SORT_GROUP_ORDER_H_

#include <vector>

#include "pagelab/owner/sort/group_table.h"
#include "pagelab/owner/sort/group_text.h"

namespace pagelab {

// The groups in the order of the plan's keys, where these are equal in the
// order of the cull keys, or of the texts. Groups that are equal in everything
// become one. `text` is that of the table.
std::vector<const Group*> SortGroups(GroupTable& table, const GroupText& text);

}  // namespace pagelab

#endif  // PAGELAB_OWNER_SORT_GROUP_ORDER_H_

#ifndef PAGELAB_OWNER_SORT_SORT_LISTS_H_
#define PAGELAB_OWNER_SORT_SORT_LISTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pagelab/owner/sort/sort_plan.h"

namespace pagelab {

// The lists that are arguments of options (page-owner-sort.md 1.2). Parts are
// separated by commas and may be empty.
std::vector<std::string> SplitSortList(std::string_view list);

// Each part as strtol() takes it: blanks and a sign in front are fine, nothing
// behind is. Values are cut to 32 bits. Nothing if a part is no number.
std::optional<std::vector<int32_t>> ParseIdList(std::string_view list);

// Adds to `keys`; false for a key that the generation does not know.
bool ParseCullKeys(std::string_view list, SortGeneration generation,
                   CullKeys& keys);

// Nothing for a key that the generation does not know.
std::optional<std::vector<SortKey>> ParseSortKeys(std::string_view list,
                                                  SortGeneration generation);

// The words for keys, to choose from in a message.
std::vector<std::string_view> CullKeyNames(SortGeneration generation);
std::vector<std::string_view> SortKeyNames(SortGeneration generation);

}  // namespace pagelab

#endif  // PAGELAB_OWNER_SORT_SORT_LISTS_H_

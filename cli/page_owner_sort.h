#ifndef PAGELAB_CLI_PAGE_OWNER_SORT_H_
#define PAGELAB_CLI_PAGE_OWNER_SORT_H_

#include <optional>
#include <string_view>

#include "pagelab/owner/sort/sort_plan.h"

namespace pagelab {

// The tools of old kernels that can be asked for, as --compat names them.
struct CompatName {
  std::string_view name;
  SortGeneration generation;
};
inline constexpr CompatName kCompatNames[] = {
    {"6.12", SortGeneration::kLinux612},
    {"6.3", SortGeneration::kLinux63},
    {"5.17", SortGeneration::kLinux517},
    {"3.19", SortGeneration::kLinux319},
};

// Runs a command line that is for the kernel's page_owner_sort: called by that
// name, or "pagelab sort" with --compat. Its grammar is that of getopt_long(),
// so nothing else may have parsed it. Returns the exit code; nothing if the
// command line is another.
std::optional<int> RunPageOwnerSort(int argc, char** argv);

}  // namespace pagelab

#endif  // PAGELAB_CLI_PAGE_OWNER_SORT_H_

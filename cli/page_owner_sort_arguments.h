#ifndef PAGELAB_CLI_PAGE_OWNER_SORT_ARGUMENTS_H_
#define PAGELAB_CLI_PAGE_OWNER_SORT_ARGUMENTS_H_

#include <string>
#include <string_view>
#include <vector>

#include "pagelab/owner/sort/sort_plan.h"

namespace pagelab {

// The command line of the kernel's page_owner_sort, understood.
struct PageOwnerSortArguments {
  SortPlan plan;
  bool debug = false;
  // The usage is to be shown, and nothing done.
  bool usage = false;
  // A list was wrong, and that has been said.
  bool failed = false;
  std::vector<std::string> files;
};

// With getopt_long(), which writes its own messages to standard error. The
// first word is the program's name.
PageOwnerSortArguments ParsePageOwnerSort(SortGeneration generation,
                                          std::vector<char*> words);

std::string PageOwnerSortUsage(SortGeneration generation);

// A line on standard error that says nothing but this.
void PrintToolLine(std::string_view text);

}  // namespace pagelab

#endif  // PAGELAB_CLI_PAGE_OWNER_SORT_ARGUMENTS_H_

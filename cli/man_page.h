#ifndef PAGELAB_CLI_MAN_PAGE_H_
#define PAGELAB_CLI_MAN_PAGE_H_

#include <string>

#include "pagelab/cli/command_tree.h"

namespace pagelab {

// "pagelab-bench-hotpath": the page pagelab-bench-hotpath(1).
std::string ManPageName(const CommandNode& node);

// The man page of a command, in roff with the man macros. `program` is the
// root.
std::string ManPage(const CommandNode& program, const CommandNode& node);

// That of page_owner_sort(1), as which the program runs under that name.
std::string PageOwnerSortManPage();

}  // namespace pagelab

#endif  // PAGELAB_CLI_MAN_PAGE_H_

#ifndef PAGELAB_CLI_PRINT_FILE_H_
#define PAGELAB_CLI_PRINT_FILE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "pagelab/cli/command.h"
#include "pagelab/sim/machine.h"

namespace pagelab {

// The part of a command line that asks for one file of the simulated kernel on
// standard output.
struct PrintFileArguments {
  std::string path;
  std::string start_pfn;
  std::string read_size;

  bool wanted() const {
    return !path.empty() || !start_pfn.empty() || !read_size.empty();
  }
};

void AddPrintFileArguments(CLI::App& app, PrintFileArguments& arguments);

// What is wrong with the options together, or "".
std::string UsageOf(const PrintFileArguments& arguments);

// Opens the file, page_owner if none is named. NotFound with all paths when
// the machine does not have it; InvalidArgument when it cannot start at a pfn.
absl::StatusOr<std::unique_ptr<SimFile>> OpenFileToPrint(
    Machine& machine, const PrintFileArguments& arguments);

// The whole file; from a pfn on, or in reads of a size, as a process would get
// it: records that do not fit such a read are left out, with a note.
absl::Status PrintFile(SimFile& file, const PrintFileArguments& arguments,
                       CommandContext& context);

}  // namespace pagelab

#endif  // PAGELAB_CLI_PRINT_FILE_H_

#ifndef PAGELAB_CLI_CHILD_PROCESS_H_
#define PAGELAB_CLI_CHILD_PROCESS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace pagelab {

struct ChildCommand {
  // The path of the program, not looked up anywhere.
  std::string program;
  std::vector<std::string> arguments;
  // Its standard error is ours; with this it is shown only if the child fails.
  bool quiet = false;
};

// Runs the program to its end, without standard input, and returns what it
// wrote to standard output. The child dies with this process, however that
// ends. An exit code but 0 or a signal is an error that names the program;
// exit code 3, bad input here as there, is InvalidArgument.
absl::StatusOr<std::string> RunChild(const ChildCommand& command);

}  // namespace pagelab

#endif  // PAGELAB_CLI_CHILD_PROCESS_H_

#ifndef PAGELAB_CLI_REPLAY_EXACT_H_
#define PAGELAB_CLI_REPLAY_EXACT_H_

#include <string>

#include "absl/status/statusor.h"
#include "pagelab/cli/command.h"

namespace pagelab {

// The part of `pagelab replay` that starts from a snapshot of the recorded
// machine's allocator and checks every page frame.
struct ReplayExactArguments {
  std::string from;
  std::string expect;
  bool resync = false;
  bool no_infer = false;

  bool wanted() const { return !from.empty(); }
};

void AddReplayExactOptions(CLI::App& app, ReplayExactArguments& arguments);

struct ReplayExactInputs {
  std::string trace;
  // Directory for the report and the final snapshot; empty: none.
  std::string output;
  bool json = false;
};

// kExitFine only when all that can be compared is exact.
absl::StatusOr<int> ReplayExactly(const ReplayExactArguments& arguments,
                                  const ReplayExactInputs& inputs,
                                  CommandContext& context);

}  // namespace pagelab

#endif  // PAGELAB_CLI_REPLAY_EXACT_H_

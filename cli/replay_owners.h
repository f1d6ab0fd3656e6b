#ifndef PAGELAB_CLI_REPLAY_OWNERS_H_
#define PAGELAB_CLI_REPLAY_OWNERS_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "pagelab/cli/command.h"

namespace pagelab {

// The part of `pagelab replay` that says who owns the recorded machine's
// pages, from the recording alone: a pass of its own over it.
struct ReplayOwnersArguments {
  // Where the page_owner text goes; empty: nowhere.
  std::string dump;
  // The machine's own page_owner file, to compare with; empty: none.
  std::string compare;
  // page_owner's clock less the recording's.
  int64_t clock_offset_ns = 0;

  bool wanted() const { return !dump.empty() || !compare.empty(); }
};

// What `pagelab replay` was given besides.
struct ReplayOwnersInputs {
  std::string trace;
  // A machine is to be driven, too.
  bool drives_machine = false;
  // Snapshots at the beginning and at the end, empty without.
  std::string from;
  std::string expect;
  uint64_t ticks_per_second = 1'000'000'000;
  bool json = false;
};

void AddReplayOwnersOptions(CLI::App& app, ReplayOwnersArguments& arguments);

// Runs `replay` where a machine is to be driven or the arguments want nothing,
// and then what they want. kExitFinding: the comparison found differences that
// nothing explains.
absl::StatusOr<int> ReplayWithOwners(
    const ReplayOwnersArguments& arguments, const ReplayOwnersInputs& inputs,
    CommandContext& context,
    const std::function<absl::StatusOr<int>()>& replay);

}  // namespace pagelab

#endif  // PAGELAB_CLI_REPLAY_OWNERS_H_

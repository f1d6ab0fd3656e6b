#ifndef PAGELAB_CLI_SOURCE_ARGUMENTS_H_
#define PAGELAB_CLI_SOURCE_ARGUMENTS_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pagelab/cli/command.h"
#include "pagelab/cli/scenario_arguments.h"
#include "pagelab/report/source/memory_picture.h"

namespace pagelab {

// The part of a command line that says what is to be shown: a run, a dump, a
// recording, a snapshot or a directory, told by its content.
struct SourceArguments {
  std::string source;
  // Of a run; of a replay the machine, its settings and its command line.
  // `scenario` is not used.
  ScenarioArguments what;
  // Of a recording: what it says itself, without a machine.
  bool recorded = false;
  uint64_t ticks_per_second = 1'000'000'000;
};

void AddSourceArguments(CLI::App& app, SourceArguments& arguments);

// Runs, replays or reads the source. The title, commands and sentences of the
// picture are set. Options that mean nothing for what the source is are an
// error. With an empty source a machine only boots.
absl::StatusOr<MemoryPicture> OpenSource(const SourceArguments& arguments,
                                         PictureNeeds needs,
                                         CommandContext& context);

// An error if the file `output` is one that would be read: the source, of a
// directory what is read of it, or one of `others` (paths, names of what is no
// file, or empty). Call it before anything is read; it is a usage error.
absl::Status RefuseOverwriting(const std::string& output,
                               const SourceArguments& arguments,
                               absl::Span<const std::string> others = {});

}  // namespace pagelab

#endif  // PAGELAB_CLI_SOURCE_ARGUMENTS_H_

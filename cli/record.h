#ifndef PAGELAB_CLI_RECORD_H_
#define PAGELAB_CLI_RECORD_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "pagelab/base/output_stream.h"
#include "pagelab/cli/command.h"
#include "pagelab/sim/machine.h"
#include "pagelab/workloads/record/recorder.h"

namespace pagelab {

// The part of a command line that says what is recorded.
struct RecordArguments {
  // Empty: nothing.
  std::string trace;
  // What T0.txt and T1.txt are appended to. Empty: snap_, beside the trace.
  std::string snapshots;
  bool stacks = false;
};

void AddRecordArguments(CLI::App& app, RecordArguments& arguments);

// A recording of what runs between Start() and Finish().
class RunRecording {
 public:
  // Null where nothing is to be recorded. `machine` must outlive it and not
  // move.
  static absl::StatusOr<std::unique_ptr<RunRecording>> Start(
      Machine& machine, const RecordArguments& arguments);

  // Writes the files and returns their paths.
  absl::StatusOr<std::vector<std::string>> Finish();

 private:
  RunRecording(std::unique_ptr<OutputStream> trace, std::string prefix,
               std::unique_ptr<Recorder> recorder)
      : trace_(std::move(trace)),
        prefix_(std::move(prefix)),
        recorder_(std::move(recorder)) {}

  std::unique_ptr<OutputStream> trace_;
  std::string prefix_;
  std::unique_ptr<Recorder> recorder_;
};

}  // namespace pagelab

#endif  // PAGELAB_CLI_RECORD_H_

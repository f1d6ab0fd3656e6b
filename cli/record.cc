#include "pagelab/cli/record.h"

#include <filesystem>

#include "pagelab/base/compressed_output.h"
#include "pagelab/base/status.h"
#include "pagelab/workloads/snapshot/snapshot.h"

namespace pagelab {
namespace {

absl::Status WriteSnapshotTo(const std::string& path,
                             const AllocatorSnapshot& snapshot) {
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<OutputStream> out,
                           OpenOutput(path));
  out->Append(SnapshotText(snapshot));
  return out->Commit();
}

}  // namespace

void AddRecordArguments(CLI::App& app, RecordArguments& arguments) {
  CLI::Option* record =
      app.add_option("--record", arguments.trace,
                     "Write what ftrace would have recorded of the allocator "
                     "to this file, and the snapshots snap_T0.txt and "
                     "snap_T1.txt beside it")
          ->check([](const std::string& path) {
            return path == "-" ? "a recording is several files and cannot go "
                                 "to standard output"
                               : "";
          });
  app.add_option("--record-snapshots", arguments.snapshots,
                 "What the snapshots' names begin with, instead of snap_ "
                 "beside the trace")
      ->needs(record);
  app.add_flag("--record-stacks", arguments.stacks,
               "Record a stack for each event, and process ids")
      ->needs(record);
}

absl::StatusOr<std::unique_ptr<RunRecording>> RunRecording::Start(
    Machine& machine, const RecordArguments& arguments) {
  if (arguments.trace.empty()) return nullptr;
  PAGELAB_ASSIGN_OR_RETURN(std::unique_ptr<OutputStream> trace,
                           OpenOutputBySuffix(arguments.trace));
  std::string prefix = arguments.snapshots;
  if (prefix.empty()) {
    prefix = std::filesystem::path(arguments.trace)
                 .replace_filename("snap_")
                 .string();
  }
  PAGELAB_ASSIGN_OR_RETURN(
      std::unique_ptr<Recorder> recorder,
      Recorder::Start(machine, {.stacks = arguments.stacks}));
  return std::unique_ptr<RunRecording>(new RunRecording(
      std::move(trace), std::move(prefix), std::move(recorder)));
}

absl::StatusOr<std::vector<std::string>> RunRecording::Finish() {
  PAGELAB_RETURN_IF_ERROR(recorder_->Finish(*trace_));
  PAGELAB_RETURN_IF_ERROR(trace_->Commit());
  const std::vector<std::string> paths = {trace_->name(), prefix_ + "T0.txt",
                                          prefix_ + "T1.txt"};
  PAGELAB_RETURN_IF_ERROR(WriteSnapshotTo(paths[1], recorder_->before()));
  PAGELAB_RETURN_IF_ERROR(WriteSnapshotTo(paths[2], recorder_->after()));
  return paths;
}

}  // namespace pagelab

#include "pagelab/cli/replay_exact.h"

#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "fmt/format.h"
#include "pagelab/base/input_stream.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/workloads/exact/exact_run.h"
#include "pagelab/workloads/outputs.h"
#include "pagelab/workloads/snapshot/snapshot.h"
#include "pagelab/workloads/top_owners.h"

namespace pagelab {
namespace {

absl::StatusOr<AllocatorSnapshot> Load(const std::string& path) {
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<InputStream> input,
                           InputStream::Open(path));
  return ReadSnapshot(*input);
}

// One standard input cannot be read twice.
int StandardInputs(const ReplayExactArguments& arguments,
                   const ReplayExactInputs& inputs) {
  int count = 0;
  for (const std::string& path :
       {inputs.trace, arguments.from, arguments.expect}) {
    count += path == "-" ? 1 : 0;
  }
  return count;
}

}  // namespace

void AddReplayExactOptions(CLI::App& app, ReplayExactArguments& arguments) {
  CLI::Option* from =
      app.add_option("--from", arguments.from,
                     "Snapshot of the recorded machine's allocator: start from "
                     "it and check every page frame (exact replay)");
  app.add_option("--expect", arguments.expect,
                 "Snapshot that the replay must end in, list by list")
      ->needs(from);
  app.add_flag("--resync", arguments.resync,
               "Go on after a divergence, with the recorded frame")
      ->needs(from);
  app.add_flag("--no-infer", arguments.no_infer,
               "Do not look for interrupts that the recording does not show")
      ->needs(from);
}

absl::StatusOr<int> ReplayExactly(const ReplayExactArguments& arguments,
                                  const ReplayExactInputs& inputs,
                                  CommandContext& context) {
  if (StandardInputs(arguments, inputs) > 1) {
    return UsageError("only one input can be - (standard input)");
  }
  PAGELAB_ASSIGN_OR_RETURN(const AllocatorSnapshot from, Load(arguments.from));
  std::optional<AllocatorSnapshot> expect;
  if (!arguments.expect.empty()) {
    PAGELAB_ASSIGN_OR_RETURN(expect, Load(arguments.expect));
  }
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<InputStream> trace,
                           InputStream::Open(inputs.trace));
  ExactOptions options;
  options.infer = !arguments.no_infer;
  options.resync = arguments.resync;
  options.on_progress = [&context](std::string_view what, uint64_t done,
                                   uint64_t of) {
    if (!context.progress.due()) return;
    context.progress.Show(
        of == 0 ? fmt::format("{}: {} events", what, Grouped(done))
                : fmt::format("{}: {} of {} events", what, Grouped(done),
                              Grouped(of)));
  };
  PAGELAB_ASSIGN_OR_RETURN(
      const ExactReport report,
      ReplayExactly(*trace, from, expect.has_value() ? &*expect : nullptr,
                    options));
  context.progress.Clear();
  const std::string json = ExactJson(report);
  context.out.Append(inputs.json ? json : ExactText(report));
  if (!inputs.output.empty()) {
    const std::string end = SnapshotText(report.end);
    const std::pair<std::string_view, std::string_view> files[] = {
        {"replay.json", json}, {"snapshot_end.txt", end}};
    for (const auto& [name, text] : files) {
      PAGELAB_ASSIGN_OR_RETURN(const std::string path,
                               WriteOutputText(inputs.output, name, text));
      if (!inputs.json) context.out.Append(path + "\n");
    }
  }
  return report.exact() ? kExitFine : kExitFinding;
}

}  // namespace pagelab

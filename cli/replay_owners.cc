// pagelab replay --page-owner, --compare-page-owner: page_owner from a
// recording, without a machine.

#include "pagelab/cli/replay_owners.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "fmt/format.h"
#include "pagelab/base/input_stream.h"
#include "pagelab/base/output_stream.h"
#include "pagelab/base/status.h"
#include "pagelab/workloads/snapshot/snapshot.h"
#include "pagelab/workloads/top_owners.h"
#include "pagelab/workloads/trace/trace_reader.h"
#include "pagelab/workloads/trace_owners/dump_comparison.h"
#include "pagelab/workloads/trace_owners/owners_report.h"
#include "pagelab/workloads/trace_owners/snapshot_facts.h"
#include "pagelab/workloads/trace_owners/trace_dump.h"
#include "pagelab/workloads/trace_owners/trace_owners.h"

namespace pagelab {
namespace {

absl::StatusOr<AllocatorSnapshot> LoadSnapshot(const std::string& path) {
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<InputStream> input,
                           InputStream::Open(path));
  return ReadSnapshot(*input);
}

struct Known {
  TraceOwners owners;
  // In use when the recording began.
  std::optional<PageCount> in_use_before;
  PageblockTypes pageblock_type;
};

absl::Status ReadRecording(const ReplayOwnersInputs& inputs, Known& known,
                           CommandContext& context) {
  if (!inputs.from.empty()) {
    PAGELAB_ASSIGN_OR_RETURN(const AllocatorSnapshot before,
                             LoadSnapshot(inputs.from));
    known.in_use_before = AddFreeBlocks(before, known.owners);
  }
  if (!inputs.expect.empty()) {
    PAGELAB_ASSIGN_OR_RETURN(const AllocatorSnapshot after,
                             LoadSnapshot(inputs.expect));
    known.pageblock_type = PageblockTypesOf(after);
  }
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<InputStream> input,
                           InputStream::Open(inputs.trace));
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<TraceReader> reader,
                           OpenTrace(*input));
  TraceEvent event;
  while (reader->Next(event)) {
    known.owners.Apply(event);
    if (!context.progress.due()) continue;
    context.progress.Show(
        fmt::format("{} events", Grouped(reader->stats().total_events)));
  }
  context.progress.Clear();
  return reader->status();
}

absl::Status WriteDump(const ReplayOwnersArguments& arguments,
                       const ReplayOwnersInputs& inputs, const Known& known,
                       CommandContext& context) {
  TraceDumpOptions options;
  options.pageblock_type = known.pageblock_type;
  options.clock_offset_ns = arguments.clock_offset_ns;
  options.ticks_per_second = inputs.ticks_per_second;
  const bool to_standard_output = arguments.dump == "-";
  if (to_standard_output) {
    return WriteTraceDump(known.owners, options, context.out).status();
  }
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<OutputStream> out,
                           OpenOutput(arguments.dump));
  PAGELAB_ASSIGN_OR_RETURN(const TraceDumpSummary summary,
                           WriteTraceDump(known.owners, options, *out));
  PAGELAB_RETURN_IF_ERROR(out->Commit());
  context.out.Append(OwnersText(known.owners, summary, known.in_use_before));
  context.out.Append("\n" + arguments.dump + "\n");
  return absl::OkStatus();
}

absl::StatusOr<int> Compare(const ReplayOwnersArguments& arguments,
                            const Known& known, CommandContext& context) {
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<InputStream> dump,
                           InputStream::Open(arguments.compare));
  PAGELAB_ASSIGN_OR_RETURN(
      const DumpComparison comparison,
      CompareWithDump(known.owners, *dump,
                      {.pageblock_type = known.pageblock_type}));
  if (!arguments.dump.empty()) context.out.Append("\n");
  context.out.Append(DumpComparisonText(comparison));
  return comparison.unexplained() == 0 ? kExitFine : kExitFinding;
}

}  // namespace

void AddReplayOwnersOptions(CLI::App& app, ReplayOwnersArguments& arguments) {
  app.add_option("--page-owner", arguments.dump,
                 "File for the page_owner text of the recorded machine, of "
                 "the pages allocated during the recording; - for standard "
                 "output");
  app.add_option("--compare-page-owner", arguments.compare,
                 "The recorded machine's own page_owner file; exit code 1 if "
                 "it differs from the recording");
  app.add_option("--page-owner-clock", arguments.clock_offset_ns,
                 "Nanoseconds to add to the recording's times for --page-owner "
                 "(the last number of the kernel's \"sched_clock: Marking "
                 "stable\" line)")
      ->capture_default_str();
}

absl::StatusOr<int> ReplayWithOwners(
    const ReplayOwnersArguments& arguments, const ReplayOwnersInputs& inputs,
    CommandContext& context,
    const std::function<absl::StatusOr<int>()>& replay) {
  if (!arguments.wanted()) return replay();
  int exit_code = kExitFine;
  if (inputs.drives_machine) {
    if (inputs.trace == "-") {
      return UsageError(
          "standard input can be read only once: give --page-owner and "
          "--compare-page-owner without a machine, or name a file");
    }
    PAGELAB_ASSIGN_OR_RETURN(exit_code, replay());
    if (exit_code == kExitUsage) return exit_code;
    context.out.Append("\n");
  }
  Known known;
  PAGELAB_RETURN_IF_ERROR(ReadRecording(inputs, known, context));
  if (!arguments.dump.empty()) {
    PAGELAB_RETURN_IF_ERROR(WriteDump(arguments, inputs, known, context));
  }
  if (arguments.compare.empty()) return exit_code;
  PAGELAB_ASSIGN_OR_RETURN(const int found, Compare(arguments, known, context));
  return std::max(exit_code, found);
}

}  // namespace pagelab

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
#include "pagelab/base/text.h"
#include "pagelab/workloads/snapshot/snapshot.h"
#include "pagelab/workloads/top_owners.h"
#include "pagelab/workloads/trace_owners/dump_comparison.h"
#include "pagelab/workloads/trace_owners/read_owners.h"
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

// What the recording and the snapshots tell.
struct Known {
  TraceOwners owners;
  OwnersReport report;
  PageblockTypes pageblock_type;
};

absl::Status ReadRecording(const ReplayOwnersInputs& inputs, Known& known,
                           CommandContext& context) {
  std::optional<AllocatorSnapshot> from;
  std::optional<AllocatorSnapshot> expect;
  if (!inputs.from.empty()) {
    PAGELAB_ASSIGN_OR_RETURN(from, LoadSnapshot(inputs.from));
  }
  if (!inputs.expect.empty()) {
    PAGELAB_ASSIGN_OR_RETURN(expect, LoadSnapshot(inputs.expect));
    known.pageblock_type = PageblockTypesOf(*expect);
  }
  OwnersOptions options;
  options.from = from.has_value() ? &*from : nullptr;
  options.expect = expect.has_value() ? &*expect : nullptr;
  options.on_progress = [&context](const TraceStats& so_far) {
    if (!context.progress.due()) return;
    context.progress.Show(fmt::format("{} events, {} MB",
                                      Grouped(so_far.total_events),
                                      Grouped(so_far.bytes / 1'000'000)));
  };
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<InputStream> input,
                           InputStream::Open(inputs.trace));
  PAGELAB_ASSIGN_OR_RETURN(known.report,
                           ReadOwners(*input, options, known.owners));
  context.progress.Clear();
  return absl::OkStatus();
}

absl::Status WriteDump(const ReplayOwnersArguments& arguments,
                       const ReplayOwnersInputs& inputs, const Known& known,
                       CommandContext& context) {
  TraceDumpOptions options;
  options.pageblock_type = known.pageblock_type;
  options.clock_offset_ns = arguments.clock_offset_ns;
  options.ticks_per_second = inputs.ticks_per_second;
  if (arguments.dump == "-") {
    return WriteTraceDump(known.owners, options, context.out);
  }
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<OutputStream> out,
                           OpenOutput(arguments.dump));
  PAGELAB_RETURN_IF_ERROR(WriteTraceDump(known.owners, options, *out));
  return out->Commit();
}

absl::StatusOr<DumpComparison> Compare(const std::string& path,
                                       const Known& known) {
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<InputStream> dump,
                           InputStream::Open(path));
  return CompareWithDump(known.owners, *dump,
                         {.pageblock_type = known.pageblock_type});
}

void PrintReport(const ReplayOwnersArguments& arguments, bool json,
                 const OwnersReport& report, const DumpComparison* comparison,
                 CommandContext& context) {
  // Standard output has the dump.
  if (arguments.dump == "-") return;
  if (json) {
    context.out.Append(OwnersJson(report, comparison));
    return;
  }
  context.out.Append(OwnersText(report));
  if (comparison != nullptr) {
    context.out.Append("\n" + DumpComparisonText(*comparison));
  }
  if (!arguments.dump.empty()) context.out.Append("\n" + arguments.dump + "\n");
}

// Whether standard input and output are used once.
absl::Status CheckStreams(const ReplayOwnersArguments& arguments,
                          const ReplayOwnersInputs& inputs) {
  if (inputs.trace == "-" && inputs.drives_machine) {
    return absl::InvalidArgumentError(
        "standard input can be read only once: give --page-owner and "
        "--compare-page-owner without a machine, or name a file");
  }
  if (inputs.trace == "-" && arguments.compare == "-") {
    return absl::InvalidArgumentError(
        "standard input is either the recording or the page_owner file");
  }
  if (arguments.dump == "-" &&
      (!arguments.compare.empty() || inputs.drives_machine)) {
    return absl::InvalidArgumentError(
        "--page-owner - has standard output for itself: name a file, or "
        "compare and drive a machine in other runs");
  }
  if (inputs.ticks_per_second == 0) {
    return absl::InvalidArgumentError("--ticks-per-second must be at least 1");
  }
  return absl::OkStatus();
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
  const absl::Status streams = CheckStreams(arguments, inputs);
  if (!streams.ok()) return UsageError(FromAbsl(streams.message()));
  int exit_code = kExitFine;
  if (inputs.drives_machine) {
    PAGELAB_ASSIGN_OR_RETURN(exit_code, replay());
    if (exit_code == kExitUsage) return exit_code;
    if (!inputs.json) context.out.Append("\n");
  }
  Known known;
  PAGELAB_RETURN_IF_ERROR(ReadRecording(inputs, known, context));
  std::optional<DumpComparison> comparison;
  if (!arguments.compare.empty()) {
    PAGELAB_ASSIGN_OR_RETURN(comparison, Compare(arguments.compare, known));
    if (comparison->unexplained() > 0) {
      exit_code = std::max(exit_code, kExitFinding);
    }
  }
  if (!arguments.dump.empty()) {
    PAGELAB_RETURN_IF_ERROR(WriteDump(arguments, inputs, known, context));
  }
  PrintReport(arguments, inputs.json, known.report,
              comparison.has_value() ? &*comparison : nullptr, context);
  return exit_code;
}

}  // namespace pagelab

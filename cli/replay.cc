// pagelab replay: a recording of a real kernel drives a machine.

#include "pagelab/workloads/replay/replay.h"

#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "pagelab/base/input_stream.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/cli/boot_machine.h"
#include "pagelab/cli/command.h"
#include "pagelab/cli/replay_exact.h"
#include "pagelab/cli/replay_owners.h"
#include "pagelab/cli/unsigned_option.h"
#include "pagelab/sim/machine.h"
#include "pagelab/workloads/library.h"
#include "pagelab/workloads/machine_language.h"
#include "pagelab/workloads/outputs.h"
#include "pagelab/workloads/summary.h"
#include "pagelab/workloads/top_owners.h"

namespace pagelab {
namespace {

constexpr size_t kDefaultTop = 10;
constexpr std::string_view kPageOwner = "page_owner=";

struct ReplayArguments {
  std::string trace;
  std::string machine = std::string(kDefaultMachine);
  std::string output;
  std::vector<std::string> settings;
  std::string command_line;
  uint64_t ticks_per_second = RedriveOptions().ticks_per_second;
  size_t top = kDefaultTop;
  bool json = false;
  ReplayExactArguments exact;
  ReplayOwnersArguments owners;
  bool machine_given = false;
};

void AppendWords(std::string& command_line, std::string_view words) {
  if (words.empty()) return;
  if (!command_line.empty()) command_line += ' ';
  command_line += words;
}

absl::StatusOr<MachineConfig> Configure(const ReplayArguments& arguments) {
  PAGELAB_ASSIGN_OR_RETURN(MachineConfig config,
                           LoadMachine(arguments.machine));
  PAGELAB_RETURN_IF_ERROR(ApplySettings(config, arguments.settings));
  AppendWords(config.command_line, arguments.command_line);
  // A recording is replayed to see who owns what, unless somebody says
  // otherwise.
  if (config.command_line.find(kPageOwner) == std::string::npos) {
    AppendWords(config.command_line, std::string(kPageOwner) + "on");
  }
  return config;
}

Summary MakeSummary(const ReplayReport& report, OwnerOverview owners) {
  Summary summary;
  summary.command = "replay";
  summary.workload =
      report.trace_name.substr(0, report.trace_name.find('.', 1));
  summary.workload_hash = report.trace_hash;
  summary.counts = CountsOf(report);
  summary.owners = std::move(owners);
  return summary;
}

absl::StatusOr<std::vector<std::string>> WriteFiles(
    const ReplayArguments& arguments, Machine& machine,
    const std::string& summary) {
  PAGELAB_ASSIGN_OR_RETURN(std::vector<std::string> paths,
                           WriteOutputs(machine, arguments.output));
  PAGELAB_ASSIGN_OR_RETURN(
      std::string path,
      WriteOutputText(arguments.output, "summary.json", summary));
  paths.push_back(std::move(path));
  return paths;
}

absl::StatusOr<ReplayReport> Execute(const ReplayArguments& arguments,
                                     Machine& machine,
                                     CommandContext& context) {
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<InputStream> input,
                           InputStream::Open(arguments.trace));
  ReplayOptions options;
  options.redrive.ticks_per_second = arguments.ticks_per_second;
  options.on_progress = [&context](const TraceStats& so_far) {
    if (!context.progress.due()) return;
    context.progress.Show(fmt::format("{} events, {} MB",
                                      Grouped(so_far.total_events),
                                      Grouped(so_far.bytes / 1'000'000)));
  };
  return ReplayTrace(machine, *input, options);
}

void PrintPaths(const ReplayArguments& arguments, const CommandContext& context,
                const std::vector<std::string>& paths) {
  if (arguments.output.empty()) {
    PrintNote(context,
              "no files written; -o DIR writes page_owner, buddyinfo, "
              "zoneinfo, dmesg, summary.json and more");
    return;
  }
  context.out.Append("\n");
  for (const std::string& path : paths) context.out.Append(path + "\n");
}

absl::StatusOr<int> Replay(const ReplayArguments& arguments,
                           CommandContext& context) {
  if (arguments.ticks_per_second == 0) {
    return UsageError("--ticks-per-second must be at least 1");
  }
  PAGELAB_ASSIGN_OR_RETURN(const MachineConfig config, Configure(arguments));
  PAGELAB_ASSIGN_OR_RETURN(Machine machine, BootMachine(config, context));
  PAGELAB_ASSIGN_OR_RETURN(const ReplayReport report,
                           Execute(arguments, machine, context));
  const Summary summary =
      MakeSummary(report, SummarizeOwners(machine, arguments.top));
  const std::string json = SummaryJson(machine, summary);
  std::vector<std::string> paths;
  if (!arguments.output.empty()) {
    PAGELAB_ASSIGN_OR_RETURN(paths, WriteFiles(arguments, machine, json));
  }
  context.progress.Clear();
  if (arguments.json) {
    context.out.Append(json);
    return kExitFine;
  }
  context.out.Append(ReplayText(report));
  context.out.Append("\n");
  context.out.Append(OwnerTable(summary.owners));
  PrintPaths(arguments, context, paths);
  return kExitFine;
}

// On a machine of ours, or on the recorded one.
absl::StatusOr<int> ReplayOneWay(const ReplayArguments& arguments,
                                 CommandContext& context) {
  if (!arguments.exact.wanted()) return Replay(arguments, context);
  if (arguments.machine_given) {
    return UsageError(
        "--from and --machine exclude each other: a snapshot is a machine");
  }
  if (!arguments.settings.empty()) {
    return UsageError(
        "--from and --set exclude each other: a snapshot is a machine");
  }
  return ReplayExactly(arguments.exact,
                       {.trace = arguments.trace,
                        .output = arguments.output,
                        .json = arguments.json},
                       context);
}

}  // namespace

void AddReplayCommand(CommandSet& commands) {
  auto arguments = std::make_shared<ReplayArguments>();
  CLI::App& app = commands.Add(
      {.name = "replay",
       .summary =
           "Drive a machine with a recording of a real kernel's allocator",
       .examples =
           "  pagelab replay trace.txt.xz --from snap_T0.txt.xz \\\n"
           "      --expect snap_T1.txt.xz      frame by frame\n"
           "  pagelab replay trace.txt.xz --machine qemu-2g -o out\n"
           "  ssh box cat /sys/kernel/tracing/trace | pagelab replay -\n"
           "  pagelab replay trace.txt --cmdline page_owner=off\n"
           "  pagelab replay tsc.txt --ticks-per-second 2400000000\n"},
      [arguments](CommandContext& context) {
        const ReplayOwnersInputs inputs{
            .trace = arguments->trace,
            .drives_machine = arguments->machine_given ||
                              arguments->exact.wanted() ||
                              !arguments->output.empty(),
            .from = arguments->exact.from,
            .expect = arguments->exact.expect,
            .ticks_per_second = arguments->ticks_per_second,
            .json = arguments->json};
        return ReplayWithOwners(arguments->owners, inputs, context,
                                [&]() -> absl::StatusOr<int> {
                                  return ReplayOneWay(*arguments, context);
                                });
      });
  app.add_option("trace", arguments->trace,
                 "The kernel's trace file, what perf script prints, or a "
                 "trace.dat; perhaps compressed; - for standard input")
      ->required();
  app.add_option("-m,--machine", arguments->machine,
                 "Name of a built-in machine or a file")
      ->capture_default_str()
      ->each(
          [arguments](const std::string&) { arguments->machine_given = true; });
  app.add_option("-o,--output", arguments->output,
                 "Directory for the files; made if need be. None: only the "
                 "report");
  app.add_option("--set", arguments->settings,
                 "key=value, a setting of the machine; may be repeated")
      ->allow_extra_args(false);
  app.add_option("--cmdline", arguments->command_line,
                 "Appended to the kernel command line");
  app.add_option("--ticks-per-second", arguments->ticks_per_second,
                 "Of a recording whose clock counts ticks (x86-tsc)")
      ->transform(UnsignedOption())
      ->capture_default_str();
  app.add_option("--top", arguments->top, "Lines of the table")
      ->transform(UnsignedOption())
      ->capture_default_str();
  app.add_flag("--json", arguments->json,
               "Print the report as JSON (summary.json, or the exact replay's "
               "own)");
  AddReplayExactOptions(app, arguments->exact);
  AddReplayOwnersOptions(app, arguments->owners);
}

}  // namespace pagelab

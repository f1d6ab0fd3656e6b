// pagelab run: a scenario on a machine.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/cli/boot_machine.h"
#include "pagelab/cli/command.h"
#include "pagelab/cli/print_file.h"
#include "pagelab/cli/record.h"
#include "pagelab/cli/scenario_arguments.h"
#include "pagelab/cli/unsigned_option.h"
#include "pagelab/sim/machine.h"
#include "pagelab/workloads/outputs.h"
#include "pagelab/workloads/runner.h"
#include "pagelab/workloads/summary.h"
#include "pagelab/workloads/top_owners.h"

namespace pagelab {
namespace {

constexpr size_t kDefaultTop = 10;

struct RunArguments {
  ScenarioArguments what;
  std::string output;
  RecordArguments record;
  PrintFileArguments file;
  size_t top = kDefaultTop;
  bool json = false;
};

std::string ProgressText(const RunReport& so_far) {
  return fmt::format("{} allocations, {} frees, {} failures",
                     Grouped(so_far.counts.allocations),
                     Grouped(so_far.counts.frees),
                     Grouped(so_far.counts.failures));
}

// Runs the scenario and writes its captures; `paths` gets what was written.
absl::StatusOr<RunReport> Execute(const RunArguments& arguments,
                                  const Scenario& scenario, Machine& machine,
                                  CommandContext& context,
                                  std::vector<std::string>& paths) {
  RunOptions options;
  options.on_progress = [&](const RunReport& so_far) {
    if (context.progress.due()) {
      context.progress.Show(ProgressText(so_far));
    }
  };
  if (!arguments.output.empty()) {
    options.on_capture = [&](std::string_view name) -> absl::Status {
      PAGELAB_ASSIGN_OR_RETURN(
          const std::vector<std::string> written,
          WriteOutputs(machine, arguments.output + "/" + std::string(name)));
      paths.insert(paths.end(), written.begin(), written.end());
      return absl::OkStatus();
    };
  }
  return RunScenario(machine, scenario, options);
}

Summary MakeSummary(const LoadedScenario& loaded, const RunReport& report,
                    OwnerOverview owners) {
  Summary summary;
  summary.command = "run";
  summary.workload = loaded.scenario.name;
  summary.workload_hash = HashOf(loaded.text);
  summary.seed = loaded.scenario.seed;
  summary.counts = CountsOf(report);
  summary.tasks = report.tasks;
  summary.failures = report.failures;
  summary.captures = report.captures;
  summary.refusals = report.refusals;
  summary.conclusion = report.conclusion;
  summary.owners = std::move(owners);
  return summary;
}

// For -v: what happened, and in what time.
std::string RunText(const RunReport& report) {
  const RunReport::Counts& counts = report.counts;
  return fmt::format(
      "{} allocations of {} pages, {} failed, {} frees of {} pages, in {} of "
      "simulated time",
      Grouped(counts.allocations), Grouped(counts.pages_allocated),
      Grouped(counts.failures), Grouped(counts.frees),
      Grouped(counts.pages_freed),
      FormatDuration(report.end.value() - report.begin.value()));
}

void PrintCounts(OutputStream& out, const Scenario& scenario,
                 const MachineConfig& config, const Summary& summary) {
  out.Append(scenario.name.empty() ? config.name
                                   : scenario.name + " on " + config.name);
  for (const RunReport::Failure& failure : summary.failures) {
    out.Append(fmt::format("\n{}: {} allocation{} of order {} failed ({})",
                           failure.task, Grouped(failure.count),
                           failure.count == 1 ? "" : "s", failure.order.value(),
                           ToString(failure.gfp)));
  }
  for (const RunReport::Refusal& refusal : summary.refusals) {
    out.Append(fmt::format("\nwriting to {} was refused: {}", refusal.path,
                           refusal.message));
  }
  for (const auto& [name, value] : summary.counts) {
    if (name != "use_after_frees" || value == 0) continue;
    out.Append(fmt::format(
        "\n{} use{} of memory that is not allocated noticed; dmesg says more",
        Grouped(value), value == 1 ? "" : "s"));
  }
  out.Append("\n\n");
}

void PrintPaths(const CommandContext& context,
                const std::vector<std::string>& paths) {
  if (paths.empty()) {
    PrintNote(context,
              "no files written; -o DIR writes page_owner, buddyinfo, "
              "zoneinfo, dmesg, summary.json and more");
    return;
  }
  context.out.Append("\n");
  for (const std::string& path : paths) context.out.Append(path + "\n");
}

absl::StatusOr<int> Run(const RunArguments& arguments,
                        CommandContext& context) {
  const std::string wrong = UsageOf(arguments.file);
  if (!wrong.empty()) return UsageError(wrong);
  PAGELAB_ASSIGN_OR_RETURN(const LoadedScenario loaded,
                           LoadScenario(arguments.what));
  PAGELAB_ASSIGN_OR_RETURN(const MachineConfig config,
                           ConfigureMachine(arguments.what, loaded.scenario));
  PAGELAB_ASSIGN_OR_RETURN(Machine machine, BootMachine(config, context));
  std::unique_ptr<SimFile> file;
  if (arguments.file.wanted()) {
    PAGELAB_ASSIGN_OR_RETURN(file, OpenFileToPrint(machine, arguments.file));
  }
  if (!arguments.output.empty() && !arguments.record.trace.empty()) {
    // The trace may go there, as `pagelab compare` wants it.
    PAGELAB_RETURN_IF_ERROR(MakeOutputDirectory(arguments.output));
  }
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<RunRecording> recording,
                           RunRecording::Start(machine, arguments.record));
  std::vector<std::string> paths;
  std::vector<std::string> recorded;
  PAGELAB_ASSIGN_OR_RETURN(RunReport report, Execute(arguments, loaded.scenario,
                                                     machine, context, paths));
  if (recording != nullptr) {
    PAGELAB_ASSIGN_OR_RETURN(recorded, recording->Finish());
  }
  const Summary summary =
      MakeSummary(loaded, report, SummarizeOwners(machine, arguments.top));
  const std::string json = SummaryJson(machine, summary);
  if (!arguments.output.empty()) {
    PAGELAB_ASSIGN_OR_RETURN(const std::vector<std::string> written,
                             WriteOutputs(machine, arguments.output));
    paths.insert(paths.end(), written.begin(), written.end());
    PAGELAB_ASSIGN_OR_RETURN(
        std::string path,
        WriteOutputText(arguments.output, kSummaryFile, json));
    paths.push_back(std::move(path));
  }
  context.progress.Clear();
  if (context.verbosity > 0) {
    PrintNote(context, RunText(report));
  }
  if (file != nullptr) {
    PAGELAB_RETURN_IF_ERROR(PrintFile(*file, arguments.file, context));
    return kExitFine;
  }
  if (arguments.json) {
    context.out.Append(json);
    return kExitFine;
  }
  PrintCounts(context.out, loaded.scenario, config, summary);
  context.out.Append(OwnerTable(summary.owners));
  if (!summary.conclusion.empty()) {
    context.out.Append("\n" + summary.conclusion + "\n");
  }
  paths.insert(paths.end(), recorded.begin(), recorded.end());
  PrintPaths(context, paths);
  return kExitFine;
}

}  // namespace

void AddRunCommand(CommandSet& commands) {
  auto arguments = std::make_shared<RunArguments>();
  CLI::App& app = commands.Add(
      {.name = "run",
       .summary = "Run a scenario on a machine and show who owns the memory",
       .examples =
           "  pagelab run driver-leak                 # a built-in scenario\n"
           "  pagelab run my.json -o out              # and write all files\n"
           "  pagelab run --machine qemu-2g -o out    # only boot\n"
           "  pagelab run hello --seed 7 --top 3\n"
           "  pagelab run hello --record trace.txt    # and what ftrace would "
           "have seen\n"
           "  pagelab run hello -o out --record out/trace.txt  # for pagelab "
           "compare\n"
           "  pagelab run hello --file /proc/buddyinfo\n"
           "  pagelab run memcg --start-pfn 0x800     # page_owner from "
           "there on\n"
           "  pagelab run memory-hog --set cpus=2 --cmdline "
           "page_owner=off\n"
           "  pagelab run fragmentation --set vm.watermark_boost_factor=0\n"},
      [arguments](CommandContext& context) {
        return Run(*arguments, context);
      });
  AddScenarioArguments(app, arguments->what);
  AddRecordArguments(app, arguments->record);
  AddPrintFileArguments(app, arguments->file);
  app.add_option("-o,--output", arguments->output,
                 "Directory for the files; made if need be. None: only the "
                 "table");
  app.add_option("--top", arguments->top, "Lines of the table")
      ->transform(UnsignedOption())
      ->capture_default_str();
  app.add_flag("--json", arguments->json,
               "Print summary.json instead of the table")
      ->excludes("--file", "--start-pfn", "--read-size");
}

}  // namespace pagelab

// pagelab snapshot: a machine's allocator, list by list.

#include "pagelab/workloads/snapshot/snapshot.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "pagelab/alloc/verify.h"
#include "pagelab/base/compressed_output.h"
#include "pagelab/base/input_stream.h"
#include "pagelab/base/output_stream.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/cli/boot_machine.h"
#include "pagelab/cli/command.h"
#include "pagelab/cli/scenario_arguments.h"
#include "pagelab/sim/machine.h"
#include "pagelab/workloads/runner.h"
#include "pagelab/workloads/snapshot/snapshot_machine.h"
#include "pagelab/workloads/top_owners.h"

namespace pagelab {
namespace {

struct SnapshotArguments {
  ScenarioArguments what;
  std::string output = "-";
  std::string label = "-";
  bool before = false;
  std::vector<std::string> check;
};

absl::StatusOr<AllocatorSnapshot> Take(const SnapshotArguments& arguments,
                                       CommandContext& context) {
  PAGELAB_ASSIGN_OR_RETURN(const LoadedScenario loaded,
                           LoadScenario(arguments.what));
  PAGELAB_ASSIGN_OR_RETURN(const MachineConfig config,
                           ConfigureMachine(arguments.what, loaded.scenario));
  PAGELAB_ASSIGN_OR_RETURN(Machine machine, BootMachine(config, context));
  if (!arguments.before) {
    PAGELAB_RETURN_IF_ERROR(RunScenario(machine, loaded.scenario, {}).status());
  }
  return SnapshotOf(machine.state(), {.label = arguments.label,
                                      .slot = 0,
                                      .now = machine.clock().now(),
                                      .starts_trace = false});
}

// One line a zone, after the file is known to be whole.
std::string Describe(const AllocatorSnapshot& snapshot) {
  std::string text;
  for (const SnapshotZone& zone : snapshot.zones) {
    if (!zone.populated) continue;
    uint64_t on_cpus = 0;
    for (const SnapshotPcp& pcp : zone.pcps) {
      on_cpus += static_cast<uint64_t>(pcp.count);
    }
    text += fmt::format(
        "  node {} {:<7}  {:>12} pages managed, {:>12} free, {:>9} on per-cpu "
        "lists\n",
        zone.node.value(), zone.name, Grouped(zone.managed.value()),
        Grouped(ListedFreePages(zone)), Grouped(on_cpus));
  }
  return text;
}

absl::StatusOr<int> CheckFile(const std::string& path,
                              CommandContext& context) {
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<InputStream> input,
                           InputStream::Open(path));
  PAGELAB_ASSIGN_OR_RETURN(const AllocatorSnapshot snapshot,
                           ReadSnapshot(*input));
  const auto machine = SnapshotMachine::Load(snapshot);
  if (!machine.ok()) {
    return InvalidInput(input->name() + ": " +
                        std::string(FromAbsl(machine.status().message())));
  }
  const std::vector<std::string> findings = Verify((*machine)->state());
  if (findings.empty()) {
    context.out.Append(input->name() + ": fine (label " + snapshot.label +
                       ")\n" + Describe(snapshot));
    return kExitFine;
  }
  for (const std::string& finding : findings) {
    context.out.Append(input->name() + ": " + finding + "\n");
  }
  return kExitFinding;
}

// Looks at all files, also after one that is wrong.
absl::StatusOr<int> Check(const SnapshotArguments& arguments,
                          CommandContext& context) {
  int code = kExitFine;
  for (const std::string& path : arguments.check) {
    const absl::StatusOr<int> result = CheckFile(path, context);
    if (result.ok()) {
      code = std::max(code, *result);
      continue;
    }
    context.out.Append(FromAbsl(result.status().message()));
    context.out.Append("\n");
    code = std::max(code, ExitCodeFor(result.status()));
  }
  return code;
}

absl::StatusOr<int> WriteSnapshot(const SnapshotArguments& arguments,
                                  CommandContext& context) {
  PAGELAB_ASSIGN_OR_RETURN(const AllocatorSnapshot snapshot,
                           Take(arguments, context));
  const std::string text = SnapshotText(snapshot);
  if (arguments.output == "-") {
    context.out.Append(text);
    return kExitFine;
  }
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<OutputStream> out,
                           OpenOutputBySuffix(arguments.output));
  out->Append(text);
  PAGELAB_RETURN_IF_ERROR(out->Commit());
  return kExitFine;
}

absl::StatusOr<int> Run(const SnapshotArguments& arguments,
                        CommandContext& context) {
  if (arguments.check.empty()) return WriteSnapshot(arguments, context);
  if (!arguments.what.scenario.empty() || !arguments.what.machine.empty()) {
    return UsageError(
        "--check looks at files: it takes no scenario and no "
        "machine");
  }
  return Check(arguments, context);
}

}  // namespace

void AddSnapshotCommand(CommandSet& commands) {
  auto arguments = std::make_shared<SnapshotArguments>();
  CLI::App& app = commands.Add(
      {.name = "snapshot",
       .summary = "Write all free lists and limits of a machine, or check such "
                  "a file",
       .examples =
           "  pagelab snapshot --machine qemu-2g -o T0.txt   # after boot\n"
           "  pagelab snapshot hello                   # after the scenario\n"
           "  pagelab snapshot hello --before -o T0.txt\n"
           "  pagelab snapshot --check snap_T0.txt.xz  # a recorded one\n"},
      [arguments](CommandContext& context) {
        return Run(*arguments, context);
      });
  AddScenarioArguments(app, arguments->what);
  app.add_option("-o,--output", arguments->output,
                 "The file; - is standard output")
      ->capture_default_str();
  app.add_option("--label", arguments->label, "The snapshot's label")
      ->check([](const std::string& label) {
        return label.empty() || label.find_first_of(" \n") != std::string::npos
                   ? "a label is one word"
                   : "";
      })
      ->capture_default_str();
  app.add_flag("--before", arguments->before,
               "Before the scenario runs instead of after it");
  app.add_option("--check", arguments->check,
                 "Read these files, load them and verify the lists");
}

}  // namespace pagelab

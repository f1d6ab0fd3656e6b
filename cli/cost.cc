// pagelab cost: what page_owner costs in memory.

#include <memory>
#include <string>
#include <vector>

#include "pagelab/base/status.h"
#include "pagelab/cli/command.h"
#include "pagelab/sim/kernel_profile.h"
#include "pagelab/workloads/cost/tracking_cost.h"
#include "pagelab/workloads/library.h"
#include "pagelab/workloads/machine_language.h"

namespace pagelab {
namespace {

struct CostArguments {
  std::string machine = std::string(kDefaultMachine);
  std::vector<std::string> kernels;
  std::string scenario = "kernel-build";
  std::vector<std::string> settings;
  bool json = false;
};

absl::StatusOr<int> Run(const CostArguments& arguments,
                        CommandContext& context) {
  PAGELAB_ASSIGN_OR_RETURN(MachineConfig machine,
                           LoadMachine(arguments.machine));
  PAGELAB_RETURN_IF_ERROR(ApplySettings(machine, arguments.settings));
  PAGELAB_ASSIGN_OR_RETURN(const Scenario workload,
                           LoadScenario(arguments.scenario));
  std::vector<std::string> kernels = arguments.kernels;
  if (kernels.empty()) {
    for (const KernelProfile& profile : KernelProfiles()) {
      kernels.emplace_back(profile.version);
    }
  }
  PAGELAB_ASSIGN_OR_RETURN(const CostReport report,
                           MeasureTrackingCost(machine, workload, kernels));
  context.out.Append(arguments.json ? CostJson(report) : CostText(report));
  return kExitFine;
}

}  // namespace

void AddCostCommand(CommandSet& commands) {
  auto arguments = std::make_shared<CostArguments>();
  CLI::App& app = commands.Add(
      {.name = "cost",
       .summary = "Count what page_owner costs in memory, kernel by kernel",
       .examples =
           "  pagelab cost --machine qemu-4g\n"
           "  pagelab cost --machine qemu-4g --kernel 4.7,4.8   # before and "
           "after the stack depot\n"
           "  pagelab cost --machine my.json --kernel 6.12 --json\n"},
      [arguments](CommandContext& context) {
        return Run(*arguments, context);
      });
  app.add_option("-m,--machine", arguments->machine,
                 "Name of a built-in machine or a file")
      ->capture_default_str();
  app.add_option("--kernel", arguments->kernels,
                 "Kernel versions, comma separated or repeated; all if none")
      ->delimiter(',')
      ->allow_extra_args(false);
  app.add_option("--scenario", arguments->scenario,
                 "What runs before the stacks are counted: a built-in name or "
                 "a file")
      ->capture_default_str();
  app.add_option("--set", arguments->settings,
                 "key=value, a setting of the machine; may be repeated")
      ->allow_extra_args(false);
  app.add_flag("--json", arguments->json, "Print JSON");
}

}  // namespace pagelab

// pagelab compare: what changed between two runs.

#include <memory>
#include <string>

#include "pagelab/base/status.h"
#include "pagelab/cli/command.h"
#include "pagelab/workloads/compare/compare_runs.h"

namespace pagelab {
namespace {

struct CompareArguments {
  std::string a;
  std::string b;
  CompareOptions options;
  bool json = false;
};

absl::StatusOr<int> Compare(const CompareArguments& arguments,
                            CommandContext& context) {
  PAGELAB_ASSIGN_OR_RETURN(const RunComparison comparison,
                           CompareRuns(arguments.a, arguments.b));
  context.out.Append(arguments.json
                         ? CompareJson(comparison, arguments.options)
                         : CompareText(comparison, arguments.options));
  return comparison.same() ? kExitFine : kExitFinding;
}

}  // namespace

void AddCompareCommand(CommandSet& commands) {
  auto arguments = std::make_shared<CompareArguments>();
  CLI::App& app = commands.Add(
      {.name = "compare",
       .summary = "Say what changed between two runs, and where they part",
       .examples =
           "  pagelab run fragmentation -o a --record a/trace.txt\n"
           "  pagelab run fragmentation -o b --record b/trace.txt \\\n"
           "      --set vm.watermark_boost_factor=15000\n"
           "  pagelab compare a b               # exit code 1: they differ\n"
           "  pagelab compare a b --all --json  # every figure\n"},
      [arguments](CommandContext& context) {
        return Compare(*arguments, context);
      });
  app.add_option("run_a", arguments->a,
                 "Directory that a run with -o wrote; with --record "
                 "DIR/trace.txt it has a trace")
      ->required();
  app.add_option("run_b", arguments->b, "The other one")->required();
  app.add_flag("--all", arguments->options.all, "Show equal figures too");
  app.add_flag("--json", arguments->json, "Print JSON instead of the tables");
}

}  // namespace pagelab

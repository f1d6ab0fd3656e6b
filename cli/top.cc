// pagelab top: who holds the memory, from dumps.

#include <memory>
#include <string>
#include <vector>

#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/cli/command.h"
#include "pagelab/cli/dump_arguments.h"
#include "pagelab/workloads/dumps/top_report.h"

namespace pagelab {
namespace {

struct TopArguments {
  std::vector<std::string> dumps;
  GroupArguments group;
  TopReportOptions report;
  bool json = false;
  bool csv = false;
};

absl::StatusOr<int> Top(const TopArguments& arguments,
                        CommandContext& context) {
  absl::StatusOr<PreparedGroups> prepared = ParseGroups(arguments.group);
  if (!prepared.ok()) return UsageError(FromAbsl(prepared.status().message()));
  prepared->options.scan = ScanWithProgress(context);
  PAGELAB_RETURN_IF_ERROR(FindNow(*prepared, arguments.dumps));
  PAGELAB_ASSIGN_OR_RETURN(const GroupedDumps dumps,
                           GroupDumps(arguments.dumps, prepared->options));
  context.progress.Clear();
  PAGELAB_RETURN_IF_ERROR(
      TellStatistics(context, dumps.statistics, arguments.group.strict));
  context.out.Append(arguments.json  ? TopJson(dumps, arguments.report)
                     : arguments.csv ? TopCsv(dumps, arguments.report)
                                     : TopText(dumps, arguments.report));
  return kExitFine;
}

}  // namespace

void AddTopCommand(CommandSet& commands) {
  auto arguments = std::make_shared<TopArguments>();
  CLI::App& app = commands.Add(
      {.name = "top",
       .summary = "Say who holds the memory, from page_owner dumps",
       .examples =
           "  pagelab top page_owner.txt.xz           # by call stack\n"
           "  pagelab top --by module,order dump.txt -n 20\n"
           "  pagelab top --by comm --where 'age>1h && !(gfp~MOVABLE)' "
           "dump.txt\n"
           "  pagelab top --stacks dump.txt           # with all frames\n"
           "  pagelab grep 'order>=4' dump.txt | pagelab top -\n"
           "  pagelab top --json node*.txt.zst        # several as one\n\n" +
           FieldsHelp(/*only_groups=*/true)},
      [arguments](CommandContext& context) {
        return Top(*arguments, context);
      });
  app.add_option("dump", arguments->dumps,
                 "page_owner dumps of any kernel, show_stacks files, kernel "
                 "logs; compressed or not; - is standard input")
      ->required();
  AddGroupArguments(app, arguments->group);
  app.add_option("-n,--number", arguments->report.groups,
                 "Groups to show; 0 shows all")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_flag("--stacks", arguments->report.stacks,
               "All frames of each stack");
  CLI::Option* json = app.add_flag("--json", arguments->json, "Print JSON");
  app.add_flag("--csv", arguments->csv, "Print comma-separated values")
      ->excludes(json);
}

}  // namespace pagelab

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
  ReportArguments report;
};

absl::StatusOr<int> Top(TopArguments arguments, CommandContext& context) {
  const absl::Status named = PrepareDumps(arguments.dumps);
  if (!named.ok()) return UsageError(FromAbsl(named.message()));
  absl::StatusOr<PreparedGroups> prepared = ParseGroups(arguments.group);
  if (!prepared.ok()) return UsageError(FromAbsl(prepared.status().message()));
  prepared->options.scan = ScanWithProgress(context);
  GroupOptions& group = prepared->options;
  if (NeedsNow(group)) {
    PAGELAB_ASSIGN_OR_RETURN(group.now,
                             FindNow(arguments.dumps, group.scan, context));
  }
  PAGELAB_ASSIGN_OR_RETURN(const GroupedDumps dumps,
                           GroupDumps(arguments.dumps, prepared->options));
  context.progress.Clear();
  PAGELAB_RETURN_IF_ERROR(
      TellStatistics(context, dumps.statistics, arguments.group.strict));
  const TopReportOptions options{.groups = arguments.report.groups,
                                 .stacks = arguments.report.stacks,
                                 .filtered = prepared->filter != nullptr};
  context.out.Append(arguments.report.json  ? TopJson(dumps, options)
                     : arguments.report.csv ? TopCsv(dumps, options)
                                            : TopText(dumps, options));
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
           "  pagelab grep 'order>=4' dump.txt | pagelab top\n"
           "  pagelab top --json node*.txt.zst        # several as one\n\n" +
           FieldsHelp(/*only_groups=*/true)},
      [arguments](CommandContext& context) {
        return Top(*arguments, context);
      });
  AddDumpArguments(app, arguments->dumps);
  AddGroupArguments(app, arguments->group);
  AddReportArguments(app, arguments->report);
}

}  // namespace pagelab

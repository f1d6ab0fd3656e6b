// pagelab diff: what grew between dumps.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "pagelab/alloc/types.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/cli/command.h"
#include "pagelab/cli/dump_arguments.h"
#include "pagelab/workloads/dumps/diff_report.h"

namespace pagelab {
namespace {

struct DiffArguments {
  std::vector<std::string> dumps;
  GroupArguments group;
  DiffReportOptions report;
  std::string fail_above;
  bool json = false;
  bool csv = false;
};

// Whether a group grew by more than that.
bool GrewBeyond(const DumpDiff& diff, uint64_t bytes) {
  if (diff.groups.empty() || diff.groups.front().growth() <= 0) return false;
  return static_cast<uint64_t>(diff.groups.front().growth()) * kPageSize >
         bytes;
}

absl::StatusOr<int> Diff(const DiffArguments& arguments,
                         CommandContext& context) {
  if (arguments.dumps.size() < 2) {
    return UsageError("diff needs two dumps or more, the oldest first");
  }
  uint64_t limit = 0;
  if (!arguments.fail_above.empty()) {
    const absl::StatusOr<uint64_t> size = ParseSize(arguments.fail_above);
    if (!size.ok()) return UsageError(FromAbsl(size.status().message()));
    limit = *size;
  }
  absl::StatusOr<PreparedGroups> prepared = ParseGroups(arguments.group);
  if (!prepared.ok()) return UsageError(FromAbsl(prepared.status().message()));
  prepared->options.scan = ScanWithProgress(context);
  PAGELAB_RETURN_IF_ERROR(FindNow(*prepared, arguments.dumps));
  PAGELAB_ASSIGN_OR_RETURN(const DumpDiff diff,
                           DiffDumps(arguments.dumps, prepared->options));
  context.progress.Clear();
  PAGELAB_RETURN_IF_ERROR(
      TellStatistics(context, diff.statistics, arguments.group.strict));
  context.out.Append(arguments.json  ? DiffJson(diff, arguments.report)
                     : arguments.csv ? DiffCsv(diff, arguments.report)
                                     : DiffText(diff, arguments.report));
  return !arguments.fail_above.empty() && GrewBeyond(diff, limit) ? kExitFinding
                                                                  : kExitFine;
}

}  // namespace

void AddDiffCommand(CommandSet& commands) {
  auto arguments = std::make_shared<DiffArguments>();
  CLI::App& app = commands.Add(
      {.name = "diff",
       .summary = "Say what grew between page_owner dumps",
       .examples =
           "  pagelab diff before.txt after.txt         # by call stack\n"
           "  pagelab diff mon.xz tue.xz wed.xz --show always\n"
           "  pagelab diff a b c --show stayed          # never went away\n"
           "  pagelab diff a b --show new --stacks      # new since a\n"
           "  pagelab diff 6.11.txt 6.12.txt --ids functions   # other "
           "builds\n"
           "  pagelab diff a b --by module --fail-above 64M    # for a "
           "test\n\n" +
           FieldsHelp(/*only_groups=*/true)},
      [arguments](CommandContext& context) {
        return Diff(*arguments, context);
      });
  app.add_option("dump", arguments->dumps,
                 "Dumps in the order of time, at least two; compressed or not")
      ->required();
  AddGroupArguments(app, arguments->group);
  app.add_option("--show", arguments->report.show,
                 "Groups that grew, that shrank, that are new since the first "
                 "dump, with pages that never went away (stayed), that grew "
                 "from every dump to the next (always)")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, DiffShow>{{"grown", DiffShow::kGrown},
                                          {"shrunk", DiffShow::kShrunk},
                                          {"new", DiffShow::kNew},
                                          {"stayed", DiffShow::kStayed},
                                          {"always", DiffShow::kAlways}}))
      ->default_str("grown");
  app.add_option("-n,--number", arguments->report.groups,
                 "Groups to show; 0 shows all")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_flag("--stacks", arguments->report.stacks,
               "All frames of each stack");
  app.add_option("--fail-above", arguments->fail_above,
                 "Exit code 1 if a group grew by more than this, as 64M");
  CLI::Option* json = app.add_flag("--json", arguments->json, "Print JSON");
  app.add_flag("--csv", arguments->csv, "Print comma-separated values")
      ->excludes(json);
}

}  // namespace pagelab

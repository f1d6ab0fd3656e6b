// pagelab diff: what grew between dumps.

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pagelab/alloc/types.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/cli/command.h"
#include "pagelab/cli/dump_arguments.h"
#include "pagelab/owner/dump/newest_timestamp.h"
#include "pagelab/workloads/dumps/diff_report.h"

namespace pagelab {
namespace {

struct DiffArguments {
  std::vector<std::string> dumps;
  GroupArguments group;
  ReportArguments report;
  std::string show = "grown";
  std::string fail_above;
};

struct ShowName {
  std::string_view name;
  DiffShow show;
};

constexpr ShowName kShowNames[] = {{"grown", DiffShow::kGrown},
                                   {"shrunk", DiffShow::kShrunk},
                                   {"new", DiffShow::kNew},
                                   {"stayed", DiffShow::kStayed},
                                   {"always", DiffShow::kAlways}};

// REQUIRES: one of the names.
DiffShow ShowOf(std::string_view name) {
  return std::find_if(
             std::begin(kShowNames), std::end(kShowNames),
             [name](const ShowName& show) { return show.name == name; })
      ->show;
}

// Whether a group grew by more than that.
bool GrewBeyond(const DumpDiff& diff, uint64_t bytes) {
  if (diff.groups.empty() || diff.groups.front().growth() <= 0) return false;
  return static_cast<uint64_t>(diff.groups.front().growth()) * kPageSize >
         bytes;
}

absl::StatusOr<std::vector<std::optional<uint64_t>>> NowOfEach(
    const std::vector<std::string>& dumps, const ScanOptions& scan) {
  std::vector<std::optional<uint64_t>> now;
  for (const std::string& dump : dumps) {
    PAGELAB_ASSIGN_OR_RETURN(now.emplace_back(), NewestTimestamp({dump}, scan));
  }
  return now;
}

absl::StatusOr<int> Diff(const DiffArguments& arguments,
                         CommandContext& context) {
  if (arguments.dumps.size() < 2) {
    return UsageError("diff needs two dumps or more, the oldest first");
  }
  const absl::Status named = CheckDumps(arguments.dumps);
  if (!named.ok()) return UsageError(FromAbsl(named.message()));
  uint64_t limit = 0;
  if (!arguments.fail_above.empty()) {
    const absl::StatusOr<uint64_t> size = ParseSize(arguments.fail_above);
    if (!size.ok()) {
      return UsageError("--fail-above: " +
                        std::string(FromAbsl(size.status().message())));
    }
    limit = *size;
  }
  absl::StatusOr<PreparedGroups> prepared = ParseGroups(arguments.group);
  if (!prepared.ok()) return UsageError(FromAbsl(prepared.status().message()));
  prepared->options.scan = ScanWithProgress(context);
  std::vector<std::optional<uint64_t>> now;
  if (NeedsNow(prepared->options)) {
    PAGELAB_ASSIGN_OR_RETURN(
        now, NowOfEach(arguments.dumps, prepared->options.scan));
    PrintNote(context,
              "ages in a dump are counted from its newest record; --now sets "
              "another time for all");
  }
  PAGELAB_ASSIGN_OR_RETURN(const DumpDiff diff,
                           DiffDumps(arguments.dumps, prepared->options, now));
  context.progress.Clear();
  PAGELAB_RETURN_IF_ERROR(
      TellStatistics(context, diff.statistics, arguments.group.strict));
  const DiffReportOptions options{.show = ShowOf(arguments.show),
                                  .groups = arguments.report.groups,
                                  .stacks = arguments.report.stacks};
  context.out.Append(arguments.report.json  ? DiffJson(diff, options)
                     : arguments.report.csv ? DiffCsv(diff, options)
                                            : DiffText(diff, options));
  return !arguments.fail_above.empty() && GrewBeyond(diff, limit) ? kExitFinding
                                                                  : kExitFine;
}

void AddDiffOptions(CLI::App& app, DiffArguments& arguments) {
  app.add_option("dump", arguments.dumps,
                 "Dumps in the order of time, at least two; compressed or not; "
                 "one may be -, standard input")
      ->required();
  AddGroupArguments(app, arguments.group);
  std::vector<std::string> names;
  for (const ShowName& show : kShowNames) names.emplace_back(show.name);
  app.add_option("--show", arguments.show,
                 "Groups that grew, that shrank, that are new since the first "
                 "dump, with pages that never went away (stayed), that grew "
                 "from every dump to the next (always)")
      ->check(CLI::IsMember(names))
      ->capture_default_str();
  AddReportArguments(app, arguments.report);
  app.add_option("--fail-above", arguments.fail_above,
                 "Exit code 1 if a group grew by more than this, as 64M");
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
  AddDiffOptions(app, *arguments);
}

}  // namespace pagelab

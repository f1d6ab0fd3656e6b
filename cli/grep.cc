// pagelab grep: the records of dumps for which an expression holds.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "pagelab/base/compressed_output.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/cli/command.h"
#include "pagelab/cli/dump_arguments.h"
#include "pagelab/owner/dump/grep_dump.h"
#include "pagelab/workloads/dumps/group_words.h"

namespace pagelab {
namespace {

struct GrepArguments {
  std::string expression;
  std::vector<std::string> dumps;
  std::string output = "-";
  std::string now;
  bool count = false;
  bool invert = false;
  bool strict = false;
};

absl::StatusOr<GrepResult> WriteMatches(const GrepArguments& arguments,
                                        const RecordFilter& filter,
                                        const GrepOptions& options,
                                        CommandContext& context) {
  if (arguments.count) {
    return GrepDumps(arguments.dumps, filter, options, nullptr);
  }
  if (arguments.output == "-") {
    return GrepDumps(arguments.dumps, filter, options, &context.out);
  }
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<OutputStream> out,
                           OpenOutputBySuffix(arguments.output));
  PAGELAB_ASSIGN_OR_RETURN(GrepResult result, GrepDumps(arguments.dumps, filter,
                                                        options, out.get()));
  PAGELAB_RETURN_IF_ERROR(out->Commit());
  return result;
}

absl::StatusOr<int> Grep(GrepArguments arguments, CommandContext& context) {
  const absl::StatusOr<RecordFilter> filter =
      RecordFilter::Compile(arguments.expression);
  if (!filter.ok()) return UsageError(FromAbsl(filter.status().message()));
  GrepOptions options{.invert = arguments.invert,
                      .strict = arguments.strict,
                      .now = {},
                      .scan = ScanWithProgress(context)};
  if (!arguments.now.empty()) {
    const absl::StatusOr<uint64_t> now = ParseDuration(arguments.now);
    if (!now.ok()) {
      return UsageError("--now: " +
                        std::string(FromAbsl(now.status().message())));
    }
    options.now = *now;
  }
  const absl::Status named = PrepareDumps(arguments.dumps);
  if (!named.ok()) return UsageError(FromAbsl(named.message()));
  if (!options.now.has_value() && filter->Uses(DumpField::kAge)) {
    PAGELAB_ASSIGN_OR_RETURN(options.now,
                             FindNow(arguments.dumps, options.scan, context));
  }
  PAGELAB_ASSIGN_OR_RETURN(const GrepResult result,
                           WriteMatches(arguments, *filter, options, context));
  context.progress.Clear();
  PAGELAB_RETURN_IF_ERROR(
      TellStatistics(context, result.statistics, arguments.strict));
  if (arguments.count) {
    context.out.Append(
        fmt::format("records {}\npages {}\n", result.records, result.pages));
  } else {
    PrintNote(context,
              fmt::format("{} of {}, {} of {}", Grouped(result.records),
                          Counted(result.statistics.records(), "record"),
                          Grouped(result.pages),
                          Counted(result.statistics.pages(), "page")));
  }
  return result.records > 0 ? kExitFine : kExitFinding;
}

void AddGrepOptions(CLI::App& app, GrepArguments& arguments) {
  app.add_option("expression", arguments.expression,
                 "What must hold for a record, as 'order>=4 && comm==nginx'")
      ->required();
  AddDumpArguments(app, arguments.dumps);
  app.add_option("-o,--output", arguments.output,
                 "File for the records; compressed if it ends in .gz, .xz, "
                 ".zst, .bz2 or .lz4")
      ->capture_default_str();
  app.add_flag("-c,--count", arguments.count,
               "Print how many records and pages match instead");
  app.add_flag("--invert", arguments.invert, "The records that do not match");
  app.add_option("--now", arguments.now,
                 "Time since boot that ages are counted from, as 2h; if not "
                 "given the time of the newest record");
  app.add_flag("--strict", arguments.strict,
               "A damaged record is an error, not a note");
}

}  // namespace

void AddGrepCommand(CommandSet& commands) {
  auto arguments = std::make_shared<GrepArguments>();
  CLI::App& app = commands.Add(
      {.name = "grep",
       .summary = "Print the records of page_owner dumps that match",
       .examples =
           "  pagelab grep 'order>=4' dump.txt.xz\n"
           "  pagelab grep 'gfp~GFP_ATOMIC && age>10s' before.txt after.txt\n"
           "  pagelab grep 'stack~ath11k and not comm==init' dump.txt -o "
           "ath11k.txt.zst\n"
           "  pagelab grep --count 'module==nicdrv' dump.txt\n"
           "  pagelab grep 'node==1' dump.txt | pagelab grep 'age>1h' --now 2h "
           "-\n"
           "\nExpression: FIELD OP VALUE; && || ! ( ), or and, or, not.\n"
           "Numbers: == != < <= > >=, times with ns us ms s min h d. Texts: == "
           "!=,\n"
           "~ contains, !~ does not. - is a value that the record does not "
           "say.\n\n" +
           FieldsHelp(/*only_groups=*/false) +
           "\nExit codes: 0 something matched, 1 nothing did, 2 usage or a "
           "wrong\n"
           "expression, 3 a wrong input, 4 internal error or I/O.\n"},
      [arguments](CommandContext& context) {
        return Grep(*arguments, context);
      });
  AddGrepOptions(app, *arguments);
}

}  // namespace pagelab

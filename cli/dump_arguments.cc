#include "pagelab/cli/dump_arguments.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "fmt/format.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/owner/dump/newest_timestamp.h"

namespace pagelab {
namespace {

// The parts between commas.
void AppendParts(std::string_view list, std::vector<std::string_view>& parts) {
  size_t comma = 0;
  while ((comma = list.find(',')) != std::string_view::npos) {
    parts.push_back(list.substr(0, comma));
    list.remove_prefix(comma + 1);
  }
  parts.push_back(list);
}

// Whole numbers as this program writes them: CLI11 would take 010 for 8.
CLI::Validator GroupNumber() {
  return CLI::Validator(
      [](std::string& text) -> std::string {
        const absl::StatusOr<uint64_t> number = ParseUint64(text);
        if (!number.ok()) {
          return fmt::format("\"{}\": expected a whole number, 0 for all",
                             text);
        }
        text = std::to_string(*number);
        return "";
      },
      "");
}

absl::StatusOr<std::vector<DumpField>> GroupFields(
    const GroupArguments& arguments) {
  std::vector<std::string_view> names;
  for (const DumpFieldInfo& info : DumpFields()) {
    if (info.groups) names.push_back(info.name);
  }
  std::vector<DumpField> fields;
  std::vector<std::string_view> words;
  for (const std::string& list : arguments.by) AppendParts(list, words);
  for (const std::string_view name : words) {
    const DumpFieldInfo* info = FindDumpField(name);
    if (info == nullptr || !info->groups) {
      return InvalidInput(
          fmt::format("--by: {} \"{}\"{}; there are {}",
                      info == nullptr ? "unknown field" : "cannot group by",
                      name, DidYouMean(name, names), fmt::join(names, ", ")));
    }
    fields.push_back(info->field);
  }
  return fields;
}

}  // namespace

void AddGroupArguments(CLI::App& app, GroupArguments& arguments) {
  app.add_option("--by", arguments.by,
                 "Fields to group by, comma separated: see below")
      ->allow_extra_args(false)
      ->capture_default_str();
  app.add_option("--ids", arguments.stack_ids,
                 "What makes two stacks one: all of their frames, or the names "
                 "of the functions only, for dumps of different builds")
      ->check(CLI::IsMember({"frames", "functions"}))
      ->capture_default_str();
  app.add_option("--where", arguments.where,
                 "Only records for which this holds, as for pagelab grep");
  app.add_option("--now", arguments.now,
                 "Time since boot that ages are counted from, as 2h; if not "
                 "given the time of the newest record");
  app.add_flag("--strict", arguments.strict,
               "A damaged record is an error, not a note");
}

void AddReportArguments(CLI::App& app, ReportArguments& arguments) {
  app.add_option("-n,--number", arguments.groups, "Groups to show; 0 shows all")
      ->transform(GroupNumber())
      ->capture_default_str();
  app.add_flag("--stacks", arguments.stacks, "All frames of each stack");
  CLI::Option* json = app.add_flag("--json", arguments.json, "Print JSON");
  app.add_flag("--csv", arguments.csv, "Print comma-separated values")
      ->excludes(json);
}

void AddDumpArguments(CLI::App& app, std::vector<std::string>& dumps) {
  app.add_option("dump", dumps,
                 "page_owner dumps of any kernel, show_stacks files, kernel "
                 "logs; compressed or not; - or none is standard input");
}

absl::Status PrepareDumps(std::vector<std::string>& dumps) {
  if (dumps.empty()) dumps.emplace_back("-");
  return CheckDumps(dumps);
}

absl::Status CheckDumps(absl::Span<const std::string> dumps) {
  if (std::count(dumps.begin(), dumps.end(), "-") < 2) return absl::OkStatus();
  return InvalidInput("- can be given only once: it is standard input");
}

absl::StatusOr<PreparedGroups> ParseGroups(const GroupArguments& arguments) {
  PreparedGroups prepared;
  GroupOptions& options = prepared.options;
  PAGELAB_ASSIGN_OR_RETURN(options.by, GroupFields(arguments));
  options.identity = arguments.stack_ids == "functions"
                         ? StackIdentity::kFunctions
                         : StackIdentity::kFrames;
  if (!arguments.where.empty()) {
    PAGELAB_ASSIGN_OR_RETURN(RecordFilter filter,
                             RecordFilter::Compile(arguments.where));
    prepared.filter = std::make_unique<RecordFilter>(std::move(filter));
    options.filter = prepared.filter.get();
  }
  if (!arguments.now.empty()) {
    PAGELAB_ASSIGN_OR_RETURN(options.now, ParseDuration(arguments.now));
  }
  return prepared;
}

absl::StatusOr<std::optional<uint64_t>> FindNow(
    absl::Span<const std::string> paths, const ScanOptions& scan,
    CommandContext& context) {
  PAGELAB_ASSIGN_OR_RETURN(const std::optional<uint64_t> now,
                           NewestTimestamp(paths, scan));
  PrintNote(context,
            now.has_value()
                ? "ages are counted from the newest record, " +
                      FormatDuration(*now) +
                      " after boot; --now sets another time"
                : "no record says when it was allocated: no age is known");
  return now;
}

bool NeedsNow(const GroupOptions& options) {
  const bool asks =
      std::find(options.by.begin(), options.by.end(), DumpField::kAge) !=
          options.by.end() ||
      (options.filter != nullptr && options.filter->Uses(DumpField::kAge));
  return asks && !options.now.has_value();
}

ScanOptions ScanWithProgress(CommandContext& context) {
  ScanOptions options;
  options.progress = [&progress = context.progress](uint64_t done,
                                                    uint64_t total) {
    if (!progress.due()) return;
    progress.Show(total == 0
                      ? fmt::format("read {}", HumanSize(done))
                      : fmt::format("read {} of {}, {} %", HumanSize(done),
                                    HumanSize(total), done * 100 / total));
  };
  return options;
}

absl::Status TellStatistics(const CommandContext& context,
                            const ReadStatistics& statistics, bool strict) {
  if (strict) PAGELAB_RETURN_IF_ERROR(StrictStatus(statistics));
  for (const std::string& note : ReadNotes(statistics)) {
    PrintNote(context, note);
  }
  return absl::OkStatus();
}

std::string FieldsHelp(bool only_groups) {
  std::string text = "Fields, and other spellings:\n";
  for (const DumpFieldInfo& info : DumpFields()) {
    if (only_groups && !info.groups) continue;
    text +=
        fmt::format("  {:<16}{:<12}{}\n", info.name, info.alias, info.meaning);
  }
  return text;
}

}  // namespace pagelab

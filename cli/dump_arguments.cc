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

absl::StatusOr<std::vector<DumpField>> GroupFields(
    const GroupArguments& arguments) {
  std::vector<std::string_view> names;
  for (const DumpFieldInfo& info : DumpFields()) {
    if (info.groups) names.push_back(info.name);
  }
  std::vector<DumpField> fields;
  for (const std::string& name : arguments.by) {
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
      ->delimiter(',')
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

absl::Status FindNow(PreparedGroups& prepared,
                     absl::Span<const std::string> paths) {
  GroupOptions& options = prepared.options;
  const bool needed =
      std::find(options.by.begin(), options.by.end(), DumpField::kAge) !=
          options.by.end() ||
      (options.filter != nullptr && options.filter->Uses(DumpField::kAge));
  if (!needed || options.now.has_value()) return absl::OkStatus();
  PAGELAB_ASSIGN_OR_RETURN(options.now, NewestTimestamp(paths, options.scan));
  return absl::OkStatus();
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

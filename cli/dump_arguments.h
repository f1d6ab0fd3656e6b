#ifndef PAGELAB_CLI_DUMP_ARGUMENTS_H_
#define PAGELAB_CLI_DUMP_ARGUMENTS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pagelab/cli/command.h"
#include "pagelab/owner/dump/dump_field.h"
#include "pagelab/owner/dump/group_dumps.h"
#include "pagelab/owner/dump/read_statistics.h"
#include "pagelab/owner/dump/record_filter.h"
#include "pagelab/owner/dump/scan_dump.h"

namespace pagelab {

// What the commands that group records share.
struct GroupArguments {
  // Each with names of fields, comma separated.
  std::vector<std::string> by = {"stack"};
  std::string stack_ids = "frames";
  std::string where;
  std::string now;
  bool strict = false;
};

void AddGroupArguments(CLI::App& app, GroupArguments& arguments);

// How the commands that group records show the groups.
struct ReportArguments {
  // 0 is all.
  size_t groups = 10;
  bool stacks = false;
  bool json = false;
  bool csv = false;
};

void AddReportArguments(CLI::App& app, ReportArguments& arguments);

// The dumps of a command that reads standard input if none is named.
void AddDumpArguments(CLI::App& app, std::vector<std::string>& dumps);

// Standard input if there are no names; an error of the command line if it is
// named twice.
absl::Status PrepareDumps(std::vector<std::string>& dumps);
// The error only.
absl::Status CheckDumps(absl::Span<const std::string> dumps);

// What is to be grouped, and the filter that the options point to.
struct PreparedGroups {
  GroupOptions options;
  std::unique_ptr<RecordFilter> filter;
};

// An unknown field, a field of which every record has another value, a wrong
// expression and a wrong time are errors of the command line.
absl::StatusOr<PreparedGroups> ParseGroups(const GroupArguments& arguments);

// What ages in these dumps, or in this one, are counted from: reads them for
// their newest record, and says so in a note.
absl::StatusOr<std::optional<uint64_t>> FindNow(
    absl::Span<const std::string> paths, const ScanOptions& scan,
    CommandContext& context);

// Whether ages are asked for and --now was not given.
bool NeedsNow(const GroupOptions& options);

// Shows how much of an input has been read.
ScanOptions ScanWithProgress(CommandContext& context);

// Notes on damage and on what was passed over; with `strict` the first damage
// is an error.
absl::Status TellStatistics(const CommandContext& context,
                            const ReadStatistics& statistics, bool strict);

// For --help: the fields by name, with their meanings.
std::string FieldsHelp(bool only_groups);

}  // namespace pagelab

#endif  // PAGELAB_CLI_DUMP_ARGUMENTS_H_

#ifndef PAGELAB_CLI_DUMP_ARGUMENTS_H_
#define PAGELAB_CLI_DUMP_ARGUMENTS_H_

#include <memory>
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
  std::vector<std::string> by = {"stack"};
  std::string stack_ids = "frames";
  std::string where;
  std::string now;
  bool strict = false;
};

void AddGroupArguments(CLI::App& app, GroupArguments& arguments);

// What is to be grouped, and the filter that the options point to.
struct PreparedGroups {
  GroupOptions options;
  std::unique_ptr<RecordFilter> filter;
};

// An unknown field, a field of which every record has another value, a wrong
// expression and a wrong time are errors of the command line.
absl::StatusOr<PreparedGroups> ParseGroups(const GroupArguments& arguments);

// Reads the dumps once if ages are needed and --now was not given.
absl::Status FindNow(PreparedGroups& prepared,
                     absl::Span<const std::string> paths);

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

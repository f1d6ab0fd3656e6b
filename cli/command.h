#ifndef PAGELAB_CLI_COMMAND_H_
#define PAGELAB_CLI_COMMAND_H_

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "pagelab/base/output_stream.h"
#include "pagelab/cli/progress.h"

namespace pagelab {

// Exit codes of every command (DESIGN.md decision 12). Bad input and internal
// errors come from ExitCodeFor(status).
inline constexpr int kExitFine = 0;
inline constexpr int kExitFinding = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitBadInput = 3;
inline constexpr int kExitInternal = 4;

// What a command gets to work with.
struct CommandContext {
  // Standard output; committed after the command returns.
  OutputStream& out;
  // Rewrites one line on a terminal; silent elsewhere and with -q.
  Progress& progress;
  // -1 with -q, 0, or the number of -v.
  int verbosity = 0;
};

// Returns kExitFine or kExitFinding, or kExitUsage after UsageError().
using CommandFunction =
    std::function<absl::StatusOr<int>(CommandContext& context)>;

// A line for people on standard error, "pagelab: text", shown even with -q.
void PrintError(std::string_view text);
// A line of comment on standard error; not shown with -q.
void PrintNote(const CommandContext& context, std::string_view text);
// Reports a wrong command line that the option parser could not see; the
// command returns what this returns.
int UsageError(std::string_view text);

// The subcommands of the program. One source file each: it adds itself with
// an Add...Command() function, options bound to variables that its function
// shares.
class CommandSet {
 public:
  explicit CommandSet(CLI::App& program) : program_(program) {}

  struct Description {
    std::string name;
    // One line, no full stop.
    std::string summary;
    // Whole command lines with a few words of comment, shown by --help.
    std::string examples;
  };
  // The returned application takes the options and arguments.
  CLI::App& Add(const Description& description, CommandFunction run);

  // A command that does nothing but hold others, one of which must be named:
  // "pagelab bench hotpath". The returned set lives as long as this one.
  CommandSet& AddGroup(const Description& description);

  // What holds the commands; whole once all are added.
  const CLI::App& program() const { return program_; }

  // Parses the command line. "--option=" is the empty value, which CLI11 alone
  // takes for none, and is refused where nothing can be meant by it. Throws
  // what CLI::App::parse() throws.
  void Parse(int argc, const char* const* argv);

  // Runs the subcommand that the command line chose.
  // REQUIRES: Parse() has returned.
  absl::StatusOr<int> RunChosen(CommandContext& context) const;

 private:
  struct Entry {
    CLI::App* app;
    CommandFunction run;
    // Null for a command that is no group.
    std::unique_ptr<CommandSet> group;
  };
  CLI::App& AddApp(const Description& description);
  void RefuseEmptyValuesOfAll();

  CLI::App& program_;
  std::vector<Entry> entries_;
};

void AddRunCommand(CommandSet& commands);
void AddCompletionCommand(CommandSet& commands);
void AddCostCommand(CommandSet& commands);
void AddReplayCommand(CommandSet& commands);
void AddReportCommand(CommandSet& commands);
void AddListCommand(CommandSet& commands);
void AddValidateCommand(CommandSet& commands);
void AddSchemaCommand(CommandSet& commands);
void AddCheckCommand(CommandSet& commands);
void AddCompareCommand(CommandSet& commands);
void AddDiffCommand(CommandSet& commands);
void AddExportCommand(CommandSet& commands);
void AddExplainCommand(CommandSet& commands);
void AddFragCommand(CommandSet& commands);
void AddGrepCommand(CommandSet& commands);
void AddManCommand(CommandSet& commands);
void AddQuizCommand(CommandSet& commands);
void AddShrinkCommand(CommandSet& commands);
void AddSnapshotCommand(CommandSet& commands);
void AddSortCommand(CommandSet& commands);
void AddStepCommand(CommandSet& commands);
void AddTopCommand(CommandSet& commands);
void AddWhereCommand(CommandSet& commands);
void AddBenchCommands(CommandSet& commands);

}  // namespace pagelab

#endif  // PAGELAB_CLI_COMMAND_H_

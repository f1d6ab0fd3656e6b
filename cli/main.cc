// The `pagelab` program: command line in, one subcommand, exit code out.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pagelab/base/output_stream.h"
#include "pagelab/base/standard_descriptors.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/cli/command.h"
#include "pagelab/cli/page_owner_sort.h"
#include "pagelab/workloads/version.h"

namespace pagelab {
namespace {

struct GlobalOptions {
  bool quiet = false;
  int verbose = 0;

  int verbosity() const { return quiet ? -1 : verbose; }
};

void DeclareGlobalOptions(CLI::App& program, GlobalOptions& options) {
  program.add_flag("-q,--quiet", options.quiet,
                   "Only results and errors, no progress and no notes");
  program.add_flag("-v,--verbose", options.verbose, "More notes");
  program.set_version_flag("--version", "pagelab " + std::string(kVersion) +
                                            " (" + std::string(kKernelModel) +
                                            ")");
  program.require_subcommand(1);
  program.footer(
      "Examples:\n"
      "  pagelab list                   # built-in machines and scenarios\n"
      "  pagelab run driver-leak        # who leaks?\n"
      "  pagelab run driver-leak -o out # and the files a kernel would show\n"
      "  pagelab run --help             # the options of one command\n"
      "\nExit codes: 0 fine, 1 a difference or finding, 2 usage, 3 bad input,\n"
      "4 internal error or I/O.");
}

std::vector<std::string_view> Views(const std::vector<std::string>& words) {
  return {words.begin(), words.end()};
}

// The program, the command that was chosen, and that one's, if it has any.
std::vector<const CLI::App*> ChosenApps(const CLI::App& program) {
  std::vector<const CLI::App*> apps = {&program};
  for (;;) {
    const std::vector<CLI::App*> chosen = apps.back()->get_subcommands();
    if (chosen.empty()) return apps;
    apps.push_back(chosen.front());
  }
}

std::vector<std::string> CommandNames(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command :
       app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  return names;
}

// Every long option that is valid here: the program's and its subcommands'.
std::vector<std::string> OptionNames(const CLI::App& program) {
  std::vector<std::string> names;
  const auto add = [&names](const CLI::App& app) {
    for (const CLI::Option* option : app.get_options()) {
      for (const std::string& name : option->get_lnames()) {
        names.push_back("--" + name);
      }
    }
  };
  for (const CLI::App* app : ChosenApps(program)) add(*app);
  return names;
}

// A better text than the parser's where a word was misspelt.
std::string ExplainUsage(const CLI::App& program,
                         const CLI::ParseError& error) {
  const std::vector<std::string> extra = program.remaining(true);
  const std::vector<std::string> commands =
      CommandNames(*ChosenApps(program).back());
  if (extra.empty()) {
    if (!commands.empty() && error.get_name() == "RequiredError") {
      return "a command is required";
    }
    return error.what();
  }
  const std::string& word = extra.front();
  if (word.substr(0, 1) == "-") {
    const std::vector<std::string> names = OptionNames(program);
    return "unknown option " + word +
           DidYouMean(word.substr(0, word.find('=')), Views(names));
  }
  if (!commands.empty()) {
    return "unknown command \"" + word + "\"" +
           DidYouMean(word, Views(commands));
  }
  return "unexpected argument \"" + word + "\"";
}

int ReportUsage(const CLI::App& program, const CLI::ParseError& error) {
  std::string name;
  for (const CLI::App* app : ChosenApps(program)) {
    name += (name.empty() ? "" : " ") + app->get_name();
  }
  PrintError(ExplainUsage(program, error));
  PrintError("try \"" + name + " --help\"");
  return kExitUsage;
}

// Flushes standard output; the exit code of a command whose output failed.
int Finish(OutputStream& out, int code) {
  const absl::Status status = out.Commit();
  if (status.ok() || IsClosedPipe(status)) return code;
  PrintError(FromAbsl(status.message()));
  return ExitCodeFor(status);
}

int RunParsed(const CommandSet& commands, const GlobalOptions& options,
              OutputStream& out) {
  Progress progress(options.verbosity() >= 0);
  CommandContext context{out, progress, options.verbosity()};
  const absl::StatusOr<int> code = commands.RunChosen(context);
  progress.Clear();
  if (code.ok()) return Finish(out, *code);
  if (IsClosedPipe(code.status())) return kExitFine;
  // What was printed before the error still counts.
  const int flushed = Finish(out, kExitFine);
  if (flushed != kExitFine) return flushed;
  PrintError(FromAbsl(code.status().message()));
  return ExitCodeFor(code.status());
}

void AddCommands(CommandSet& commands) {
  AddRunCommand(commands);
  AddReportCommand(commands);
  AddCostCommand(commands);
  AddReplayCommand(commands);
  AddSnapshotCommand(commands);
  AddShrinkCommand(commands);
  AddStepCommand(commands);
  AddWhereCommand(commands);
  AddExplainCommand(commands);
  AddFragCommand(commands);
  AddCompareCommand(commands);
  AddTopCommand(commands);
  AddSortCommand(commands);
  AddGrepCommand(commands);
  AddDiffCommand(commands);
  AddExportCommand(commands);
  AddQuizCommand(commands);
  AddCheckCommand(commands);
  AddBenchCommands(commands);
  AddListCommand(commands);
  AddValidateCommand(commands);
  AddSchemaCommand(commands);
  AddManCommand(commands);
  AddCompletionCommand(commands);
}

int Main(int argc, char** argv) {
  OccupyStandardDescriptors();
  InstallOutputSignalHandlers();
  if (const std::optional<int> code = RunPageOwnerSort(argc, argv)) {
    return *code;
  }
  CLI::App program{"pagelab: the physical page allocator of Linux, simulated",
                   "pagelab"};
  GlobalOptions options;
  DeclareGlobalOptions(program, options);
  CommandSet commands(program);
  AddCommands(commands);

  auto out = OpenOutput("-");
  if (!out.ok()) return ExitCodeFor(out.status());
  try {
    commands.Parse(argc, argv);
    return RunParsed(commands, options, **out);
  } catch (const CLI::CallForVersion& version) {
    (*out)->Append(std::string(version.what()) + "\n");
    return Finish(**out, kExitFine);
  } catch (const CLI::Success&) {
    // Help was asked for; the parser knows of which application.
    const std::vector<CLI::App*> chosen = program.get_subcommands();
    (*out)->Append(chosen.empty() ? program.help()
                                  : chosen.front()->help("pagelab"));
    return Finish(**out, kExitFine);
  } catch (const CLI::ParseError& error) {
    return ReportUsage(program, error);
  } catch (const std::exception& error) {
    PrintError(std::string("internal error: ") + error.what());
    return kExitInternal;
  }
}

}  // namespace
}  // namespace pagelab

int main(int argc, char** argv) { return pagelab::Main(argc, argv); }

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
  add(program);
  for (const CLI::App* app : program.get_subcommands()) add(*app);
  return names;
}

// A better text than the parser's where a word was misspelt.
std::string ExplainUsage(const CLI::App& program, const CommandSet& commands,
                         const CLI::ParseError& error) {
  const std::vector<std::string> extra = program.remaining(true);
  if (extra.empty()) {
    if (program.get_subcommands().empty() &&
        error.get_name() == "RequiredError") {
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
  if (program.get_subcommands().empty()) {
    const std::vector<std::string> names = commands.names();
    return "unknown command \"" + word + "\"" + DidYouMean(word, Views(names));
  }
  return "unexpected argument \"" + word + "\"";
}

int ReportUsage(const CLI::App& program, const CommandSet& commands,
                const CLI::ParseError& error) {
  std::string name = "pagelab";
  for (const CLI::App* app : program.get_subcommands()) {
    name += " " + app->get_name();
  }
  PrintError(ExplainUsage(program, commands, error));
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
  AddRunCommand(commands);
  AddCostCommand(commands);
  AddReplayCommand(commands);
  AddSnapshotCommand(commands);
  AddWhereCommand(commands);
  AddTopCommand(commands);
  AddSortCommand(commands);
  AddGrepCommand(commands);
  AddDiffCommand(commands);
  AddListCommand(commands);
  AddValidateCommand(commands);
  AddSchemaCommand(commands);

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
    return ReportUsage(program, commands, error);
  } catch (const std::exception& error) {
    PrintError(std::string("internal error: ") + error.what());
    return kExitInternal;
  }
}

}  // namespace
}  // namespace pagelab

int main(int argc, char** argv) { return pagelab::Main(argc, argv); }

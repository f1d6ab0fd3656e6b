// pagelab bench run: Google Benchmark programs, with repetitions.

#include <regex.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/cli/bench_commands.h"
#include "pagelab/cli/bench_programs.h"
#include "pagelab/cli/child_process.h"
#include "pagelab/report/bench/benchmark_results.h"
#include "pagelab/report/bench/run_report.h"

namespace pagelab {
namespace {

constexpr unsigned kDefaultRepetitions = 5;
constexpr unsigned kMostRepetitions = 10000;

struct RunArguments {
  std::string pattern;
  std::string output;
  unsigned repetitions = kDefaultRepetitions;
  bool json = false;
  std::string programs;
};

// A POSIX extended regular expression, found anywhere in a name: what the
// programs take with --benchmark_filter.
class Pattern {
 public:
  explicit Pattern(const std::string& text)
      : error_(regcomp(&regex_, text.c_str(), REG_EXTENDED | REG_NOSUB)) {}
  ~Pattern() {
    if (error_ == 0) regfree(&regex_);
  }
  Pattern(const Pattern&) = delete;
  Pattern& operator=(const Pattern&) = delete;

  // "" or what is wrong with it.
  std::string error() const {
    if (error_ == 0) return "";
    char text[256];
    regerror(error_, &regex_, text, sizeof(text));
    return text;
  }
  // REQUIRES: error() is "".
  bool Matches(const std::string& name) const {
    return regexec(&regex_, name.c_str(), 0, nullptr, 0) == 0;
  }

 private:
  regex_t regex_;
  const int error_;
};

struct ChosenProgram {
  std::string name;
  size_t nr_benchmarks = 0;
};

absl::StatusOr<std::vector<ChosenProgram>> ChoosePrograms(
    const std::string& directory, const Pattern& pattern,
    const std::string& text) {
  PAGELAB_ASSIGN_OR_RETURN(const std::vector<ListedBenchmarks> listed,
                           ListBenchmarks(directory));
  std::vector<ChosenProgram> chosen;
  for (const ListedBenchmarks& each : listed) {
    const auto matching = static_cast<size_t>(std::count_if(
        each.names.begin(), each.names.end(),
        [&pattern](const std::string& name) { return pattern.Matches(name); }));
    if (matching > 0) chosen.push_back({each.program, matching});
  }
  if (chosen.empty()) {
    return absl::NotFoundError("no benchmark matches \"" + text +
                               "\"; \"pagelab bench list\" names them");
  }
  return chosen;
}

absl::StatusOr<std::string> RunPrograms(
    const RunArguments& arguments, const std::string& directory,
    const std::vector<ChosenProgram>& programs, CommandContext& context) {
  std::vector<ProgramOutput> outputs;
  for (const ChosenProgram& program : programs) {
    PrintNote(context, program.name + ": " +
                           Counted(program.nr_benchmarks, "benchmark") + ", " +
                           Counted(arguments.repetitions, "repetition") +
                           " each");
    ChildCommand command;
    command.program = directory + "/" + program.name;
    command.arguments = {
        "--benchmark_repetitions=" + std::to_string(arguments.repetitions),
        "--benchmark_enable_random_interleaving=true",
        "--benchmark_format=json"};
    if (!arguments.pattern.empty()) {
      command.arguments.push_back("--benchmark_filter=" + arguments.pattern);
    }
    command.quiet = context.verbosity < 0;
    ProgramOutput& output = outputs.emplace_back();
    output.program = program.name;
    PAGELAB_ASSIGN_OR_RETURN(output.json, RunChild(command));
  }
  return JoinProgramOutputs(outputs);
}

absl::StatusOr<int> Run(const RunArguments& arguments,
                        CommandContext& context) {
  const Pattern pattern(arguments.pattern);
  if (!pattern.error().empty()) {
    return UsageError("\"" + arguments.pattern +
                      "\" is no regular expression: " + pattern.error());
  }
  PAGELAB_ASSIGN_OR_RETURN(const std::string directory,
                           ProgramDirectory(arguments.programs));
  PAGELAB_ASSIGN_OR_RETURN(
      const std::vector<ChosenProgram> programs,
      ChoosePrograms(directory, pattern, arguments.pattern));
  // Before minutes of measuring.
  std::unique_ptr<OutputStream> file;
  if (!arguments.output.empty()) {
    PAGELAB_ASSIGN_OR_RETURN(file, OpenOutput(arguments.output));
  }
  PAGELAB_ASSIGN_OR_RETURN(
      const std::string document,
      RunPrograms(arguments, directory, programs, context));
  PAGELAB_ASSIGN_OR_RETURN(const BenchmarkResults results,
                           ReadBenchmarkResults("benchmarks", document));
  if (file != nullptr) {
    file->Append(document);
    PAGELAB_RETURN_IF_ERROR(file->Commit());
  }
  if (arguments.output != "-") {
    context.out.Append(arguments.json ? RunJson(document, results)
                                      : RunText(results));
  }
  for (const std::string& failed : results.failed) {
    PrintError("benchmark failed: " + failed);
  }
  return results.failed.empty() ? kExitFine : kExitInternal;
}

}  // namespace

void AddBenchRunCommand(CommandSet& commands) {
  auto arguments = std::make_shared<RunArguments>();
  CLI::App& app = commands.Add(
      {.name = "run",
       .summary = "Run benchmarks and show median and spread",
       .examples = "  pagelab bench run                        # all of them\n"
                   "  pagelab bench run 'Pair.*order:0'\n"
                   "  pagelab bench run Pair -o before.json    # for compare\n"
                   "  pagelab bench run StackDepot --repetitions 20 --json\n"},
      [arguments](CommandContext& context) {
        return Run(*arguments, context);
      });
  app.add_option("regex", arguments->pattern,
                 "Those whose name has a match of this extended regular "
                 "expression; all if none");
  app.add_option("-o,--output", arguments->output,
                 "Write the results of all programs as one JSON document");
  app.add_option("--repetitions", arguments->repetitions,
                 "So many of each, in random order")
      ->check(CLI::Range(1U, kMostRepetitions))
      ->capture_default_str();
  app.add_flag("--json", arguments->json,
               "Print the results with their statistics");
  AddProgramsOption(app, arguments->programs);
}

}  // namespace pagelab

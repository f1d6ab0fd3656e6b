// pagelab shrink: the fewest steps or events that still show something.

#include "pagelab/workloads/shrink/shrink.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "fmt/format.h"
#include "pagelab/base/input_stream.h"
#include "pagelab/base/output_stream.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/cli/command.h"
#include "pagelab/cli/scenario_arguments.h"
#include "pagelab/cli/unsigned_option.h"
#include "pagelab/workloads/library_files.h"
#include "pagelab/workloads/scenario_language.h"
#include "pagelab/workloads/shrink/condition.h"
#include "pagelab/workloads/shrink/overrides.h"

namespace pagelab {
namespace {

struct ShrinkArguments {
  // The scenario or trace, and the machine.
  ScenarioArguments what;
  std::string condition;
  std::string output;
  uint64_t max_tries = ShrinkOptions().max_tries;
  uint64_t ticks_per_second = RedriveOptions().ticks_per_second;
};

std::string ProgressText(uint64_t tries, const InputSize& so_far) {
  const bool is_trace = so_far.events > 0;
  return fmt::format("{} runs, {} {} left", Grouped(tries),
                     Grouped(is_trace ? so_far.events : so_far.steps),
                     is_trace ? "events" : "steps");
}

// A scenario is a JSON object; a name without '/' and '.' is a built-in one.
bool IsScenario(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{';
}

absl::StatusOr<ShrinkResult> OfScenario(const ShrinkArguments& arguments,
                                        const std::string& text,
                                        const Condition& condition,
                                        const ShrinkOptions& options) {
  const ScenarioArguments& what = arguments.what;
  ScenarioOverrides overrides{.machine = what.machine,
                              .from = what.from,
                              .seed = what.seed,
                              .settings = what.settings,
                              .command_line = what.command_line};
  if (!what.kernel.empty()) {
    overrides.settings.push_back("kernel=" + what.kernel);
  }
  ScenarioInput input;
  input.file = what.scenario == "-" ? "stdin" : what.scenario;
  // Errors are about the file as it is.
  PAGELAB_RETURN_IF_ERROR(ParseScenario(input.file, text).status());
  PAGELAB_ASSIGN_OR_RETURN(input.text,
                           WithOverrides(input.file, text, overrides));
  PAGELAB_ASSIGN_OR_RETURN(const Scenario scenario,
                           ParseScenario(input.file, input.text));
  ScenarioArguments plain;
  plain.scenario = what.scenario;
  PAGELAB_ASSIGN_OR_RETURN(input.machine, ConfigureMachine(plain, scenario));
  return ShrinkScenario(input, condition, options);
}

absl::StatusOr<ShrinkResult> OfTrace(const ShrinkArguments& arguments,
                                     std::string text,
                                     const Condition& condition,
                                     const ShrinkOptions& options) {
  ScenarioArguments machine = arguments.what;
  machine.scenario.clear();
  PAGELAB_ASSIGN_OR_RETURN(const LoadedScenario none, LoadScenario(machine));
  TraceText input;
  input.file = arguments.what.scenario;
  input.text = std::move(text);
  input.redrive.ticks_per_second = arguments.ticks_per_second;
  // As `pagelab replay` has it.
  machine.scenario = arguments.what.scenario;
  PAGELAB_ASSIGN_OR_RETURN(input.machine,
                           ConfigureMachine(machine, none.scenario));
  return ShrinkTrace(input, condition, options);
}

absl::StatusOr<int> Report(const ShrinkArguments& arguments,
                           const ShrinkResult& result,
                           const Condition& condition,
                           CommandContext& context) {
  if (!result.shown) {
    PrintError(arguments.what.scenario + " does not show \"" +
               condition.text() + "\": there is nothing to shrink");
    return kExitFinding;
  }
  if (arguments.output.empty()) {
    context.out.Append(result.text);
    const std::string text = ShrinkText(result, condition);
    PrintNote(context, "what is left\n" + text.substr(0, text.size() - 1));
    return kExitFine;
  }
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<OutputStream> out,
                           OpenOutput(arguments.output));
  out->Append(result.text);
  PAGELAB_RETURN_IF_ERROR(out->Commit());
  context.out.Append(ShrinkText(result, condition));
  return kExitFine;
}

absl::StatusOr<int> Shrink(const ShrinkArguments& arguments,
                           CommandContext& context) {
  if (arguments.ticks_per_second == 0) {
    return UsageError("--ticks-per-second must be at least 1");
  }
  const absl::StatusOr<Condition> condition =
      Condition::Parse(arguments.condition);
  if (!condition.ok()) {
    return UsageError("--while: " +
                      std::string(FromAbsl(condition.status().message())));
  }
  ShrinkOptions options;
  options.max_tries = arguments.max_tries;
  options.on_progress = [&context](uint64_t tries, const InputSize& so_far) {
    if (context.progress.due()) {
      context.progress.Show(ProgressText(tries, so_far));
    }
  };
  PAGELAB_ASSIGN_OR_RETURN(std::string text,
                           ScenarioText(arguments.what.scenario));
  PAGELAB_ASSIGN_OR_RETURN(
      const ShrinkResult result,
      IsScenario(text)
          ? OfScenario(arguments, text, *condition, options)
          : OfTrace(arguments, std::move(text), *condition, options));
  context.progress.Clear();
  return Report(arguments, result, *condition, context);
}

}  // namespace

void AddShrinkCommand(CommandSet& commands) {
  auto arguments = std::make_shared<ShrinkArguments>();
  CLI::App& app = commands.Add(
      {.name = "shrink",
       .summary = "Reduce a scenario or a trace to what still shows something",
       .examples =
           "  pagelab shrink my.json --while 'failure order>=9' -o small.json\n"
           "  pagelab shrink fragmentation --while 'failure order=4 and "
           "free_pages>1000'\n"
           "  pagelab shrink trace.txt.xz -m qemu-2g --while 'steal' -o "
           "small.txt\n"},
      [arguments](CommandContext& context) {
        return Shrink(*arguments, context);
      });
  AddScenarioArguments(app, arguments->what);
  app.get_option("scenario")
      ->required()
      ->description(
          "Name of a built-in scenario, a scenario file, a trace (ftrace or "
          "perf text, perhaps compressed), or - for standard input");
  app.add_option("--while", arguments->condition,
                 "What must still show: failure, steal, fallback, oom, event "
                 "NAME, free_pages OP N, unusable_index(ORDER) OP X, with "
                 "order OP N, gfp has FLAG, zone=NAME; and, or, parentheses")
      ->required();
  app.add_option("-o,--output", arguments->output,
                 "File for what is left; none: standard output");
  app.add_option("--max-tries", arguments->max_tries, "Runs, at most")
      ->transform(UnsignedOption(1))
      ->capture_default_str();
  app.add_option("--ticks-per-second", arguments->ticks_per_second,
                 "For traces with a clock that counts ticks")
      ->transform(UnsignedOption())
      ->capture_default_str();
}

}  // namespace pagelab

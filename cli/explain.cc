// pagelab explain: why the allocator did what it did.

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/cli/command.h"
#include "pagelab/cli/scenario_arguments.h"
#include "pagelab/cli/scenario_words.h"
#include "pagelab/cli/unsigned_option.h"
#include "pagelab/report/explain/explain_json.h"
#include "pagelab/report/explain/explainer.h"
#include "pagelab/report/explain/frame_story.h"
#include "pagelab/report/explain/run_overview.h"
#include "pagelab/report/history/repeated_run.h"

namespace pagelab {
namespace {

struct ExplainArguments {
  ScenarioArguments what;
  std::optional<uint64_t> event;
  std::optional<uint64_t> count;
  std::optional<uint64_t> failure;
  std::string pfn;
  bool json = false;
};

std::string CheckPfn(const std::string& text) {
  const absl::StatusOr<uint64_t> pfn = ParseUint64(text);
  return pfn.ok() ? "" : std::string(FromAbsl(pfn.status().message()));
}

RunOptions ProgressOf(CommandContext& context) {
  RunOptions options;
  options.on_progress = [&context](const RunReport& so_far) {
    if (!context.progress.due()) return;
    context.progress.Show(fmt::format("{} allocations, {} frees",
                                      Grouped(so_far.counts.allocations),
                                      Grouped(so_far.counts.frees)));
  };
  return options;
}

absl::StatusOr<std::string> ExplainOne(RepeatedRun& run, uint64_t number,
                                       const ExplainArguments& arguments,
                                       CommandContext& context) {
  PAGELAB_ASSIGN_OR_RETURN(const Explanation explanation,
                           ExplainEvent(run, number, ProgressOf(context)));
  return arguments.json ? ExplanationJson(explanation)
                        : ExplanationText(explanation);
}

// A line for each of several events.
absl::StatusOr<std::string> ExplainSome(RepeatedRun& run,
                                        const ExplainArguments& arguments,
                                        CommandContext& context) {
  const EventWindow window = WindowFrom(*arguments.event, *arguments.count);
  PAGELAB_ASSIGN_OR_RETURN(const std::vector<Explanation> explanations,
                           ExplainEvents(run, window, ProgressOf(context)));
  return arguments.json ? ExplanationsJson(explanations)
                        : ExplanationLines(explanations);
}

absl::StatusOr<std::string> ExplainFailed(RepeatedRun& run,
                                          const ExplainArguments& arguments,
                                          CommandContext& context) {
  PAGELAB_ASSIGN_OR_RETURN(
      const uint64_t number,
      FindFailure(run, *arguments.failure, ProgressOf(context)));
  return ExplainOne(run, number, arguments, context);
}

absl::StatusOr<std::string> ExplainPfn(RepeatedRun& run,
                                       const ExplainArguments& arguments,
                                       CommandContext& context) {
  PAGELAB_ASSIGN_OR_RETURN(const uint64_t pfn, ParseUint64(arguments.pfn));
  PAGELAB_ASSIGN_OR_RETURN(const FrameStory story,
                           ExplainFrame(run, Pfn(pfn), ProgressOf(context)));
  return arguments.json ? FrameStoryJson(story) : FrameStoryText(story);
}

absl::StatusOr<std::string> ExplainRun(RepeatedRun& run,
                                       const ExplainArguments& arguments,
                                       CommandContext& context) {
  PAGELAB_ASSIGN_OR_RETURN(const RunOverview overview,
                           OverviewOf(run, ProgressOf(context)));
  if (arguments.json) return OverviewJson(overview);
  const std::string& machine = run.machine().config().name;
  return OverviewText(overview,
                      run.scenario().name.empty()
                          ? machine
                          : run.scenario().name + " on " + machine,
                      "pagelab explain " + ScenarioWords(arguments.what));
}

absl::StatusOr<int> Explain(const ExplainArguments& arguments,
                            CommandContext& context) {
  if (arguments.what.scenario.empty() && arguments.what.machine.empty()) {
    return UsageError("explain needs a scenario or a --machine; see --help");
  }
  PAGELAB_ASSIGN_OR_RETURN(LoadedScenario loaded, LoadScenario(arguments.what));
  PAGELAB_ASSIGN_OR_RETURN(const MachineConfig config,
                           ConfigureMachine(arguments.what, loaded.scenario));
  PAGELAB_ASSIGN_OR_RETURN(
      const std::unique_ptr<RepeatedRun> run,
      RepeatedRun::Boot(config, std::move(loaded.scenario)));
  if (!config.differs_from_linux.empty()) {
    PrintNote(context, "Differs from Linux: " + config.differs_from_linux);
  }
  const auto explain = arguments.count.has_value()     ? ExplainSome
                       : arguments.failure.has_value() ? ExplainFailed
                       : !arguments.pfn.empty()        ? ExplainPfn
                                                       : ExplainRun;
  PAGELAB_ASSIGN_OR_RETURN(
      const std::string text,
      arguments.event.has_value() && !arguments.count.has_value()
          ? ExplainOne(*run, *arguments.event, arguments, context)
          : explain(*run, arguments, context));
  context.progress.Clear();
  context.out.Append(text);
  return kExitFine;
}

}  // namespace

void AddExplainCommand(CommandSet& commands) {
  auto arguments = std::make_shared<ExplainArguments>();
  CLI::App& app = commands.Add(
      {.name = "explain",
       .summary = "Say why the allocator did what it did, rule by rule",
       .examples =
           "  pagelab explain hello                    # what there is to ask\n"
           "  pagelab explain hello --event 7          # why this frame\n"
           "  pagelab explain hello --event 1 --count 18    # a line each\n"
           "  pagelab explain fragmentation --failure 2     # why not, though "
           "half is free\n"
           "  pagelab explain hello --pfn 0x110        # the life of a frame, "
           "and its record\n"
           "  pagelab explain oom --event 1000 --json\n"},
      [arguments](CommandContext& context) {
        return Explain(*arguments, context);
      });
  AddScenarioArguments(app, arguments->what);
  CLI::Option* event =
      app.add_option("--event", arguments->event,
                     "Explain this event of the run, counted from 1, as in the "
                     "trace that `pagelab run --record` writes")
          ->transform(UnsignedOption());
  CLI::Option* count =
      app.add_option("--count", arguments->count,
                     "That many events from --event on, a line for each")
          ->needs(event)
          ->transform(UnsignedOption(1));
  CLI::Option* failure =
      app.add_option("--failure", arguments->failure,
                     "Explain why this request got nothing: failed ones "
                     "counted from 1")
          ->transform(UnsignedOption());
  CLI::Option* pfn =
      app.add_option("--pfn", arguments->pfn,
                     "Tell what became of this page frame, and what "
                     "page_owner recorded; decimal or 0x")
          ->check(CheckPfn, "PFN");
  failure->excludes(event, count, pfn);
  pfn->excludes(event, count);
  app.add_flag("--json", arguments->json, "Print JSON instead of sentences");
}

}  // namespace pagelab

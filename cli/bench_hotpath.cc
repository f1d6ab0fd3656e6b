// pagelab bench hotpath: what the two branches cost.

#include <memory>
#include <string>
#include <vector>

#include "pagelab/base/status.h"
#include "pagelab/cli/bench_commands.h"
#include "pagelab/cli/bench_measurement.h"
#include "pagelab/cli/bench_programs.h"
#include "pagelab/report/bench/hotpath_report.h"

namespace pagelab {
namespace {

constexpr unsigned kMostRounds = 100000;

struct HotpathArguments {
  MeasurementArguments measurement;
  // 0 for the program's own choice.
  unsigned rounds = 0;
};

absl::StatusOr<int> Hotpath(const HotpathArguments& arguments,
                            CommandContext& context) {
  const std::string wrong = UsageOf(arguments.measurement);
  if (!wrong.empty()) return UsageError(wrong);
  std::vector<std::string> options;
  if (arguments.rounds > 0) {
    options = {"--rounds", std::to_string(arguments.rounds)};
  }
  PAGELAB_ASSIGN_OR_RETURN(
      const MeasuredDocument measured,
      Measure(arguments.measurement, kHotpathProgram, options, context));
  PAGELAB_ASSIGN_OR_RETURN(const HotpathDocument document,
                           ReadHotpathDocument(measured.name, measured.json));
  const MeasurementReport report = {
      .text = [&document] { return HotpathText(document); },
      .json = [&document] { return HotpathJson(document); },
      .svg = [&document] { return HotpathSvg(document); }};
  PAGELAB_RETURN_IF_ERROR(
      WriteReport(arguments.measurement, measured, report, context));
  return kExitFine;
}

}  // namespace

void AddBenchHotpathCommand(CommandSet& commands) {
  auto arguments = std::make_shared<HotpathArguments>();
  CLI::App& app = commands.Add(
      {.name = "hotpath",
       .summary = "Measure what page_owner's hooks cost the allocator, off "
                  "and on",
       .examples = "  pagelab bench hotpath                    # the table\n"
                   "  pagelab bench hotpath --svg hotpath.svg  # and a plot\n"
                   "  pagelab bench hotpath --rounds 200 --save today.json\n"
                   "  pagelab bench hotpath --from today.json --json\n"},
      [arguments](CommandContext& context) {
        return Hotpath(*arguments, context);
      });
  CLI::Option* from = AddMeasurementArguments(app, arguments->measurement);
  app.add_option("--rounds", arguments->rounds,
                 "So many rounds, in each of which all variants take turns; "
                 "more resolve smaller differences")
      ->check(CLI::Range(1U, kMostRounds))
      ->excludes(from);
}

}  // namespace pagelab

// pagelab bench scale: what a pair costs as the machine grows.

#include <memory>
#include <string>
#include <vector>

#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/cli/bench_commands.h"
#include "pagelab/cli/bench_measurement.h"
#include "pagelab/cli/bench_programs.h"
#include "pagelab/report/bench/scale_report.h"

namespace pagelab {
namespace {

struct ScaleArguments {
  MeasurementArguments measurement;
  std::string up_to;
};

// "" or what is wrong with it.
std::string CheckSize(const std::string& text) {
  constexpr uint64_t kSmallest = uint64_t{1} << 30;
  constexpr uint64_t kLargest = uint64_t{1} << 40;
  const absl::StatusOr<uint64_t> size = ParseSize(text);
  if (!size.ok()) return std::string(FromAbsl(size.status().message()));
  if (*size >= kSmallest && *size <= kLargest) return "";
  return "must be 1G to 1T, got \"" + text + "\"";
}

absl::StatusOr<int> Scale(const ScaleArguments& arguments,
                          CommandContext& context) {
  const std::string wrong = UsageOf(arguments.measurement);
  if (!wrong.empty()) return UsageError(wrong);
  std::vector<std::string> options;
  if (!arguments.up_to.empty()) options = {"--up-to", arguments.up_to};
  PAGELAB_ASSIGN_OR_RETURN(
      const MeasuredDocument measured,
      Measure(arguments.measurement, kScaleProgram, options, context));
  PAGELAB_ASSIGN_OR_RETURN(const ScaleDocument document,
                           ReadScaleDocument(measured.name, measured.json));
  const MeasurementReport report = {
      .text = [&document] { return ScaleText(document); },
      .json = [&document] { return ScaleJson(document); },
      .svg = [&document] { return ScaleSvg(document); }};
  PAGELAB_RETURN_IF_ERROR(
      WriteReport(arguments.measurement, measured, report, context));
  return kExitFine;
}

}  // namespace

void AddBenchScaleCommand(CommandSet& commands) {
  auto arguments = std::make_shared<ScaleArguments>();
  CLI::App& app = commands.Add(
      {.name = "scale",
       .summary = "Measure what an allocation costs as the machine grows",
       .examples = "  pagelab bench scale --svg scale.svg\n"
                   "  pagelab bench scale --up-to 64G --save scale.json\n"
                   "  pagelab bench scale --from scale.json --json\n"},
      [arguments](CommandContext& context) {
        return Scale(*arguments, context);
      });
  CLI::Option* from = AddMeasurementArguments(app, arguments->measurement);
  app.add_option("--up-to", arguments->up_to,
                 "Memory of the largest simulated machine, 1G to 1T (64G)")
      ->check(&CheckSize)
      ->excludes(from);
}

}  // namespace pagelab

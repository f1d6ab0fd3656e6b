// What `pagelab bench hotpath` and `pagelab bench scale` share: a program that
// prints one document, and what is made of it.

#ifndef PAGELAB_CLI_BENCH_MEASUREMENT_H_
#define PAGELAB_CLI_BENCH_MEASUREMENT_H_

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "pagelab/cli/command.h"

namespace pagelab {

struct MeasurementArguments {
  std::string svg;
  bool json = false;
  std::string from;
  std::string save;
  std::string programs;
};

// Returns the option --from, for others to exclude.
CLI::Option* AddMeasurementArguments(CLI::App& app,
                                     MeasurementArguments& arguments);

// What is wrong with the options together, or "".
std::string UsageOf(const MeasurementArguments& arguments);

struct MeasuredDocument {
  // The file, or the program that printed it.
  std::string name;
  std::string json;
};

// The saved document, or that which the program prints with --json and
// `options`.
absl::StatusOr<MeasuredDocument> Measure(
    const MeasurementArguments& arguments, std::string_view program,
    const std::vector<std::string>& options, const CommandContext& context);

// The forms in which a document can be had; what is not asked for is not made.
struct MeasurementReport {
  std::function<std::string()> text;
  std::function<std::string()> json;
  std::function<std::string()> svg;
};

// Saves the document and prints or writes what was asked for.
absl::Status WriteReport(const MeasurementArguments& arguments,
                         const MeasuredDocument& measured,
                         const MeasurementReport& report,
                         CommandContext& context);

}  // namespace pagelab

#endif  // PAGELAB_CLI_BENCH_MEASUREMENT_H_

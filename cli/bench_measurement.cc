#include "pagelab/cli/bench_measurement.h"

#include <memory>

#include "pagelab/base/input_stream.h"
#include "pagelab/base/status.h"
#include "pagelab/cli/bench_programs.h"
#include "pagelab/cli/child_process.h"

namespace pagelab {
namespace {

absl::Status WriteFile(const std::string& path, std::string_view text) {
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<OutputStream> file,
                           OpenOutput(path));
  file->Append(text);
  return file->Commit();
}

}  // namespace

CLI::Option* AddMeasurementArguments(CLI::App& app,
                                     MeasurementArguments& arguments) {
  app.add_option("--svg", arguments.svg,
                 "Write a plot to this file; - prints it instead of the table");
  app.add_flag("--json", arguments.json,
               "Print the measured document with its statistics");
  CLI::Option* from =
      app.add_option("--from", arguments.from,
                     "Report on this saved document instead of measuring");
  app.add_option("--save", arguments.save,
                 "Keep the measured document in this file, for --from and "
                 "\"pagelab bench compare\"")
      ->excludes(from);
  AddProgramsOption(app, arguments.programs);
  return from;
}

std::string UsageOf(const MeasurementArguments& arguments) {
  if (arguments.json && arguments.svg == "-") {
    return "--json and --svg - both print to standard output";
  }
  if (arguments.save == "-") {
    return "--save takes a file; --json prints the document";
  }
  return "";
}

absl::StatusOr<MeasuredDocument> Measure(
    const MeasurementArguments& arguments, std::string_view program,
    const std::vector<std::string>& options, const CommandContext& context) {
  MeasuredDocument measured;
  if (!arguments.from.empty()) {
    measured.name = arguments.from == "-" ? "stdin" : arguments.from;
    PAGELAB_ASSIGN_OR_RETURN(measured.json, ReadWholeFile(arguments.from));
    return measured;
  }
  PAGELAB_ASSIGN_OR_RETURN(const std::string directory,
                           ProgramDirectory(arguments.programs));
  ChildCommand command;
  PAGELAB_ASSIGN_OR_RETURN(command.program, FindProgram(directory, program));
  command.arguments = {"--json"};
  command.arguments.insert(command.arguments.end(), options.begin(),
                           options.end());
  command.quiet = context.verbosity < 0;
  context.progress.Clear();
  measured.name = program;
  PAGELAB_ASSIGN_OR_RETURN(measured.json, RunChild(command));
  return measured;
}

absl::Status WriteReport(const MeasurementArguments& arguments,
                         const MeasuredDocument& measured,
                         const MeasurementReport& report,
                         CommandContext& context) {
  if (!arguments.save.empty()) {
    PAGELAB_RETURN_IF_ERROR(WriteFile(arguments.save, measured.json));
  }
  if (arguments.svg == "-") {
    context.out.Append(report.svg());
    return absl::OkStatus();
  }
  if (!arguments.svg.empty()) {
    PAGELAB_RETURN_IF_ERROR(WriteFile(arguments.svg, report.svg()));
  }
  context.out.Append(arguments.json ? report.json() : report.text());
  return absl::OkStatus();
}

}  // namespace pagelab

// pagelab bench list: every benchmark there is.

#include <memory>
#include <string>
#include <vector>

#include "pagelab/base/status.h"
#include "pagelab/cli/bench_commands.h"
#include "pagelab/cli/bench_programs.h"

namespace pagelab {
namespace {

// One of the two programs with a document of their own.
std::string MeasurementLine(const std::string& directory,
                            std::string_view program, std::string_view what) {
  const bool there = FindProgram(directory, program).ok();
  std::string line(program);
  line += "\n  ";
  line += what;
  line += there ? "\n" : " (not built)\n";
  return line;
}

absl::StatusOr<int> List(const std::string& programs, CommandContext& context) {
  PAGELAB_ASSIGN_OR_RETURN(const std::string directory,
                           ProgramDirectory(programs));
  PAGELAB_ASSIGN_OR_RETURN(const std::vector<ListedBenchmarks> listed,
                           ListBenchmarks(directory));
  context.out.Append(
      MeasurementLine(directory, kHotpathProgram,
                      "pagelab bench hotpath: the hot path with hooks absent, "
                      "as branches, as static keys"));
  context.out.Append(MeasurementLine(
      directory, kScaleProgram,
      "pagelab bench scale: the same work on machines of growing size"));
  for (const ListedBenchmarks& each : listed) {
    context.out.Append(each.program + "\n");
    for (const std::string& name : each.names) {
      context.out.Append("  " + name + "\n");
    }
  }
  return kExitFine;
}

}  // namespace

void AddBenchListCommand(CommandSet& commands) {
  auto programs = std::make_shared<std::string>();
  CLI::App& app = commands.Add(
      {.name = "list",
       .summary = "Name every benchmark, by the program it is in",
       .examples = "  pagelab bench list\n"
                   "  pagelab bench list --programs build-bench/bin\n"},
      [programs](CommandContext& context) { return List(*programs, context); });
  AddProgramsOption(app, *programs);
}

}  // namespace pagelab

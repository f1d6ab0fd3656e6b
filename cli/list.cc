#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "pagelab/base/status.h"
#include "pagelab/cli/command.h"
#include "pagelab/workloads/library.h"

namespace pagelab {
namespace {

// "A PC with 2 GiB" of a longer description.
std::string FirstSentence(const std::string& text) {
  const size_t stop = text.find(". ");
  return stop == std::string::npos ? text : text.substr(0, stop + 1);
}

struct Line {
  std::string name;
  std::string text;
};

void Print(std::string_view title, const std::vector<Line>& lines,
           OutputStream& out) {
  size_t width = 0;
  for (const Line& line : lines) width = std::max(width, line.name.size());
  out.Append(title);
  out.Append("\n");
  for (const Line& line : lines) {
    out.Append("  " + line.name +
               std::string(width + 2 - line.name.size(), ' ') + line.text +
               "\n");
  }
}

absl::StatusOr<int> List(CommandContext& context) {
  std::vector<Line> machines;
  for (const LibraryEntry& entry : BuiltinMachines()) {
    PAGELAB_ASSIGN_OR_RETURN(const MachineConfig machine,
                             LoadMachine(entry.name));
    const bool is_default = entry.name == kDefaultMachine;
    machines.push_back(
        {std::string(entry.name), FirstSentence(machine.description) +
                                      (is_default ? " (default)" : "")});
  }
  std::map<std::string, std::vector<Line>> scenarios;
  for (const LibraryEntry& entry : BuiltinScenarios()) {
    PAGELAB_ASSIGN_OR_RETURN(const Scenario scenario, LoadScenario(entry.name));
    scenarios[std::string(entry.folder)].push_back(
        {std::string(entry.name), FirstSentence(scenario.description)});
  }
  Print("Machines:", machines, context.out);
  for (const auto& [folder, lines] : scenarios) {
    Print("Scenarios, " + folder + ":", lines, context.out);
  }
  return kExitFine;
}

}  // namespace

void AddListCommand(CommandSet& commands) {
  commands.Add({.name = "list",
                .summary = "Name the built-in machines and scenarios",
                .examples = "  pagelab list\n"},
               List);
}

}  // namespace pagelab

#include "pagelab/report/exercise/steps_text.h"

#include <string_view>

#include "pagelab/report/wrapped_text.h"

namespace pagelab {
namespace {

void AppendLists(std::string_view title, const std::vector<ExerciseList>& lists,
                 std::string& out) {
  out += "  ";
  out += title;
  out += lists.empty() ? ": all empty\n" : ":\n";
  for (const ExerciseList& list : lists) {
    out += "    " + NameOf(list) + ": " + BlocksText(list.blocks) + "\n";
  }
}

void AppendState(const ListedState& state, std::string& out) {
  AppendLists("free lists", state.free, out);
  if (!state.pcp.empty()) AppendLists("per-cpu lists", state.pcp, out);
}

}  // namespace

std::string StepsText(const Exercise& exercise, const ExerciseRun& run) {
  std::string out;
  if (!exercise.description.empty()) {
    AppendWrapped(exercise.description, "", out);
    out += '\n';
  }
  out += "start\n";
  AppendState(run.states.front(), out);
  for (size_t i = 0; i < exercise.operations.size(); ++i) {
    out += "\noperation " + std::to_string(i + 1) + ": " +
           Describe(exercise.operations[i]) + "\n";
    for (const ExplainedStep& step : run.steps) {
      if (step.operation != i) continue;
      out += "  " + Describe(step.step) + "\n";
      AppendWrapped(step.why, "      ", out);
    }
    AppendState(run.states[i + 1], out);
  }
  return out;
}

}  // namespace pagelab

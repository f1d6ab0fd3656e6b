#include "pagelab/workloads/runner.h"

#include <memory>

#include "pagelab/base/status.h"
#include "pagelab/workloads/run_state.h"
#include "pagelab/workloads/task_run.h"

namespace pagelab {

namespace {

uint64_t Corruptions(Machine& machine) {
  const PagePoison* poison = machine.page_poison();
  return poison != nullptr ? poison->corruptions() : 0;
}

}  // namespace

absl::StatusOr<RunReport> RunScenario(Machine& machine,
                                      const Scenario& scenario,
                                      const RunOptions& options) {
  RunState run(machine, scenario, options);
  PAGELAB_RETURN_IF_ERROR(run.Prepare());
  const uint64_t corruptions = Corruptions(machine);
  const Nanoseconds begin = machine.clock().now();
  run.report().begin = begin;
  std::vector<TaskRun> tasks;
  tasks.reserve(run.tasks().size());
  for (size_t i = 0; i < run.tasks().size(); ++i) {
    RunningTask& task = run.tasks()[i];
    tasks.emplace_back(run, i);
    Event event;
    event.when = begin + Nanoseconds(run.Draw(task, task.spec->start));
    event.task = i;
    run.events().Push(event);
  }
  size_t unfinished = tasks.size();
  while (unfinished > 0) {
    Event event = run.events().Pop();
    machine.clock().AdvanceTo(event.when);
    if (event.handle != Event::kResume) {
      run.Expire(event);
      continue;
    }
    PAGELAB_ASSIGN_OR_RETURN(const std::optional<Nanoseconds> next,
                             tasks[event.task].Resume());
    if (!next.has_value()) {
      --unfinished;
      continue;
    }
    event.when = *next;
    run.events().Push(event);
  }
  run.report().end = machine.clock().now();
  run.report().use_after_frees += Corruptions(machine) - corruptions;
  return std::move(run.report());
}

}  // namespace pagelab

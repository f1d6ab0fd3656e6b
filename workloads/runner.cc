#include "pagelab/workloads/runner.h"

#include <algorithm>
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

// Threads of the kernel whose turn comes before the next event.
void RunDaemons(RunState& run, Machine& machine) {
  Daemons& daemons = run.world().daemons();
  for (;;) {
    const std::optional<Nanoseconds> due = daemons.NextDue(run.now());
    if (!due.has_value()) return;
    if (*due > std::max(run.now(), run.events().front().when)) return;
    machine.clock().AdvanceTo(*due);
    daemons.RunDue(run.now());
  }
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
  while (unfinished > 0 && !(options.is_over && options.is_over())) {
    if (run.has_world()) RunDaemons(run, machine);
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
  run.CountWorld();
  run.report().end = machine.clock().now();
  run.report().use_after_frees += Corruptions(machine) - corruptions;
  if (unfinished == 0) PAGELAB_RETURN_IF_ERROR(run.Conclude());
  return std::move(run.report());
}

}  // namespace pagelab

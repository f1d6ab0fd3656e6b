// Steps of processes: fork, exit, oom_score_adj.

#include "pagelab/workloads/kernel/anonymous_memory.h"
#include "pagelab/workloads/steps/step_tables.h"

namespace pagelab {
namespace {

struct ForkStep final : KernelStep {
  std::string as;
  std::string comm;
  uint64_t count = 1;

  absl::StatusOr<uint64_t> Operations(StepActor& actor) const override {
    // Known from now on, whether there is memory for them or not.
    actor.world.group(as);
    return count;
  }
  absl::Status Do(StepActor& actor, uint64_t /*index*/) const override {
    Process* child = actor.world.Fork(actor.process, comm);
    if (child != nullptr) actor.world.group(as).push_back(child);
    return absl::OkStatus();
  }
};

const ObjectTable<ForkStep>& ForkTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<ForkStep>(ObjectInfo{
        .name = "fork-step",
        .title = "Fork step",
        .doc = "Makes processes that share the task's memory until somebody "
               "writes. Each costs a kernel stack, a top-level page table and "
               "a page table for every 2 MiB that are in use.",
        .example = R"({"as": "workers", "count": 8, "comm": "worker"})"});
    result->Add(FieldText{.name = "as",
                          .doc = "What they are called together; further forks "
                                 "of that name add to them.",
                          .example = "\"workers\"",
                          .required = true},
                &ForkStep::as, NameType("a name"));
    result->Add(FieldText{.name = "count",
                          .doc = "How many.",
                          .default_text = "1",
                          .example = "8"},
                &ForkStep::count, CountType(1));
    result->Add(FieldText{.name = "comm",
                          .doc = "Their name in dumps.",
                          .default_text = "the parent's",
                          .example = "\"worker\""},
                &ForkStep::comm, TextType());
    AddPace(*result, "Processes");
    return result;
  }();
  return *table;
}

struct ExitStep final : KernelStep {
  std::string which;
  std::optional<uint64_t> count;

  absl::StatusOr<uint64_t> Operations(StepActor& actor) const override {
    if (which.empty()) return 1;
    if (!actor.world.HasGroup(which)) {
      return InvalidInput("there are no processes \"" + which +
                          "\": \"fork\" makes some");
    }
    const uint64_t live = actor.world.group(which).size();
    return std::min(count.value_or(live), live);
  }
  absl::Status Do(StepActor& actor, uint64_t /*index*/) const override {
    if (which.empty()) {
      actor.world.Exit(actor.process);
      return absl::OkStatus();
    }
    std::vector<Process*>& group = actor.world.group(which);
    if (group.empty()) return absl::OkStatus();
    actor.world.Exit(*group.front());
    group.erase(group.begin());
    return absl::OkStatus();
  }
};

const ObjectTable<ExitStep>& ExitTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<ExitStep>(ObjectInfo{
        .name = "exit-step",
        .title = "Exit step",
        .doc = "Ends processes, oldest first. Their memory is freed, but for "
               "what others share. A task that ends itself does nothing more.",
        .example = R"({"which": "workers", "count": 4})"});
    result->Add(FieldText{.name = "which",
                          .doc = "Processes of a `fork`.",
                          .default_text = "the task itself",
                          .example = "\"workers\""},
                &ExitStep::which, NameType("the name of a fork's processes"));
    result->Add(FieldText{.name = "count",
                          .doc = "At most so many.",
                          .default_text = "all",
                          .example = "4"},
                &ExitStep::count, As<std::optional<uint64_t>>(CountType(1)));
    AddPace(*result, "Processes");
    return result;
  }();
  return *table;
}

struct OomScoreAdjStep final : KernelStep {
  int64_t value = 0;
  absl::Status Do(StepActor& actor, uint64_t /*index*/) const override {
    actor.process.oom_score_adj = static_cast<int>(value);
    return absl::OkStatus();
  }
};

const ObjectTable<OomScoreAdjStep>& OomScoreAdjTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<OomScoreAdjStep>(ObjectInfo{
        .name = "oom_score_adj-step",
        .title = "Oom_score_adj step",
        .doc = "Writes the task's /proc/PID/oom_score_adj. Children inherit "
               "it; -1000 is never killed.",
        .example = R"({"value": -1000})"});
    result->Add(FieldText{.name = "value",
                          .doc = "In 1/1000 of memory and swap.",
                          .example = "-1000",
                          .required = true},
                &OomScoreAdjStep::value, WholeType(-1000, 1000));
    AddOf(*result);
    return result;
  }();
  return *table;
}

}  // namespace

void AddProcessSteps(ObjectTable<Step>& table,
                     std::vector<const ObjectInfo*>& objects) {
  AddKernelStep(table, objects, &ForkTable);
  AddKernelStep(table, objects, &ExitTable);
  AddKernelStep(table, objects, &OomScoreAdjTable);
}

}  // namespace pagelab

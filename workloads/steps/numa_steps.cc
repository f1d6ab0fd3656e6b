// Steps of NUMA: mempolicy, mbind, move_to_cpu, numa_scan.

#include "pagelab/workloads/kernel/anonymous_memory.h"
#include "pagelab/workloads/migrate_steps.h"
#include "pagelab/workloads/node_check.h"
#include "pagelab/workloads/steps/step_tables.h"

namespace pagelab {
namespace {

using Mode = MemoryPolicy::Mode;

absl::Status CheckNodes(const StepActor& actor, const MemoryPolicy& policy) {
  if (policy.mode != Mode::kDefault && policy.nodes.empty()) {
    return InvalidInput("this policy needs \"nodes\"");
  }
  for (const NodeId node : policy.nodes) {
    PAGELAB_RETURN_IF_ERROR(CheckNode(actor.world.machine().state(), node));
  }
  return absl::OkStatus();
}

template <class S>
void AddPolicy(ObjectTable<S>& table) {
  table.AddStored(
      FieldText{.name = "mode",
                .doc = "As set_mempolicy(2) has it; `default` is the node of "
                       "the CPU.",
                .default_text = "\"default\"",
                .example = "\"interleave\""},
      EnumType(EnumWords<Mode>{{"default", Mode::kDefault},
                               {"preferred", Mode::kPreferred},
                               {"bind", Mode::kBind},
                               {"interleave", Mode::kInterleave}}),
      [](S& step, Mode mode) { step.policy.mode = mode; });
  table.AddStored(FieldText{.name = "nodes",
                            .doc = "Which nodes.",
                            .default_text = "[]",
                            .example = "[0, 1]"},
                  ListType(As<NodeId>(As<int>(WholeType(0, 63))), "nodes"),
                  [](S& step, std::vector<NodeId> nodes) {
                    step.policy.nodes = std::move(nodes);
                  });
}

struct MempolicyStep final : KernelStep {
  MemoryPolicy policy;
  absl::Status Do(StepActor& actor, uint64_t /*index*/) const override {
    PAGELAB_RETURN_IF_ERROR(CheckNodes(actor, policy));
    actor.process.policy = policy;
    return absl::OkStatus();
  }
};

const ObjectTable<MempolicyStep>& MempolicyTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<MempolicyStep>(ObjectInfo{
        .name = "mempolicy-step",
        .title = "Mempolicy step",
        .doc = "Sets where areas that are mapped from now on get their "
               "memory.",
        .example = R"({"mode": "interleave", "nodes": [0, 1]})"});
    AddPolicy(*result);
    AddOf(*result);
    return result;
  }();
  return *table;
}

struct MbindStep final : KernelStep {
  std::string area;
  MemoryPolicy policy;
  bool move = false;
  absl::Status Do(StepActor& actor, uint64_t /*index*/) const override {
    PAGELAB_RETURN_IF_ERROR(CheckNodes(actor, policy));
    PAGELAB_ASSIGN_OR_RETURN(MemoryArea * found, FindArea(actor, area));
    found->policy = policy;
    if (move) actor.world.anonymous().Rebind(actor.process, *found);
    return absl::OkStatus();
  }
};

const ObjectTable<MbindStep>& MbindTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<MbindStep>(ObjectInfo{
        .name = "mbind-step",
        .title = "Mbind step",
        .doc = "Sets where an area gets its memory. With `move`, pages "
               "elsewhere are migrated (mempolicy_mbind).",
        .example =
            R"({"area": "heap", "mode": "bind", "nodes": [1], "move": true})"});
    result->Add(FieldText{.name = "area",
                          .doc = "Which one.",
                          .example = "\"heap\"",
                          .required = true},
                &MbindStep::area, NameType("the name of a memory area"));
    AddPolicy(*result);
    result->Add(FieldText{.name = "move",
                          .doc = "MPOL_MF_MOVE.",
                          .default_text = "false",
                          .example = "true"},
                &MbindStep::move, BoolType());
    AddOf(*result);
    return result;
  }();
  return *table;
}

struct MoveToCpuStep final : KernelStep {
  int cpu = 0;
  absl::Status Do(StepActor& actor, uint64_t /*index*/) const override {
    const int nr_cpus = actor.world.machine().state().nr_cpus;
    if (cpu >= nr_cpus) {
      return InvalidInput("cpu " + std::to_string(cpu) +
                          ", but the machine has cpus 0 to " +
                          std::to_string(nr_cpus - 1));
    }
    actor.process.cpu = CpuId(cpu);
    return absl::OkStatus();
  }
};

const ObjectTable<MoveToCpuStep>& MoveToCpuTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<MoveToCpuStep>(ObjectInfo{
        .name = "move_to_cpu-step",
        .title = "Move_to_cpu step",
        .doc = "The process runs on another CPU from now on, and so perhaps on "
               "another node than its memory.",
        .example = R"({"cpu": 2})"});
    result->Add(FieldText{.name = "cpu",
                          .doc = "Which one.",
                          .example = "2",
                          .required = true},
                &MoveToCpuStep::cpu, As<int>(WholeType(0, 1023)));
    AddOf(*result);
    return result;
  }();
  return *table;
}

struct MovePagesStep final : KernelStep {
  std::string area;
  NodeId node;
  MigrateReason reason = MigrateReason::kSyscallOrCpuset;
  absl::Status Do(StepActor& actor, uint64_t /*index*/) const override {
    PAGELAB_RETURN_IF_ERROR(CheckNode(actor.world.machine().state(), node));
    PAGELAB_ASSIGN_OR_RETURN(MemoryArea * found, FindArea(actor, area));
    actor.world.anonymous().MoveTo(actor.process, *found, node, reason);
    return absl::OkStatus();
  }
};

const ObjectTable<MovePagesStep>& MovePagesTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<MovePagesStep>(ObjectInfo{
        .name = "move_pages-step",
        .title = "Move_pages step",
        .doc = "Migrates all pages of an area. Those that somebody pinned "
               "stay.",
        .example = R"({"area": "heap", "node": 1})"});
    result->Add(FieldText{.name = "area",
                          .doc = "Which one.",
                          .example = "\"heap\"",
                          .required = true},
                &MovePagesStep::area, NameType("the name of a memory area"));
    result->Add(FieldText{.name = "node",
                          .doc = "Where to.",
                          .default_text = "the CPU's node",
                          .example = "1"},
                &MovePagesStep::node, As<NodeId>(As<int>(WholeType(0, 63))));
    result->Add(FieldText{.name = "reason",
                          .doc = "What page_owner's records say of it.",
                          .default_text = "\"syscall_or_cpuset\"",
                          .example = "\"demotion\""},
                &MovePagesStep::reason, MigrateReasonType());
    AddOf(*result);
    return result;
  }();
  return *table;
}

struct NumaScanStep final : KernelStep {
  std::string area;
  absl::Status Do(StepActor& actor, uint64_t /*index*/) const override {
    PAGELAB_ASSIGN_OR_RETURN(MemoryArea * found, FindArea(actor, area));
    actor.world.anonymous().HintAll(*found);
    return absl::OkStatus();
  }
};

const ObjectTable<NumaScanStep>& NumaScanTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<NumaScanStep>(ObjectInfo{
        .name = "numa_scan-step",
        .title = "Numa_scan step",
        .doc = "NUMA balancing looks at an area. The next access to each page "
               "faults, and a page of another node than the CPU's is migrated "
               "(numa_misplaced).",
        .example = R"({"area": "heap"})"});
    result->Add(FieldText{.name = "area",
                          .doc = "Which one.",
                          .example = "\"heap\"",
                          .required = true},
                &NumaScanStep::area, NameType("the name of a memory area"));
    AddOf(*result);
    return result;
  }();
  return *table;
}

}  // namespace

void AddNumaSteps(ObjectTable<Step>& table,
                  std::vector<const ObjectInfo*>& objects) {
  AddKernelStep(table, objects, &MempolicyTable);
  AddKernelStep(table, objects, &MbindTable);
  AddKernelStep(table, objects, &MovePagesTable);
  AddKernelStep(table, objects, &MoveToCpuTable);
  AddKernelStep(table, objects, &NumaScanTable);
}

}  // namespace pagelab

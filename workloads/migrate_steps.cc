#include "pagelab/workloads/migrate_steps.h"

#include <algorithm>

#include "pagelab/base/text.h"
#include "pagelab/sim/migrate_page.h"
#include "pagelab/workloads/memory_stats.h"
#include "pagelab/workloads/node_check.h"
#include "pagelab/workloads/run_state.h"
#include "pagelab/workloads/scenario_reader.h"

namespace pagelab {

ValueType<MigrateReason> MigrateReasonType() {
  EnumWords<MigrateReason> words;
  for (int i = 0; i < kMigrateReasons; ++i) {
    const auto reason = static_cast<MigrateReason>(i);
    words.emplace_back(ToString(reason), reason);
  }
  return EnumType(words);
}

const ObjectTable<MigrateStep>& MigrateTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<MigrateStep>(ObjectInfo{
        .name = "migrate-step",
        .title = "Migrate step",
        .doc = "Moves the blocks of a handle elsewhere, as the kernel moves "
               "user memory: oldest first, and what cannot be moved stays.",
        .example = R"({"handle": "heap", "reason": "compaction"})"});
    result->Add(FieldText{.name = "handle",
                          .doc = "Whose blocks.",
                          .example = "\"heap\"",
                          .required = true},
                &MigrateStep::handle, HandleType());
    result->Add(FieldText{.name = "reason",
                          .doc = "Why; page_owner's record says so. Old "
                                 "kernels do not know all of them.",
                          .default_text = "\"compaction\"",
                          .example = "\"numa_misplaced\""},
                &MigrateStep::reason, MigrateReasonType());
    result->Add(FieldText{.name = "count",
                          .doc = "At most so many.",
                          .default_text = "all",
                          .example = "10"},
                &MigrateStep::count, As<std::optional<uint64_t>>(CountType(1)));
    result->Add(FieldText{.name = "node",
                          .doc = "Where to.",
                          .default_text = "the CPU's node",
                          .example = "1"},
                &MigrateStep::node, As<NodeId>(As<int>(WholeType(0, 63))));
    return result;
  }();
  return *table;
}

absl::Status RunState::CheckMigrate(const Step& step,
                                    const MigrateStep& migrate) const {
  const OwnerTextProfile& text = *machine_.profile().owner.text;
  if (static_cast<size_t>(migrate.reason) >= text.migrate_reasons.size() &&
      !text.migrate_reasons.empty()) {
    return ErrorAt(step.position,
                   "Linux " + std::string(machine_.profile().version) +
                       " does not migrate for \"" +
                       std::string(ToString(migrate.reason)) + "\"");
  }
  const absl::Status node = CheckNode(machine_.state(), migrate.node);
  return node.ok() ? node : ErrorAt(step.position, FromAbsl(node.message()));
}

void RunState::Migrate(size_t task_index, const MigrateStep& step) {
  BlockList& blocks = handles_[HandleOf(step.handle)];
  uint64_t left = step.count.value_or(UINT64_MAX);
  for (Block block : blocks.TakeAll()) {
    if (left > 0 && MoveBlock(task_index, step, block)) --left;
    blocks.Add(block);
  }
}

bool RunState::MoveBlock(size_t task_index, const MigrateStep& step,
                         Block& block) {
  // Pages of alloc_pages_exact() are the kernel's own, and what is behind a
  // stale address is somebody else's.
  if (block.exact_pages > 0 || block.dangling || !IsWhole(block)) return false;
  ExecutionContext context = ContextFor(task_index);
  context.frames = tasks_[task_index].own_stack;
  CountUserPages(machine_, block.head, block.pages(), StatChange::kRemove);
  Page* moved = MigratePage(machine_, context,
                            {.from = block.head,
                             .order = block.order,
                             .reason = step.reason,
                             .node = step.node});
  if (moved != nullptr) block.head = machine_.memory().PfnOf(moved);
  CountUserPages(machine_, block.head, block.pages(), StatChange::kAdd);
  CountOperation();
  return moved != nullptr;
}

}  // namespace pagelab

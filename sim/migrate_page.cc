#include "pagelab/sim/migrate_page.h"

#include <utility>

namespace pagelab {
namespace {

// What a target for user memory is asked for with.
Gfp TargetGfp(Order order) {
  return order == Order(0) ? gfp::kHighuserMovable
                           : gfp::kHighuserMovable.With(gfp::kComp);
}

}  // namespace

Page* MigratePage(Machine& machine, ExecutionContext& context,
                  const Migration& migration) {
  PhysicalMemory& memory = machine.memory();
  Page* from = memory.PageAt(migration.from);
  if (!from->flags.Has(page_flag::kLru)) return nullptr;
  context.now = machine.clock().now();
  Page* to = machine.allocator().AllocPages(context,
                                            {.gfp = TargetGfp(migration.order),
                                             .order = migration.order,
                                             .node = migration.node});
  machine.clock().Advance(machine.config().call_duration);
  if (to == nullptr) return nullptr;
  const Pfn target = memory.PfnOf(to);
  for (uint64_t i = 0; i < migration.order.pages(); ++i) {
    memory.CopyFrame(migration.from + PageCount(i), target + PageCount(i));
  }
  to->flags = from->flags;
  from->flags = from->flags.Without(page_flag::kLru);
  // Page tables that mapped the old block map the new one.
  to->pte = std::exchange(from->pte, uint8_t{0});
  MoveMemcg(*from, *to);
  AllocationHooks* hooks = machine.state().hooks;
  if (hooks != nullptr) {
    hooks->OnMigrate(context, migration.from, target);
    hooks->OnMigrateReason(target, migration.reason);
  }
  machine.FreePages(context, from, migration.order);
  return to;
}

}  // namespace pagelab

#include "pagelab/sim/migrate_page.h"

#include "pagelab/alloc/compaction/migrate.h"

namespace pagelab {

Page* MigratePage(Machine& machine, ExecutionContext& context,
                  const Migration& migration) {
  Page* from = machine.memory().PageAt(migration.from);
  if (!from->flags.Has(page_flag::kLru)) return nullptr;
  context.now = machine.clock().now();
  AllocatedTargets targets(machine.allocator(),
                           {.page = gfp::kHighuserMovable,
                            .large = gfp::kHighuserMovable.With(gfp::kComp)},
                           migration.node);
  Page* to = targets.Get(context, *from);
  machine.clock().Advance(machine.config().call_duration);
  VmEvents& events = machine.state().events;
  if (to == nullptr) {
    events.Count(VmEvent::kPgmigrateFail, migration.order.pages());
    return nullptr;
  }
  events.Count(VmEvent::kPgmigrateSuccess, migration.order.pages());
  TransferFolio(machine.state(), context, *from, *to, migration.reason);
  machine.FreePages(context, from, migration.order);
  return to;
}

}  // namespace pagelab

#include "pagelab/sim/migrate_page.h"

#include <cstring>

namespace pagelab {
namespace {

// What a target for user memory is asked for with.
Gfp TargetGfp(Order order) {
  return order == Order(0) ? gfp::kHighuserMovable
                           : gfp::kHighuserMovable.With(gfp::kComp);
}

void CopyContents(PhysicalMemory& memory, Pfn from, Pfn to, PageCount pages) {
  for (uint64_t i = 0; i < pages.value(); ++i) {
    const std::byte* source = memory.FrameIfMapped(from + PageCount(i));
    if (source == nullptr) continue;
    memory.NoteContents(to + PageCount(i), PageCount(1));
    std::memcpy(memory.Frame(to + PageCount(i)), source, kPageSize);
  }
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
  CopyContents(memory, migration.from, target,
               PageCount(migration.order.pages()));
  to->flags = from->flags;
  from->flags = from->flags.Without(page_flag::kLru);
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

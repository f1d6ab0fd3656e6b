// What reclaim and migration ask of anonymous memory, and the split of huge
// pages.

#include <algorithm>

#include "pagelab/alloc/lru.h"
#include "pagelab/workloads/kernel/anonymous_memory.h"
#include "pagelab/workloads/kernel/io_costs.h"
#include "pagelab/workloads/memory_stats.h"

namespace pagelab {

template <class Fn>
void AnonymousMemory::ForEachMapping(Pfn head, const FolioUse& use, Fn fn) {
  for (const Mapping& mapping : families_[use.object].members) {
    Pte& pte = mapping.area->ptes[use.index];
    if (pte.present() && pte.pfn() == head) {
      fn(*mapping.process, *mapping.area, pte);
    }
  }
}

void AnonymousMemory::SplitHuge(Pfn pfn) {
  Machine& machine = world_.machine();
  const Pfn head = AlignDown(pfn, kHugeOrder);
  const FolioUse use = world_.frames().Get(head);
  Page& folio = *machine.memory().PageAt(head);
  const bool listed = folio.flags.Has(page_flag::kLru);
  const PageCount all(kHugeOrder.pages());
  if (listed) RemoveFromLru(machine.state(), folio, all);
  CountUserUse(machine, head, all, StatChange::kRemove);
  const PageFlags flags = folio.flags.Without(page_flag::kHead);
  machine.allocator().SplitPage(&folio, kHugeOrder);
  machine.state().events.Count(VmEvent::kThpSplitPage);
  machine.state().events.Count(VmEvent::kThpSplitPmd, use.map_count);
  for (const Mapping& mapping : families_[use.object].members) {
    const Pte& first = mapping.area->ptes[use.index];
    if (!first.present() || first.pfn() != head) continue;
    for (uint64_t i = 0; i < kTableEntries; ++i) {
      mapping.area->ptes[use.index + i].Clear(Pte::kHuge);
    }
  }
  for (uint64_t i = 0; i < kTableEntries; ++i) {
    const Pfn part = head + PageCount(i);
    Page& page = *machine.memory().PageAt(part);
    page.flags = flags;
    FolioUse& of_part = world_.frames().At(part);
    of_part = use;
    of_part.index = use.index + static_cast<uint32_t>(i);
    // Who held one page holds all, for want of knowing which.
    of_part.pins = std::min<uint32_t>(use.pins, 1);
    CountUserUse(machine, part, PageCount(1), StatChange::kAdd);
    if (listed) AddToLru(machine.state(), page, PageCount(1));
  }
}

int AnonymousMemory::TakeReferences(Page& folio, const FolioUse& use) {
  int references = 0;
  const Pfn head = world_.machine().memory().PfnOf(&folio);
  ForEachMapping(head, use, [&](Process&, MemoryArea& area, Pte& pte) {
    if (!pte.Has(Pte::kHuge)) {
      if (pte.Has(Pte::kAccessed)) ++references;
      pte.Clear(Pte::kAccessed);
      return;
    }
    bool accessed = false;
    for (uint64_t i = 0; i < kTableEntries; ++i) {
      Pte& part = area.ptes[use.index + i];
      accessed |= part.Has(Pte::kAccessed);
      part.Clear(Pte::kAccessed);
    }
    if (accessed) ++references;
  });
  return references;
}

Eviction AnonymousMemory::Evict(ExecutionContext& context, Page& folio,
                                const FolioUse& /*use*/) {
  if (world_.swap().full()) return Eviction::kActivate;
  const Pfn head = world_.machine().memory().PfnOf(&folio);
  if (folio.order() == kHugeOrder) {
    folio.flags = folio.flags.Without(page_flag::kActive);
    SplitHuge(head);
    // The other pages come by again one by one.
    for (uint64_t i = 1; i < kTableEntries; ++i) {
      AddToLru(world_.machine().state(),
               *world_.machine().memory().PageAt(head + PageCount(i)),
               PageCount(1), LruEnd::kTail);
    }
  }
  return WriteToSwap(context, head, world_.frames().Get(head))
             ? Eviction::kFreed
             : Eviction::kActivate;
}

bool AnonymousMemory::WriteToSwap(ExecutionContext& context, Pfn head,
                                  const FolioUse& use) {
  const std::optional<uint32_t> slot = world_.swap().Take(use.map_count);
  if (!slot.has_value()) return false;
  ForEachMapping(head, use, [&](Process&, MemoryArea& area, Pte& pte) {
    pte = Pte::ToSlot(*slot);
    --area.resident;
    ++area.swapped;
  });
  AllocatorState& state = world_.machine().state();
  state.events.Count(VmEvent::kPswpout);
  Node& node =
      state.nodes[state.ZoneOf(*state.memory->PageAt(head)).node.value()];
  ++node.stat[static_cast<size_t>(Index(NodeStat::kVmscanWrite))];
  world_.Spend(context, kWritePage);
  return true;
}

bool AnonymousMemory::Move(Page& from, Page& to, const FolioUse& use) {
  const PhysicalMemory& memory = world_.machine().memory();
  const Pfn old_head = memory.PfnOf(&from);
  const Pfn new_head = memory.PfnOf(&to);
  ForEachMapping(old_head, use, [&](Process&, MemoryArea& area, Pte& pte) {
    const uint64_t pages = pte.Has(Pte::kHuge) ? kTableEntries : 1;
    for (uint64_t i = 0; i < pages; ++i) {
      Pte& part = area.ptes[use.index + i];
      const uint64_t flags = part.flags();
      part = Pte::ToPage(new_head + PageCount(i), flags);
    }
  });
  return true;
}

}  // namespace pagelab

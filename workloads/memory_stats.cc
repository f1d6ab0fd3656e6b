#include "pagelab/workloads/memory_stats.h"

#include "pagelab/alloc/lru.h"
#include "pagelab/alloc/node_stat.h"
#include "pagelab/alloc/page_flags.h"

namespace pagelab {

void CountUserPages(Machine& machine, Pfn head, PageCount pages,
                    StatChange change) {
  Page& folio = *machine.memory().PageAt(head);
  const PageFlags flags = folio.flags;
  if (!flags.Has(page_flag::kLru)) return;
  if (change == StatChange::kAdd) {
    AddToLru(machine.state(), folio, pages);
  } else {
    RemoveFromLru(machine.state(), folio, pages);
    folio.flags = flags;
  }
  CountUserUse(machine, head, pages, change);
}

void CountUserUse(Machine& machine, Pfn head, PageCount pages,
                  StatChange change) {
  constexpr Order kHugePage = Order(9);
  const Page& folio = *machine.memory().PageAt(head);
  Node& node =
      machine.state().nodes[machine.state().ZoneOf(folio).node.value()];
  const int64_t by =
      static_cast<int64_t>(change) * static_cast<int64_t>(pages.value());
  const bool swapbacked = folio.flags.Has(page_flag::kSwapbacked);
  const bool tmpfs = swapbacked && folio.flags.Has(page_flag::kDirty);
  const auto add = [&node, by](NodeStat stat) { node.stat[Index(stat)] += by; };
  if (swapbacked && !tmpfs) {
    add(NodeStat::kAnonPages);
    if (pages.value() == kHugePage.pages()) {
      add(NodeStat::kAnonTransparentHugepages);
    }
    return;
  }
  add(NodeStat::kFilePages);
  if (tmpfs) add(NodeStat::kShmem);
}

void CountKernelPages(Machine& machine, Pfn head, PageCount pages, PageUse use,
                      StatChange change) {
  if (use == PageUse::kUncounted) return;
  const Zone* zone = machine.state().FindZone(head);
  if (zone == nullptr) return;
  constexpr int64_t kKilobytesPerPage = kPageSize / 1024;
  const int64_t by =
      static_cast<int64_t>(change) * static_cast<int64_t>(pages.value());
  const auto stat = [&](NodeStat which) -> int64_t& {
    return machine.state().nodes[zone->node.value()].stat[Index(which)];
  };
  switch (use) {
    case PageUse::kUncounted:
      break;
    case PageUse::kSlabReclaimable:
      stat(NodeStat::kSlabReclaimable) += by;
      break;
    case PageUse::kSlabUnreclaimable:
      stat(NodeStat::kSlabUnreclaimable) += by;
      break;
    case PageUse::kPageTable:
      stat(NodeStat::kPageTablePages) += by;
      break;
    case PageUse::kKernelStack:
      stat(NodeStat::kKernelStack) += by * kKilobytesPerPage;
      [[fallthrough]];
    case PageUse::kVmalloc:
      machine.state().nr_vmalloc_pages += by;
      break;
  }
}

}  // namespace pagelab

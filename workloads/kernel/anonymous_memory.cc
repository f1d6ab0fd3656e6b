#include "pagelab/workloads/kernel/anonymous_memory.h"

#include <algorithm>
#include <string>

#include "pagelab/alloc/lru.h"
#include "pagelab/base/check.h"
#include "pagelab/workloads/kernel/world.h"

namespace pagelab {

AnonymousMemory::AnonymousMemory(KernelWorld& world)
    : world_(world),
      fault_(KernelPathNamed("handle_mm_fault")),
      copy_(KernelPathNamed("do_wp_page")),
      swap_in_(KernelPathNamed("do_swap_page")),
      huge_(KernelPathNamed("do_huge_pmd_anonymous_page")),
      table_(KernelPathNamed("__pte_alloc")),
      fork_table_(KernelPathNamed("copy_page_range")) {
  world_.RegisterUser(FolioKind::kAnonymous, *this);
}

MemoryArea& AnonymousMemory::Map(Process& process, std::string_view name,
                                 uint64_t pages) {
  auto area = std::make_unique<MemoryArea>();
  area->name = std::string(name);
  area->policy = process.policy;
  area->ptes.resize(pages);
  area->tables.resize((pages + kTableEntries - 1) / kTableEntries);
  area->family = static_cast<uint32_t>(families_.size());
  families_.push_back({.members = {{&process, area.get()}}});
  const auto [at, added] =
      process.areas.try_emplace(std::string(name), std::move(area));
  PAGELAB_CHECK(added);
  return *at->second;
}

void AnonymousMemory::DropMapping(ExecutionContext& context, MemoryArea& area,
                                  uint64_t index) {
  Pte& pte = area.ptes[index];
  if (pte.Has(Pte::kSwapped)) {
    world_.swap().DropUser(pte.slot());
    --area.swapped;
    pte = Pte();
    return;
  }
  const Pfn pfn = pte.pfn();
  pte = Pte();
  --area.resident;
  if (--world_.frames().At(pfn).map_count == 0) {
    world_.ReleaseLater(context, pfn);
  }
}

void AnonymousMemory::Zap(Process& process, MemoryArea& area, uint64_t begin,
                          uint64_t end) {
  ExecutionContext context = world_.ContextOf(process);
  for (uint64_t index = begin; index < end; ++index) {
    const Pte& pte = area.ptes[index];
    if (pte.none()) continue;
    if (pte.Has(Pte::kHuge)) {
      const bool whole =
          index % kTableEntries == 0 && index + kTableEntries <= end;
      if (!whole) {
        SplitHuge(pte.pfn());
        DropMapping(context, area, index);
        continue;
      }
      const Pfn head = pte.pfn();
      for (uint64_t i = 0; i < kTableEntries; ++i) {
        area.ptes[index + i] = Pte();
      }
      area.resident -= static_cast<int64_t>(kTableEntries);
      if (--world_.frames().At(head).map_count == 0) {
        world_.ReleaseLater(context, head);
      }
      index += kTableEntries - 1;
      continue;
    }
    DropMapping(context, area, index);
  }
  world_.FlushReleases(context);
}

void AnonymousMemory::FreeTables(Process& process, MemoryArea& area) {
  ExecutionContext context = world_.ContextOf(process);
  for (Pfn& table : area.tables) {
    if (table == Pfn()) continue;
    world_.ReleaseLater(context, table);
    table = Pfn();
    --area.nr_tables;
  }
  world_.FlushReleases(context);
}

void AnonymousMemory::Empty(Process& process, MemoryArea& area) {
  Zap(process, area, 0, area.pages());
  FreeTables(process, area);
  std::vector<Mapping>& members = families_[area.family].members;
  members.erase(std::remove_if(members.begin(), members.end(),
                               [&area](const Mapping& mapping) {
                                 return mapping.area == &area;
                               }),
                members.end());
}

void AnonymousMemory::Unmap(Process& process, std::string_view name) {
  const auto found = process.areas.find(name);
  PAGELAB_CHECK(found != process.areas.end());
  Empty(process, *found->second);
  process.areas.erase(found);
}

void AnonymousMemory::UnmapAll(Process& process) {
  for (const auto& [name, area] : process.areas) Empty(process, *area);
}

bool AnonymousMemory::Fork(Process& parent, Process& child) {
  for (const auto& [name, from] : parent.areas) {
    auto copy = std::make_unique<MemoryArea>();
    copy->name = from->name;
    copy->family = from->family;
    copy->thp = from->thp;
    copy->huge_advised = from->huge_advised;
    copy->policy = from->policy;
    copy->ptes.resize(from->ptes.size());
    copy->tables.resize(from->tables.size());
    MemoryArea& to = *copy;
    child.areas.emplace(name, std::move(copy));
    families_[to.family].members.push_back({&child, &to});
    for (size_t i = 0; i < from->tables.size(); ++i) {
      if (from->tables[i] == Pfn()) continue;
      const auto blocks = world_.Enter(child, fork_table_);
      if (blocks.empty()) return false;
      if (!child.alive || !parent.alive) {
        world_.Discard(child, blocks[0]);
        return false;
      }
      world_.Adopt(child, blocks[0], FolioUse());
      to.tables[i] = world_.machine().memory().PfnOf(blocks[0].page);
      ++to.nr_tables;
    }
    for (uint64_t index = 0; index < from->pages(); ++index) {
      Pte& pte = from->ptes[index];
      if (pte.none()) continue;
      if (pte.Has(Pte::kSwapped)) {
        world_.swap().AddUser(pte.slot());
        ++to.swapped;
        to.ptes[index] = pte;
        continue;
      }
      pte.Clear(Pte::kWritable);
      to.ptes[index] = pte;
      to.ptes[index].Clear(Pte::kAccessed | Pte::kDirty);
      ++to.resident;
      const bool counts = !pte.Has(Pte::kHuge) || index % kTableEntries == 0;
      if (counts) ++world_.frames().At(pte.pfn()).map_count;
    }
  }
  return true;
}

uint64_t AnonymousMemory::HintAll(MemoryArea& area) {
  uint64_t hinted = 0;
  for (Pte& pte : area.ptes) {
    if (!pte.present()) continue;
    pte.Set(Pte::kNumaHint);
    ++hinted;
  }
  world_.machine().state().events.Count(VmEvent::kNumaPteUpdates, hinted);
  return hinted;
}

bool AnonymousMemory::Pin(Process& process, MemoryArea& area, uint64_t index,
                          PinFor pin) {
  const Fault fault = Touch(process, area, index, /*write=*/true);
  if (fault == Fault::kNoMemory || fault == Fault::kKilled) return false;
  AllocatorState& state = world_.machine().state();
  Pfn head = HeadOf(area.ptes[index].pfn());
  const Zone& zone = state.ZoneOf(*state.memory->PageAt(head));
  const bool must_move = state.PageblockType(head) == Migratetype::kCma ||
                         zone.type == ZoneType::kMovable;
  if (pin == PinFor::kLong && must_move) {
    world_.MigrateFolio(process, head, MigrateReason::kLongtermPin, zone.node);
    head = HeadOf(area.ptes[index].pfn());
  }
  ++world_.frames().At(head).pins;
  Node& node = state.nodes[zone.node.value()];
  ++node.stat[static_cast<size_t>(Index(NodeStat::kFollPinAcquired))];
  return true;
}

bool AnonymousMemory::Lock(Process& process, MemoryArea& area, uint64_t index) {
  const Fault fault = Touch(process, area, index, /*write=*/true);
  if (fault == Fault::kNoMemory || fault == Fault::kKilled) return false;
  AllocatorState& state = world_.machine().state();
  Page& folio = *state.memory->PageAt(HeadOf(area.ptes[index].pfn()));
  if (!folio.flags.Has(page_flag::kLru) ||
      folio.flags.Has(page_flag::kMlocked)) {
    return true;
  }
  const PageCount pages(folio.order().pages());
  RemoveFromLru(state, folio, pages);
  folio.flags = folio.flags.With(page_flag::kUnevictable)
                    .With(page_flag::kMlocked)
                    .Without(page_flag::kActive);
  AddToLru(state, folio, pages);
  state.ZoneOf(folio)
      .lru_stat[static_cast<size_t>(Index(ZoneLruStat::kMlock))] +=
      static_cast<int64_t>(pages.value());
  state.events.Count(VmEvent::kUnevictablePgsCulled, pages.value());
  state.events.Count(VmEvent::kUnevictablePgsMlocked, pages.value());
  return true;
}

void AnonymousMemory::Unpin(MemoryArea& area, uint64_t index) {
  const Pte& pte = area.ptes[index];
  if (!pte.present()) return;
  const Pfn head = HeadOf(pte.pfn());
  FolioUse& use = world_.frames().At(head);
  if (use.pins == 0) return;
  --use.pins;
  AllocatorState& state = world_.machine().state();
  const Zone& zone = state.ZoneOf(*state.memory->PageAt(head));
  Node& node = state.nodes[zone.node.value()];
  ++node.stat[static_cast<size_t>(Index(NodeStat::kFollPinReleased))];
}

uint64_t AnonymousMemory::MoveTo(Process& process, MemoryArea& area,
                                 NodeId node, MigrateReason reason) {
  uint64_t moved = 0;
  for (uint64_t index = 0; index < area.pages(); ++index) {
    const Pte& pte = area.ptes[index];
    if (!pte.present()) continue;
    const Pfn head = HeadOf(pte.pfn());
    // A huge page once, by its first entry.
    if (pte.pfn() != head) continue;
    if (world_.MigrateFolio(process, head, reason, node)) ++moved;
  }
  return moved;
}

void AnonymousMemory::Rebind(Process& process, MemoryArea& area) {
  AllocatorState& state = world_.machine().state();
  const std::vector<NodeId>& nodes = area.policy.nodes;
  if (nodes.empty()) return;
  for (uint64_t index = 0; index < area.pages(); ++index) {
    const Pte& pte = area.ptes[index];
    if (!pte.present()) continue;
    const Pfn head = HeadOf(pte.pfn());
    const NodeId here = state.ZoneOf(*state.memory->PageAt(head)).node;
    const NodeId wanted = nodes[index % nodes.size()];
    const bool fine = area.policy.mode == MemoryPolicy::Mode::kInterleave
                          ? here == wanted
                          : std::count(nodes.begin(), nodes.end(), here) > 0;
    if (fine) continue;
    world_.MigrateFolio(process, head, MigrateReason::kMempolicyMbind, wanted);
  }
}

Pfn AnonymousMemory::HeadOf(Pfn pfn) const {
  const PhysicalMemory& memory = *world_.machine().state().memory;
  if (memory.PageAt(pfn)->state == PageState::kAllocated) return pfn;
  return AlignDown(pfn, kHugeOrder);
}

}  // namespace pagelab

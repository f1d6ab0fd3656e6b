#include "pagelab/workloads/kernel/anonymous_memory.h"

#include <algorithm>
#include <string>

#include "pagelab/alloc/lru.h"
#include "pagelab/base/check.h"
#include "pagelab/workloads/kernel/io_costs.h"
#include "pagelab/workloads/kernel/world.h"
#include "pagelab/workloads/memory_stats.h"

namespace pagelab {
namespace {

constexpr Order kHugeOrder(9);
// Entries of a page table, and pages of a huge page.
constexpr uint64_t kTableEntries = 512;

constexpr uint64_t kFresh = Pte::kAccessed | Pte::kDirty | Pte::kWritable;

const KernelPath& PathOf(std::string_view name) {
  const KernelPath* path = FindKernelPath(name);
  PAGELAB_CHECK(path != nullptr);
  return *path;
}

}  // namespace

AnonymousMemory::AnonymousMemory(KernelWorld& world)
    : world_(world),
      fault_(PathOf("handle_mm_fault")),
      copy_(PathOf("do_wp_page")),
      swap_in_(PathOf("do_swap_page")),
      huge_(PathOf("do_huge_pmd_anonymous_page")),
      table_(PathOf("__pte_alloc")),
      fork_table_(PathOf("copy_page_range")) {
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

Fault AnonymousMemory::Touch(Process& process, MemoryArea& area, uint64_t index,
                             bool write) {
  if (area.ptes[index].Has(Pte::kNumaHint)) {
    const Fault fault = HandleNumaHint(process, area, index);
    if (fault == Fault::kKilled) return fault;
  }
  Pte& pte = area.ptes[index];
  if (pte.present()) {
    pte.Set(Pte::kAccessed);
    if (!write) return Fault::kNone;
    if (!pte.Has(Pte::kWritable)) return CopyOnWrite(process, area, index);
    pte.Set(Pte::kDirty);
    return Fault::kNone;
  }
  VmEvents& events = world_.machine().state().events;
  events.Count(VmEvent::kPgfault);
  if (pte.Has(Pte::kSwapped)) return SwapIn(process, area, index);
  return write ? FaultIn(process, area, index) : Fault::kNone;
}

bool AnonymousMemory::MayBeHuge(const MemoryArea& area, uint64_t begin) const {
  if (area.thp == ThpMode::kNever) return false;
  if (area.thp == ThpMode::kMadvise && !area.huge_advised) return false;
  if (begin + kTableEntries > area.pages()) return false;
  return std::all_of(
      area.ptes.begin() + static_cast<int64_t>(begin),
      area.ptes.begin() + static_cast<int64_t>(begin + kTableEntries),
      [](const Pte& pte) { return pte.none(); });
}

Fault AnonymousMemory::FaultIn(Process& process, MemoryArea& area,
                               uint64_t index) {
  const uint64_t begin = index / kTableEntries * kTableEntries;
  if (area.tables[index / kTableEntries] == Pfn() && MayBeHuge(area, begin)) {
    const Fault fault = FaultHuge(process, area, begin);
    if (fault != Fault::kNoMemory) return fault;
  }
  const Fault table = EnsureTable(process, area, index);
  if (table != Fault::kHandled) return table;
  return AllocAt(process, area, index, fault_);
}

Fault AnonymousMemory::EnsureTable(Process& process, MemoryArea& area,
                                   uint64_t index) {
  Pfn& table = area.tables[index / kTableEntries];
  if (table != Pfn()) return Fault::kHandled;
  const auto blocks = world_.Enter(process, table_, {.node = NodeId()});
  if (blocks.empty()) return process.alive ? Fault::kNoMemory : Fault::kKilled;
  ExecutionContext context = world_.ContextOf(process);
  world_.Adopt(process, blocks[0], FolioUse());
  const Pfn head = world_.machine().memory().PfnOf(blocks[0].page);
  if (!process.alive) {
    world_.Release(context, head);
    return Fault::kKilled;
  }
  table = head;
  ++area.nr_tables;
  return Fault::kHandled;
}

Fault AnonymousMemory::AllocAt(Process& process, MemoryArea& area,
                               uint64_t index, const KernelPath& path) {
  const auto blocks = world_.Enter(
      process, path, {.gfp = path.gfp, .node = NodeFor(process, area)});
  if (blocks.empty()) return process.alive ? Fault::kNoMemory : Fault::kKilled;
  const KernelRequest::Allocated block = blocks[0];
  world_.Adopt(process, block,
               {.kind = FolioKind::kAnonymous,
                .map_count = 1,
                .object = area.family,
                .index = static_cast<uint32_t>(index)});
  const Pfn head = world_.machine().memory().PfnOf(block.page);
  if (!process.alive) {
    ExecutionContext context = world_.ContextOf(process);
    world_.Release(context, head);
    return Fault::kKilled;
  }
  area.ptes[index] = Pte::ToPage(head, kFresh);
  ++area.resident;
  return Fault::kHandled;
}

Fault AnonymousMemory::FaultHuge(Process& process, MemoryArea& area,
                                 uint64_t begin) {
  VmEvents& events = world_.machine().state().events;
  // Who asked by madvise() waits for compaction, others do not.
  const Gfp gfp = area.huge_advised ? gfp::kTranshuge : gfp::kTranshugeLight;
  const auto blocks = world_.Enter(
      process, huge_,
      {.gfp = gfp, .order = kHugeOrder, .node = NodeFor(process, area)});
  if (blocks.empty()) {
    if (!process.alive) return Fault::kKilled;
    events.Count(VmEvent::kThpFaultFallback);
    return Fault::kNoMemory;
  }
  events.Count(VmEvent::kThpFaultAlloc);
  world_.Adopt(process, blocks[0],
               {.kind = FolioKind::kAnonymous,
                .map_count = 1,
                .object = area.family,
                .index = static_cast<uint32_t>(begin)});
  const Pfn head = world_.machine().memory().PfnOf(blocks[0].page);
  if (!process.alive) {
    ExecutionContext context = world_.ContextOf(process);
    world_.Release(context, head);
    return Fault::kKilled;
  }
  for (uint64_t i = 0; i < kTableEntries; ++i) {
    area.ptes[begin + i] =
        Pte::ToPage(head + PageCount(i), kFresh | Pte::kHuge);
  }
  area.resident += static_cast<int64_t>(kTableEntries);
  return Fault::kHandled;
}

Fault AnonymousMemory::CopyOnWrite(Process& process, MemoryArea& area,
                                   uint64_t index) {
  AllocatorState& state = world_.machine().state();
  state.events.Count(VmEvent::kPgfault);
  if (area.ptes[index].Has(Pte::kHuge)) SplitHuge(area.ptes[index].pfn());
  const Pfn old = area.ptes[index].pfn();
  if (world_.frames().At(old).map_count == 1) {
    state.events.Count(VmEvent::kPgreuse);
    area.ptes[index].Set(Pte::kWritable | Pte::kDirty);
    return Fault::kHandled;
  }
  // Held, or reclaim could take it while memory for the copy is looked for.
  ++world_.frames().At(old).pins;
  const auto blocks = world_.Enter(
      process, copy_, {.gfp = copy_.gfp, .node = NodeFor(process, area)});
  // The process may be gone, and the page with it.
  if (FolioUse& use = world_.frames().At(old);
      use.kind == FolioKind::kAnonymous && use.pins > 0) {
    --use.pins;
  }
  if (blocks.empty()) return process.alive ? Fault::kNoMemory : Fault::kKilled;
  const Page* page = blocks[0].page;
  world_.Adopt(process, blocks[0],
               {.kind = FolioKind::kAnonymous,
                .map_count = 1,
                .object = area.family,
                .index = static_cast<uint32_t>(index)});
  const Pfn copy = world_.machine().memory().PfnOf(page);
  ExecutionContext context = world_.ContextOf(process);
  if (!process.alive) {
    world_.Release(context, copy);
    return Fault::kKilled;
  }
  DropMapping(context, area, index);
  world_.FlushReleases(context);
  area.ptes[index] = Pte::ToPage(copy, kFresh);
  ++area.resident;
  return Fault::kHandled;
}

Fault AnonymousMemory::SwapIn(Process& process, MemoryArea& area,
                              uint64_t index) {
  const uint32_t slot = area.ptes[index].slot();
  const Fault fault = AllocAt(process, area, index, swap_in_);
  if (fault != Fault::kHandled) return fault;
  VmEvents& events = world_.machine().state().events;
  events.Count(VmEvent::kPgmajfault);
  events.Count(VmEvent::kPswpin);
  world_.swap().DropUser(slot);
  --area.swapped;
  ExecutionContext context = world_.ContextOf(process);
  world_.Spend(context, kReadPage);
  return fault;
}

Fault AnonymousMemory::HandleNumaHint(Process& process, MemoryArea& area,
                                      uint64_t index) {
  AllocatorState& state = world_.machine().state();
  Pte& pte = area.ptes[index];
  pte.Clear(Pte::kNumaHint);
  if (!pte.present()) return Fault::kNone;
  state.events.Count(VmEvent::kNumaHintFaults);
  const Pfn head = HeadOf(pte.pfn());
  const NodeId here = state.cpu_node[process.cpu.value()];
  const Page& folio = *state.memory->PageAt(head);
  if (state.ZoneOf(folio).node == here) {
    state.events.Count(VmEvent::kNumaHintFaultsLocal);
    return Fault::kHandled;
  }
  if (world_.MigrateFolio(process, head, MigrateReason::kNumaMisplaced, here)) {
    state.events.Count(VmEvent::kNumaPagesMigrated, folio.order().pages());
  }
  return Fault::kHandled;
}

NodeId AnonymousMemory::NodeFor(Process& /*process*/, MemoryArea& area) {
  const MemoryPolicy& policy = area.policy;
  switch (policy.mode) {
    case MemoryPolicy::Mode::kDefault:
      break;
    case MemoryPolicy::Mode::kPreferred:
    case MemoryPolicy::Mode::kBind:
      return policy.nodes.front();
    case MemoryPolicy::Mode::kInterleave:
      return policy.nodes[area.interleave_next++ % policy.nodes.size()];
  }
  return NodeId();
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

void AnonymousMemory::Unmap(Process& process, std::string_view name) {
  const auto found = process.areas.find(name);
  PAGELAB_CHECK(found != process.areas.end());
  MemoryArea& area = *found->second;
  Zap(process, area, 0, area.pages());
  FreeTables(process, area);
  std::vector<Mapping>& members = families_[area.family].members;
  members.erase(std::remove_if(members.begin(), members.end(),
                               [&area](const Mapping& mapping) {
                                 return mapping.area == &area;
                               }),
                members.end());
  process.areas.erase(found);
}

void AnonymousMemory::UnmapAll(Process& process) {
  for (const auto& [name, area] : process.areas) {
    Zap(process, *area, 0, area->pages());
    FreeTables(process, *area);
    std::vector<Mapping>& members = families_[area->family].members;
    const MemoryArea* gone = area.get();
    members.erase(std::remove_if(members.begin(), members.end(),
                                 [gone](const Mapping& mapping) {
                                   return mapping.area == gone;
                                 }),
                  members.end());
  }
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

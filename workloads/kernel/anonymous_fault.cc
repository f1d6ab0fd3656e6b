// Page faults of anonymous memory.

#include <algorithm>

#include "pagelab/workloads/kernel/anonymous_memory.h"
#include "pagelab/workloads/kernel/io_costs.h"

namespace pagelab {
namespace {

// What an entry says of a page that was just written to.
constexpr uint64_t kFresh = Pte::kAccessed | Pte::kDirty | Pte::kWritable;

}  // namespace

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

AnonymousMemory::NewBlock AnonymousMemory::Take(Process& process,
                                                const KernelPath& path,
                                                const KernelWorld::Wish& wish,
                                                const FolioUse& use) {
  const auto blocks = world_.Enter(process, path, wish);
  if (blocks.empty()) {
    return {.fault = process.alive ? Fault::kNoMemory : Fault::kKilled};
  }
  const Pfn head = world_.machine().memory().PfnOf(blocks[0].page);
  world_.Adopt(process, blocks[0], use);
  if (process.alive) return {.fault = Fault::kHandled, .head = head};
  ExecutionContext context = world_.ContextOf(process);
  world_.Release(context, head);
  return {.fault = Fault::kKilled, .head = head};
}

FolioUse AnonymousMemory::UseAt(const MemoryArea& area, uint64_t index) {
  return {.kind = FolioKind::kAnonymous,
          .map_count = 1,
          .object = area.family,
          .index = static_cast<uint32_t>(index)};
}

Fault AnonymousMemory::EnsureTable(Process& process, MemoryArea& area,
                                   uint64_t index) {
  Pfn& table = area.tables[index / kTableEntries];
  if (table != Pfn()) return Fault::kHandled;
  const NewBlock block = Take(process, table_, {.node = NodeId()}, FolioUse());
  if (block.fault != Fault::kHandled) return block.fault;
  table = block.head;
  ++area.nr_tables;
  return Fault::kHandled;
}

Fault AnonymousMemory::AllocAt(Process& process, MemoryArea& area,
                               uint64_t index, const KernelPath& path) {
  const NewBlock block =
      Take(process, path, {.gfp = path.gfp, .node = NodeFor(area)},
           UseAt(area, index));
  if (block.fault != Fault::kHandled) return block.fault;
  area.ptes[index] = Pte::ToPage(block.head, kFresh);
  ++area.resident;
  return Fault::kHandled;
}

Fault AnonymousMemory::FaultHuge(Process& process, MemoryArea& area,
                                 uint64_t begin) {
  VmEvents& events = world_.machine().state().events;
  // Who asked by madvise() waits for compaction, others do not.
  const Gfp gfp = area.huge_advised ? gfp::kTranshuge : gfp::kTranshugeLight;
  const NewBlock block = Take(
      process, huge_, {.gfp = gfp, .order = kHugeOrder, .node = NodeFor(area)},
      UseAt(area, begin));
  if (block.head != Pfn()) events.Count(VmEvent::kThpFaultAlloc);
  if (block.fault == Fault::kNoMemory) {
    events.Count(VmEvent::kThpFaultFallback);
  }
  if (block.fault != Fault::kHandled) return block.fault;
  for (uint64_t i = 0; i < kTableEntries; ++i) {
    area.ptes[begin + i] =
        Pte::ToPage(block.head + PageCount(i), kFresh | Pte::kHuge);
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
  const NewBlock copy =
      Take(process, copy_, {.gfp = copy_.gfp, .node = NodeFor(area)},
           UseAt(area, index));
  // The process may be gone, and the page with it.
  if (FolioUse& use = world_.frames().At(old);
      use.kind == FolioKind::kAnonymous && use.pins > 0) {
    --use.pins;
  }
  if (copy.fault != Fault::kHandled) return copy.fault;
  ExecutionContext context = world_.ContextOf(process);
  DropMapping(context, area, index);
  world_.FlushReleases(context);
  area.ptes[index] = Pte::ToPage(copy.head, kFresh);
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

NodeId AnonymousMemory::NodeFor(MemoryArea& area) {
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

}  // namespace pagelab

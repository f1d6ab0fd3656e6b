#include "pagelab/test/support/tiny_machine.h"

#include <fmt/format.h>

#include <algorithm>

#include "pagelab/alloc/free_area_ops.h"
#include "pagelab/alloc/hook_keys.h"
#include "pagelab/alloc/lru.h"
#include "pagelab/alloc/pcp_tuning.h"
#include "pagelab/base/check.h"

namespace pagelab {
namespace {

std::vector<NodeTopology> TopologyOf(const std::vector<TinyNode>& nodes) {
  std::vector<NodeTopology> topology;
  for (size_t i = 0; i < nodes.size(); ++i) {
    NodeTopology node{.nr_cpus = nodes[i].nr_cpus,
                      .distances = nodes[i].distances};
    for (size_t j = node.distances.size(); j < nodes.size(); ++j) {
      node.distances.push_back(i == j ? 10 : 20);
    }
    topology.push_back(std::move(node));
  }
  return topology;
}

// Every block of every run a node of its own.
void SplitRuns(PhysicalMemory& memory, FreeList& list) {
  for (const Pfns pfns = BlocksOf(memory, list); uint64_t pfn : pfns) {
    Page* page = memory.PageAt(Pfn(pfn));
    if (page->extra_blocks != 0) list.SplitRun(*page, *page);
  }
}

int Index(Order order) { return order.value(); }

}  // namespace

void TraceLines::OnEvent(const ExecutionContext&, const MmPageAlloc& event) {
  lines_.push_back(
      event.failed ? fmt::format("alloc failed order {} mt {} gfp {:x}",
                                 Index(event.order), Index(event.migratetype),
                                 event.gfp.value())
                   : fmt::format("alloc {:x} order {} mt {} gfp {:x}",
                                 event.pfn.value(), Index(event.order),
                                 Index(event.migratetype), event.gfp.value()));
}

void TraceLines::OnEvent(const ExecutionContext&, const MmPageFree& event) {
  lines_.push_back(
      fmt::format("free {:x} order {}", event.pfn.value(), Index(event.order)));
}

void TraceLines::OnEvent(const ExecutionContext&,
                         const MmPageFreeBatched& event) {
  lines_.push_back(fmt::format("batched {:x}", event.pfn.value()));
}

void TraceLines::OnEvent(const ExecutionContext&,
                         const MmPageAllocZoneLocked& event) {
  lines_.push_back(fmt::format(
      "locked {:x} order {} mt {} refill {}", event.pfn.value(),
      Index(event.order), Index(event.migratetype), int{event.percpu_refill}));
}

void TraceLines::OnEvent(const ExecutionContext&,
                         const MmPagePcpuDrain& event) {
  lines_.push_back(fmt::format("drain {:x} order {} mt {}", event.pfn.value(),
                               Index(event.order), Index(event.migratetype)));
}

void TraceLines::OnEvent(const ExecutionContext&,
                         const MmPageAllocExtfrag& event) {
  lines_.push_back(fmt::format(
      "extfrag {:x} order {} from {} mt {} from {} owner {}", event.pfn.value(),
      Index(event.alloc_order), Index(event.fallback_order),
      Index(event.alloc_migratetype), Index(event.fallback_migratetype),
      int{event.change_ownership}));
}

std::vector<std::string> TraceLines::Take() {
  return std::exchange(lines_, {});
}

Pfns BlocksOf(const PhysicalMemory& memory, const FreeList& list) {
  Pfns pfns;
  for (const Page& node : list) {
    const uint64_t first = memory.PfnOf(&node).value();
    for (uint64_t i = 0; i <= node.extra_blocks; ++i) {
      pfns.push_back(first + i * kMaxOrderNrPages);
    }
  }
  return pfns;
}

TinyMachine::TinyMachine(TinyMachineOptions options) {
  AddMemory(options);
  MakeState(options);
  MemblockFreeAll(*state, memblock, *allocator, context);
  if (options.memory != TinyMachineOptions::Memory::kBlocks) return;
  for (Zone& zone : state->all_zones()) {
    for (FreeList& list : zone.free_area[kMaxPageOrder].lists) {
      SplitRuns(*memory, list);
    }
  }
}

void TinyMachine::AddMemory(const TinyMachineOptions& options) {
  for (size_t i = 0; i < options.nodes.size(); ++i) {
    for (const PfnRange& range : options.nodes[i].memory) {
      memblock.AddMemory({range.begin.address(), range.end.address()},
                         NodeId(static_cast<int>(i)));
    }
  }
  for (const PfnRange& range : options.reserved) {
    memblock.Reserve({range.begin.address(), range.end.address()});
  }
  if (options.memory == TinyMachineOptions::Memory::kReserved) {
    memblock.Reserve({0, memblock.memory().back().range.end});
  }
}

void TinyMachine::MakeState(const TinyMachineOptions& options) {
  const Pfn max_pfn(memblock.memory().back().range.end >> kPageShift);
  int nr_cpus = 0;
  for (const TinyNode& node : options.nodes) nr_cpus += node.nr_cpus;
  absl::StatusOr<HostMapping> mapping = HostMapping::Create(
      ArenaBytes(options.geometry, std::max(max_pfn, options.max_possible_pfn),
                 static_cast<int>(options.nodes.size()), nr_cpus));
  PAGELAB_CHECK(mapping.ok());
  arena = std::make_unique<Arena>(*std::move(mapping));
  memory = std::make_unique<PhysicalMemory>(*arena, options.geometry, max_pfn,
                                            options.max_possible_pfn);
  memory->set_min_low_pfn(
      Pfn(memblock.memory().front().range.begin >> kPageShift));
  for (const Memblock::Region& region : memblock.memory()) {
    memory->MarkPresent({Pfn(region.range.begin >> kPageShift),
                         Pfn(region.range.end >> kPageShift)});
  }
  state = &InitMemory(*arena, *memory, options.policy,
                      {.memblock = &memblock,
                       .nodes = TopologyOf(options.nodes),
                       .movablecore = options.movablecore,
                       .hotplug = options.max_possible_pfn > Pfn(0)});
  state->gfp_allowed_mask = Gfp(UINT32_MAX);
  state->log = &log;
  task.set_comm("test");
  context.task = &task;
  allocator = std::make_unique<PageAllocator>(*state);
}

TinyMachine::~TinyMachine() { DetachTrace(*state); }

void TinyMachine::Record() { PAGELAB_CHECK(AttachTrace(*state, trace).ok()); }

void TinyMachine::StopRecording() { DetachTrace(*state); }

Zone& TinyMachine::zone() {
  for (Zone& zone : state->all_zones()) {
    if (zone.populated()) return zone;
  }
  PAGELAB_CHECK(false);
  __builtin_unreachable();
}

Zone& TinyMachine::zone(ZoneType type, int node) {
  return state->zones[node * kMaxNrZones + Index(type)];
}

uint64_t TinyMachine::PfnOf(const Page* page) const {
  return page != nullptr ? memory->PfnOf(page).value() : NoPfn();
}

void TinyMachine::SetType(uint64_t pfn, Migratetype type) {
  state->SetPageblockType(Pfn(pfn), type);
}

void TinyMachine::Unreserve(uint64_t pfn, int order) {
  const PfnRange block{Pfn(pfn), Pfn(pfn) + PageCount(Order(order).pages())};
  PAGELAB_CHECK(memory->reserved().CountWithin(block) == block.size());
  memory->reserved().Remove(block);
  state->FindZone(block.begin)->managed += block.size();
}

void TinyMachine::PutFree(int order, Migratetype type,
                          std::initializer_list<uint64_t> pfns) {
  for (uint64_t pfn : pfns) {
    Unreserve(pfn, order);
    Zone& zone = *state->FindZone(Pfn(pfn));
    AddToFreeList(zone, *page(pfn), Order(order), type, ListEnd::kTail);
    AccountFreePages(zone, CpuId(0), static_cast<int64_t>(Order(order).pages()),
                     type);
  }
}

void TinyMachine::PutFreeTyped(int order, Migratetype type,
                               std::initializer_list<uint64_t> pfns) {
  const uint64_t step = memory->pageblock_order().pages();
  for (uint64_t pfn : pfns) {
    const uint64_t end = pfn + Order(order).pages();
    for (uint64_t at = pfn; at < end; at += step) SetType(at, type);
  }
  PutFree(order, type, pfns);
}

void TinyMachine::PutAllocated(uint64_t pfn, int order, PageFlags flags) {
  Unreserve(pfn, order);
  Page& block = *page(pfn);
  block.state = PageState::kAllocated;
  block.order_value = static_cast<uint8_t>(order);
  block.zone = state->FindZone(Pfn(pfn))->id;
  block.refcount = 1;
  block.flags = flags.Without(page_flag::kLru);
  if (flags.Has(page_flag::kLru)) {
    AddToLru(*state, block, PageCount(Order(order).pages()));
  }
}

void TinyMachine::PutPages(uint64_t pfn, uint64_t count, PageFlags flags) {
  for (uint64_t i = 0; i < count; ++i) PutAllocated(pfn + i, 0, flags);
}

void TinyMachine::PutPcp(int list, std::initializer_list<uint64_t> pfns,
                         int cpu) {
  const Order order = OrderOfPcpList(list);
  PerCpuPages& pages = pcp(cpu);
  for (uint64_t pfn : pfns) {
    PutAllocated(pfn, order.value());
    page(pfn)->state = PageState::kPcp;
    page(pfn)->refcount = 0;
    pages.lists[static_cast<size_t>(list)].PushBack(*page(pfn));
    pages.count += static_cast<int32_t>(order.pages());
  }
}

void TinyMachine::SetTuning(int batch, int high_min, int high_max) {
  for (Zone& zone : state->all_zones()) {
    if (!zone.populated()) continue;
    for (int cpu = 0; cpu < state->nr_cpus; ++cpu) {
      zone.pcp[cpu].batch = batch;
      zone.pcp[cpu].high_min = high_min;
      zone.pcp[cpu].high_max = high_max;
    }
  }
}

Pfns TinyMachine::Free(int order, Migratetype type) {
  return Free(zone(), order, type);
}

Pfns TinyMachine::Free(const Zone& zone, int order, Migratetype type) {
  return BlocksOf(*memory,
                  zone.free_area[static_cast<size_t>(order)].list(type));
}

Pfns TinyMachine::Pcp(int list, int cpu) {
  return BlocksOf(*memory, pcp(cpu).lists[static_cast<size_t>(list)]);
}

uint64_t TinyMachine::nr_free_pages() {
  return zone().StatPages(ZoneStat::kFreePages);
}

uint64_t TinyMachine::Alloc(Gfp gfp, int order, int node) {
  return PfnOf(allocator->AllocPages(
      context, {.gfp = gfp,
                .order = Order(order),
                .node = node < 0 ? NodeId() : NodeId(node)}));
}

bool TinyMachine::FreeBlock(uint64_t pfn, int order) {
  return allocator->FreePages(context, page(pfn), Order(order));
}

}  // namespace pagelab

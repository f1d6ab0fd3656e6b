#include "pagelab/test/support/reclaim_world.h"

#include <fmt/format.h>

#include <algorithm>

#include "pagelab/alloc/limits.h"
#include "pagelab/alloc/lru.h"
#include "pagelab/alloc/reclaim/folio_lru.h"
#include "pagelab/alloc/verify.h"
#include "pagelab/base/check.h"

namespace pagelab {
namespace {

TinyMachineOptions SmallZone() {
  return {.memory = TinyMachineOptions::Memory::kBlocks,
          .nodes = {{.memory = {{Pfn(0x1000), Pfn(0x2000)}}}},
          .geometry = {.section_order = 12, .pageblock_order = 5},
          .policy = {.thp_enabled = false}};
}

}  // namespace

int FakeUsers::TakeReferences(Page& folio) {
  const auto it = references.find(machine_.PfnOf(&folio));
  if (it == references.end()) return 0;
  const int taken = it->second;
  references.erase(it);
  return taken;
}

Eviction FakeUsers::Evict(ExecutionContext& context, Page& folio) {
  PAGELAB_CHECK(!folio.flags.Has(page_flag::kLru));
  const uint64_t pfn = machine_.PfnOf(&folio);
  evicted.push_back(pfn);
  const auto it = evictions.find(pfn);
  Eviction answer = it != evictions.end() ? it->second : eviction;
  // Dirty memory is written first.
  if (folio.flags.Has(page_flag::kDirty)) answer = Eviction::kWriteback;
  if (answer == Eviction::kWriteback && write_nanoseconds != 0) {
    writes_.push_back({context.now + Nanoseconds(write_nanoseconds), &folio});
  }
  if (answer == Eviction::kFreed) {
    for (auto& [task, pfns] : memory_) std::erase(pfns, pfn);
    if (on_freed) on_freed(pfn);
  }
  return answer;
}

PageCount FakeUsers::ShrinkSlab(ExecutionContext&, NodeId, int priority) {
  slab_priorities.push_back(priority);
  return PageCount(slab_pages);
}

void FakeUsers::ForEachProcess(
    absl::FunctionRef<void(const OomCandidate&)> fn) const {
  for (const OomCandidate& process : processes_) fn(process);
}

void FakeUsers::Kill(ExecutionContext& context, Task& task) {
  killed.push_back(task.pid);
  if (dies_slowly) return;
  for (const uint64_t pfn : memory_[&task]) {
    Page* page = machine_.page(pfn);
    if (page->flags.Has(page_flag::kLru)) {
      RemoveFromLru(*machine_.state, *page, PageCount(1));
    }
    if (on_freed) on_freed(pfn);
    ++killed_pages;
    machine_.allocator->FreePages(context, page, Order(0));
  }
  memory_.erase(&task);
  std::erase_if(processes_, [&task](const OomCandidate& process) {
    return process.task == &task;
  });
}

void FakeUsers::Spend(ExecutionContext& context, Nanoseconds duration) {
  spent += duration.value();
  context.now += duration;
  while (!writes_.empty() && writes_.front().due <= context.now) {
    Page& folio = *writes_.front().folio;
    writes_.pop_front();
    FolioRotateReclaimable(*machine_.state, folio);
  }
}

Task& FakeUsers::AddProcess(const std::string& name, int32_t pid,
                            uint64_t anon_pages, int oom_score_adj) {
  Task& task = tasks_.emplace_back();
  task.pid = pid;
  task.tgid = pid;
  task.set_comm(name);
  for (uint64_t i = 0; i < anon_pages; ++i) {
    const uint64_t pfn = machine_.Alloc(gfp::kHighuserMovable);
    PAGELAB_CHECK(pfn != TinyMachine::NoPfn());
    Page& page = *machine_.page(pfn);
    page.flags = page_flag::kSwapbacked;
    AddToLru(*machine_.state, page, PageCount(1));
    memory_[&task].push_back(pfn);
  }
  processes_.push_back({.task = &task,
                        .total_vm = static_cast<int64_t>(anon_pages),
                        .anon_rss = static_cast<int64_t>(anon_pages),
                        .oom_score_adj = oom_score_adj});
  return task;
}

OomCandidate& FakeUsers::ProcessOf(const Task& task) {
  const auto it = std::find_if(
      processes_.begin(), processes_.end(),
      [&task](const OomCandidate& process) { return process.task == &task; });
  PAGELAB_CHECK(it != processes_.end());
  return *it;
}

CompactResult FakeCompaction::TryToCompact(ExecutionContext& context,
                                           const AllocControl& ac, AllocFlags,
                                           CompactPriority priority) {
  PAGELAB_CHECK(context.task->memalloc);
  calls.push_back(fmt::format("compact order {} priority {}", ac.order.value(),
                              static_cast<int>(priority)));
  if (compact) compact();
  return result;
}

void FakeCompaction::NoteOutcome(Zone&, Order order, bool got) {
  calls.push_back(fmt::format("outcome order {} {}", order.value(),
                              got ? "got" : "failed"));
}

void FakeCompaction::WakeKcompactd(ExecutionContext&, Node& node, Order order,
                                   int highest_zoneidx) {
  calls.push_back(fmt::format("kcompactd {} order {} zone {}", node.id.value(),
                              order.value(), highest_zoneidx));
}

ReclaimWorld::ReclaimWorld() : ReclaimWorld(SmallZone()) {}

ReclaimWorld::ReclaimWorld(TinyMachineOptions options)
    : machine(std::move(options)), reclaim(*machine.allocator, compaction) {
  InitPerZoneWatermarks(*machine.state);
  for (Zone& each : machine.state->all_zones()) {
    for (int cpu = 0; each.populated() && cpu < machine.state->nr_cpus; ++cpu) {
      each.pcp[cpu].stat_threshold = 0;
    }
  }
  machine.state->users = &users;
  machine.state->pressure = &reclaim;
  kswapd_task.pid = 32;
  kswapd_task.set_comm("kswapd0");
  kswapd.task = &kswapd_task;
}

Pfns ReclaimWorld::Listed(LruList which) {
  Pfns pfns;
  for (const Page& page : list(which)) pfns.push_back(machine.PfnOf(&page));
  return pfns;
}

Pfns ReclaimWorld::Use(uint64_t count, PageFlags flags) {
  Pfns pfns;
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t pfn = machine.Alloc(gfp::kHighuserMovable);
    PAGELAB_CHECK(pfn != TinyMachine::NoPfn());
    Page& page = *machine.page(pfn);
    page.flags = flags;
    AddToLru(*machine.state, page, PageCount(1));
    pfns.push_back(pfn);
  }
  return pfns;
}

void ReclaimWorld::FillUpTo(int64_t free_pages) {
  AllocatorState& state = *machine.state;
  const AllocControl ac = ControlOf(gfp::kHighuserMovable);
  while (FreePages() > free_pages) {
    PAGELAB_CHECK(machine.allocator->GetPageFromFreelist(
                      machine.context, ac, alloc_flag::kNoWatermarks) !=
                  nullptr);
    machine.allocator->DrainAllPages(machine.context);
  }
  state.events = VmEvents();
}

AllocControl ReclaimWorld::ControlOf(Gfp gfp, int order) {
  return ControlFor(*machine.state, machine.context,
                    {.gfp = gfp, .order = Order(order)}, gfp);
}

std::string ReclaimWorld::Verified() {
  const std::vector<std::string> findings = Verify(*machine.state);
  return findings.empty() ? "" : findings.front();
}

}  // namespace pagelab

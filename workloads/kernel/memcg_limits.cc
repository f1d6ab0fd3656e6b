#include "pagelab/workloads/kernel/memcg_limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "pagelab/alloc/lru.h"
#include "pagelab/workloads/kernel/world.h"

namespace pagelab {
namespace {

// SWAP_CLUSTER_MAX: what reclaim wants at least.
// What waiting for the disk takes at a time.
constexpr Nanoseconds kDiskWait{1'000'000};
constexpr PageCount kReclaimBatch(32);
// 2^PAGE_ALLOC_COSTLY_ORDER: nobody is killed for more.
constexpr PageCount kCostly(8);
constexpr int kNeverKilled = -1000;

int64_t Signed(PageCount pages) { return static_cast<int64_t>(pages.value()); }

// How many pages are too many, with `more` of them.
int64_t Excess(const MemcgAccount& account, PageCount limit, PageCount more) {
  if (limit == MemcgAccount::kNoLimit) return 0;
  return account.usage() + Signed(more) - Signed(limit);
}

bool IsUserPageOf(const Page& page, uint32_t memcg) {
  const MemcgWord word = page.memcg();
  return MemcgUseOf(word) == MemcgUse::kUser && word.memcg() == memcg;
}

}  // namespace

void MemcgLimits::Set(ExecutionContext& context, std::string_view memcg,
                      const Limits& limits) {
  MemcgTable& table = world_.machine().memcgs();
  const uint32_t index = table.FindOrMake(memcg);
  table.SetLimits(index, limits.max, limits.high);
  MakeRoomUnder(context, index, PageCount(0));
  // Who lowers the limit waits for all of it, who is charged for a batch.
  const MemcgAccount& account = table.account(index);
  const int64_t over = Excess(account, account.high, PageCount(0));
  if (over > 0) Reclaim(context, index, PageCount(static_cast<uint64_t>(over)));
}

bool MemcgLimits::MakeRoom(ExecutionContext& context, const Process& process,
                           PageCount pages) {
  if (process.memcg.empty() || process.memcg == MemcgTable::kRoot) return true;
  const MemcgTable& table = world_.machine().memcgs();
  const std::optional<uint32_t> memcg = table.FindOnline(process.memcg);
  if (!memcg.has_value()) return true;
  return MakeRoomUnder(context, *memcg, pages) && process.alive;
}

bool MemcgLimits::MakeRoomUnder(ExecutionContext& context, uint32_t memcg,
                                PageCount pages) {
  MemcgTable& table = world_.machine().memcgs();
  const MemcgAccount& account = table.account(memcg);
  for (int64_t excess = Excess(account, account.max, pages); excess > 0;
       excess = Excess(account, account.max, pages)) {
    table.CountEvent(memcg, MemcgEvent::kMax);
    const PageCount wanted(static_cast<uint64_t>(excess));
    const PageCount got =
        Reclaim(context, memcg, std::max(wanted, kReclaimBatch));
    if (Excess(account, account.max, pages) <= 0) break;
    if (pages > kCostly) return false;
    if (got > PageCount(0)) continue;
    if (IsBeingWritten(memcg)) {
      // Comes back clean when the disk is done.
      world_.Spend(context, kDiskWait);
      continue;
    }
    table.CountEvent(memcg, MemcgEvent::kOom);
    if (!Kill(context, memcg)) return false;
  }
  const int64_t over = Excess(account, account.high, pages);
  if (over > 0) {
    table.CountEvent(memcg, MemcgEvent::kHigh);
    Reclaim(context, memcg, kReclaimBatch);
  }
  return true;
}

bool MemcgLimits::IsBeingWritten(uint32_t memcg) {
  for (const Node& node : world_.machine().state().all_nodes()) {
    for (const PageList& list : node.lruvec.lists) {
      for (const Page& folio : list) {
        if (folio.flags.Has(page_flag::kWriteback) &&
            IsUserPageOf(folio, memcg)) {
          return true;
        }
      }
    }
  }
  return false;
}

void MemcgLimits::GatherFrom(Lruvec& lruvec, LruList list, uint32_t memcg,
                             PageCount wanted) {
  PageList& pages = lruvec.lists[static_cast<size_t>(Index(list))];
  PageCount gathered;
  for (auto at = pages.rbegin(); at != pages.rend() && gathered < wanted;
       ++at) {
    if (!IsUserPageOf(*at, memcg) || world_.IsPinned(*at)) continue;
    gathered_.push_back(&*at);
    gathered += PageCount(at->order().pages());
  }
}

PageCount MemcgLimits::EvictGathered(ExecutionContext& context, Force force) {
  Machine& machine = world_.machine();
  AllocatorState& state = machine.state();
  PageCount freed;
  for (Page* folio : gathered_) {
    const PageCount pages(folio->order().pages());
    const bool file = IsFileLru(folio->flags);
    RemoveFromLru(state, *folio, pages);
    state.events.Count(file ? VmEvent::kPgscanFile : VmEvent::kPgscanAnon,
                       pages.value());
    state.events.Count(VmEvent::kPgscanDirect, pages.value());
    const bool referenced = world_.TakeReferences(*folio) > 0;
    if (referenced && force != Force::kReferencedToo) {
      folio->flags = folio->flags.With(page_flag::kActive);
      AddToLru(state, *folio, pages);
      continue;
    }
    const Eviction eviction = world_.Evict(context, *folio);
    // A huge page may have been split.
    const PageCount left(folio->order().pages());
    switch (eviction) {
      case Eviction::kFreed:
        state.events.Count(file ? VmEvent::kPgstealFile : VmEvent::kPgstealAnon,
                           left.value());
        state.events.Count(VmEvent::kPgstealDirect, left.value());
        machine.FreePages(context, folio, folio->order());
        freed += left;
        break;
      case Eviction::kActivate:
        folio->flags = folio->flags.With(page_flag::kActive);
        [[fallthrough]];
      case Eviction::kBusy:
      case Eviction::kWriteback:
        AddToLru(state, *folio, left);
        break;
    }
  }
  gathered_.clear();
  return freed;
}

PageCount MemcgLimits::ReclaimPass(ExecutionContext& context, uint32_t memcg,
                                   PageCount wanted, Force force) {
  static constexpr LruList kLists[] = {
      LruList::kInactiveFile, LruList::kInactiveAnon, LruList::kActiveFile,
      LruList::kActiveAnon};
  PageCount freed;
  for (Node& node : world_.machine().state().all_nodes()) {
    for (const LruList list : kLists) {
      const bool active =
          list == LruList::kActiveFile || list == LruList::kActiveAnon;
      if (active && force == Force::kInactive) continue;
      if (freed >= wanted) return freed;
      GatherFrom(node.lruvec, list, memcg,
                 PageCount(wanted.value() - freed.value()));
      freed += EvictGathered(context, force);
    }
  }
  return freed;
}

PageCount MemcgLimits::Reclaim(ExecutionContext& context, uint32_t memcg,
                               PageCount wanted) {
  PageCount freed;
  for (const Force force :
       {Force::kInactive, Force::kActiveToo, Force::kReferencedToo}) {
    if (freed >= wanted) break;
    freed += ReclaimPass(context, memcg,
                         PageCount(wanted.value() - freed.value()), force);
  }
  return freed;
}

bool MemcgLimits::Kill(ExecutionContext& context, uint32_t memcg) {
  Machine& machine = world_.machine();
  MemcgTable& table = machine.memcgs();
  const std::string name(table.Memcg(memcg).name);
  Process* chosen = nullptr;
  int64_t most = 0;
  for (Process& process : world_.processes()) {
    if (!process.alive || process.memcg != name ||
        process.oom_score_adj == kNeverKilled) {
      continue;
    }
    // Kernel counterpart: oom_badness().
    const int64_t points =
        process.resident_pages() + process.swap_entries() +
        process.page_table_pages() +
        process.oom_score_adj * Signed(table.account(memcg).max) / 1000;
    if (chosen != nullptr && points < most) continue;
    chosen = &process;
    most = points;
  }
  if (chosen == nullptr) return false;
  const int64_t kilobytes = static_cast<int64_t>(kPageSize / 1024);
  Task& task = *chosen->task;
  machine.log().Printk(fmt::format(
      "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,"
      "mems_allowed=0,oom_memcg=/{0},task_memcg=/{0},task={1},pid={2},uid=0",
      name, task.comm_text(), task.pid));
  machine.log().Printk(fmt::format(
      "Memory cgroup out of memory: Killed process {} ({}) total-vm:{}kB, "
      "anon-rss:{}kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:{}kB "
      "oom_score_adj:{}",
      task.pid, task.comm_text(), chosen->total_pages() * kilobytes,
      chosen->resident_pages() * kilobytes,
      chosen->page_table_pages() * kilobytes, chosen->oom_score_adj));
  table.CountEvent(memcg, MemcgEvent::kOomKill);
  machine.state().events.Count(VmEvent::kOomKill);
  world_.Kill(context, task);
  return true;
}

}  // namespace pagelab

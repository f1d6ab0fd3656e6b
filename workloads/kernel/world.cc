#include "pagelab/workloads/kernel/world.h"

#include <algorithm>
#include <utility>

#include "pagelab/alloc/compaction/migrate.h"
#include "pagelab/alloc/lru.h"
#include "pagelab/base/check.h"
#include "pagelab/workloads/kernel/anonymous_memory.h"
#include "pagelab/workloads/kernel/file_table.h"
#include "pagelab/workloads/kernel/kernel_memory.h"
#include "pagelab/workloads/kernel/page_cache.h"
#include "pagelab/workloads/kernel/page_frags.h"
#include "pagelab/workloads/kernel/pipes.h"
#include "pagelab/workloads/kernel/shmem.h"
#include "pagelab/workloads/memcg_steps.h"
#include "pagelab/workloads/memory_stats.h"

namespace pagelab {

KernelWorld::KernelWorld(Machine& machine)
    : machine_(machine),
      copy_process_(KernelPathNamed("copy_process")),
      anonymous_(std::make_unique<AnonymousMemory>(*this)),
      files_(std::make_unique<FileTable>()),
      page_cache_(std::make_unique<PageCache>(*this)),
      shmem_(std::make_unique<Shmem>(*this)),
      pipes_(std::make_unique<Pipes>(*this)),
      page_frags_(std::make_unique<PageFrags>(*this)) {
  releases_.reserve(kFolioBatchSize);
  kernel_memory_ = std::make_unique<KernelMemory>(*this);
  if (machine_.cma() != nullptr) {
    cma_.emplace(*machine_.cma());
    kernel_memory_->cma.Connect(&*cma_);
  }
  machine_.AttachUsers(this);
  for (Node& node : machine_.state().all_nodes()) AddMemoryDaemons(node);
}

KernelWorld::~KernelWorld() { machine_.AttachUsers(nullptr); }

// kswapd and kcompactd of a node, on its first CPU.
void KernelWorld::AddMemoryDaemons(Node& node) {
  const AllocatorState& state = machine_.state();
  CpuId cpu;
  for (int i = state.nr_cpus - 1; i >= 0; --i) {
    if (state.cpu_node[i] == node.id) cpu = CpuId(i);
  }
  const std::string number = std::to_string(node.id.value());
  const auto thread = [this](const std::string& comm) -> Task& {
    const int32_t pid = next_daemon_pid_++;
    return machine_.NewTask(comm, pid, pid);
  };
  Task& kswapd = thread("kswapd" + number);
  daemons_.Add({.name = "kswapd" + number,
                .due =
                    [this, &node](Nanoseconds now) {
                      return machine_.reclaim().KswapdDue(node, now);
                    },
                .run =
                    [this, &node, &kswapd, cpu] {
                      ExecutionContext context =
                          machine_.ContextOf(kswapd, cpu);
                      machine_.reclaim().RunKswapd(context, node);
                    }});
  Task& kcompactd = thread("kcompactd" + number);
  const size_t index = next_proactive_.size();
  next_proactive_.push_back(now() + Compactor::kProactiveInterval);
  daemons_.Add({.name = "kcompactd" + number,
                .due = [this, &node,
                        index](Nanoseconds now) -> std::optional<Nanoseconds> {
                  if (node.kcompactd.awake) return now;
                  if (machine_.state().policy.compaction_proactiveness == 0) {
                    return std::nullopt;
                  }
                  return next_proactive_[index];
                },
                .run =
                    [this, &node, &kcompactd, cpu, index] {
                      ExecutionContext context =
                          machine_.ContextOf(kcompactd, cpu);
                      machine_.compactor().RunKcompactd(context, node);
                      next_proactive_[index] =
                          now() + Compactor::kProactiveInterval;
                    }});
}

SwapSpace KernelWorld::Swap() const {
  return {.total = swap_.capacity(), .free = swap_.capacity() - swap_.used()};
}

InodePtr KernelWorld::CreateFile(Process& process, FileSystem fs) {
  InodePtr inode = files_->Create(fs);
  slab().OnFileCreated(process, fs, inode->number);
  return inode;
}

void KernelWorld::RemoveFile(Process& process, Inode& inode) {
  slab().OnFileRemoved(process, inode.number);
  files_->Remove(inode);
}

SlabCaches& KernelWorld::slab() { return kernel_memory_->slab; }

Process& KernelWorld::NewProcess(Task& task, CpuId cpu) {
  Process& process = processes_.emplace_back();
  process.task = &task;
  process.cpu = cpu;
  next_pid_ = std::max(next_pid_, task.pid + 1);
  return process;
}

Process& KernelWorld::NewChild(const Process& parent, std::string_view comm) {
  const int32_t pid = next_pid_;
  Task& task = machine_.NewTask(comm.empty() ? parent.task->comm_text() : comm,
                                pid, pid);
  Process& child = NewProcess(task, parent.cpu);
  child.memcg = parent.memcg;
  child.policy = parent.policy;
  child.oom_score_adj = parent.oom_score_adj;
  return child;
}

Process* KernelWorld::Fork(Process& parent, std::string_view comm) {
  Process& child = NewChild(parent, comm);
  const auto blocks = Enter(parent, copy_process_);
  if (blocks.empty()) {
    child.alive = false;
    return nullptr;
  }
  for (const KernelRequest::Allocated& block : blocks) {
    Adopt(child, block, FolioUse());
    child.owned.push_back({machine_.memory().PfnOf(block.page), block.order});
  }
  if (parent.alive && slab().OnFork(parent, child) &&
      anonymous_->Fork(parent, child)) {
    return &child;
  }
  Exit(child);
  return nullptr;
}

ExecutionContext KernelWorld::ContextOf(const Process& process) {
  ExecutionContext context = machine_.ContextOf(*process.task, process.cpu);
  context.stack_kind = StackKind::kHost;
  return context;
}

absl::Span<const KernelRequest::Allocated> KernelWorld::Enter(
    Process& process, const KernelPath& path) {
  return Enter(process, path, {.gfp = path.gfp, .order = path.order});
}

absl::Span<const KernelRequest::Allocated> KernelWorld::Enter(
    Process& process, const KernelPath& path, const Wish& wish) {
  ExecutionContext context = ContextOf(process);
  const Gfp gfp = wish.gfp == Gfp() ? path.gfp : wish.gfp;
  if (MemcgLimits::IsCharged(gfp) &&
      !kernel_memory_->memcg_limits.MakeRoom(
          context, process,
          PageCount(wish.order.pages() * wish.count.value()))) {
    return {};
  }
  // Reclaim inside may enter again.
  KernelRequest::Blocks blocks = std::move(entered_);
  blocks.clear();
  KernelRequest request{.machine = machine_,
                        .context = context,
                        .random = random_,
                        .gfp = gfp,
                        .order = wish.order,
                        .node = wish.node,
                        .blocks = std::move(blocks),
                        .count = wish.count,
                        .slab_fallback = wish.slab_fallback};
  const bool got = path.run(request);
  entered_ = std::move(request.blocks);
  if (!got) {
    if (!wish.optional) ++counts_.failures;
    if (!wish.optional && on_failure_) on_failure_(process, wish);
    entered_.clear();
    return {};
  }
  ++counts_.allocations;
  for (const KernelRequest::Allocated& block : entered_) {
    counts_.pages_allocated += block.order.pages();
  }
  return entered_;
}

void KernelWorld::Adopt(Process& process, const KernelRequest::Allocated& block,
                        const FolioUse& use) {
  const Pfn head = machine_.memory().PfnOf(block.page);
  const PageCount pages(block.order.pages());
  held_ += pages;
  block.page->flags = block.page->flags.With(block.flags);
  if (use.kind != FolioKind::kNone) frames_.At(head) = use;
  ChargePages(machine_, process.memcg, block, pages);
  CountUserPages(machine_, head, pages, StatChange::kAdd);
  if (block.use == PageUse::kUncounted) return;
  kernel_uses_[head.value()] = block.use;
  CountKernelPages(machine_, head, pages, block.use, StatChange::kAdd);
}

void KernelWorld::EndUse(Pfn head) {
  Page& page = *machine_.memory().PageAt(head);
  const PageCount pages(page.order().pages());
  if (page.flags.Has(page_flag::kLru)) {
    RemoveFromLru(machine_.state(), page, pages);
  }
  FolioUse& use = frames_.At(head);
  if (use.kind == FolioKind::kHugetlb) {
    // Counted by its pool.
    use = FolioUse();
  } else if (use.kind != FolioKind::kNone) {
    CountUserUse(machine_, head, pages, StatChange::kRemove);
    use = FolioUse();
  } else if (const auto kernel = kernel_uses_.find(head.value());
             kernel != kernel_uses_.end()) {
    CountKernelPages(machine_, head, pages, kernel->second,
                     StatChange::kRemove);
    kernel_uses_.erase(kernel);
  }
  ++counts_.frees;
  counts_.pages_freed += pages.value();
  held_ -= pages;
  UnchargePages(machine_, head, pages);
  if (page.flags.Has(page_flag::kMlocked)) {
    machine_.state().ZoneOf(page).lru_stat[static_cast<size_t>(
        Index(ZoneLruStat::kMlock))] -= static_cast<int64_t>(pages.value());
  }
  page.pte = 0;
  page.flags = page.flags.Without(page_flag::kPrivate);
}

void KernelWorld::Discard(Process& process,
                          const KernelRequest::Allocated& block) {
  ExecutionContext context = ContextOf(process);
  ++counts_.frees;
  counts_.pages_freed += block.order.pages();
  machine_.FreePages(context, block.page, block.order);
}

void KernelWorld::ChangeUse(Pfn head, PageUse use) {
  const auto found = kernel_uses_.find(head.value());
  PAGELAB_CHECK(found != kernel_uses_.end());
  const PageCount pages(machine_.memory().PageAt(head)->order().pages());
  CountKernelPages(machine_, head, pages, found->second, StatChange::kRemove);
  found->second = use;
  CountKernelPages(machine_, head, pages, use, StatChange::kAdd);
}

void KernelWorld::Release(ExecutionContext& context, Pfn head) {
  EndUse(head);
  Page* page = machine_.memory().PageAt(head);
  machine_.FreePages(context, page, page->order());
}

void KernelWorld::ReleaseLater(ExecutionContext& context, Pfn head) {
  EndUse(head);
  Page* page = machine_.memory().PageAt(head);
  releases_.push_back({page, page->order()});
  if (releases_.size() == kFolioBatchSize) FlushReleases(context);
}

void KernelWorld::FlushReleases(ExecutionContext& context) {
  if (releases_.empty()) return;
  context.now = now();
  machine_.allocator().FreeFolios(context, releases_);
  machine_.clock().Advance(machine_.config().call_duration);
  releases_.clear();
}

void KernelWorld::Exit(Process& process) {
  if (!process.alive) return;
  process.alive = false;
  ExecutionContext context = ContextOf(process);
  anonymous_->UnmapAll(process);
  page_frags_->OnExit(process);
  while (!process.owned.empty()) {
    Release(context, process.owned.back().head);
    process.owned.pop_back();
  }
  kernel_memory_->stacks.OnExit(process);
  slab().OnExit(process);
}

bool KernelWorld::MigrateFolio(const Process& process, Pfn head,
                               MigrateReason reason, NodeId node) {
  Page& folio = *machine_.memory().PageAt(head);
  if (!IsMovable(machine_.state(), folio)) return false;
  ExecutionContext context = ContextOf(process);
  AllocatedTargets targets(
      machine_.allocator(),
      TargetGfpsFor(reason, machine_.state().ZoneOf(folio)), node);
  const MigratePlan plan{.targets = targets, .reason = reason};
  return pagelab::MigrateFolio(machine_.allocator(), context, plan, folio) ==
         MigrateOutcome::kMoved;
}

void KernelWorld::RegisterUser(FolioKind kind, FolioUser& user) {
  users_[static_cast<size_t>(kind)] = &user;
}

int KernelWorld::TakeReferences(Page& folio) {
  const FolioUse use = frames_.Get(machine_.memory().PfnOf(&folio));
  FolioUser* user = users_[static_cast<size_t>(use.kind)];
  return user != nullptr ? user->TakeReferences(folio, use) : 0;
}

Eviction KernelWorld::Evict(ExecutionContext& context, Page& folio) {
  const Pfn head = machine_.memory().PfnOf(&folio);
  const FolioUse use = frames_.Get(head);
  FolioUser* user = users_[static_cast<size_t>(use.kind)];
  if (user == nullptr || use.pins > 0) return Eviction::kBusy;
  const Eviction eviction = user->Evict(context, folio, use);
  if (eviction == Eviction::kFreed) EndUse(head);
  return eviction;
}

bool KernelWorld::IsPinned(const Page& folio) const {
  const FolioUse use = frames_.Get(machine_.state().memory->PfnOf(&folio));
  return use.pins > 0 || users_[static_cast<size_t>(use.kind)] == nullptr;
}

bool KernelWorld::Move(ExecutionContext& /*context*/, Page& from, Page& to) {
  const PhysicalMemory& memory = machine_.memory();
  const Pfn old_head = memory.PfnOf(&from);
  const Pfn new_head = memory.PfnOf(&to);
  const FolioUse use = frames_.Get(old_head);
  FolioUser* user = users_[static_cast<size_t>(use.kind)];
  if (user == nullptr || use.pins > 0 || !user->Move(from, to, use)) {
    return false;
  }
  const PageCount pages(to.order().pages());
  const AllocatorState& state = machine_.state();
  if (state.ZoneOf(from).node != state.ZoneOf(to).node) {
    CountUserUse(machine_, old_head, pages, StatChange::kRemove);
    CountUserUse(machine_, new_head, pages, StatChange::kAdd);
  }
  if (to.flags.Has(page_flag::kMlocked)) {
    constexpr auto kMlock = static_cast<size_t>(Index(ZoneLruStat::kMlock));
    state.ZoneOf(from).lru_stat[kMlock] -= static_cast<int64_t>(pages.value());
    state.ZoneOf(to).lru_stat[kMlock] += static_cast<int64_t>(pages.value());
  }
  frames_.At(new_head) = use;
  frames_.At(old_head) = FolioUse();
  return true;
}

PageCount KernelWorld::ShrinkSlab(ExecutionContext& context, NodeId node,
                                  int priority) {
  return slab().ShrinkSlab(context, node, priority);
}

void KernelWorld::ForEachProcess(
    absl::FunctionRef<void(const OomCandidate&)> fn) const {
  for (const Process& process : processes_) {
    if (!process.alive) continue;
    OomCandidate candidate;
    candidate.task = process.task;
    candidate.total_vm = process.total_pages();
    candidate.anon_rss = process.resident_pages();
    candidate.swap_entries = process.swap_entries();
    candidate.page_table_bytes =
        process.page_table_pages() * static_cast<int64_t>(kPageSize);
    candidate.oom_score_adj = process.oom_score_adj;
    fn(candidate);
  }
}

Process* KernelWorld::ProcessOf(const Task& task) {
  for (Process& process : processes_) {
    if (process.task == &task) return &process;
  }
  return nullptr;
}

void KernelWorld::Kill(ExecutionContext& /*context*/, Task& task) {
  Process* process = ProcessOf(task);
  if (process != nullptr) Exit(*process);
}

void KernelWorld::Spend(ExecutionContext& context, Nanoseconds duration) {
  machine_.clock().Advance(duration);
  context.now = machine_.clock().now();
  page_cache_->writeback().Complete(context.now);
}

}  // namespace pagelab

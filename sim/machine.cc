#include "pagelab/sim/machine.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "pagelab/alloc/hook_keys.h"
#include "pagelab/base/status.h"
#include "pagelab/sim/boot.h"
#include "pagelab/sim/files/registry.h"
#include "pagelab/sim/initial_memory.h"
#include "pagelab/sim/machine_impl.h"

namespace pagelab {

Machine::Machine(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Machine::Machine(Machine&&) noexcept = default;
Machine& Machine::operator=(Machine&&) noexcept = default;

Machine::~Machine() {
  if (impl_ != nullptr && impl_->state != nullptr) DetachTrace(*impl_->state);
}

absl::StatusOr<Machine> Machine::Boot(const MachineConfig& config,
                                      const BootObserver& observer) {
  const KernelProfile* profile = FindKernelProfile(config.kernel);
  if (profile == nullptr) {
    std::vector<std::string_view> versions;
    for (const KernelProfile& known : KernelProfiles()) {
      versions.push_back(known.version);
    }
    return InvalidInput(
        fmt::format("machine '{}': no kernel \"{}\"; there are {}", config.name,
                    config.kernel, fmt::join(versions, ", ")));
  }
  auto impl = std::make_unique<Impl>(config, *profile);
  PAGELAB_RETURN_IF_ERROR(BootMachine(*impl, observer));
  impl->reclaim.emplace(
      *impl->allocator, *impl->compactor,
      OomReportNames{.release = std::string(profile->version),
                     .symbol = [&symbols = impl->symbols](SimAddress address) {
                       return symbols.ToText(address);
                     }});
  Machine machine(std::move(impl));
  if (config.initial != nullptr) {
    PAGELAB_RETURN_IF_ERROR(config.initial->Finish(machine));
  }
  return machine;
}

const MachineConfig& Machine::config() const { return impl_->config; }
const KernelProfile& Machine::profile() const { return impl_->profile; }
AllocatorState& Machine::state() { return *impl_->state; }
const AllocatorState& Machine::state() const { return *impl_->state; }
PhysicalMemory& Machine::memory() { return *impl_->memory; }
PageAllocator& Machine::allocator() { return *impl_->allocator; }
KernelClock& Machine::clock() { return impl_->clock; }
SymbolTable& Machine::symbols() { return impl_->symbols; }
StackDepot& Machine::stack_depot() { return *impl_->depot; }
MemcgTable& Machine::memcgs() { return impl_->memcgs; }

HugetlbCounts& Machine::hugetlb() { return impl_->hugetlb; }

KernelFiles& Machine::kernel_files() { return impl_->kernel_files; }
PageIdle& Machine::page_idle() { return *impl_->page_idle; }
PageTableCheck& Machine::page_table_check() { return *impl_->page_table_check; }
AllocTagging& Machine::alloc_tagging() { return *impl_->alloc_tagging; }
SymbolCallSites& Machine::call_sites() { return impl_->call_sites; }
KernelLog& Machine::log() { return impl_->dmesg; }

PageExt* Machine::page_ext() {
  return impl_->page_ext->active() ? &*impl_->page_ext : nullptr;
}

PageOwner* Machine::page_owner() {
  return impl_->page_owner->inited() ? &*impl_->page_owner : nullptr;
}

DebugPagealloc* Machine::debug_pagealloc() {
  return impl_->debug_pagealloc->active() ? &*impl_->debug_pagealloc : nullptr;
}

PagePoison* Machine::page_poison() {
  return impl_->page_poison->active() ? &*impl_->page_poison : nullptr;
}
MemoryBlocks& Machine::memory_blocks() { return *impl_->memory_blocks; }
Compactor& Machine::compactor() { return *impl_->compactor; }

CmaArea* Machine::cma() {
  return impl_->cma.has_value() ? &*impl_->cma : nullptr;
}

Reclaim& Machine::reclaim() { return *impl_->reclaim; }

void Machine::AttachUsers(PageUsers* users) {
  impl_->state->users = users;
  impl_->state->pressure = users == nullptr ? nullptr : &*impl_->reclaim;
}

Task& Machine::NewTask(std::string_view comm, int32_t pid, int32_t tgid) {
  Task& task = impl_->tasks.emplace_back();
  task.pid = pid;
  task.tgid = tgid;
  task.set_comm(comm);
  return task;
}

Task& Machine::boot_task() { return impl_->tasks.front(); }

ExecutionContext Machine::ContextOf(Task& task, CpuId cpu) {
  ExecutionContext context;
  context.cpu = cpu;
  context.task = &task;
  context.now = impl_->clock.now();
  return context;
}

Page* Machine::AllocPages(ExecutionContext& context, Gfp gfp, Order order) {
  context.now = impl_->clock.now();
  impl_->clock.Advance(impl_->config.call_duration);
  return impl_->allocator->AllocPages(context, {.gfp = gfp, .order = order});
}

bool Machine::FreePages(ExecutionContext& context, Page* page, Order order) {
  context.now = impl_->clock.now();
  impl_->clock.Advance(impl_->config.call_duration);
  return impl_->allocator->FreePages(context, page, order);
}

const std::vector<std::string>& Machine::dmesg() const {
  return impl_->dmesg.lines();
}

std::vector<std::string> Machine::FilePaths() { return SimFilePaths(); }

absl::StatusOr<std::unique_ptr<SimFile>> Machine::File(std::string_view path) {
  return OpenSimFile(*this, path);
}

Machine::CheckpointPtr Machine::Save() const {
  const Impl& impl = *impl_;
  return CheckpointPtr(new Checkpoint{
      .clock = impl.clock,
      .dmesg = impl.dmesg.Save(),
      .tasks = {impl.tasks.begin(), impl.tasks.end()},
      .memcgs = impl.memcgs,
      .hugetlb = impl.hugetlb,
      .arena = impl.arena->Save(),
      .memory = impl.memory->Save(),
      .symbols = impl.symbols.CurrentMark(),
      .depot = impl.depot->SaveState(),
      .debug_pagealloc = impl.debug_pagealloc->Save(),
      .page_poison = impl.page_poison->Save(),
      .page_ext = impl.page_ext->Save(),
      .page_owner = impl.page_owner->Save(),
      .alloc_tagging = impl.alloc_tagging->Save(),
      .memory_blocks = impl.memory_blocks->Save(),
      .compactor = impl.compactor->Save(),
      .cma = impl.cma.has_value() ? impl.cma->Save() : CmaArea::State(),
      .reclaim = impl.reclaim->Save()});
}

void Machine::Restore(const Checkpoint& checkpoint) {
  Impl& impl = *impl_;
  // Who listens is not part of what the machine is, nor is who is attached.
  TraceSink* const trace = impl.state->trace;
  PageUsers* const users = impl.state->users;
  impl.clock = checkpoint.clock;
  impl.dmesg.Restore(checkpoint.dmesg);
  // In place: contexts and callers hold addresses of tasks.
  impl.tasks.resize(checkpoint.tasks.size());
  std::copy(checkpoint.tasks.begin(), checkpoint.tasks.end(),
            impl.tasks.begin());
  impl.memcgs = checkpoint.memcgs;
  impl.hugetlb = checkpoint.hugetlb;
  impl.arena->Restore(checkpoint.arena);
  impl.memory->Restore(checkpoint.memory);
  impl.symbols.TruncateTo(checkpoint.symbols);
  impl.depot->RestoreState(checkpoint.depot);
  impl.debug_pagealloc->Restore(checkpoint.debug_pagealloc);
  impl.page_poison->Restore(checkpoint.page_poison);
  impl.page_ext->Restore(checkpoint.page_ext);
  impl.page_owner->Restore(checkpoint.page_owner);
  impl.alloc_tagging->Restore(checkpoint.alloc_tagging);
  impl.memory_blocks->Restore(checkpoint.memory_blocks);
  impl.compactor->Restore(checkpoint.compactor);
  if (impl.cma.has_value()) impl.cma->Restore(checkpoint.cma);
  impl.reclaim->Restore(checkpoint.reclaim);
  impl.state->trace = trace;
  AttachUsers(users);
}

void Machine::CheckpointDeleter::operator()(Checkpoint* checkpoint) const {
  delete checkpoint;
}

uint64_t Machine::resident_bytes() const {
  return impl_->arena->resident_bytes() + impl_->memory->resident_bytes();
}

}  // namespace pagelab

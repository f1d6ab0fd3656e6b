#include "pagelab/workloads/run_state.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/owner/page_owner.h"
#include "pagelab/stackdepot/unwinder.h"
#include "pagelab/workloads/code_tags.h"
#include "pagelab/workloads/distribution.h"
#include "pagelab/workloads/memcg_steps.h"
#include "pagelab/workloads/memory_stats.h"
#include "pagelab/workloads/node_check.h"
#include "pagelab/workloads/outputs.h"
#include "pagelab/workloads/scripted_stack.h"
#include "pagelab/workloads/user_pages.h"

namespace pagelab {
namespace {

// How many operations pass between two calls of on_progress.
constexpr uint64_t kProgressInterval = 4096;

// A generator that depends on the seed and the task's name alone. The hash is
// FNV-1a; Random() scrambles the sum.
Random RandomOf(uint64_t seed, std::string_view task_name) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : task_name) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  return Random(seed * 0x9e3779b97f4a7c15 + hash);
}

bool NeedsWorld(const std::vector<Step>& steps) {
  return std::any_of(steps.begin(), steps.end(), [](const Step& step) {
    const auto* repeat = std::get_if<RepeatStep>(&step.action);
    return repeat != nullptr
               ? NeedsWorld(repeat->steps)
               : std::holds_alternative<std::shared_ptr<const KernelStep>>(
                     step.action);
  });
}

}  // namespace

bool HasKernelSteps(const Scenario& scenario) {
  return std::any_of(
      scenario.tasks.begin(), scenario.tasks.end(),
      [](const ScenarioTask& task) { return NeedsWorld(task.steps); });
}

RunState::RunState(Machine& machine, const Scenario& scenario,
                   const RunOptions& options)
    : machine_(machine), scenario_(scenario), options_(options) {}

absl::Status RunState::ErrorAt(TextPosition position,
                               std::string_view what) const {
  return InvalidInputAt(scenario_.At(position), what);
}

RunState::~RunState() {
  if (machine_.page_owner() != nullptr) {
    machine_.page_owner()->UseHostStacks({});
  }
  machine_.call_sites().UseHostStacks({});
}

absl::Status RunState::PrepareStacks() {
  PAGELAB_ASSIGN_OR_RETURN(
      translator_,
      HostStackTranslator::Create(KernelFunctions(), KernelFunctionSection(),
                                  machine_.symbols()));
  const HostStacks host = {.unwinder = &LibunwindUnwinder(),
                           .translator = &*translator_};
  if (machine_.page_owner() != nullptr) {
    machine_.page_owner()->UseHostStacks(host);
  }
  machine_.call_sites().UseHostStacks(host);
  AddKernelCodeTags(machine_);
  for (const ScriptedStack& stack : scenario_.stacks) {
    PAGELAB_ASSIGN_OR_RETURN(
        std::vector<SimAddress> frames,
        ResolveStack(scenario_, stack, machine_.symbols()));
    AddStackCodeTag(machine_, scenario_, stack, frames);
    stacks_.push_back(std::move(frames));
  }
  return absl::OkStatus();
}

void RunState::MakeWorld() {
  if (!HasKernelSteps(scenario_)) return;
  world_.emplace(machine_);
  world_->SetOnFailure(
      [this](const Process& process, const KernelWorld::Wish& wish) {
        for (size_t i = 0; i < tasks_.size(); ++i) {
          if (tasks_[i].task->tgid != process.task->tgid) continue;
          CountFailure(i, {.gfp = wish.gfp, .order = wish.order});
          return;
        }
        ++report_.counts.failures;
      });
}

void RunState::CountWorld() {
  if (!world_.has_value()) return;
  const KernelWorld::Counts& counts = world_->counts();
  report_.counts.allocations += counts.allocations;
  report_.counts.pages_allocated += counts.pages_allocated;
  report_.counts.frees += counts.frees;
  report_.counts.pages_freed += counts.pages_freed;
}

absl::Status RunState::Conclude() {
  if (world_.has_value() && options_.on_world) options_.on_world(*world_);
  if (!conclusion_.has_value()) return absl::OkStatus();
  absl::StatusOr<std::string> text = conclusion_->Text(machine_, report_);
  if (!text.ok()) {
    return ErrorAt(scenario_.conclusion_position,
                   FromAbsl(text.status().message()));
  }
  report_.conclusion = *std::move(text);
  return absl::OkStatus();
}

absl::Status RunState::Prepare() {
  PAGELAB_RETURN_IF_ERROR(PrepareStacks());
  if (!scenario_.conclusion.empty()) {
    PAGELAB_ASSIGN_OR_RETURN(conclusion_,
                             Conclusion::Parse(scenario_.conclusion));
    const absl::Status known = conclusion_->Check(machine_);
    if (!known.ok()) {
      return ErrorAt(scenario_.conclusion_position, FromAbsl(known.message()));
    }
  }
  MakeWorld();
  PAGELAB_RETURN_IF_ERROR(PrepareStart());
  tasks_.reserve(scenario_.tasks.size());
  for (const ScenarioTask& spec : scenario_.tasks) {
    PAGELAB_RETURN_IF_ERROR(PrepareTask(spec));
  }
  return absl::OkStatus();
}

absl::Status RunState::PrepareTask(const ScenarioTask& spec) {
  constexpr int32_t kFirstPid = 100;
  const int nr_cpus = machine_.state().nr_cpus;
  if (spec.cpu.value() >= nr_cpus) {
    return ErrorAt(spec.position, "task \"" + spec.name + "\" runs on cpu " +
                                      std::to_string(spec.cpu.value()) +
                                      ", but the machine has cpus 0 to " +
                                      std::to_string(nr_cpus - 1));
  }
  PAGELAB_RETURN_IF_ERROR(CheckSteps(spec.steps));
  const auto taken = [this](int32_t pid) {
    for (const ScenarioTask& task : scenario_.tasks) {
      if (task.pid == pid) return true;
    }
    for (const RunningTask& task : tasks_) {
      if (task.task->pid == pid) return true;
    }
    return false;
  };
  int32_t pid = kFirstPid;
  if (spec.pid.has_value()) {
    pid = *spec.pid;
  } else {
    while (taken(pid)) ++pid;
  }
  RunningTask task;
  task.spec = &spec;
  task.task = &machine_.NewTask(spec.comm.empty() ? spec.name : spec.comm, pid,
                                spec.tgid.value_or(pid));
  task.random = RandomOf(scenario_.seed, spec.name);
  if (world_.has_value()) {
    task.process = &world_->NewProcess(*task.task, spec.cpu);
    task.process->memcg = spec.memcg;
  }
  task.own_stack = OwnStack(spec.name, machine_.symbols());
  AddTaskCodeTag(machine_, scenario_, spec, task.own_stack);
  task.anonymous_handle = handles_.size();
  handles_.emplace_back();
  report_.tasks.push_back(
      RunReport::TaskReport{.name = spec.name,
                            .comm = std::string(task.task->comm_text()),
                            .pid = pid,
                            .tgid = task.task->tgid,
                            .counts = {}});
  tasks_.push_back(std::move(task));
  return absl::OkStatus();
}

absl::Status RunState::CheckSteps(const std::vector<Step>& steps) const {
  for (const Step& step : steps) {
    if (const auto* repeat = std::get_if<RepeatStep>(&step.action)) {
      PAGELAB_RETURN_IF_ERROR(CheckSteps(repeat->steps));
    } else if (const auto* alloc = std::get_if<AllocStep>(&step.action)) {
      PAGELAB_RETURN_IF_ERROR(CheckAlloc(step, *alloc));
    } else if (const auto* migrate = std::get_if<MigrateStep>(&step.action)) {
      PAGELAB_RETURN_IF_ERROR(CheckMigrate(step, *migrate));
    } else if (const auto* capture = std::get_if<CaptureStep>(&step.action)) {
      PAGELAB_RETURN_IF_ERROR(CheckCapture(step, *capture));
    }
  }
  return absl::OkStatus();
}

// A capture is a directory beside the files of the end.
absl::Status RunState::CheckCapture(const Step& step,
                                    const CaptureStep& capture) const {
  bool taken = capture.name == kSummaryFile;
  for (const OutputFile& file : OutputFiles()) {
    taken |= file.name.substr(0, file.name.find('/')) == capture.name;
  }
  if (!taken) return absl::OkStatus();
  return ErrorAt(step.position, "a capture cannot be called \"" + capture.name +
                                    "\": a file of the run is");
}

absl::Status RunState::CheckAlloc(const Step& step,
                                  const AllocStep& alloc) const {
  if (!alloc.call.empty() && FindKernelPath(alloc.call) == nullptr) {
    std::vector<std::string_view> names;
    for (const KernelPath& path : KernelPaths()) names.push_back(path.name);
    return ErrorAt(step.position, "no simulated kernel function \"" +
                                      alloc.call + "\"" +
                                      DidYouMean(alloc.call, names));
  }
  const absl::Status node = CheckNode(machine_.state(), alloc.node);
  return node.ok() ? node : ErrorAt(step.position, FromAbsl(node.message()));
}

uint64_t RunState::Draw(RunningTask& task, const Quantity& quantity) {
  return pagelab::Draw(scenario_, quantity, task.random);
}

size_t RunState::HandleOf(const std::string& name) {
  const auto [at, added] = handle_index_.try_emplace(name, handles_.size());
  if (added) handles_.emplace_back();
  return at->second;
}

ExecutionContext RunState::ContextFor(size_t task_index) {
  const RunningTask& task = tasks_[task_index];
  return machine_.ContextOf(*task.task, task.spec->cpu);
}

AllocRequest RunState::RequestFor(RunningTask& task,
                                  const AllocStep& step) const {
  AllocRequest request;
  request.order = Order(
      static_cast<int>(pagelab::Draw(scenario_, step.order, task.random)));
  request.gfp = step.gfp.value_or(gfp::kKernel);
  request.node = step.node;
  if (step.call.empty()) return request;
  const KernelPath& path = *FindKernelPath(step.call);
  request.gfp = step.gfp.value_or(path.gfp);
  if (!step.order.random() && step.order.fixed == 0) {
    request.order = path.order;
  }
  return request;
}

bool RunState::Allocate(size_t task_index, const AllocStep& step,
                        uint64_t count) {
  RunningTask& task = tasks_[task_index];
  ExecutionContext context = ContextFor(task_index);
  const AllocRequest request = RequestFor(task, step);
  context.frames = step.stack >= 0 ? stacks_[step.stack] : task.own_stack;
  Blocks blocks;
  bool got = false;
  if (!step.call.empty()) {
    got = AllocateByCall(task_index, step, request, blocks);
  } else if (step.exact_pages.has_value()) {
    Page* page = machine_.allocator().AllocPagesExact(
        context, request, PageCount(*step.exact_pages));
    machine_.clock().Advance(machine_.config().call_duration);
    got = page != nullptr;
    if (got) blocks.push_back({page, Order(0), PageFlags(), request.gfp});
  } else if (step.bulk) {
    got = AllocateBulk(context, request, count, blocks);
  } else {
    got = AllocateBlock(context, request, blocks);
  }
  Keep(task_index, step, blocks);
  if (!got) CountFailure(task_index, request);
  CountOperation();
  return got;
}

bool RunState::AllocateByCall(size_t task_index, const AllocStep& step,
                              const AllocRequest& request, Blocks& blocks) {
  ExecutionContext context = ContextFor(task_index);
  context.stack_kind = StackKind::kHost;
  KernelRequest kernel_request{.machine = machine_,
                               .context = context,
                               .random = tasks_[task_index].random,
                               .gfp = request.gfp,
                               .order = request.order,
                               .node = request.node,
                               .blocks = {}};
  const bool got = FindKernelPath(step.call)->run(kernel_request);
  blocks = std::move(kernel_request.blocks);
  return got;
}

bool RunState::AllocateBulk(ExecutionContext& context,
                            const AllocRequest& request, uint64_t count,
                            Blocks& blocks) {
  std::vector<Page*> pages(count);
  const PageFlags flags =
      request.gfp.Has(gfp::kMovable) ? kUserPage : PageFlags();
  size_t filled = 0;
  // A call may give fewer pages than asked for, and gives one while page_owner
  // is on; callers try again until they get none.
  while (filled < count) {
    context.now = now();
    const size_t got = machine_.allocator().AllocPagesBulk(
        context, request, absl::MakeSpan(pages).subspan(filled));
    machine_.clock().Advance(machine_.config().call_duration);
    if (got == 0) return false;
    for (size_t i = 0; i < got; ++i) {
      blocks.push_back({pages[filled + i], Order(0), flags, request.gfp});
    }
    filled += got;
  }
  return true;
}

bool RunState::AllocateBlock(ExecutionContext& context,
                             const AllocRequest& request, Blocks& blocks) {
  Page* page = nullptr;
  if (request.node.valid()) {
    page = machine_.allocator().AllocPages(context, request);
    machine_.clock().Advance(machine_.config().call_duration);
  } else {
    page = machine_.AllocPages(context, request.gfp, request.order);
  }
  if (page == nullptr) return false;
  blocks.push_back({page, request.order,
                    request.gfp.Has(gfp::kMovable) ? kUserPage : PageFlags(),
                    request.gfp});
  return true;
}

void RunState::Keep(size_t task_index, const AllocStep& step,
                    const Blocks& blocks) {
  if (blocks.empty()) return;
  RunningTask& task = tasks_[task_index];
  RunReport::Counts counts;
  ++counts.allocations;
  const bool keep = !step.as.empty() || step.lifetime.has_value();
  const size_t handle =
      step.as.empty() ? task.anonymous_handle : HandleOf(step.as);
  for (const KernelRequest::Allocated& allocated : blocks) {
    allocated.page->flags = allocated.page->flags.With(allocated.flags);
    Block block;
    block.head = machine_.memory().PfnOf(allocated.page);
    block.order = allocated.order;
    block.exact_pages = step.exact_pages.value_or(0);
    block.allocated = now();
    block.serial = block.origin = next_serial_++;
    counts.pages_allocated += block.pages().value();
    ChargePages(machine_, step.memcg.empty() ? task.spec->memcg : step.memcg,
                allocated, block.pages());
    CountUserPages(machine_, block.head, block.pages(), StatChange::kAdd);
    MapNewBlock(machine_, {.head = block.head, .pages = block.pages()});
    if (allocated.use != PageUse::kUncounted) {
      uses_[block.head.value()] = allocated.use;
      CountKernelPages(machine_, block.head, block.pages(), allocated.use,
                       StatChange::kAdd);
    }
    if (!keep) continue;
    handles_[handle].Add(block);
    if (step.lifetime.has_value()) {
      Event event;
      event.when = now() + Nanoseconds(Draw(task, *step.lifetime));
      event.task = task_index;
      event.handle = handle;
      event.origin = block.origin;
      events_.Push(event);
    }
  }
  for (RunReport::Counts* sum :
       {&report_.counts, &report_.tasks[task_index].counts}) {
    sum->allocations += counts.allocations;
    sum->pages_allocated += counts.pages_allocated;
  }
}

void RunState::Free(size_t task_index, const Block& block,
                    const FreeStep* step) {
  if (GiveBack(task_index, block, step)) {
    for (RunReport::Counts* sum :
         {&report_.counts, &report_.tasks[task_index].counts}) {
      ++sum->frees;
      sum->pages_freed += block.pages().value();
    }
  }
  if (step != nullptr && !step->dangling.empty()) {
    Block stale = block;
    stale.dangling = true;
    stale.allocated = now();
    stale.serial = stale.origin = next_serial_++;
    handles_[HandleOf(step->dangling)].Add(stale);
  }
  CountOperation();
}

void RunState::Expire(const Event& event) {
  while (std::optional<Block> block =
             handles_[event.handle].TakeOrigin(event.origin)) {
    Free(event.task, *block, nullptr);
  }
}

void RunState::Split(const std::string& handle) {
  BlockList& blocks = handles_[HandleOf(handle)];
  for (Block block : blocks.TakeAll()) {
    // Others' memory, or nobody's.
    if (block.dangling || !IsWhole(block)) {
      block.serial = block.origin = next_serial_++;
      blocks.Add(block);
      continue;
    }
    Page* page = machine_.memory().PageAt(block.head);
    const PageFlags flags = page->flags.Without(page_flag::kHead);
    CountUserPages(machine_, block.head, block.pages(), StatChange::kRemove);
    if (block.order.value() > 0) {
      machine_.allocator().SplitPage(page, block.order);
    }
    const PageUse use = TakeUse(block.head);
    const uint64_t count = block.pages().value();
    block.order = Order(0);
    block.exact_pages = 0;
    for (uint64_t i = 0; i < count; ++i) {
      machine_.memory().PageAt(block.head)->flags = flags;
      if (use != PageUse::kUncounted) uses_[block.head.value()] = use;
      CountUserPages(machine_, block.head, block.pages(), StatChange::kAdd);
      block.serial = next_serial_++;
      blocks.Add(block);
      ++block.head;
    }
  }
  CountOperation();
}

void RunState::Drain(size_t task_index) {
  ExecutionContext context = ContextFor(task_index);
  machine_.allocator().DrainAllPages(context);
  CountOperation();
}

absl::Status RunState::TakeOffline(const Step& at,
                                   const MemcgOfflineStep& step) {
  const absl::Status status = TakeMemcgOffline(machine_, step.memcg);
  if (status.ok()) return status;
  return ErrorAt(at.position, FromAbsl(status.message()));
}

absl::Status RunState::Capture(const CaptureStep& step) {
  const uint64_t times = ++capture_times_[step.name];
  std::string name = step.name;
  if (times > 1) name += "-" + std::to_string(times);
  report_.captures.push_back(RunReport::Capture{name, now()});
  if (conclusion_.has_value()) {
    const absl::Status noted =
        conclusion_->NoteCapture(name, machine_, report_);
    if (!noted.ok()) {
      return ErrorAt(scenario_.conclusion_position, FromAbsl(noted.message()));
    }
  }
  if (world_.has_value() && options_.on_world) options_.on_world(*world_);
  if (!options_.on_capture) return absl::OkStatus();
  return options_.on_capture(name);
}

absl::Status RunState::Read(const Step& at, const ReadStep& step) {
  auto file = machine_.File(step.path);
  if (!file.ok()) {
    return ErrorAt(at.position, FromAbsl(file.status().message()));
  }
  if (step.offset > 0) PAGELAB_RETURN_IF_ERROR((*file)->Seek(step.offset));
  std::array<char, kPageSize> buffer;
  uint64_t left = step.length.value_or(UINT64_MAX);
  while (left > 0) {
    const absl::StatusOr<size_t> got = (*file)->Read(
        absl::MakeSpan(buffer).first(std::min<uint64_t>(left, buffer.size())));
    if (!got.ok()) {
      return ErrorAt(at.position, FromAbsl(got.status().message()));
    }
    if (*got == 0) break;
    left -= *got;
  }
  return absl::OkStatus();
}

absl::Status RunState::Write(const Step& at, const WriteStep& step) {
  auto file = machine_.File(step.path);
  if (!file.ok()) {
    return ErrorAt(at.position, FromAbsl(file.status().message()));
  }
  if (step.offset > 0) PAGELAB_RETURN_IF_ERROR((*file)->Seek(step.offset));
  std::string bytes;
  for (uint64_t i = 0; i < step.times; ++i) bytes += step.text;
  std::string_view rest = bytes;
  // A file may take less than it is given; what takes nothing is full.
  do {
    const absl::StatusOr<size_t> written = (*file)->Write(rest);
    if (absl::IsUnavailable(written.status()) ||
        absl::IsResourceExhausted(written.status())) {
      report_.refusals.push_back(
          {step.path, std::string(written.status().message()), now()});
      break;
    }
    if (!written.ok()) {
      return ErrorAt(at.position, FromAbsl(written.status().message()));
    }
    if (*written == 0) break;
    rest.remove_prefix(*written);
  } while (!rest.empty());
  return absl::OkStatus();
}

void RunState::CountFailure(size_t task_index, const AllocRequest& request) {
  ++report_.counts.failures;
  ++report_.tasks[task_index].counts.failures;
  const std::string& task = report_.tasks[task_index].name;
  for (RunReport::Failure& failure : report_.failures) {
    if (failure.task == task && failure.order == request.order &&
        failure.gfp == request.gfp) {
      ++failure.count;
      return;
    }
  }
  report_.failures.push_back(RunReport::Failure{.task = task,
                                                .order = request.order,
                                                .gfp = request.gfp,
                                                .count = 1,
                                                .first = now()});
}

void RunState::CountOperation() {
  if (++operations_ % kProgressInterval == 0 && options_.on_progress) {
    options_.on_progress(report_);
  }
}

}  // namespace pagelab

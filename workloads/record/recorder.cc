#include "pagelab/workloads/record/recorder.h"

#include <array>

#include "fmt/format.h"
#include "pagelab/alloc/hook_keys.h"
#include "pagelab/base/status.h"
#include "pagelab/stackdepot/unwinder.h"
#include "pagelab/workloads/kernel/kernel_path.h"
#include "pagelab/workloads/record/event_text.h"
#include "pagelab/workloads/snapshot/simulated_addresses.h"
#include "pagelab/workloads/snapshot/snapshot_machine.h"

namespace pagelab {
namespace {

using Frames = absl::Span<const std::string_view>;

// The recorded 6.12 kernel's functions, as its traces show them.
constexpr std::string_view kAllocFrames[] = {
    "trace_event_raw_event_mm_page_alloc", "__alloc_pages_noprof"};
// page_owner needs room for a stack that is new.
constexpr std::string_view kDepotFrames[] = {
    "trace_event_raw_event_mm_page_alloc",
    "__alloc_pages_noprof",
    "alloc_pages_mpol_noprof",
    "stack_depot_save_flags",
    "save_stack",
    "__set_page_owner",
    "get_page_from_freelist",
    "__alloc_pages_noprof"};
constexpr std::string_view kDepotInFreeFrames[] = {
    "trace_event_raw_event_mm_page_alloc",
    "__alloc_pages_noprof",
    "alloc_pages_mpol_noprof",
    "stack_depot_save_flags",
    "save_stack",
    "__reset_page_owner",
    "free_unref_page"};
constexpr std::string_view kSlabFrames[] = {
    "trace_event_raw_event_mm_page_alloc",
    "__alloc_pages_noprof",
    "alloc_pages_mpol_noprof",
    "new_slab",
    "___slab_alloc",
    "__kmalloc_cache_noprof",
    "__set_page_owner",
    "get_page_from_freelist",
    "__alloc_pages_noprof"};
constexpr std::string_view kFreeFrames[] = {
    "trace_event_raw_event_mm_page_free", "free_unref_page"};
constexpr std::string_view kBatchedFrames[] = {
    "trace_event_raw_event_mm_page_free_batched", "free_unref_folios"};
constexpr std::string_view kZoneLockedFrames[] = {
    "trace_event_raw_event_mm_page", "__rmqueue_pcplist",
    "get_page_from_freelist", "__alloc_pages_noprof"};
constexpr std::string_view kExtfragFrames[] = {
    "trace_event_raw_event_mm_page_alloc_extfrag", "__rmqueue_pcplist",
    "get_page_from_freelist", "__alloc_pages_noprof"};
constexpr std::string_view kDrainFrames[] = {
    "trace_event_raw_event_mm_page_pcpu_drain", "free_pcppages_bulk"};
constexpr std::string_view kDecayFrames[] = {"decay_pcp_high",
                                             "refresh_cpu_vm_stats"};
constexpr std::string_view kFullDrainFrames[] = {"drain_pages_zone",
                                                 "__drain_all_pages"};
constexpr std::string_view kExpiredFrames[] = {"drain_zone_pages",
                                               "refresh_cpu_vm_stats"};
constexpr std::string_view kBulkFrames[] = {"alloc_pages_bulk_noprof"};

}  // namespace

absl::StatusOr<std::unique_ptr<Recorder>> Recorder::Start(
    Machine& machine, const RecorderOptions& options) {
  PAGELAB_ASSIGN_OR_RETURN(TraceWriter writer,
                           TraceWriter::Create({.tgid = options.stacks}));
  std::unique_ptr<Recorder> recorder(
      new Recorder(machine, std::move(writer), options));
  if (options.stacks) {
    PAGELAB_ASSIGN_OR_RETURN(
        recorder->translator_,
        HostStackTranslator::Create(KernelFunctions(), KernelFunctionSection(),
                                    machine.symbols()));
  }
  PAGELAB_RETURN_IF_ERROR(AttachTrace(machine.state(), *recorder));
  recorder->before_ = SnapshotOf(machine.state(), {.label = "T0",
                                                   .slot = 0,
                                                   .now = machine.clock().now(),
                                                   .starts_trace = true});
  recorder->WriteMarker("pagelab snap slot=0 label=T0");
  return recorder;
}

Recorder::~Recorder() {
  if (machine_.state().trace == this) DetachTrace(machine_.state());
}

absl::Status Recorder::Finish(OutputStream& trace) {
  WriteMarker("pagelab snap slot=1 label=T1");
  after_ = SnapshotOf(machine_.state(), {.label = "T1",
                                         .slot = 1,
                                         .now = machine_.clock().now(),
                                         .starts_trace = false});
  DetachTrace(machine_.state());
  return writer_.WriteTo(trace, machine_.state().nr_cpus);
}

// The thread that stops all CPUs takes the snapshot.
void Recorder::WriteMarker(std::string_view text) {
  const TraceEntryHead head{.comm = "migration/0",
                            .pid = 19,
                            .tgid = 19,
                            .cpu = CpuId(0),
                            .level = InterruptLevel::kTask,
                            .irqs_off = true,
                            .preempt_depth = 1,
                            .when = machine_.clock().now()};
  writer_.Append(head, "snap_stopped", text);
}

void Recorder::Write(const ExecutionContext& context, const Kind& kind,
                     std::string_view text) {
  // The tracer does not know the name of the boot and idle task.
  const TraceEntryHead head{
      .comm = context.task->pid == 0 ? "<idle>" : context.task->comm_text(),
      .pid = context.task->pid,
      .tgid = context.task->tgid,
      .cpu = context.cpu,
      .level = context.level,
      .irqs_off = kind.irqs_off,
      .preempt_depth = 0,
      .when = context.now};
  writer_.Append(head, kind.name, text);
  ++nr_events_;
  if (options_.stacks) WriteStack(context, head, kind.frames);
}

std::string_view Recorder::NameOf(SimAddress address) {
  std::unique_ptr<std::string>& name = names_[address];
  if (name == nullptr) {
    // "name+0x1f/0x90 [module]" without the numbers.
    name = std::make_unique<std::string>(machine_.symbols().ToText(address));
    const size_t plus = name->find('+');
    if (plus != std::string::npos) {
      name->erase(plus, std::min(name->find(' ', plus), name->size()) - plus);
    }
  }
  return *name;
}

void Recorder::WriteStack(const ExecutionContext& context,
                          const TraceEntryHead& head, Frames own_frames) {
  constexpr size_t kMaxFrames = 64;
  stack_.assign(own_frames.begin(), own_frames.end());
  if (context.stack_kind == StackKind::kHost) {
    std::array<SimAddress, kMaxFrames> frames;
    const HostStacks host = {.unwinder = &LibunwindUnwinder(),
                             .translator = &*translator_};
    const size_t count =
        host.Capture(machine_.symbols(), absl::MakeSpan(frames));
    for (size_t i = 0; i < count; ++i) stack_.push_back(NameOf(frames[i]));
  } else {
    for (const SimAddress frame : context.frames) {
      stack_.push_back(NameOf(frame));
    }
  }
  writer_.AppendStack(head, stack_);
}

Frames Recorder::AllocFrames(const ExecutionContext& context, Gfp gfp) const {
  if (!context.task->in_tracker) return kAllocFrames;
  if (gfp.Has(gfp::kComp)) return kSlabFrames;
  return last_was_free_ && !gfp.Has(gfp::kDirectReclaim)
             ? Frames(kDepotInFreeFrames)
             : Frames(kDepotFrames);
}

void Recorder::OnEvent(const ExecutionContext& context,
                       const MmPageAlloc& event) {
  Write(context,
        {.name = "mm_page_alloc",
         .irqs_off = false,
         .frames = AllocFrames(context, event.gfp)},
        KmemText(event));
  last_was_free_ = false;
}

void Recorder::OnEvent(const ExecutionContext& context,
                       const MmPageFree& event) {
  Write(context,
        {.name = "mm_page_free", .irqs_off = false, .frames = kFreeFrames},
        KmemText(event));
  last_was_free_ = true;
}

void Recorder::OnEvent(const ExecutionContext& context,
                       const MmPageFreeBatched& event) {
  Write(context,
        {.name = "mm_page_free_batched",
         .irqs_off = false,
         .frames = kBatchedFrames},
        KmemText(event));
}

void Recorder::OnEvent(const ExecutionContext& context,
                       const MmPageAllocZoneLocked& event) {
  Write(context,
        {.name = "mm_page_alloc_zone_locked",
         .irqs_off = true,
         .frames = kZoneLockedFrames},
        KmemText(event));
}

void Recorder::OnEvent(const ExecutionContext& context,
                       const MmPagePcpuDrain& event) {
  Write(
      context,
      {.name = "mm_page_pcpu_drain", .irqs_off = true, .frames = kDrainFrames},
      KmemText(event));
}

void Recorder::OnEvent(const ExecutionContext& context,
                       const MmPageAllocExtfrag& event) {
  Write(context,
        {.name = "mm_page_alloc_extfrag",
         .irqs_off = true,
         .frames = kExtfragFrames},
        KmemText(event, machine_.memory().pageblock_order()));
}

void Recorder::OnProbe(const ExecutionContext& context,
                       const DecayPcpHighProbe& probe) {
  Write(context,
        {.name = "decay_pcp_high", .irqs_off = false, .frames = kDecayFrames},
        fmt::format("(decay_pcp_high+0x4/0x90) zone={:#x} pcp={:#x} high={}",
                    SimulatedZoneAddress(probe.zone),
                    SimulatedPcpAddress(probe.zone, probe.cpu), probe.high));
}

void Recorder::OnProbe(const ExecutionContext& context,
                       const DrainPagesZoneProbe& probe) {
  Write(context,
        {.name = "drain_pages_zone",
         .irqs_off = false,
         .frames = kFullDrainFrames},
        fmt::format("(drain_pages_zone+0x0/0x70) cpu={} zone={:#x}",
                    probe.cpu.value(), SimulatedZoneAddress(probe.zone)));
}

void Recorder::OnProbe(const ExecutionContext& context,
                       const DrainZonePagesProbe& probe) {
  Write(
      context,
      {.name = "drain_zone_pages", .irqs_off = false, .frames = kExpiredFrames},
      fmt::format("(drain_zone_pages+0x0/0x70) zone={:#x} pcp={:#x}",
                  SimulatedZoneAddress(probe.zone),
                  SimulatedPcpAddress(probe.zone, probe.cpu)));
}

void Recorder::OnProbe(const ExecutionContext& context,
                       const BulkAllocProbe& probe) {
  Write(context,
        {.name = "alloc_pages_bulk_page",
         .irqs_off = false,
         .frames = kBulkFrames},
        fmt::format("(alloc_pages_bulk_noprof+0x2a5/0x5a0) page={:#x} order=0 "
                    "migratetype={} gfp={:#x}",
                    SimulatedPageAddress(probe.pfn), Index(probe.migratetype),
                    probe.gfp.value()));
}

}  // namespace pagelab

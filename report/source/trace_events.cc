#include "pagelab/report/source/trace_events.h"

#include <algorithm>

#include "fmt/format.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/report/source/event_stacks.h"
#include "pagelab/workloads/trace/trace_reader.h"

namespace pagelab {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;
// How many events pass between two calls of on_progress.
constexpr uint64_t kProgressInterval = 16384;

Nanoseconds TimeOf(const TraceTime& time, uint64_t ticks_per_second) {
  if (!time.is_ticks() || ticks_per_second == kSecond) {
    return Nanoseconds(time.value);
  }
  return Nanoseconds(time.value / ticks_per_second * kSecond +
                     time.value % ticks_per_second * kSecond /
                         ticks_per_second);
}

// A kernel may have types that this one has not.
Migratetype TypeOf(int number) {
  return static_cast<Migratetype>(std::clamp(number, 0, kMigrateTypes - 1));
}

// False: it is no kmem event of the allocator.
bool Convert(const TraceEvent& from, AllocatorEvent& to) {
  switch (from.kind) {
    case TraceEventKind::kPageAlloc:
      to.fields = MmPageAlloc{.failed = from.allocation_failed(),
                              .pfn = from.pfn,
                              .order = from.order,
                              .migratetype = TypeOf(from.migratetype),
                              .gfp = from.gfp};
      return true;
    case TraceEventKind::kPageFree:
      to.fields = MmPageFree{.pfn = from.pfn, .order = from.order};
      return true;
    case TraceEventKind::kPageFreeBatched:
      to.fields = MmPageFreeBatched{.pfn = from.pfn};
      return true;
    case TraceEventKind::kPageAllocZoneLocked:
      to.fields = MmPageAllocZoneLocked{.pfn = from.pfn,
                                        .order = from.order,
                                        .migratetype = TypeOf(from.migratetype),
                                        .percpu_refill = from.percpu_refill};
      return true;
    case TraceEventKind::kPagePcpuDrain:
      to.fields = MmPagePcpuDrain{.pfn = from.pfn,
                                  .order = from.order,
                                  .migratetype = TypeOf(from.migratetype)};
      return true;
    case TraceEventKind::kPageAllocExtfrag:
      to.fields = MmPageAllocExtfrag{
          .pfn = from.pfn,
          .alloc_order = from.order,
          .fallback_order = from.extfrag.fallback_order,
          .alloc_migratetype = TypeOf(from.migratetype),
          .fallback_migratetype = TypeOf(from.extfrag.fallback_migratetype),
          .change_ownership = from.extfrag.change_ownership};
      return true;
    default:
      return false;
  }
}

}  // namespace

std::vector<std::string> TraceNotes(const RereadableText& trace,
                                    const TracePassReport& report) {
  const std::string& name = trace.name();
  std::vector<std::string> notes;
  const TraceStats& stats = report.stats;
  if (!report.end.ok()) {
    notes.push_back(fmt::format(
        "{} ends too early: what comes behind its first {} is missing ({})",
        name, Counted(stats.total_events, "event"),
        trace.ReasonOf(report.end)));
  }
  if (stats.lost_reports != 0) {
    notes.push_back(stats.lost_events == 0
                        ? fmt::format("{} says {} times that events were lost",
                                      name, Grouped(stats.lost_reports))
                        : fmt::format("{} says that {} were lost", name,
                                      Counted(stats.lost_events, "event")));
  }
  if (stats.entries_written > stats.entries_in_buffer) {
    notes.push_back(fmt::format(
        "{} has the last {} of {} entries: the tracer's buffer overwrote the "
        "others",
        name, Grouped(stats.entries_in_buffer),
        Grouped(stats.entries_written)));
  }
  if (stats.unreadable_lines != 0) {
    notes.push_back(fmt::format(
        "{}: {} left out that cannot be read, the first at {} {}: {}", name,
        Counted(stats.unreadable_lines, "line"),
        stats.format == TraceFormat::kTraceDat ? "byte" : "line",
        stats.format == TraceFormat::kTraceDat ? stats.problems.front().offset
                                               : stats.problems.front().line,
        stats.problems.front().message));
  }
  return notes;
}

absl::StatusOr<TracePassReport> ReadTraceEvents(
    const RereadableText& trace, const TraceOptions& options,
    const std::function<bool(const TraceEvent&)>& fn) {
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<InputStream> input,
                           trace.Open());
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<TraceReader> reader,
                           OpenTrace(*input));
  TraceEvent event;
  TracePassReport report;
  bool stopped = false;
  while (!stopped && reader->Next(event)) {
    if (event.kind == TraceEventKind::kPageAllocExtfrag &&
        event.extfrag.pageblock_order <= Order(kMaxPageOrder)) {
      report.pageblock_order = event.extfrag.pageblock_order;
    }
    stopped = !fn(event);
    if (options.on_progress &&
        reader->stats().total_events % kProgressInterval == 0) {
      options.on_progress(reader->stats());
    }
  }
  if (reader->stats().total_events == 0) {
    PAGELAB_RETURN_IF_ERROR(reader->status());
    PAGELAB_RETURN_IF_ERROR(trace.end());
    return absl::NotFoundError(trace.name() + ": no event in it");
  }
  report.stats = reader->stats();
  report.end = reader->status();
  if (report.end.ok() && !stopped) report.end = trace.end();
  return report;
}

absl::StatusOr<std::unique_ptr<ReplayEvents>> ReplayEvents::Boot(
    const MachineConfig& config, std::shared_ptr<const RereadableText> trace,
    TraceOptions options) {
  PAGELAB_ASSIGN_OR_RETURN(Machine machine, Machine::Boot(config));
  return std::unique_ptr<ReplayEvents>(new ReplayEvents(
      std::move(machine), std::move(trace), std::move(options)));
}

absl::Status ReplayEvents::Pass(const EventVisitor& visitor) {
  machine_.Restore(*booted_);
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<EventTap> tap,
                           EventTap::Start(machine_, visitor));
  Redrive redrive(machine_, {.ticks_per_second = options_.ticks_per_second});
  PAGELAB_ASSIGN_OR_RETURN(
      report_, ReadTraceEvents(*trace_, options_, [&](const TraceEvent& event) {
        redrive.Apply(event);
        return !tap->is_over();
      }));
  counts_ = redrive.counts();
  return absl::OkStatus();
}

absl::Status RecordedEvents::ForEach(Stacks stacks,
                                     const EventFramesVisitor& visitor) {
  SymbolTable symbols;
  StackCache cache(symbols);
  FrameNames names(symbols);
  AllocatorEvent event;
  return ReadTraceEvents(
             *trace_, options_,
             [&](const TraceEvent& from) {
               if (!Convert(from, event)) return true;
               ++event.number;
               event.when = TimeOf(from.time, options_.ticks_per_second);
               event.cpu = from.cpu;
               event.level = from.level;
               event.pid = from.pid;
               event.comm = from.comm;
               return visitor(event, stacks == Stacks::kWanted
                                         ? names.NamesOf(cache.Resolve(from))
                                         : EventFrames());
             })
      .status();
}

}  // namespace pagelab

// Chrome's trace-event JSON: three "processes", of which the first has a track
// for each CPU, the second one for each task, and the third the counters.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "fmt/format.h"
#include "pagelab/base/status.h"
#include "pagelab/report/export/export_formats.h"
#include "pagelab/report/export/frame_name.h"
#include "pagelab/report/export/json_text.h"
#include "pagelab/report/export/picture_words.h"

namespace pagelab {
namespace {

constexpr int kCpus = 1;
constexpr int kTasks = 2;
constexpr int kCounters = 3;

// Microseconds, as the format has it.
std::string TimeText(Nanoseconds when) {
  return fmt::format("{}.{:03}", when.value() / 1000, when.value() % 1000);
}

// What an event is called, and what of it is told.
std::string_view ShortName(const AllocatorEvent& event) {
  if (const auto* alloc = event.As<MmPageAlloc>()) {
    return alloc->failed ? "alloc failed" : "alloc";
  }
  if (event.As<MmPageFree>() != nullptr) return "free";
  if (event.As<MmPageFreeBatched>() != nullptr) return "free batched";
  if (const auto* fallback = event.As<MmPageAllocExtfrag>()) {
    return fallback->change_ownership ? "steal pageblock" : "fallback";
  }
  if (event.As<MmPagePcpuDrain>() != nullptr) return "drain";
  return "take from buddy";
}

void AppendArgs(std::string& text, const AllocatorEvent& event) {
  text +=
      fmt::format("\"number\":{},\"pfn\":\"{:#x}\",\"order\":{}", event.number,
                  EventPfn(event).value(), EventOrder(event).value());
  if (const auto* alloc = event.As<MmPageAlloc>()) {
    text += fmt::format(",\"migratetype\":\"{}\",\"gfp\":\"{}\"",
                        ToString(alloc->migratetype), ToString(alloc->gfp));
  } else if (const auto* taken = event.As<MmPageAllocZoneLocked>()) {
    text +=
        fmt::format(",\"migratetype\":\"{}\"", ToString(taken->migratetype));
  } else if (const auto* fallback = event.As<MmPageAllocExtfrag>()) {
    text += fmt::format(
        ",\"wanted\":\"{}\",\"taken_from\":\"{}\",\"fallback_order\":{}",
        ToString(fallback->alloc_migratetype),
        ToString(fallback->fallback_migratetype),
        fallback->fallback_order.value());
  }
}

class TraceEventWriter {
 public:
  TraceEventWriter(const ExportOptions& options, OutputStream& out)
      : redactor_(options.redaction), out_(out) {}

  void Begin(const MemoryPicture& picture, Redaction redaction) {
    std::string text = "{\"displayTimeUnit\":\"ns\",\"otherData\":{\"title\":";
    AppendJsonText(text, TitleOf(picture, redaction));
    AppendList(text, "commands", CommandsOf(picture, redaction));
    AppendList(text, "missing", MissingOf(picture, redaction));
    out_.Append(text + "},\"traceEvents\":[\n");
    NameProcess(kCpus, "allocator, by CPU");
    NameProcess(kTasks, "allocator, by task");
    NameProcess(kCounters, "memory");
  }

  bool Write(const AllocatorEvent& event, EventFrames frames) {
    const int cpu = event.cpu.value() + 1;
    if (named_cpus_.insert(cpu).second) {
      NameThread(kCpus, cpu, fmt::format("CPU {}", event.cpu.value()));
    }
    FollowOperation(event, cpu);
    std::string args;
    AppendArgs(args, event);
    const std::string comm = redactor_.Comm(event.comm);
    const int64_t pid = redactor_.Pid(event.pid);
    std::string more = args + fmt::format(",\"pid\":{},\"comm\":", pid);
    AppendJsonText(more, comm);
    if (!frames.empty()) AppendStack(more, frames);
    Instant(event, kCpus, cpu, more);
    // What the allocator does within is on the CPU's track only.
    if (event.As<MmPageAlloc>() == nullptr &&
        event.As<MmPageFree>() == nullptr) {
      return out_.ok();
    }
    const int64_t thread = pid + 1;
    if (named_tasks_.insert(thread).second) {
      NameThread(kTasks, thread, fmt::format("{} {}", comm, pid));
    }
    Instant(event, kTasks, thread, args);
    return out_.ok();
  }

  void WriteCounters(const Timeline& timeline) {
    for (const TimelineSample& sample : timeline.samples) {
      const FreeBlockCounts free = sample.FreeOfAll();
      std::string orders;
      for (int order = 0; order < kNrPageOrders; ++order) {
        orders += fmt::format("{}\"order {}\":{}", order == 0 ? "" : ",", order,
                              free.blocks(Order(order)) << order);
      }
      Counter(sample, "free pages by order", orders);
      Counter(sample, "pages on per-cpu lists",
              fmt::format("\"pages\":{}", sample.pcp_pages));
      const Order order = timeline.pageblock_order;
      Counter(sample, fmt::format("fragmentation of order {}", order.value()),
              fmt::format("\"fragmentation_index\":{},\"unusable_index\":{}",
                          free.FragmentationIndex(order),
                          free.UnusableIndex(order)));
      WriteCumulative(sample);
    }
  }

  void End(Nanoseconds when) {
    for (auto& [cpu, open] : open_) {
      if (!open.empty()) EndSlice(cpu, when);
    }
    out_.Append("\n]}\n");
  }

 private:
  static void AppendList(std::string& text, std::string_view key,
                         const std::vector<std::string>& lines) {
    text += fmt::format(",\"{}\":[", key);
    for (size_t i = 0; i < lines.size(); ++i) {
      if (i != 0) text += ',';
      AppendJsonText(text, lines[i]);
    }
    text += ']';
  }

  void AppendStack(std::string& text, EventFrames frames) {
    std::string stack;
    for (const std::string_view frame : frames) {
      if (!stack.empty()) stack += " < ";
      stack += FrameName(redactor_.Frame(frame));
    }
    text += ",\"stack\":";
    AppendJsonText(text, stack);
  }

  void Line(const std::string& json) {
    if (!first_) out_.Append(",\n");
    first_ = false;
    out_.Append(json);
  }

  void NameProcess(int process, std::string_view name) {
    Line(
        fmt::format("{{\"ph\":\"M\",\"pid\":{},\"tid\":0,\"name\":"
                    "\"process_name\",\"args\":{{\"name\":\"{}\"}}}}",
                    process, name));
  }
  void NameThread(int process, int64_t thread, std::string_view name) {
    std::string text = fmt::format(
        "{{\"ph\":\"M\",\"pid\":{},\"tid\":{},\"name\":\"thread_name\","
        "\"args\":{{\"name\":",
        process, thread);
    AppendJsonText(text, name);
    Line(text + "}}");
  }

  void Instant(const AllocatorEvent& event, int process, int64_t thread,
               const std::string& args) {
    Line(fmt::format(
        "{{\"ph\":\"i\",\"s\":\"t\",\"pid\":{},\"tid\":{},"
        "\"ts\":{},\"cat\":\"kmem\",\"name\":\"{}\","
        "\"args\":{{{}}}}}",
        process, thread, TimeText(event.when), ShortName(event), args));
  }

  void Counter(const TimelineSample& sample, std::string_view name,
               const std::string& series) {
    Line(
        fmt::format("{{\"ph\":\"C\",\"pid\":{},\"tid\":0,\"ts\":{},"
                    "\"name\":\"{}\",\"args\":{{{}}}}}",
                    kCounters, TimeText(sample.when), name, series));
  }

  void WriteCumulative(const TimelineSample& sample) {
    for (size_t i = 0; i < kNrTimelineCounters; ++i) {
      const auto which = static_cast<TimelineCounter>(i);
      Counter(sample, ToString(which),
              fmt::format("\"{}\":{}", ToString(which), sample.counter(which)));
    }
  }

  // A refill of a per-cpu list, and a run of drains, is a slice: from its first
  // event to the next of that CPU that is none.
  void FollowOperation(const AllocatorEvent& event, int cpu) {
    const auto* taken = event.As<MmPageAllocZoneLocked>();
    std::string_view now;
    if (taken != nullptr && taken->percpu_refill) now = "refill per-cpu list";
    if (event.As<MmPagePcpuDrain>() != nullptr) now = "drain per-cpu list";
    std::string_view& open = open_[cpu];
    // A fallback on the way is a part of the refill.
    if (!open.empty() && event.As<MmPageAllocExtfrag>() != nullptr) return;
    if (open == now) return;
    if (!open.empty()) EndSlice(cpu, event.when);
    open = now;
    if (!now.empty()) {
      Line(
          fmt::format("{{\"ph\":\"B\",\"pid\":{},\"tid\":{},\"ts\":{},"
                      "\"cat\":\"kmem\",\"name\":\"{}\"}}",
                      kCpus, cpu, TimeText(event.when), now));
    }
  }
  void EndSlice(int cpu, Nanoseconds when) {
    Line(fmt::format("{{\"ph\":\"E\",\"pid\":{},\"tid\":{},\"ts\":{}}}", kCpus,
                     cpu, TimeText(when)));
  }

  Redactor redactor_;
  OutputStream& out_;
  bool first_ = true;
  absl::flat_hash_set<int> named_cpus_;
  absl::flat_hash_set<int64_t> named_tasks_;
  // By CPU: the slice that is open; empty: none.
  std::map<int, std::string_view> open_;
};

}  // namespace

absl::Status ExportPerfetto(const MemoryPicture& picture,
                            const ExportOptions& options, OutputStream& out) {
  if (picture.events == nullptr) {
    return InvalidInput(picture.title +
                        ": there are no events in it; expected a run, a "
                        "recording, or a directory with one");
  }
  TraceEventWriter writer(options, out);
  writer.Begin(picture, options.redaction);
  Nanoseconds last;
  PAGELAB_RETURN_IF_ERROR(picture.events->ForEach(
      options.event_stacks ? EventSource::Stacks::kWanted
                           : EventSource::Stacks::kNone,
      [&](const AllocatorEvent& event, EventFrames frames) {
        last = event.when;
        return writer.Write(event, frames);
      }));
  if (picture.timeline.has_value()) writer.WriteCounters(*picture.timeline);
  writer.End(last);
  return out.status();
}

}  // namespace pagelab

// What a replay says about itself.

#include <fmt/format.h>

#include "pagelab/base/text.h"
#include "pagelab/workloads/replay/replay.h"
#include "pagelab/workloads/top_owners.h"

namespace pagelab {
namespace {

// A label and a number in columns, then words.
std::string Line(std::string_view label, uint64_t number,
                 std::string_view words = {}) {
  return fmt::format("  {:<28}{:>13}{}{}\n", label, Grouped(number),
                     words.empty() ? "" : "  ", words);
}

// As Line(), where there is anything to report.
std::string LineIfAny(std::string_view label, uint64_t number,
                      std::string_view words = {}) {
  return number == 0 ? "" : Line(label, number, words);
}

uint64_t Skipped(const RedriveCounts& counts) {
  return counts.skipped_unseen + counts.skipped_free + counts.skipped_failed +
         counts.skipped_compactor;
}

uint64_t Unused(const TraceStats& trace) {
  return trace.total_events - trace.count(TraceEventKind::kPageAlloc) -
         trace.count(TraceEventKind::kPageFree);
}

std::string Requests(const ReplayReport& report) {
  const RedriveCounts& counts = report.counts;
  std::string text;
  text += Line(
      "allocations", counts.allocations,
      fmt::format("{} pages, {} at the recorded frame",
                  Grouped(counts.pages_allocated), Grouped(counts.same_frame)));
  text += LineIfAny("  failed here", counts.failed_here);
  text += LineIfAny("  failed in the recording", counts.failed_in_recording,
                    "not tried");
  text += Line("frees", counts.frees, Counted(counts.pages_freed, "page"));
  text += LineIfAny("  of a part of a block", counts.partial_frees);
  text += LineIfAny("frees skipped", Skipped(counts));
  text += LineIfAny("  never seen allocated", counts.skipped_unseen,
                    "before the recording, or without an event");
  text += LineIfAny("  last seen freed", counts.skipped_free,
                    "allocated without an event");
  text += LineIfAny("  failed here", counts.skipped_failed);
  text += LineIfAny("  kept by the compactor", counts.skipped_compactor);
  text += LineIfAny("frees missing", counts.missed_frees,
                    "allocated again without; made good");
  text += LineIfAny("impossible events", counts.misaligned,
                    "frame not aligned to the order");
  text += LineIfAny("events not used", Unused(report.trace));
  return text;
}

// What the kernel did not keep comes first: it puts the rest in doubt.
std::string Lost(const TraceStats& trace) {
  std::string text;
  if (trace.lost_reports > 0) {
    text += Line("events lost", trace.lost_events,
                 "in " + Counted(trace.lost_reports, "place"));
  }
  if (trace.entries_written > trace.entries_in_buffer) {
    text += Line("events overwritten",
                 trace.entries_written - trace.entries_in_buffer,
                 "before the start of the recording");
  }
  return text;
}

std::string Doubts(const ReplayReport& report) {
  const TraceStats& trace = report.trace;
  std::string text;
  text += LineIfAny("events without level", trace.events_without_level,
                    "not told what they interrupted");
  text += LineIfAny("stacks without event", trace.stacks_without_event);
  text += LineIfAny("unreadable lines", trace.unreadable_lines);
  for (const TraceProblem& problem : trace.problems) {
    text += fmt::format("    {}:{}:{}: {} (byte {})\n", report.trace_name,
                        problem.line, problem.column, problem.message,
                        problem.offset);
  }
  return text;
}

std::string Duration(const ReplayReport& report) {
  const uint64_t recorded =
      report.trace.last_time.value - report.trace.first_time.value;
  if (report.trace.last_time.value < report.trace.first_time.value) return "";
  if (report.trace.first_time.is_ticks()) {
    return fmt::format(", {} clock ticks", Grouped(recorded));
  }
  return fmt::format(", {}.{:03} s", recorded / 1'000'000'000,
                     recorded / 1'000'000 % 1000);
}

}  // namespace

std::vector<std::pair<std::string, uint64_t>> CountsOf(
    const ReplayReport& report) {
  const RedriveCounts& counts = report.counts;
  const TraceStats& trace = report.trace;
  std::vector<std::pair<std::string, uint64_t>> numbers = {
      {"allocations", counts.allocations},
      {"pages_allocated", counts.pages_allocated},
      {"allocations_at_recorded_frame", counts.same_frame},
      {"allocation_failures", counts.failed_here},
      {"recorded_allocation_failures", counts.failed_in_recording},
      {"frees", counts.frees},
      {"pages_freed", counts.pages_freed},
      {"partial_frees", counts.partial_frees},
      {"skipped_frees_unseen", counts.skipped_unseen},
      {"skipped_frees_already_free", counts.skipped_free},
      {"skipped_frees_failed_here", counts.skipped_failed},
      {"skipped_frees_compactor", counts.skipped_compactor},
      {"missing_frees", counts.missed_frees},
      {"impossible_events", counts.misaligned},
      {"replay_time_ns", report.end.value() - report.begin.value()},
      {"trace_lines", trace.lines},
      {"trace_bytes", trace.bytes},
      {"trace_events", trace.total_events}};
  for (int kind = 0; kind < kNrTraceEventKinds; ++kind) {
    const auto each = static_cast<TraceEventKind>(kind);
    numbers.emplace_back("trace_events_" + std::string(ToString(each)),
                         trace.count(each));
  }
  numbers.emplace_back("trace_stacks", trace.stacks);
  numbers.emplace_back("trace_stacks_without_event",
                       trace.stacks_without_event);
  numbers.emplace_back("trace_events_without_level",
                       trace.events_without_level);
  numbers.emplace_back("trace_lost_events", trace.lost_events);
  numbers.emplace_back("trace_lost_reports", trace.lost_reports);
  numbers.emplace_back("trace_unreadable_lines", trace.unreadable_lines);
  return numbers;
}

std::string ReplayText(const ReplayReport& report) {
  return fmt::format("{}: {}{}\n{}{}{}", report.trace_name,
                     Counted(report.trace.total_events, "event"),
                     Duration(report), Lost(report.trace), Requests(report),
                     Doubts(report));
}

}  // namespace pagelab

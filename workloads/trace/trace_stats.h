// What a reader met on its way through a recording.

#ifndef PAGELAB_WORKLOADS_TRACE_TRACE_STATS_H_
#define PAGELAB_WORKLOADS_TRACE_TRACE_STATS_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pagelab/workloads/trace/event.h"

namespace pagelab {

// A line that could not be read, or an entry of a trace.dat.
struct TraceProblem {
  // From 1.
  uint64_t line = 0;
  uint64_t column = 0;
  // Of its first byte, from 0, in the decompressed file.
  uint64_t offset = 0;
  std::string message;
};

enum class TraceFormat : uint8_t { kFtraceText, kPerfScript, kTraceDat };

// "ftrace text", "perf script text", "trace.dat".
std::string_view ToString(TraceFormat format);

struct TraceStats {
  TraceFormat format = TraceFormat::kFtraceText;

  // The first so many unreadable lines are kept, all are counted.
  static constexpr size_t kMaxProblems = 10;

  // Of a trace.dat: entries.
  uint64_t lines = 0;
  uint64_t bytes = 0;

  // By TraceEventKind.
  std::array<uint64_t, kNrTraceEventKinds> events{};
  uint64_t total_events = 0;
  // mm_page_alloc without a page.
  uint64_t failed_allocations = 0;
  // Events whose interrupt level the recording does not tell (all of perf
  // script's): they are handed out as the task's.
  uint64_t events_without_level = 0;

  uint64_t stacks = 0;
  // Stack entries whose event is not in the recording.
  uint64_t stacks_without_event = 0;

  // Entries that the kernel dropped: the reports, and their sum where they
  // give a number.
  uint64_t lost_reports = 0;
  uint64_t lost_events = 0;

  uint64_t unreadable_lines = 0;
  std::vector<TraceProblem> problems;

  // From the header, 0 without one. More written than in the buffer: the
  // oldest entries were overwritten.
  uint64_t entries_in_buffer = 0;
  uint64_t entries_written = 0;
  uint64_t nr_cpus = 0;

  // Time stamps of the first and the last event.
  TraceTime first_time;
  TraceTime last_time;

  uint64_t count(TraceEventKind kind) const {
    return events[static_cast<size_t>(kind)];
  }
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_TRACE_TRACE_STATS_H_

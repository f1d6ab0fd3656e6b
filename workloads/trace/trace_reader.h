// Reading recordings, whatever their format.

#ifndef PAGELAB_WORKLOADS_TRACE_TRACE_READER_H_
#define PAGELAB_WORKLOADS_TRACE_TRACE_READER_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pagelab/base/input_stream.h"
#include "pagelab/workloads/trace/event.h"
#include "pagelab/workloads/trace/trace_stats.h"

namespace pagelab {

// Hands out a recording's events in the order of their time, in one pass.
// Memory use does not depend on the length. Thread-compatible.
//
//     PAGELAB_ASSIGN_OR_RETURN(auto reader, OpenTrace(*input));
//     TraceEvent event;
//     while (reader->Next(event)) Use(event);
//     PAGELAB_RETURN_IF_ERROR(reader->status());
//
// What makes no sense is counted and the first of it kept with its place
// (stats().problems); only an input that has no trace in it at all is an
// error.
class TraceReader {
 public:
  virtual ~TraceReader() = default;
  TraceReader(const TraceReader&) = delete;
  TraceReader& operator=(const TraceReader&) = delete;

  // False at the end, or when the input cannot be read on: see status().
  virtual bool Next(TraceEvent& event) = 0;

  // The input failed (a damaged archive), or holds no trace.
  const absl::Status& status() const { return status_; }
  const TraceStats& stats() const { return stats_; }
  // Of the input.
  const std::string& name() const { return name_; }

 protected:
  TraceReader(std::string name, TraceFormat format) : name_(std::move(name)) {
    stats_.format = format;
  }

  void set_status(absl::Status status) { status_ = std::move(status); }
  // About the line or entry that was counted last, at `offset`.
  void AddProblem(uint64_t offset, uint64_t column, std::string message);
  // So many unreadable lines without one event: it is no trace.
  bool IsHopeless() const {
    return stats_.total_events == 0 && stats_.unreadable_lines >= 100;
  }
  // At the end: an input without any event is an error if there was something
  // in it.
  void CheckForEvents();
  TraceStats& mutable_stats() { return stats_; }
  // Before it is handed out.
  void CountEvent(const TraceEvent& event) {
    if (stats_.total_events == 0) stats_.first_time = event.time;
    stats_.last_time = event.time;
    ++stats_.total_events;
    ++stats_.events[static_cast<size_t>(event.kind)];
    stats_.failed_allocations += event.allocation_failed();
    stats_.events_without_level += event.flags.empty();
  }

 private:
  std::string name_;
  absl::Status status_;
  TraceStats stats_;
};

// The reader for what `input` holds, told by its content: ftrace text, perf
// script text or a trace.dat. `input` must outlive the reader.
absl::StatusOr<std::unique_ptr<TraceReader>> OpenTrace(InputStream& input);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_TRACE_TRACE_READER_H_

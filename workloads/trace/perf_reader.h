#ifndef PAGELAB_WORKLOADS_TRACE_PERF_READER_H_
#define PAGELAB_WORKLOADS_TRACE_PERF_READER_H_

#include <string_view>

#include "pagelab/workloads/trace/event.h"
#include "pagelab/workloads/trace/event_line.h"
#include "pagelab/workloads/trace/text_reader.h"

namespace pagelab {

// Reads what `perf script` prints of a recording made with `perf record -e
// 'kmem:*' -a`, with and without call chains.
//
// It does not tell what was interrupted: every event counts as its task's
// (TraceStats::events_without_level). Lost events are in it only with the
// option --show-lost-events.
class PerfReader final : public TextReader {
 public:
  explicit PerfReader(TraceInput input);

  bool Next(TraceEvent& event) override;

 private:
  // An event: true. Anything else is dealt with.
  bool TakeEvent(std::string_view line, TraceEvent& event);
  // A line that is no event.
  bool TakeNote(std::string_view line);
  // "PERF_RECORD_LOST lost 17", and other records that are no events.
  void TakeRecord(std::string_view text);
  void AttachStack(TraceEvent& event);

  EventTextContext text_context_;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_TRACE_PERF_READER_H_

#ifndef PAGELAB_WORKLOADS_TRACE_FTRACE_READER_H_
#define PAGELAB_WORKLOADS_TRACE_FTRACE_READER_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "pagelab/base/input_stream.h"
#include "pagelab/workloads/trace/event.h"
#include "pagelab/workloads/trace/event_line.h"
#include "pagelab/workloads/trace/text_reader.h"

namespace pagelab {

// Reads ftrace text, as the kernel's `trace` and `trace_pipe` files show it.
//
// A stack entry is handed out with the event that it belongs to, also where an
// interrupt or another CPU got in between.
class FtraceReader final : public TextReader {
 public:
  explicit FtraceReader(TraceInput input);
  // `input` must outlive the reader.
  explicit FtraceReader(InputStream& input) : FtraceReader(TraceInput(input)) {}

  bool Next(TraceEvent& event) override;

 private:
  // An event: true. Anything else is dealt with.
  bool TakeEvent(std::string_view line, TraceEvent& event);
  // A line that holds no entry.
  bool TakeNote(std::string_view line);
  void TakeLostReport(std::string_view line);
  void TakeHeader(std::string_view line);
  // The first line of a stack entry was just read; its frames follow.
  void SkipStack(std::string_view header);
  // Finds the event's stack entry: the next line, or further away.
  void AttachStack(TraceEvent& event);
  void SearchStack(TraceEvent& event);

  EventTextContext text_context_;
  bool started_ = false;
  // Whether this recording has stack entries at all.
  bool has_stacks_ = false;
  // Offsets of stack entries that were handed out ahead of their turn.
  std::vector<uint64_t> taken_stacks_;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_TRACE_FTRACE_READER_H_

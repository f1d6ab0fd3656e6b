#ifndef PAGELAB_WORKLOADS_TRACE_FTRACE_READER_H_
#define PAGELAB_WORKLOADS_TRACE_FTRACE_READER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pagelab/base/input_stream.h"
#include "pagelab/workloads/trace/event.h"
#include "pagelab/workloads/trace/event_line.h"
#include "pagelab/workloads/trace/gfp_cache.h"
#include "pagelab/workloads/trace/trace_reader.h"

namespace pagelab {

// Reads ftrace text, as the kernel's `trace` and `trace_pipe` files show it.
//
// A stack entry is handed out with the event that it belongs to, also where an
// interrupt or another CPU got in between.
class FtraceReader final : public TraceReader {
 public:
  // `input` must outlive the reader.
  explicit FtraceReader(InputStream& input);

  bool Next(TraceEvent& event) override;

 private:
  // A line longer than this is no line of a trace, and neither an event's
  // stack nor what stands between the two is longer.
  static constexpr size_t kLookahead = size_t{64} << 10;
  static constexpr size_t kBufferSize = size_t{1} << 20;

  std::string_view Unread() const { return {at_, size_t(end_ - at_)}; }
  uint64_t OffsetOf(const char* at) const {
    return buffer_offset_ + static_cast<size_t>(at - buffer_.get());
  }

  // Makes at least kLookahead bytes available, or all that are left.
  bool FillLookahead();
  bool LooksLikeText();
  // The line at the cursor, without its newline; moves behind it.
  std::string_view TakeLine();
  void SkipOverlongLine();

  // An event: true. Anything else is dealt with.
  bool TakeEvent(std::string_view line, TraceEvent& event);
  void HandleNote(std::string_view line);
  void HandleHeader(std::string_view line);
  // The first line of a stack entry was just read; its frames follow.
  void SkipStack(std::string_view header);
  // Finds the event's stack entry: the next line, or further away.
  void AttachStack(TraceEvent& event);
  void SearchStack(TraceEvent& event);
  // About the current line.
  void AddProblem(const char* at, std::string_view line, std::string message);
  void CheckForEvents();

  InputStream& input_;
  GfpCache gfps_;

  std::unique_ptr<char[]> buffer_;
  const char* at_;
  const char* end_;
  // Of the buffer's first byte.
  uint64_t buffer_offset_ = 0;
  // Of the current line's.
  uint64_t line_offset_ = 0;
  bool end_of_input_ = false;
  bool started_ = false;

  // Whether this recording has stack entries at all.
  bool has_stacks_ = false;
  // Offsets of stack entries that were handed out ahead of their turn.
  std::vector<uint64_t> taken_stacks_;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_TRACE_FTRACE_READER_H_

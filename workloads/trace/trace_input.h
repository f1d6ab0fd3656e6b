#ifndef PAGELAB_WORKLOADS_TRACE_TRACE_INPUT_H_
#define PAGELAB_WORKLOADS_TRACE_TRACE_INPUT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "absl/status/status.h"
#include "pagelab/base/input_stream.h"

namespace pagelab {

// A window on an input that moves forward, for readers that look ahead.
// Thread-compatible.
class TraceInput {
 public:
  // As far as can be looked ahead. Text: a line longer than this is no line
  // of a trace, and neither an event's stack nor what stands between the two
  // is longer.
  static constexpr size_t kLookahead = size_t{64} << 10;

  // `input` must outlive it.
  explicit TraceInput(InputStream& input)
      : input_(&input),
        buffer_(std::make_unique<char[]>(kBufferSize)),
        at_(buffer_.get()),
        end_(buffer_.get()) {}

  // Makes at least kLookahead bytes available, or all that are left; false if
  // there are none. Moves what is available. An input that fails has ended.
  bool Fill() {
    if (static_cast<size_t>(end_ - at_) >= kLookahead) [[likely]]
      return true;
    return Refill();
  }

  const char* at() const { return at_; }
  // What is available.
  std::string_view unread() const {
    return {at_, static_cast<size_t>(end_ - at_)};
  }
  // Moves to `at`, which lies in unread() or at its end.
  void MoveTo(const char* at) { at_ = at; }

  // Of a byte that is available or was since the last Fill().
  uint64_t OffsetOf(const char* at) const {
    return buffer_offset_ + static_cast<uint64_t>(at - buffer_.get());
  }
  // What the input has given so far.
  uint64_t bytes_read() const { return OffsetOf(end_); }

  // The input's failure: what is left may be cut off anywhere.
  const absl::Status& status() const { return status_; }
  const std::string& name() const { return input_->name(); }

 private:
  // Stays in a cache between being read and being parsed; the input's own
  // buffer, which would mean copying twice, is for smaller reads than the rest.
  static constexpr size_t kBufferSize = size_t{512} << 10;

  bool Refill();

  InputStream* input_;
  absl::Status status_;
  std::unique_ptr<char[]> buffer_;
  const char* at_;
  const char* end_;
  // Of the buffer's first byte.
  uint64_t buffer_offset_ = 0;
  bool end_of_input_ = false;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_TRACE_TRACE_INPUT_H_

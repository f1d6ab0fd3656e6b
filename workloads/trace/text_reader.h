#ifndef PAGELAB_WORKLOADS_TRACE_TEXT_READER_H_
#define PAGELAB_WORKLOADS_TRACE_TEXT_READER_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "pagelab/workloads/trace/trace_input.h"
#include "pagelab/workloads/trace/trace_reader.h"

namespace pagelab {

// What readers of line-oriented recordings have in common: lines with their
// places, unreadable ones.
class TextReader : public TraceReader {
 protected:
  TextReader(TraceInput input, TraceFormat format)
      : TraceReader(input.name(), format), input_(std::move(input)) {}

  // The next line without its newline, until the next call; false at the end.
  // A line that is too long to be one comes as an empty line.
  bool TakeLine(std::string_view& line);

  // What follows the line.
  std::string_view Unread() const { return input_.unread(); }
  // `nr_lines` lines were read ahead, up to `at`.
  void SkipLines(uint64_t nr_lines, const char* at) {
    mutable_stats().lines += nr_lines;
    input_.MoveTo(at);
  }
  uint64_t OffsetOf(const char* at) const { return input_.OffsetOf(at); }
  // Of the line that was taken last.
  uint64_t line_offset() const { return line_offset_; }

  // The line that was taken last makes no sense at `at`, which lies in it.
  void AddProblem(const char* at, std::string_view line, std::string message);
  // Sets the status at the end of the input.
  void Finish();

 private:
  void SkipOverlongLine();

  TraceInput input_;
  uint64_t line_offset_ = 0;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_TRACE_TEXT_READER_H_

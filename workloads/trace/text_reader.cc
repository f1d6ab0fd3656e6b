#include "pagelab/workloads/trace/text_reader.h"

#include <cstring>
#include <utility>

namespace pagelab {

bool TextReader::TakeLine(std::string_view& line) {
  if (!input_.Fill()) return false;
  ++mutable_stats().lines;
  mutable_stats().bytes = input_.bytes_read();
  const std::string_view text = input_.unread();
  line_offset_ = input_.OffsetOf(text.data());
  const void* newline = std::memchr(text.data(), '\n', text.size());
  if (newline != nullptr) [[likely]] {
    const char* end = static_cast<const char*>(newline);
    line = {text.data(), static_cast<size_t>(end - text.data())};
    input_.MoveTo(end + 1);
    return true;
  }
  line = text;
  if (text.size() < TraceInput::kLookahead) {
    input_.MoveTo(text.data() + text.size());
  } else {
    SkipOverlongLine();
    line = {};
  }
  return true;
}

void TextReader::SkipOverlongLine() {
  AddProblem(input_.at(), input_.unread(), "no line of a trace is that long");
  do {
    const std::string_view text = input_.unread();
    if (const size_t newline = text.find('\n');
        newline != std::string_view::npos) {
      input_.MoveTo(text.data() + newline + 1);
      return;
    }
    input_.MoveTo(text.data() + text.size());
  } while (input_.Fill());
}

void TextReader::AddProblem(const char* at, std::string_view line,
                            std::string message) {
  TraceReader::AddProblem(line_offset_,
                          static_cast<uint64_t>(at - line.data()) + 1,
                          std::move(message));
}

void TextReader::Finish() {
  mutable_stats().bytes = input_.bytes_read();
  if (status().ok()) set_status(input_.status());
  CheckForEvents();
}

}  // namespace pagelab

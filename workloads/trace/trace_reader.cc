#include "pagelab/workloads/trace/trace_reader.h"

#include <optional>
#include <string_view>
#include <utility>

#include "pagelab/base/status.h"
#include "pagelab/workloads/trace/event_line.h"
#include "pagelab/workloads/trace/ftrace_reader.h"
#include "pagelab/workloads/trace/perf_line.h"
#include "pagelab/workloads/trace/perf_reader.h"
#include "pagelab/workloads/trace/trace_dat_reader.h"
#include "pagelab/workloads/trace/trace_input.h"

namespace pagelab {

std::string_view ToString(TraceFormat format) {
  switch (format) {
    case TraceFormat::kFtraceText:
      return "ftrace text";
    case TraceFormat::kPerfScript:
      return "perf script text";
    case TraceFormat::kTraceDat:
      return "trace.dat";
  }
  return "";
}

void TraceReader::AddProblem(uint64_t offset, uint64_t column,
                             std::string message) {
  ++stats_.unreadable_lines;
  if (stats_.problems.size() == TraceStats::kMaxProblems) return;
  stats_.problems.push_back({stats_.lines, column, offset, std::move(message)});
}

void TraceReader::CheckForEvents() {
  if (!status_.ok() || stats_.total_events > 0) return;
  if (stats_.unreadable_lines == 0) return;
  const TraceProblem& first = stats_.problems.front();
  if (stats_.format == TraceFormat::kTraceDat) {
    set_status(InvalidInput(name_ + ": byte " + std::to_string(first.offset) +
                            ": " + first.message));
    return;
  }
  set_status(InvalidInputAt(
      {name_, static_cast<int>(first.line), static_cast<int>(first.column)},
      first.message));
}

namespace {

// Whether this is a line of perf script, or would be one if no option had
// taken columns away; nothing if it may be one of either format.
std::optional<TraceFormat> FormatOf(std::string_view line) {
  TraceEvent event;
  LineError error;
  TextCursor ftrace(line);
  if (line.starts_with("# tracer:") ||
      ParseContextColumns(ftrace, event, error)) {
    return TraceFormat::kFtraceText;
  }
  TextCursor perf(line);
  if (ParsePerfColumns(perf, event, error) ||
      line.find("kmem:mm_") != std::string_view::npos) {
    return TraceFormat::kPerfScript;
  }
  return std::nullopt;
}

// By the first line that tells; damage may come before it.
TraceFormat TextFormatOf(std::string_view text) {
  while (!text.empty()) {
    const size_t newline = text.find('\n');
    const auto format = FormatOf(text.substr(0, newline));
    if (format.has_value()) return *format;
    if (newline == std::string_view::npos) break;
    text.remove_prefix(newline + 1);
  }
  return TraceFormat::kFtraceText;
}

}  // namespace

absl::StatusOr<std::unique_ptr<TraceReader>> OpenTrace(InputStream& input) {
  constexpr std::string_view kTraceDatMagic = "\x17\x08\x44tracing";
  TraceInput start(input);
  if (!start.Fill()) PAGELAB_RETURN_IF_ERROR(start.status());
  if (start.unread().starts_with(kTraceDatMagic)) {
    return OpenTraceDat(std::move(start));
  }
  if (TextFormatOf(start.unread().substr(0, TraceInput::kLookahead)) ==
      TraceFormat::kPerfScript) {
    return std::make_unique<PerfReader>(std::move(start));
  }
  return std::make_unique<FtraceReader>(std::move(start));
}

}  // namespace pagelab

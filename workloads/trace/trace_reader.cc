#include "pagelab/workloads/trace/trace_reader.h"

#include <utility>

#include "pagelab/base/status.h"
#include "pagelab/workloads/trace/ftrace_reader.h"
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

absl::StatusOr<std::unique_ptr<TraceReader>> OpenTrace(InputStream& input) {
  constexpr std::string_view kTraceDatMagic = "\x17\x08\x44tracing";
  TraceInput start(input);
  if (!start.Fill()) PAGELAB_RETURN_IF_ERROR(start.status());
  if (start.unread().starts_with(kTraceDatMagic)) {
    return InvalidInputAt({input.name(), 1, 1},
                          "this is a binary trace.dat file; expected the text "
                          "of the kernel's trace or trace_pipe file");
  }
  return std::make_unique<FtraceReader>(std::move(start));
}

}  // namespace pagelab

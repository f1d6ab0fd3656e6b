#include "pagelab/workloads/trace/trace_reader.h"

#include "pagelab/workloads/trace/ftrace_reader.h"

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
  return std::make_unique<FtraceReader>(input);
}

}  // namespace pagelab

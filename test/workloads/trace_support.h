// Reading traces in tests.

#ifndef PAGELAB_TEST_WORKLOADS_TRACE_SUPPORT_H_
#define PAGELAB_TEST_WORKLOADS_TRACE_SUPPORT_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "pagelab/workloads/trace/event.h"
#include "pagelab/workloads/trace/trace_reader.h"
#include "pagelab/workloads/trace/trace_stats.h"

namespace pagelab {

// An event whose text outlives the reader.
struct KeptEvent {
  TraceEvent event;
  std::string comm;
  std::string flags;
  std::string name;
  std::string text;
  std::string stack;
  std::string page;
};

struct WholeTrace {
  std::vector<KeptEvent> events;
  TraceStats stats;
  absl::Status status;
};

// Everything that is left of a reader's input.
WholeTrace ReadAll(TraceReader& reader);

// Everything in the ftrace text `text`, as if it were a file called
// "trace.txt".
WholeTrace ReadTrace(const std::string& text);

// As above, whatever its format is (OpenTrace).
WholeTrace ReadAnyTrace(const std::string& text);

// The only event of a one-line trace; requires that there is one.
TraceEvent OnlyEvent(const std::string& line);

// The functions of a stack entry, innermost first, joined by blanks.
std::string Functions(std::string_view stack);

}  // namespace pagelab

#endif  // PAGELAB_TEST_WORKLOADS_TRACE_SUPPORT_H_

// Prints parsed events the way the kernel printed them, to compare with the
// line that they came from (text-formats.md 11.2, 11.3).

#ifndef PAGELAB_TEST_WORKLOADS_TRACE_PRINTER_H_
#define PAGELAB_TEST_WORKLOADS_TRACE_PRINTER_H_

#include <string>

#include "pagelab/workloads/trace/event.h"

namespace pagelab {

// The event's line without its newline; kmem fields are printed from their
// values, never copied.
std::string PrintTraceLine(const TraceEvent& event);

}  // namespace pagelab

#endif  // PAGELAB_TEST_WORKLOADS_TRACE_PRINTER_H_

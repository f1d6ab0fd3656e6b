// A recording's text, event by event; internal to this folder.

#ifndef PAGELAB_WORKLOADS_SHRINK_TRACE_UNITS_H_
#define PAGELAB_WORKLOADS_SHRINK_TRACE_UNITS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"

namespace pagelab {

// An event with the lines that belong to it: its stack, and a probe that says
// what it means.
struct TraceEntry {
  std::string_view text;
  // Lines of no event: the header.
  bool is_event = true;
  // The allocation that this one frees something of, as an index into the
  // entries; its own for others.
  size_t allocation = 0;
};

// The entries of ftrace or perf script text, in their order. `text` must
// outlive them.
std::vector<TraceEntry> SplitTrace(std::string_view text);

// The text of some of the entries.
std::string JoinTrace(const std::vector<TraceEntry>& entries,
                      const std::vector<bool>& kept);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_SHRINK_TRACE_UNITS_H_

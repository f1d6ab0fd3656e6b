#ifndef PAGELAB_WORKLOADS_COMPARE_COMPARE_TRACES_H_
#define PAGELAB_WORKLOADS_COMPARE_COMPARE_TRACES_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "pagelab/base/input_stream.h"
#include "pagelab/workloads/trace/event.h"

namespace pagelab {

// An event of a trace, for people.
struct TracePlace {
  // Of the file; in a trace.dat the number of the entry.
  uint64_t line = 0;
  // "nginx-101 [000] 2.000123 mm_page_alloc: page=... pfn=...".
  std::string event;
};

// What a trace has.
struct TraceTotals {
  uint64_t events = 0;
  uint64_t failed_allocations = 0;
  // By TraceEventKind.
  std::array<uint64_t, kNrTraceEventKinds> by_kind{};
  // Of mm_page_alloc_extfrag: a pageblock's pages scattered, and pageblocks
  // that changed their type.
  uint64_t fragmenting = 0;
  uint64_t change_ownership = 0;

  uint64_t fallbacks() const {
    return by_kind[static_cast<size_t>(TraceEventKind::kPageAllocExtfrag)];
  }
};

struct TraceComparison {
  std::string a_name;
  std::string b_name;
  // From the start on, and equal but for their time.
  uint64_t equal_events = 0;
  // Both empty: all events are equal. One empty: that trace has ended.
  std::optional<TracePlace> a;
  std::optional<TracePlace> b;
  // The first of the equal events that happened at another time.
  std::optional<TracePlace> retimed_a;
  std::optional<TracePlace> retimed_b;
  TraceTotals a_totals;
  TraceTotals b_totals;

  bool parted() const { return a.has_value() || b.has_value(); }
  bool same() const { return !parted() && !retimed_a.has_value(); }
};

// Reads both to their ends, side by side, whatever their format; memory use
// does not depend on their length. Events are equal if everything but the time
// is: kind, task, CPU, context, fields and stack. A trace that is damaged or
// cut off is refused, with its line.
absl::StatusOr<TraceComparison> CompareTraces(InputStream& a, InputStream& b);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_COMPARE_COMPARE_TRACES_H_

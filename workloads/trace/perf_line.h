// One line of perf script's text. Internal to the reader.

#ifndef PAGELAB_WORKLOADS_TRACE_PERF_LINE_H_
#define PAGELAB_WORKLOADS_TRACE_PERF_LINE_H_

#include "pagelab/workloads/trace/event.h"
#include "pagelab/workloads/trace/event_line.h"
#include "pagelab/workloads/trace/text_cursor.h"

namespace pagelab {

// The columns before the event's name: task, tid or pid/tid, CPU, time
// (text-formats.md 12). Leaves `cursor` at the name.
bool ParsePerfColumns(TextCursor& cursor, TraceEvent& event, LineError& error);

// Moves from there behind the columns that some options add, and behind the
// "kmem:" of the name.
void SkipPerfEventPrefix(TextCursor& cursor);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_TRACE_PERF_LINE_H_

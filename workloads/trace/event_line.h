// One line of ftrace text into a TraceEvent. Internal to the reader.

#ifndef PAGELAB_WORKLOADS_TRACE_EVENT_LINE_H_
#define PAGELAB_WORKLOADS_TRACE_EVENT_LINE_H_

#include <string>
#include <string_view>

#include "pagelab/workloads/trace/event.h"
#include "pagelab/workloads/trace/gfp_cache.h"
#include "pagelab/workloads/trace/text_cursor.h"

namespace pagelab {

// Why a line cannot be read, and where in it.
struct LineError {
  const char* at = nullptr;
  std::string message;
};

// The columns before the entry's own text as a kernel without record-tgid
// prints them, times in seconds and microseconds: nearly every line there is.
// Takes less time than the next, which takes everything.
bool TakePaddedColumns(TextCursor& cursor, TraceEvent& event);

// The columns before the entry's own text: task, pid, tgid, CPU, flags, time
// (text-formats.md 11.2). Leaves `cursor` behind the ": " that ends them.
bool ParseContextColumns(TextCursor& cursor, TraceEvent& event,
                         LineError& error);

// What the text of events is read with.
struct EventTextContext {
  GfpCache gfps;
  // Not the kernel's own text but libtraceevent's, as perf prints it. Where it
  // cannot evaluate the kernel's format it prints the fields as they are
  // stored; "fragmenting" it gets wrong.
  bool by_libtraceevent = false;
};

// The rest of the line: event name and text, and the fields of kmem events.
bool ParseEventText(TextCursor& cursor, EventTextContext& context,
                    TraceEvent& event, LineError& error);

// The fields of the kmem event `event.kind`, which follow its name.
bool ParseKmemFields(TextCursor& cursor, EventTextContext& context,
                     TraceEvent& event, LineError& error);

// The fields as the kernel stores them, "name=value" in any order.
bool ParseRawFields(TextCursor& cursor, TraceEvent& event, LineError& error);

// --- pieces that perf script's lines have too ---

bool TakeTracePid(TextCursor& cursor, int32_t& pid);
// "[001] "
bool TakeTraceCpu(TextCursor& cursor, CpuId& cpu);
// Seconds with up to nine digits, or a number of ticks.
bool TakeTraceTime(TextCursor& cursor, TraceTime& time);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_TRACE_EVENT_LINE_H_

#include "pagelab/workloads/trace/perf_line.h"

#include <algorithm>

namespace pagelab {
namespace {

// What the tracer calls the tasks that perf calls "swapper" and ":1234".
std::string_view TracerNameOf(std::string_view comm, int32_t pid) {
  if (pid == 0 && comm == "swapper") return "<idle>";
  TextCursor number(comm);
  uint64_t value = 0;
  if (number.TakeChar(':') && number.TakeDecimal(value) && number.done() &&
      value == static_cast<uint64_t>(pid)) {
    return "<...>";
  }
  return comm;
}

std::string_view WithoutBlanks(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

// "bash    1234 " or "bash    1234/1235 ": what stands before the CPU.
bool TakeTask(std::string_view text, TraceEvent& event) {
  if (!text.ends_with(' ')) return false;
  text = WithoutBlanks(text);
  const size_t blank = text.rfind(' ');
  TextCursor ids(text.substr(blank + 1));
  if (!TakeTracePid(ids, event.pid)) return false;
  event.tgid = -1;
  event.has_tgid_column = ids.TakeChar('/');
  if (event.has_tgid_column) {
    event.tgid = event.pid;
    if (!TakeTracePid(ids, event.pid)) return false;
  }
  if (!ids.done()) return false;
  // Without the column comm it is not known either.
  event.comm = "<...>";
  if (blank != std::string_view::npos) {
    event.comm = TracerNameOf(WithoutBlanks(text.substr(0, blank)), event.pid);
  }
  return true;
}

// The option -F +misc: "K", "Sp".
void SkipMisc(TextCursor& cursor) {
  TextCursor misc = cursor;
  const std::string_view word = misc.TakeWord();
  const auto is_letter = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  };
  if (std::all_of(word.begin(), word.end(), is_letter)) cursor = misc;
}

// What follows the task. The time ends with a colon.
bool TakeCpuAndTime(TextCursor& cursor, TraceEvent& event) {
  if (!TakeTraceCpu(cursor, event.cpu)) return false;
  cursor.SkipBlanks();
  SkipMisc(cursor);
  cursor.SkipBlanks();
  if (!TakeTraceTime(cursor, event.time) || event.time.is_ticks()) return false;
  return cursor.TakeChar(':');
}

}  // namespace

bool ParsePerfColumns(TextCursor& cursor, TraceEvent& event, LineError& error) {
  const std::string_view line = cursor.rest();
  const char* deepest = line.data();
  // A task name may hold brackets and blanks itself: the first place where
  // everything fits.
  for (size_t bracket = line.find('['); bracket != std::string_view::npos;
       bracket = line.find('[', bracket + 1)) {
    if (!TakeTask(line.substr(0, bracket), event)) continue;
    TextCursor columns(line.substr(bracket));
    if (TakeCpuAndTime(columns, event)) {
      columns.SkipBlanks();
      cursor = columns;
      event.flags = {};
      event.level = InterruptLevel::kTask;
      return true;
    }
    deepest = std::max(deepest, columns.at());
  }
  error.at = deepest;
  error.message =
      "not a line of perf script; expected \"comm tid [cpu] time: event: "
      "...\" (no option -F, or -F comm,tid,cpu,time,event,trace)";
  return false;
}

void SkipPerfEventPrefix(TextCursor& cursor) {
  // The option -F +period.
  TextCursor period = cursor;
  uint64_t number = 0;
  if (period.TakeDecimal(number) && period.TakeChar(' ')) {
    period.SkipBlanks();
    cursor = period;
  }
  TextCursor name = cursor;
  name.TakeUntil(':');
  if (name.TakeChar(':') && !name.done() && name.peek() != ' ') cursor = name;
}

}  // namespace pagelab

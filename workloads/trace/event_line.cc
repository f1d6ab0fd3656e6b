#include "pagelab/workloads/trace/event_line.h"

#include <algorithm>
#include <limits>

namespace pagelab {
namespace {

// The task name is printed right-aligned in this many columns.
constexpr size_t kCommWidth = 16;

// More than the kernel supports; a larger number is damage.
constexpr uint64_t kMaxCpus = 8192;
// In seconds: so that nanoseconds fit.
constexpr uint64_t kMaxSeconds = 18'000'000'000;

// From the third flag (page-allocator.md 25.2).
InterruptLevel LevelOf(std::string_view flags) {
  if (flags.size() < 3) return InterruptLevel::kTask;
  switch (flags[2]) {
    case 's':
      return InterruptLevel::kSoftirq;
    case 'h':
    case 'H':
      return InterruptLevel::kHardirq;
    case 'z':
    case 'Z':
      return InterruptLevel::kNmi;
    default:
      return InterruptLevel::kTask;
  }
}

bool TakePid(TextCursor& cursor, int32_t& pid) {
  uint64_t value = 0;
  if (!cursor.TakeDecimal(value)) return false;
  if (value > uint64_t{std::numeric_limits<int32_t>::max()}) return false;
  pid = static_cast<int32_t>(value);
  return true;
}

// "(   1234) " or "(-------) ", or nothing.
bool TakeTgid(TextCursor& cursor, TraceEvent& event) {
  event.tgid = -1;
  event.has_tgid_column = cursor.TakeChar('(');
  if (!event.has_tgid_column) return true;
  cursor.SkipBlanks();
  if (!TakePid(cursor, event.tgid) && !cursor.Take("-------")) return false;
  if (!cursor.TakeChar(')') || !cursor.TakeChar(' ')) return false;
  cursor.SkipBlanks();
  return true;
}

bool TakeCpu(TextCursor& cursor, CpuId& cpu) {
  uint64_t value = 0;
  if (!cursor.TakeChar('[') || !cursor.TakeDecimal(value)) return false;
  if (value >= kMaxCpus) return false;
  cpu = CpuId(static_cast<int>(value));
  return cursor.TakeChar(']') && cursor.TakeChar(' ');
}

// Five characters, four before 5.16, none with the irq-info option off. None
// of them can start with a digit.
bool TakeFlags(TextCursor& cursor, TraceEvent& event) {
  const char first = cursor.peek();
  if (first == ' ' || (first >= '0' && first <= '9')) {
    event.flags = {};
    event.level = InterruptLevel::kTask;
    return true;
  }
  const std::string_view flags = cursor.TakeWord();
  if (flags.size() != 5 && flags.size() != 4) return false;
  event.flags = flags;
  event.level = LevelOf(flags);
  return true;
}

bool TakeTime(TextCursor& cursor, TraceTime& time) {
  uint64_t whole = 0;
  if (!cursor.TakeDecimal(whole)) return false;
  time = {whole, 0};
  if (!cursor.TakeChar('.')) return true;
  const char* begin = cursor.at();
  uint64_t fraction = 0;
  if (whole > kMaxSeconds || !cursor.TakeDecimal(fraction)) return false;
  const int digits = static_cast<int>(cursor.at() - begin);
  if (digits > 9) return false;
  for (int i = digits; i < 9; ++i) fraction *= 10;
  time = {whole * 1'000'000'000 + fraction, static_cast<uint8_t>(digits)};
  return true;
}

// What follows the '-' after the task name.
bool TakeColumnsAfterComm(TextCursor& cursor, TraceEvent& event) {
  if (!TakePid(cursor, event.pid) || !cursor.TakeChar(' ')) return false;
  cursor.SkipBlanks();
  if (!TakeTgid(cursor, event) || !TakeCpu(cursor, event.cpu)) return false;
  if (!TakeFlags(cursor, event)) return false;
  cursor.SkipBlanks();
  if (!TakeTime(cursor, event.time)) return false;
  return cursor.TakeChar(':') && (cursor.TakeChar(' ') || cursor.done());
}

std::string_view Unpadded(std::string_view comm) {
  while (!comm.empty() && comm.front() == ' ') comm.remove_prefix(1);
  return comm;
}

// Takes the columns if the task name ends at `dash`; else moves `deepest` to
// where they stop to make sense.
bool TakeColumns(TextCursor& cursor, size_t dash, TraceEvent& event,
                 const char*& deepest) {
  const std::string_view line = cursor.rest();
  TextCursor columns(line.substr(dash + 1));
  if (!TakeColumnsAfterComm(columns, event)) {
    deepest = std::max(deepest, columns.at());
    return false;
  }
  event.comm = Unpadded(line.substr(0, dash));
  cursor = columns;
  return true;
}

}  // namespace

bool ParseContextColumns(TextCursor& cursor, TraceEvent& event,
                         LineError& error) {
  const std::string_view line = cursor.rest();
  const char* deepest = line.data();
  if (line.size() > kCommWidth && line[kCommWidth] == '-' &&
      TakeColumns(cursor, kCommWidth, event, deepest)) {
    return true;
  }
  // Not padded as the kernel does it. A task name may hold dashes, brackets
  // and blanks itself: the first place where everything fits.
  for (size_t dash = line.find('-'); dash != std::string_view::npos;
       dash = line.find('-', dash + 1)) {
    if (TakeColumns(cursor, dash, event, deepest)) return true;
  }
  error.at = deepest;
  error.message =
      "not a line of a trace; expected \"task-pid [cpu] flags time: event: "
      "...\"";
  return false;
}

namespace {

// kOther for a name that is none of ours.
TraceEventKind KindOf(std::string_view name) {
  using enum TraceEventKind;
  if (!name.starts_with("mm_")) {
    return name == "tracing_mark_write" ? kMarker : kOther;
  }
  switch (name.size()) {
    case 12:
      return name == "mm_page_free" ? kPageFree : kOther;
    case 13:
      return name == "mm_page_alloc" ? kPageAlloc : kOther;
    case 18:
      return name == "mm_page_pcpu_drain" ? kPagePcpuDrain : kOther;
    case 20:
      return name == "mm_page_free_batched" ? kPageFreeBatched : kOther;
    case 21:
      return name == "mm_page_alloc_extfrag" ? kPageAllocExtfrag : kOther;
    case 25:
      return name == "mm_page_alloc_zone_locked" ? kPageAllocZoneLocked
                                                 : kOther;
    case 34:
      return name == "mm_alloc_contig_migrate_range_info" ? kContigMigrateRange
                                                          : kOther;
    default:
      return kOther;
  }
}

bool IsKmem(TraceEventKind kind) { return kind < TraceEventKind::kProbe; }

}  // namespace

bool ParseEventText(TextCursor& cursor, GfpCache& gfps, TraceEvent& event,
                    LineError& error) {
  const std::string_view rest = cursor.rest();
  const size_t colon = rest.find(':');
  if (colon == std::string_view::npos) {
    // The function tracer prints no name.
    event.kind = TraceEventKind::kOther;
    event.name = rest;
    event.text = {};
    return true;
  }
  event.name = rest.substr(0, colon);
  event.kind = KindOf(event.name);
  cursor = TextCursor(rest.substr(colon + 1));
  cursor.TakeChar(' ');
  event.text = cursor.rest();
  if (IsKmem(event.kind)) {
    cursor.SkipBlanks();
    return ParseKmemFields(cursor, gfps, event, error);
  }
  if (event.kind == TraceEventKind::kOther && event.text.starts_with('(')) {
    event.kind = TraceEventKind::kProbe;
  }
  return true;
}

}  // namespace pagelab

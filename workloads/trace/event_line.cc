#include "pagelab/workloads/trace/event_line.h"

#include <algorithm>
#include <limits>

#include "pagelab/workloads/trace/ascii_word.h"

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

}  // namespace

bool TakeTracePid(TextCursor& cursor, int32_t& pid) {
  uint64_t value = 0;
  if (!cursor.TakeDecimal(value)) return false;
  if (value > uint64_t{std::numeric_limits<int32_t>::max()}) return false;
  pid = static_cast<int32_t>(value);
  return true;
}

bool TakeTraceCpu(TextCursor& cursor, CpuId& cpu) {
  uint64_t value = 0;
  if (!cursor.TakeChar('[') || !cursor.TakeDecimal(value)) return false;
  if (value >= kMaxCpus) return false;
  cpu = CpuId(static_cast<int>(value));
  return cursor.TakeChar(']') && cursor.TakeChar(' ');
}

bool TakeTraceTime(TextCursor& cursor, TraceTime& time) {
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

namespace {

// "(   1234) " or "(-------) ", or nothing.
bool TakeTgid(TextCursor& cursor, TraceEvent& event) {
  event.tgid = -1;
  event.has_tgid_column = cursor.TakeChar('(');
  if (!event.has_tgid_column) return true;
  cursor.SkipBlanks();
  if (!TakeTracePid(cursor, event.tgid) && !cursor.Take("-------"))
    return false;
  if (!cursor.TakeChar(')') || !cursor.TakeChar(' ')) return false;
  cursor.SkipBlanks();
  return true;
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

// What follows the '-' after the task name.
bool TakeColumnsAfterComm(TextCursor& cursor, TraceEvent& event) {
  if (!TakeTracePid(cursor, event.pid) || !cursor.TakeChar(' ')) return false;
  cursor.SkipBlanks();
  if (!TakeTgid(cursor, event) || !TakeTraceCpu(cursor, event.cpu))
    return false;
  if (!TakeFlags(cursor, event)) return false;
  cursor.SkipBlanks();
  if (!TakeTraceTime(cursor, event.time)) return false;
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

// "[001] dN.1. ", the first 12 characters at `text`.
bool TakePaddedCpuAndFlags(const char* text, TraceEvent& event) {
  const unsigned hundreds = static_cast<unsigned>(text[1] - '0');
  const unsigned tens = static_cast<unsigned>(text[2] - '0');
  const unsigned ones = static_cast<unsigned>(text[3] - '0');
  if (text[0] != '[' || text[4] != ']' || text[5] != ' ') return false;
  if (hundreds > 9 || tens > 9 || ones > 9) return false;
  event.cpu = CpuId(static_cast<int>(hundreds * 100 + tens * 10 + ones));
  const uint64_t flags = ascii_word::Load(text + 6);
  if (ascii_word::CountBeforeBlank(flags) != 5) return false;
  if (text[6] >= '0' && text[6] <= '9') return false;
  event.flags = {text + 6, 5};
  event.level = LevelOf(event.flags);
  return true;
}

// "  123.456789: "
bool TakeSeconds(TextCursor& cursor, TraceTime& time) {
  cursor.SkipBlanks();
  uint64_t seconds = 0;
  if (!cursor.TakeDecimal(seconds) || seconds > kMaxSeconds) return false;
  if (!cursor.TakeChar('.') || cursor.rest().size() < 8) return false;
  const uint64_t rest = ascii_word::Load(cursor.at());
  const uint64_t micros = ascii_word::PadNumber(rest, 6);
  if (rest >> 48 != (uint64_t{' '} << 8 | ':')) return false;
  if (!ascii_word::IsDecimal(micros)) return false;
  time = {seconds * 1'000'000'000 + ascii_word::DecimalOf(micros) * 1000ull, 6};
  cursor.Skip(8);
  return true;
}

}  // namespace

bool TakePaddedColumns(TextCursor& cursor, TraceEvent& event) {
  constexpr size_t kPidColumn = kCommWidth + 1;
  // Seven digits and a blank.
  constexpr size_t kCpuColumn = kPidColumn + 8;
  constexpr size_t kTimeColumn = kCpuColumn + 12;
  const std::string_view line = cursor.rest();
  if (line.size() < kTimeColumn + 8) return false;
  // Names have 15 characters at most.
  if (line.front() != ' ' || line[kCommWidth] != '-') return false;
  const uint64_t pid = ascii_word::Load(&line[kPidColumn]);
  const int pid_digits = ascii_word::CountBeforeBlank(pid);
  if (pid_digits == 0 || pid_digits == 8) return false;
  if (pid >> 8 * pid_digits != ascii_word::kBlanks >> 8 * pid_digits) {
    return false;
  }
  const uint64_t digits = ascii_word::PadNumber(pid, pid_digits);
  if (!ascii_word::IsDecimal(digits)) return false;
  if (!TakePaddedCpuAndFlags(&line[kCpuColumn], event)) return false;
  TextCursor time(line.substr(kTimeColumn));
  if (!TakeSeconds(time, event.time)) return false;

  size_t blanks = static_cast<size_t>(
      ascii_word::CountBlanks(ascii_word::Load(line.data())));
  if (blanks == 8) {
    blanks += static_cast<size_t>(
        ascii_word::CountBlanks(ascii_word::Load(&line[8])));
  }
  event.comm = line.substr(blanks, kCommWidth - blanks);
  event.pid = static_cast<int32_t>(ascii_word::DecimalOf(digits));
  event.tgid = -1;
  event.has_tgid_column = false;
  cursor = time;
  return true;
}

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
  for (int i = 0; i < kNrKmemEventKinds; ++i) {
    const auto kind = static_cast<TraceEventKind>(i);
    if (name == ToString(kind)) return kind;
  }
  return name == "tracing_mark_write" ? TraceEventKind::kMarker
                                      : TraceEventKind::kOther;
}

// The names of the usual events with their ": "; kOther for all others.
TraceEventKind TakeUsualName(TextCursor& cursor) {
  using enum TraceEventKind;
  TextCursor name = cursor;
  TraceEventKind kind = kOther;
  if (!name.Take("mm_page_")) return kOther;
  if (name.Take("alloc: ")) {
    kind = kPageAlloc;
  } else if (name.Take("free: ")) {
    kind = kPageFree;
  } else if (name.Take("free_batched: ")) {
    kind = kPageFreeBatched;
  } else if (name.Take("alloc_zone_locked: ")) {
    kind = kPageAllocZoneLocked;
  } else if (name.Take("pcpu_drain: ")) {
    kind = kPagePcpuDrain;
  } else {
    return kOther;
  }
  cursor = name;
  return kind;
}

}  // namespace

bool ParseEventText(TextCursor& cursor, EventTextContext& context,
                    TraceEvent& event, LineError& error) {
  const std::string_view rest = cursor.rest();
  event.kind = TakeUsualName(cursor);
  if (event.kind != TraceEventKind::kOther) {
    event.text = cursor.rest();
    event.name = rest.substr(0, rest.size() - event.text.size() - 2);
    return ParseKmemFields(cursor, context, event, error);
  }
  const size_t colon = rest.find(':');
  if (colon == std::string_view::npos) {
    // The function tracer prints no name.
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
    return ParseKmemFields(cursor, context, event, error);
  }
  if (event.kind == TraceEventKind::kOther && event.text.starts_with('(')) {
    event.kind = TraceEventKind::kProbe;
  }
  return true;
}

}  // namespace pagelab

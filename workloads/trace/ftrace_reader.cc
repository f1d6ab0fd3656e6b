#include "pagelab/workloads/trace/ftrace_reader.h"

#include <algorithm>
#include <utility>

#include "pagelab/workloads/trace/event_line.h"

namespace pagelab {
namespace {

constexpr std::string_view kStackHeader = "<stack trace>";
constexpr std::string_view kUserStackHeader = "<user stack trace>";
constexpr std::string_view kStackArrow = " => ";
constexpr std::string_view kLineTooBig = "[LINE TOO BIG]";

// How many entries may stand between an event and its stack.
constexpr int kMaxEntriesBeforeStack = 64;

// The line at `text`'s start, and what is left after it.
std::string_view SplitLine(std::string_view& text) {
  const size_t newline = text.find('\n');
  const std::string_view line = text.substr(0, newline);
  text = newline == std::string_view::npos ? std::string_view()
                                           : text.substr(newline + 1);
  return line;
}

// The " => " lines at `text`'s start.
std::string_view LeadingFrames(std::string_view text) {
  std::string_view rest = text;
  while (rest.starts_with(kStackArrow)) SplitLine(rest);
  return text.substr(0, text.size() - rest.size());
}

bool IsStackHeader(std::string_view text) {
  return text == kStackHeader || text == kUserStackHeader;
}

// What runs in one context, one after the other, cannot overtake.
bool SameContext(const TraceEvent& a, const TraceEvent& b) {
  return a.cpu == b.cpu && a.pid == b.pid && a.level == b.level;
}

}  // namespace

FtraceReader::FtraceReader(TraceInput input)
    : TextReader(std::move(input), TraceFormat::kFtraceText) {}

bool FtraceReader::Next(TraceEvent& event) {
  std::string_view line;
  while (!IsHopeless() && TakeLine(line)) {
    if (!started_) [[unlikely]] {
      started_ = true;
      has_stacks_ = Unread().find(kStackHeader) != std::string_view::npos;
    }
    event.line = stats().lines;
    event.offset = line_offset();
    if (!TakeEvent(line, event)) continue;
    if (has_stacks_) AttachStack(event);
    CountEvent(event);
    return true;
  }
  Finish();
  return false;
}

bool FtraceReader::TakeEvent(std::string_view line, TraceEvent& event) {
  TextCursor cursor(line);
  LineError error;
  if (!TakePaddedColumns(cursor, event)) {
    if (TakeNote(line)) return false;
    if (!ParseContextColumns(cursor, event, error)) {
      AddProblem(error.at, line, std::move(error.message));
      return false;
    }
  }
  if (cursor.peek() == '<' && IsStackHeader(cursor.rest())) {
    SkipStack(cursor.rest());
    return false;
  }
  if (!ParseEventText(cursor, text_context_, event, error)) {
    AddProblem(error.at, line, std::move(error.message));
    return false;
  }
  event.has_stack = false;
  event.stack = {};
  return true;
}

bool FtraceReader::TakeNote(std::string_view line) {
  // Frames belong to a stack entry that is not wanted, or whose start is
  // missing.
  if (line.empty() || line.starts_with(kStackArrow)) return true;
  if (line.starts_with("CPU:")) {
    TakeLostReport(line);
    return true;
  }
  if (line.front() == '#') {
    TakeHeader(line);
    return true;
  }
  if (!line.starts_with(kLineTooBig)) return false;
  AddProblem(line.data(), line, "the kernel could not print this entry");
  return true;
}

// "CPU:3 [LOST 17 EVENTS]", or without the number.
void FtraceReader::TakeLostReport(std::string_view line) {
  TextCursor cursor(line);
  uint64_t cpu = 0;
  uint64_t lost = 0;
  if (!cursor.Take("CPU:") || !cursor.TakeDecimal(cpu) ||
      !cursor.Take(" [LOST ")) {
    AddProblem(cursor.at(), line, "expected \"CPU:n [LOST m EVENTS]\"");
    return;
  }
  ++mutable_stats().lost_reports;
  if (cursor.TakeDecimal(lost)) mutable_stats().lost_events += lost;
}

void FtraceReader::TakeHeader(std::string_view line) {
  TextCursor cursor(line);
  uint64_t in_buffer = 0;
  uint64_t written = 0;
  uint64_t cpus = 0;
  if (!cursor.Take("# entries-in-buffer/entries-written: ")) return;
  if (!cursor.TakeDecimal(in_buffer) || !cursor.TakeChar('/')) return;
  if (!cursor.TakeDecimal(written)) return;
  TraceStats& stats = mutable_stats();
  stats.entries_in_buffer = in_buffer;
  stats.entries_written = written;
  cursor.SkipBlanks();
  if (cursor.Take("#P:") && cursor.TakeDecimal(cpus)) stats.nr_cpus = cpus;
}

void FtraceReader::SkipStack(std::string_view header) {
  if (header != kStackHeader) return;
  has_stacks_ = true;
  const auto taken =
      std::find(taken_stacks_.begin(), taken_stacks_.end(), line_offset());
  if (taken == taken_stacks_.end()) {
    ++mutable_stats().stacks_without_event;
  } else {
    taken_stacks_.erase(taken);
  }
}

void FtraceReader::AttachStack(TraceEvent& event) {
  std::string_view rest = Unread();
  TraceEvent header;
  LineError error;
  TextCursor cursor(SplitLine(rest));
  if (cursor.rest().ends_with(kStackHeader) &&
      ParseContextColumns(cursor, header, error) &&
      cursor.rest() == kStackHeader && SameContext(header, event)) {
    event.has_stack = true;
    event.stack = LeadingFrames(rest);
    ++mutable_stats().stacks;
    SkipLines(1 + static_cast<uint64_t>(
                      std::count(event.stack.begin(), event.stack.end(), '\n')),
              event.stack.data() + event.stack.size());
    return;
  }
  SearchStack(event);
}

void FtraceReader::SearchStack(TraceEvent& event) {
  std::string_view rest = Unread();
  TraceEvent other;
  LineError error;
  for (int entries = 0; entries < kMaxEntriesBeforeStack && !rest.empty();) {
    const uint64_t place = OffsetOf(rest.data());
    const std::string_view line = SplitLine(rest);
    if (line.starts_with(kStackArrow) || line.starts_with('#')) continue;
    TextCursor cursor(line);
    if (!ParseContextColumns(cursor, other, error)) continue;
    ++entries;
    if (!IsStackHeader(cursor.rest())) {
      // The next event of this CPU that is not on top of ours: the stack would
      // have come before it.
      if (other.cpu == event.cpu && other.level <= event.level) return;
      continue;
    }
    if (cursor.rest() != kStackHeader || !SameContext(other, event)) continue;
    if (std::find(taken_stacks_.begin(), taken_stacks_.end(), place) !=
        taken_stacks_.end()) {
      continue;
    }
    taken_stacks_.push_back(place);
    event.has_stack = true;
    event.stack = LeadingFrames(rest);
    ++mutable_stats().stacks;
    return;
  }
}

}  // namespace pagelab

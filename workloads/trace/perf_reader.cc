#include "pagelab/workloads/trace/perf_reader.h"

#include <utility>

#include "pagelab/workloads/trace/perf_line.h"

namespace pagelab {
namespace {

constexpr std::string_view kRecord = "PERF_RECORD_";

}  // namespace

PerfReader::PerfReader(TraceInput input)
    : TextReader(std::move(input), TraceFormat::kPerfScript) {
  text_context_.by_libtraceevent = true;
}

bool PerfReader::Next(TraceEvent& event) {
  std::string_view line;
  while (!IsHopeless() && TakeLine(line)) {
    event.line = stats().lines;
    event.offset = line_offset();
    if (!TakeEvent(line, event)) continue;
    AttachStack(event);
    CountEvent(event);
    return true;
  }
  Finish();
  return false;
}

bool PerfReader::TakeEvent(std::string_view line, TraceEvent& event) {
  if (TakeNote(line)) return false;
  TextCursor cursor(line);
  LineError error;
  if (!ParsePerfColumns(cursor, event, error)) {
    AddProblem(error.at, line, std::move(error.message));
    return false;
  }
  if (cursor.rest().starts_with(kRecord)) {
    TakeRecord(cursor.rest());
    return false;
  }
  SkipPerfEventPrefix(cursor);
  if (cursor.rest().find(':') == std::string_view::npos) {
    AddProblem(cursor.at(), line,
               "expected \"event: ...\"; the option -F was without \"event\"");
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

bool PerfReader::TakeNote(std::string_view line) {
  // Frames of a line that is not an event; the end of a call chain; a header.
  if (line.empty() || line.front() == '\t' || line.front() == '#') return true;
  if (line.starts_with(kRecord)) {
    TakeRecord(line);
    return true;
  }
  // Warnings for the terminal that were redirected into the file.
  if (line.starts_with("Processed ") &&
      line.find(" and lost ") != std::string_view::npos) {
    if (stats().lost_reports == 0) ++mutable_stats().lost_reports;
    return true;
  }
  return line == "Warning:" || line == "Check IO/CPU overload!";
}

void PerfReader::TakeRecord(std::string_view text) {
  TextCursor cursor(text);
  uint64_t lost = 0;
  if (!cursor.Take("PERF_RECORD_LOST")) return;
  ++mutable_stats().lost_reports;
  // "_SAMPLES", perhaps.
  cursor.TakeWord();
  cursor.SkipBlanks();
  if (cursor.Take("lost ") && cursor.TakeDecimal(lost)) {
    mutable_stats().lost_events += lost;
  }
}

void PerfReader::AttachStack(TraceEvent& event) {
  std::string_view rest = Unread();
  const char* begin = rest.data();
  uint64_t frames = 0;
  while (rest.starts_with('\t')) {
    const size_t newline = rest.find('\n');
    rest.remove_prefix(newline == std::string_view::npos ? rest.size()
                                                         : newline + 1);
    ++frames;
  }
  if (frames == 0) return;
  event.has_stack = true;
  event.stack = {begin, static_cast<size_t>(rest.data() - begin)};
  ++mutable_stats().stacks;
  SkipLines(frames, rest.data());
}

}  // namespace pagelab

#include "pagelab/workloads/trace/ftrace_reader.h"

#include <algorithm>
#include <cstring>

#include "pagelab/base/status.h"

namespace pagelab {
namespace {

constexpr std::string_view kStackHeader = "<stack trace>";
constexpr std::string_view kUserStackHeader = "<user stack trace>";
constexpr std::string_view kStackArrow = " => ";
constexpr std::string_view kLineTooBig = "[LINE TOO BIG]";
constexpr std::string_view kBinaryMagic = "\x17\x08\x44tracing";

// How many entries may stand between an event and its stack.
constexpr int kMaxEntriesBeforeStack = 64;

// So many unreadable lines without one event, and it is no trace.
constexpr uint64_t kMaxLinesWithoutEvent = 100;

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

FtraceReader::FtraceReader(InputStream& input)
    : TraceReader(input.name(), TraceFormat::kFtraceText),
      input_(input),
      buffer_(std::make_unique<char[]>(kBufferSize)),
      at_(buffer_.get()),
      end_(buffer_.get()) {}

bool FtraceReader::Next(TraceEvent& event) {
  while (true) {
    if (static_cast<size_t>(end_ - at_) < kLookahead && !FillLookahead()) {
      CheckForEvents();
      return false;
    }
    line_offset_ = OffsetOf(at_);
    const std::string_view line = TakeLine();
    event.line = stats().lines;
    event.offset = line_offset_;
    if (TakeEvent(line, event)) {
      if (has_stacks_) AttachStack(event);
      CountEvent(event);
      return true;
    }
    if (stats().total_events == 0 &&
        stats().unreadable_lines >= kMaxLinesWithoutEvent) {
      CheckForEvents();
      return false;
    }
  }
}

bool FtraceReader::FillLookahead() {
  if (!end_of_input_ && status().ok()) {
    const size_t left = static_cast<size_t>(end_ - at_);
    std::memmove(buffer_.get(), at_, left);
    buffer_offset_ += static_cast<size_t>(at_ - buffer_.get());
    at_ = buffer_.get();
    char* end = buffer_.get() + left;
    while (static_cast<size_t>(end - at_) < kLookahead) {
      const absl::StatusOr<size_t> size =
          input_.Read(absl::MakeSpan(end, buffer_.get() + kBufferSize));
      if (!size.ok()) {
        set_status(size.status());
        return false;
      }
      end_of_input_ = *size == 0;
      if (end_of_input_) break;
      end += *size;
      mutable_stats().bytes += *size;
    }
    end_ = end;
    if (!started_ && !LooksLikeText()) return false;
  }
  return at_ != end_ && status().ok();
}

bool FtraceReader::LooksLikeText() {
  started_ = true;
  has_stacks_ = Unread().find(kStackHeader) != std::string_view::npos;
  if (!Unread().starts_with(kBinaryMagic)) return true;
  set_status(
      InvalidInputAt({name(), 1, 1},
                     "this is a binary trace.dat file; expected the text "
                     "of the kernel's trace or trace_pipe file"));
  return false;
}

std::string_view FtraceReader::TakeLine() {
  ++mutable_stats().lines;
  const size_t size = static_cast<size_t>(end_ - at_);
  const void* newline = std::memchr(at_, '\n', size);
  if (newline == nullptr && size >= kLookahead) {
    SkipOverlongLine();
    return {};
  }
  const char* begin = at_;
  const char* line_end =
      newline == nullptr ? end_ : static_cast<const char*>(newline);
  at_ = newline == nullptr ? end_ : line_end + 1;
  return {begin, static_cast<size_t>(line_end - begin)};
}

void FtraceReader::SkipOverlongLine() {
  AddProblem(at_, {at_, 0}, "no line of a trace is that long");
  while (true) {
    const void* newline =
        std::memchr(at_, '\n', static_cast<size_t>(end_ - at_));
    if (newline != nullptr) {
      at_ = static_cast<const char*>(newline) + 1;
      return;
    }
    at_ = end_;
    if (!FillLookahead()) return;
  }
}

bool FtraceReader::TakeEvent(std::string_view line, TraceEvent& event) {
  if (line.empty()) return false;
  if (line.front() == '#' || line.starts_with("CPU:") ||
      line.starts_with(kLineTooBig)) {
    HandleNote(line);
    return false;
  }
  // Frames of a stack entry that is not wanted, or whose start is missing.
  if (line.starts_with(kStackArrow)) return false;
  TextCursor cursor(line);
  LineError error;
  if (!ParseContextColumns(cursor, event, error)) {
    AddProblem(error.at, line, std::move(error.message));
    return false;
  }
  if (cursor.peek() == '<' && IsStackHeader(cursor.rest())) {
    SkipStack(cursor.rest());
    return false;
  }
  if (!ParseEventText(cursor, gfps_, event, error)) {
    AddProblem(error.at, line, std::move(error.message));
    return false;
  }
  event.has_stack = false;
  event.stack = {};
  return true;
}

void FtraceReader::HandleNote(std::string_view line) {
  TextCursor cursor(line);
  if (cursor.Take("CPU:")) {
    // "CPU:3 [LOST 17 EVENTS]", or without the number.
    uint64_t cpu = 0;
    uint64_t lost = 0;
    if (!cursor.TakeDecimal(cpu) || !cursor.Take(" [LOST ")) {
      AddProblem(cursor.at(), line, "expected \"CPU:n [LOST m EVENTS]\"");
      return;
    }
    ++mutable_stats().lost_reports;
    if (cursor.TakeDecimal(lost)) mutable_stats().lost_events += lost;
    return;
  }
  if (line.front() == '#') return HandleHeader(line);
  AddProblem(line.data(), line, "the kernel could not print this entry");
}

void FtraceReader::HandleHeader(std::string_view line) {
  TextCursor cursor(line);
  uint64_t in_buffer = 0;
  uint64_t written = 0;
  uint64_t cpus = 0;
  if (!cursor.Take("# entries-in-buffer/entries-written: ")) return;
  if (!cursor.TakeDecimal(in_buffer) || !cursor.TakeChar('/')) return;
  if (!cursor.TakeDecimal(written)) return;
  mutable_stats().entries_in_buffer = in_buffer;
  mutable_stats().entries_written = written;
  cursor.SkipBlanks();
  if (cursor.Take("#P:") && cursor.TakeDecimal(cpus))
    mutable_stats().nr_cpus = cpus;
}

void FtraceReader::SkipStack(std::string_view header) {
  if (header != kStackHeader) return;
  has_stacks_ = true;
  const auto taken =
      std::find(taken_stacks_.begin(), taken_stacks_.end(), line_offset_);
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
    mutable_stats().lines +=
        1 + std::count(event.stack.begin(), event.stack.end(), '\n');
    at_ = event.stack.data() + event.stack.size();
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

void FtraceReader::AddProblem(const char* at, std::string_view line,
                              std::string message) {
  ++mutable_stats().unreadable_lines;
  if (stats().problems.size() == TraceStats::kMaxProblems) return;
  mutable_stats().problems.push_back(
      {mutable_stats().lines, static_cast<uint64_t>(at - line.data()) + 1,
       line_offset_, std::move(message)});
}

void FtraceReader::CheckForEvents() {
  if (!status().ok() || stats().total_events > 0) return;
  if (stats().unreadable_lines == 0) return;
  const TraceProblem& first = stats().problems.front();
  set_status(InvalidInputAt(
      {name(), static_cast<int>(first.line), static_cast<int>(first.column)},
      first.message));
}

}  // namespace pagelab

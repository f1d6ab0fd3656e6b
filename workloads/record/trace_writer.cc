#include "pagelab/workloads/record/trace_writer.h"

#include <iterator>

#include "fmt/format.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"

namespace pagelab {
namespace {

// The explanation of the columns, with and without that of process ids.
constexpr std::string_view kColumns =
    "#                                _-----=> irqs-off/BH-disabled\n"
    "#                               / _----=> need-resched\n"
    "#                              | / _---=> hardirq/softirq\n"
    "#                              || / _--=> preempt-depth\n"
    "#                              ||| / _-=> migrate-disable\n"
    "#                              |||| /     delay\n"
    "#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION\n"
    "#              | |         |   |||||     |         |\n";
constexpr std::string_view kColumnsWithTgid =
    "#                                          _-----=> irqs-off/BH-disabled\n"
    "#                                         / _----=> need-resched\n"
    "#                                        | / _---=> hardirq/softirq\n"
    "#                                        || / _--=> preempt-depth\n"
    "#                                        ||| / _-=> migrate-disable\n"
    "#                                        |||| /     delay\n"
    "#           TASK-PID       TGID    CPU#  |||||  TIMESTAMP  FUNCTION\n"
    "#              | |           |       |   |||||     |         |\n";

char LevelLetter(InterruptLevel level) {
  switch (level) {
    case InterruptLevel::kTask:
      return '.';
    case InterruptLevel::kSoftirq:
      return 's';
    case InterruptLevel::kHardirq:
      return 'h';
    case InterruptLevel::kNmi:
      return 'z';
  }
  return '.';
}

}  // namespace

absl::StatusOr<TraceWriter> TraceWriter::Create(
    const TraceWriterOptions& options) {
  PAGELAB_ASSIGN_OR_RETURN(TextSpool spool, TextSpool::Create());
  return TraceWriter(std::move(spool), options);
}

void TraceWriter::AppendHead(const TraceEntryHead& head) {
  std::string& out = spool_.text();
  const auto end = std::back_inserter(out);
  fmt::format_to(end, "{:>16}-{:<7} ", head.comm, head.pid);
  if (options_.tgid) {
    if (head.tgid != 0) {
      fmt::format_to(end, "({:7}) ", head.tgid);
    } else {
      out += "(-------) ";
    }
  }
  // To the nearest microsecond.
  constexpr uint64_t kPerSecond = 1000000;
  const uint64_t micros = (head.when.value() + 500) / 1000;
  fmt::format_to(end, "[{:03}] {}.{}{}. {:5}.{:06}: ", head.cpu.value(),
                 head.irqs_off ? 'd' : '.', LevelLetter(head.level),
                 head.preempt_depth == 0
                     ? '.'
                     : static_cast<char>('0' + head.preempt_depth),
                 micros / kPerSecond, micros % kPerSecond);
}

void TraceWriter::Append(const TraceEntryHead& head, std::string_view name,
                         std::string_view text) {
  AppendHead(head);
  std::string& out = spool_.text();
  out += name;
  out += ": ";
  out += text;
  out += '\n';
  ++nr_entries_;
  spool_.Settle();
}

void TraceWriter::AppendStack(const TraceEntryHead& head,
                              absl::Span<const std::string_view> frames) {
  AppendHead(head);
  std::string& out = spool_.text();
  out += "<stack trace>\n";
  for (const std::string_view frame : frames) {
    out += " => ";
    out += frame;
    out += '\n';
  }
  ++nr_entries_;
  spool_.Settle();
}

absl::Status TraceWriter::WriteTo(OutputStream& out, int nr_cpus) {
  out.Append(
      fmt::format("# tracer: nop\n#\n# entries-in-buffer/entries-written: "
                  "{}/{}   #P:{}\n#\n",
                  nr_entries_, nr_entries_, nr_cpus));
  out.Append(options_.tgid ? kColumnsWithTgid : kColumns);
  return spool_.CopyTo(out);
}

}  // namespace pagelab

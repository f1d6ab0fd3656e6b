#include <algorithm>
#include <cstring>
#include <string>

#include "pagelab/base/text.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/workloads/trace_support.h"
#include "pagelab/workloads/trace/ftrace_reader.h"

namespace pagelab {
namespace {

const char kAlloc[] =
    "            bash-1234    [001] .....   123.456789: mm_page_alloc: "
    "page=000000004ae5d9a5 pfn=0x12345 order=0 migratetype=0 "
    "gfp_flags=GFP_KERNEL\n";

// Gives a text in pieces of at most so many bytes, then perhaps an error.
class SlowInput : public InputStream {
 public:
  SlowInput(std::string text, size_t piece, absl::Status end)
      : InputStream("slow"), text_(std::move(text)), piece_(piece), end_(end) {}

  absl::StatusOr<size_t> Read(absl::Span<char> out) override {
    const size_t size =
        std::min({piece_, out.size(), text_.size() - position_});
    if (size == 0 && !end_.ok()) return end_;
    std::memcpy(out.data(), text_.data() + position_, size);
    position_ += size;
    return size;
  }

 private:
  std::string text_;
  size_t piece_;
  absl::Status end_;
  size_t position_ = 0;
};

std::string Message(const absl::Status& status) {
  return std::string(FromAbsl(status.message()));
}

TEST_CASE("Trace reader: header lines are read, notes are counted",
          "[workloads][trace]") {
  const WholeTrace trace = ReadTrace(
      std::string("# tracer: nop\n#\n"
                  "# entries-in-buffer/entries-written: 30/47   #P:4\n#\n") +
      "##### CPU 1 buffer started ####\n" + kAlloc +
      "CPU:3 [LOST 17 EVENTS]\nCPU:2 [LOST EVENTS]\n\n" + kAlloc);
  CHECK(trace.status.ok());
  CHECK(trace.events.size() == 2);
  CHECK(trace.stats.count(TraceEventKind::kPageAlloc) == 2);
  CHECK(trace.stats.entries_in_buffer == 30);
  CHECK(trace.stats.entries_written == 47);
  CHECK(trace.stats.nr_cpus == 4);
  CHECK(trace.stats.lost_reports == 2);
  CHECK(trace.stats.lost_events == 17);
  CHECK(trace.stats.unreadable_lines == 0);
  CHECK(trace.stats.lines == 10);
}

TEST_CASE("Trace reader: an empty input is an empty trace",
          "[workloads][trace]") {
  CHECK(ReadTrace("").status.ok());
  CHECK(ReadTrace("# tracer: nop\n#\n").status.ok());
  CHECK(ReadTrace("# tracer: nop\n#\n").events.empty());
}

TEST_CASE("Trace reader: a last line without newline counts",
          "[workloads][trace]") {
  const std::string line = kAlloc;
  const WholeTrace trace = ReadTrace(line + line.substr(0, line.size() - 1));
  CHECK(trace.events.size() == 2);
  CHECK(trace.stats.lines == 2);
  CHECK(trace.stats.bytes == 2 * line.size() - 1);

  // Cut off by a full disk.
  const WholeTrace cut = ReadTrace(line + line.substr(0, 90));
  CHECK(cut.events.size() == 1);
  REQUIRE(cut.stats.problems.size() == 1);
  CHECK(cut.stats.problems[0].line == 2);
  CHECK(cut.stats.problems[0].offset == line.size());
}

TEST_CASE("Trace reader: damaged lines are counted, the first ones kept",
          "[workloads][trace]") {
  std::string text = kAlloc;
  for (int i = 0; i < 25; ++i) text += "garbage\n";
  text += "[LINE TOO BIG]\nCPU:x\n";
  text += kAlloc;
  const WholeTrace trace = ReadTrace(text);
  CHECK(trace.status.ok());
  CHECK(trace.events.size() == 2);
  CHECK(trace.stats.unreadable_lines == 27);
  CHECK(trace.stats.problems.size() == TraceStats::kMaxProblems);
  CHECK(trace.stats.problems[1].line == 3);
}

TEST_CASE("Trace reader: a file that is no trace is an error with its place",
          "[workloads][trace]") {
  WholeTrace trace = ReadTrace("\n# Notes\nnothing here\n");
  CHECK(absl::IsInvalidArgument(trace.status));
  CHECK(Message(trace.status) ==
        "trace.txt:3:1: not a line of a trace; expected \"task-pid [cpu] flags "
        "time: event: ...\"");

  // It does not read gigabytes to find that out.
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "no trace\n";
  trace = ReadTrace(text);
  CHECK_FALSE(trace.status.ok());
  CHECK(trace.stats.lines == 100);
}

TEST_CASE("Trace reader: any bytes at all are read without harm",
          "[workloads][trace]") {
  std::string text = kAlloc;
  uint32_t state = 12345;
  for (int i = 0; i < 300'000; ++i) {
    state = state * 1664525 + 1013904223;
    text += static_cast<char>(state >> 24);
  }
  text += '\n';
  text += kAlloc;
  const WholeTrace trace = ReadTrace(text);
  CHECK(trace.status.ok());
  CHECK(trace.events.size() == 2);
  CHECK(trace.stats.unreadable_lines > 500);
}

TEST_CASE("Trace reader: a line longer than the buffer is one bad line",
          "[workloads][trace]") {
  const std::string text = kAlloc + std::string(3'000'000, 'x') + "\n" + kAlloc;
  const WholeTrace trace = ReadTrace(text);
  CHECK(trace.events.size() == 2);
  REQUIRE(trace.stats.problems.size() == 1);
  CHECK(trace.stats.problems[0].message == "no line of a trace is that long");
  CHECK(trace.stats.problems[0].line == 2);
  CHECK(trace.stats.problems[0].offset == std::strlen(kAlloc));
  CHECK(trace.events[1].event.line == 3);
  CHECK(trace.events[1].event.offset == text.size() - std::strlen(kAlloc));
}

TEST_CASE("Trace reader: how the input is cut into pieces makes no difference",
          "[workloads][trace]") {
  std::string text;
  uint64_t sum = 0;
  for (int i = 1; i <= 30'000; ++i) {
    text +=
        "            bash-1234    [001] .....   123.456789: mm_page_free: "
        "page=000000004ae5d9a5 pfn=0x";
    AppendHex(text, i);
    text += " order=0\n";
    sum += i;
  }
  REQUIRE(text.size() > 3'000'000);
  for (const size_t piece : {7u, 4096u, 65537u, 5'000'000u}) {
    SlowInput input(text, piece, absl::OkStatus());
    FtraceReader reader(input);
    TraceEvent event;
    uint64_t pfns = 0;
    while (reader.Next(event)) pfns += event.pfn.value();
    CHECK(reader.status().ok());
    CHECK(reader.stats().total_events == 30'000);
    CHECK(reader.stats().unreadable_lines == 0);
    CHECK(reader.stats().bytes == text.size());
    CHECK(pfns == sum);
  }
}

TEST_CASE("Trace reader: an input that fails is an error, not an end",
          "[workloads][trace]") {
  SlowInput input(kAlloc, 10, absl::DataLossError("slow: damaged"));
  FtraceReader reader(input);
  TraceEvent event;
  CHECK(reader.Next(event));
  CHECK_FALSE(reader.Next(event));
  CHECK(Message(reader.status()) == "slow: damaged");
  CHECK_FALSE(reader.Next(event));
}

}  // namespace
}  // namespace pagelab

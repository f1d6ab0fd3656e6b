#include <string>

#include "pagelab/base/text.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/workloads/trace_support.h"

namespace pagelab {
namespace {

const char kFtraceLine[] =
    "            bash-1234    [001] .....   123.456789: mm_page_free: "
    "page=000000004ae5d9a5 pfn=0x12345 order=0\n";
const char kPerfLine[] =
    "            bash  1234 [001]   123.456789: kmem:mm_page_free: "
    "page=0x12345 pfn=0x12345 order=0\n";

std::string FormatOf(const std::string& text) {
  const WholeTrace trace = ReadAnyTrace(text);
  INFO(text << trace.status);
  CHECK(trace.status.ok());
  return std::string(ToString(trace.stats.format)) + ", " +
         std::to_string(trace.stats.total_events);
}

TEST_CASE("Trace opening: the content tells the format", "[workloads][trace]") {
  CHECK(FormatOf(kFtraceLine) == "ftrace text, 1");
  CHECK(FormatOf(kPerfLine) == "perf script text, 1");
  CHECK(FormatOf("# tracer: nop\n#\n") == "ftrace text, 0");
  CHECK(FormatOf(std::string("# tracer: nop\n") + kFtraceLine) ==
        "ftrace text, 1");
  CHECK(FormatOf(std::string("# ========\n# captured on    : Sat Nov 22\n#\n") +
                 kPerfLine) == "perf script text, 1");
  CHECK(FormatOf("") == "ftrace text, 0");
  CHECK(FormatOf("\n\n") == "ftrace text, 0");
}

TEST_CASE("Trace opening: damage before the first event does not mislead",
          "[workloads][trace]") {
  CHECK(FormatOf(std::string("garbage [000] 1\n") + kFtraceLine) ==
        "ftrace text, 1");
  CHECK(FormatOf(std::string("0 order=0\n\n") + kPerfLine) ==
        "perf script text, 1");
  CHECK(FormatOf(std::string("CPU:3 [LOST 17 EVENTS]\n") + kFtraceLine) ==
        "ftrace text, 1");
}

TEST_CASE("Trace opening: the other format in between is damage",
          "[workloads][trace]") {
  WholeTrace trace = ReadAnyTrace(std::string(kFtraceLine) + kPerfLine);
  CHECK(trace.stats.total_events == 1);
  CHECK(trace.stats.unreadable_lines == 1);
  trace = ReadAnyTrace(std::string(kPerfLine) + kFtraceLine);
  CHECK(trace.stats.total_events == 1);
  CHECK(trace.stats.unreadable_lines == 1);
}

TEST_CASE("Trace opening: an input that cannot be read is an error",
          "[workloads][trace]") {
  // gzip's magic and nothing after it.
  const WholeTrace trace = ReadAnyTrace("\x1f\x8b\x08\x01\x02\x03\x04\x05");
  CHECK_FALSE(trace.status.ok());
}

}  // namespace
}  // namespace pagelab

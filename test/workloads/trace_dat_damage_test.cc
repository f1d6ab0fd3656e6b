#include <algorithm>
#include <string>

#include "pagelab/base/text.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/trace_dat_writer.h"
#include "pagelab/test/workloads/trace_support.h"

namespace pagelab {
namespace {

constexpr int kNrEvents = 600;

// About four pages of each of two CPUs.
TraceDatWriter MakeWriter() {
  TraceDatWriter writer(2);
  writer.AddTask(7, "bash");
  for (int i = 0; i < kNrEvents; ++i) {
    writer.Add({.cpu = CpuId(i % 2),
                .time = static_cast<uint64_t>(i) * 1000,
                .pid = 7,
                .flags = 0,
                .preempt_count = 0},
               "kmem/mm_page_alloc",
               {{"pfn", static_cast<uint64_t>(i)}, {"gfp_flags", 0xcc0}});
  }
  return writer;
}

std::string Message(const absl::Status& status) {
  return std::string(FromAbsl(status.message()));
}

std::string ErrorOf(const std::string& contents) {
  const WholeTrace trace = ReadAnyTrace(contents);
  CHECK(trace.events.empty());
  CHECK_FALSE(trace.status.ok());
  return Message(trace.status);
}

TEST_CASE("trace.dat damage: cut off in the events, the rest is read",
          "[workloads][trace]") {
  const std::string whole = MakeWriter().Contents();
  CHECK(ReadAnyTrace(whole).events.size() == kNrEvents);
  const WholeTrace trace = ReadAnyTrace(whole.substr(0, whole.size() - 100));
  INFO(trace.status);
  REQUIRE(trace.status.ok());
  // Without the second CPU's last page.
  CHECK(trace.events.size() > kNrEvents / 2);
  CHECK(trace.events.size() < kNrEvents);
  CHECK(trace.stats.unreadable_lines == 1);
  REQUIRE(trace.stats.problems.size() == 1);
  CHECK(trace.stats.problems[0].message ==
        "cut off: 100 bytes of events are missing");
  CHECK(trace.stats.problems[0].offset == whole.size() - 100);
}

TEST_CASE("trace.dat damage: cut off anywhere, it is an error or read",
          "[workloads][trace]") {
  const std::string whole = MakeWriter().Contents();
  size_t last_events = 0;
  for (size_t size = 10; size < whole.size(); size += 241) {
    const WholeTrace trace = ReadAnyTrace(whole.substr(0, size));
    INFO(size << " of " << whole.size() << ": " << trace.status);
    if (trace.status.ok()) {
      CHECK(trace.stats.unreadable_lines >= 1);
      CHECK(trace.events.size() >= last_events);
      last_events = trace.events.size();
    } else {
      CHECK(trace.events.empty());
      CHECK(Message(trace.status).find("trace.txt: byte ") !=
            std::string::npos);
    }
  }
  CHECK(last_events > 0);
}

TEST_CASE("trace.dat damage: what is wrong with the header is named",
          "[workloads][trace]") {
  const std::string whole = MakeWriter().Contents();
  const auto with = [&](size_t at, std::string_view bytes) {
    std::string contents = whole;
    contents.replace(at, bytes.size(), bytes);
    return ErrorOf(contents);
  };
  CHECK(ErrorOf(whole.substr(0, 10)) ==
        "trace.txt: byte 10: expected a string and its end");
  CHECK(with(10, "5") ==
        "trace.txt: byte 18: trace.dat version \"5\"; 6 and 7 can be read");
  CHECK(with(12, "\x07") ==
        "trace.txt: byte 14: expected byte order and size of a long");
  CHECK(with(14, "\x07") ==
        "trace.txt: byte 18: page size 4103 makes no sense");
  CHECK(with(18, "H") == "trace.txt: byte 18: expected \"header_page\"");
  CHECK(with(33, "\x7f") ==
        "trace.txt: byte 30: a size of 2130706637 makes no sense");
  CHECK(with(whole.find("flyrecord"), "latency  ") ==
        "trace.txt: byte " + std::to_string(whole.find("flyrecord") + 10) +
            ": holds text of a latency tracer, no events");
  CHECK(with(whole.find("flyrecord"), "flyrecor_") ==
        "trace.txt: byte " + std::to_string(whole.find("flyrecord") + 10) +
            ": expected \"flyrecord\"");
  CHECK(with(whole.find("flyrecord") + 10, "\x01") ==
        "trace.txt: byte " + std::to_string(whole.find("flyrecord") + 26) +
            ": a CPU's data should start at a page");
  CHECK(ErrorOf(whole.substr(0, 1000)) ==
        "trace.txt: byte 968: cut off: at least 1647 bytes are expected, the "
        "file has 1000");
}

TEST_CASE("trace.dat damage: events that cannot be read are counted",
          "[workloads][trace]") {
  TraceDatWriter writer = MakeWriter();
  writer.Add({.cpu = CpuId(0),
              .time = 1'000'000,
              .pid = 7,
              .flags = 0,
              .preempt_count = 0},
             "kmem/mm_page_free", {{"pfn", 1}, {"order", 12}});
  writer.Add({.cpu = CpuId(0),
              .time = 1'000'001,
              .pid = 7,
              .flags = 0,
              .preempt_count = 0},
             "kmem/mm_page_free_batched", {{"pfn", uint64_t{1} << 41}});
  writer.Add({.cpu = CpuId(0),
              .time = 1'000'002,
              .pid = 7,
              .flags = 0,
              .preempt_count = 0},
             "kmem/mm_page_pcpu_drain", {{"pfn", 1}});
  writer.Add({.cpu = CpuId(0),
              .time = 1'000'003,
              .pid = 7,
              .flags = 0,
              .preempt_count = 0},
             "vmscan/mm_vmscan_kswapd_sleep", {});
  // As kernels before 4.1 record it.
  writer.EditFormat("kmem/mm_page_pcpu_drain", "unsigned long pfn;",
                    "struct page * page;");
  writer.DropFormat("vmscan/mm_vmscan_kswapd_sleep");
  const WholeTrace trace = ReadAnyTrace(writer.Contents());
  REQUIRE(trace.status.ok());
  CHECK(trace.events.size() == kNrEvents);
  CHECK(trace.stats.unreadable_lines == 4);
  REQUIRE(trace.stats.problems.size() == 4);
  const auto& problems = trace.stats.problems;
  CHECK(problems[0].message == "mm_page_free: orders are 0 to 10");
  CHECK(problems[0].line == kNrEvents + 1);
  CHECK(problems[0].offset > 0);
  CHECK(problems[1].message ==
        "mm_page_free_batched: page frame number beyond 52 bits of address");
  CHECK(problems[2].message ==
        "the recorded kernel's mm_page_pcpu_drain has no field \"pfn\"");
  CHECK(problems[3].message ==
        "an event that the file does not describe, number 500");
}

TEST_CASE("trace.dat damage: any byte may be wrong", "[workloads][trace]") {
  const std::string whole = MakeWriter().Contents();
  uint32_t state = 815;
  const auto random = [&state] {
    state = state * 1664525 + 1013904223;
    return state >> 8;
  };
  int read = 0;
  for (int i = 0; i < 200; ++i) {
    CAPTURE(i);
    std::string contents = whole;
    for (uint32_t n = random() % 8 + 1; n > 0; --n) {
      contents[10 + random() % (contents.size() - 10)] =
          static_cast<char>(random());
    }
    const WholeTrace trace = ReadAnyTrace(contents);
    read += trace.status.ok();
    CHECK(trace.events.size() <= 2 * kNrEvents);
  }
  CHECK(read > 100);
}

TEST_CASE("trace.dat damage: libtraceevent's crash is the end of the events",
          "[workloads][trace]") {
  TraceDatWriter writer = MakeWriter();
  // Crashes version 1.7, which other versions need not.
  std::string deep = "print fmt: \"%d\", ";
  writer.EditFormat("vmscan/mm_vmscan_kswapd_sleep", "print fmt: \"nid=%d\", ",
                    deep + std::string(200'000, '('));
  const WholeTrace trace = ReadAnyTrace(writer.Contents());
  if (trace.status.ok()) {
    CHECK(trace.events.size() == kNrEvents);
    return;
  }
  CHECK(Message(trace.status) ==
        "trace.txt: byte 0: the library that reads this format crashed after "
        "this "
        "place: the file is damaged");
}

}  // namespace
}  // namespace pagelab

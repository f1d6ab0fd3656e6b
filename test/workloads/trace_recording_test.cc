// Pieces of recordings of a real kernel: test/data/trace/. With
// PAGELAB_RECORDINGS set to the folder of all recordings, those too.

#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "pagelab/base/input_stream.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/workloads/trace_printer.h"
#include "pagelab/test/workloads/trace_support.h"
#include "pagelab/workloads/trace/ftrace_reader.h"

namespace pagelab {
namespace {

std::string DataPath(const std::string& name) {
  return std::string(PAGELAB_TEST_DATA_DIR) + "/trace/" + name;
}

// Every event of `path` printed again gives its line.
TraceStats CheckRoundTrip(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadWholeFile(path);
  REQUIRE(text.ok());
  auto input = InputStream::Open(path);
  REQUIRE(input.ok());
  FtraceReader reader(**input);
  TraceEvent event;
  while (reader.Next(event)) {
    const std::string_view line = std::string_view(*text).substr(
        event.offset, text->find('\n', event.offset) - event.offset);
    const std::string printed = PrintTraceLine(event);
    if (printed != line) {
      INFO(path << ":" << event.line);
      REQUIRE(printed == line);
    }
  }
  INFO(reader.status());
  REQUIRE(reader.status().ok());
  CHECK(reader.stats().unreadable_lines == 0);
  CHECK(reader.stats().stacks_without_event == 0);
  CHECK(reader.stats().bytes == text->size());
  return reader.stats();
}

TEST_CASE("Trace recording: lines print back to the same bytes",
          "[workloads][trace]") {
  const TraceStats mixed = CheckRoundTrip(DataPath("mixed-head.txt.xz"));
  CHECK(mixed.lines == 2000);
  CHECK(mixed.count(TraceEventKind::kPageAlloc) == 1012);
  CHECK(mixed.count(TraceEventKind::kPageFree) == 531);
  CHECK(mixed.count(TraceEventKind::kPageFreeBatched) == 406);
  CHECK(mixed.count(TraceEventKind::kPageAllocZoneLocked) == 38);
  CHECK(mixed.nr_cpus == 1);
  CHECK(mixed.entries_written == 1022887);

  // Raw time stamps of two CPUs.
  const TraceStats smp2 = CheckRoundTrip(DataPath("smp2-head.txt.xz"));
  CHECK(smp2.count(TraceEventKind::kPageAlloc) == 994);
  CHECK(smp2.count(TraceEventKind::kPageAllocZoneLocked) == 196);
  CHECK(smp2.first_time.is_ticks());
  CHECK(smp2.nr_cpus == 2);

  const TraceStats corners = CheckRoundTrip(DataPath("corners.txt"));
  CHECK(corners.failed_allocations == 3);
  CHECK(corners.count(TraceEventKind::kPageAllocExtfrag) == 3);
  CHECK(corners.count(TraceEventKind::kContigMigrateRange) == 1);
  CHECK(corners.count(TraceEventKind::kProbe) == 10);
}

TEST_CASE("Trace recording: every event of a recording with stacks has its own",
          "[workloads][trace]") {
  const TraceStats stats = CheckRoundTrip(DataPath("stacks-head.txt.xz"));
  CHECK(stats.lines == 1505);
  CHECK(stats.stacks == 109);
  CHECK(stats.total_events == 109);

  auto input = InputStream::Open(DataPath("stacks-head.txt.xz"));
  REQUIRE(input.ok());
  FtraceReader reader(**input);
  TraceEvent event;
  int interrupted = 0;
  while (reader.Next(event)) {
    CHECK(event.has_stack);
    const std::string functions = Functions(event.stack);
    if (event.kind == TraceEventKind::kPageAlloc) {
      CHECK(functions.starts_with(
          "trace_event_raw_event_mm_page_alloc __alloc_pages_noprof "));
    }
    // A softirq came between this event and its stack.
    if (event.time.value == 9'897'024'000) {
      ++interrupted;
      CHECK(functions ==
            "trace_event_raw_event_mm_page_free free_unref_folios "
            "folios_put_refs shmem_undo_range shmem_evict_inode evict "
            "do_unlinkat __x64_sys_unlink do_syscall_64 "
            "entry_SYSCALL_64_after_hwframe");
    }
    if (event.level == InterruptLevel::kSoftirq) {
      ++interrupted;
      CHECK(functions.starts_with(
          "trace_event_raw_event_mm_page_free free_unref_page "
          "kmem_cache_free rcu_core"));
    }
  }
  CHECK(interrupted == 2);
}

TEST_CASE("Trace recording: all recordings print back to the same bytes",
          "[workloads][trace][recordings]") {
  const char* folder = std::getenv("PAGELAB_RECORDINGS");
  if (folder == nullptr) {
    WARN("skipped: PAGELAB_RECORDINGS does not name the recordings' folder");
    return;
  }
  std::set<std::string> traces;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::filesystem::path trace = entry.path() / "trace.txt.xz";
    if (std::filesystem::exists(trace)) traces.insert(trace.string());
  }
  REQUIRE_FALSE(traces.empty());
  for (const std::string& trace : traces) {
    INFO(trace);
    const TraceStats stats = CheckRoundTrip(trace);
    CHECK(stats.total_events + stats.stacks == stats.entries_in_buffer);
  }
}

}  // namespace
}  // namespace pagelab

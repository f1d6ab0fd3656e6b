// Exact replay of the recordings of real kernels: all of it, from snapshot to
// snapshot. page-allocator.md 25.9.

#include <filesystem>
#include <string>
#include <vector>

#include "pagelab/base/input_stream.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/recordings.h"
#include "pagelab/workloads/exact/exact_run.h"
#include "pagelab/workloads/snapshot/snapshot.h"

namespace pagelab {
namespace {

// The file in the folder, compressed or not; empty if there is none.
std::string Find(const std::string& folder, const std::string& name) {
  for (const char* suffix : {"", ".xz"}) {
    std::string path = folder + "/" + name + suffix;
    if (std::filesystem::exists(path)) return path;
  }
  return "";
}

AllocatorSnapshot Load(const std::string& path) {
  const auto input = InputStream::Open(path);
  REQUIRE(input.ok());
  absl::StatusOr<AllocatorSnapshot> snapshot = ReadSnapshot(**input);
  INFO(snapshot.status());
  REQUIRE(snapshot.ok());
  return *std::move(snapshot);
}

ExactReport Replay(const std::string& folder, const std::string& from,
                   const std::string& expect) {
  INFO(folder << " from " << from << " to " << expect);
  const AllocatorSnapshot begin = Load(Find(folder, from));
  const AllocatorSnapshot end = Load(Find(folder, expect));
  const auto trace = InputStream::Open(Find(folder, "trace.txt"));
  REQUIRE(trace.ok());
  absl::StatusOr<ExactReport> report = ReplayExactly(**trace, begin, &end, {});
  INFO(report.status());
  REQUIRE(report.ok());
  return *std::move(report);
}

// Nothing may be left open, or be left out of the comparison.
void CheckAll(const ExactReport& report) {
  INFO(ExactText(report));
  CHECK(report.exact());
  CHECK(report.found_from);
  CHECK(report.found_to);
  CHECK(report.counts.allocations > 0);
  CHECK(report.counts.exact == report.counts.allocations);
  CHECK(report.counts.failed_alike + report.counts.failed_unknown ==
        report.counts.failed_allocations);
  CHECK(report.counts.divergences == 0);
  CHECK(report.counts.count(Applied::kAssumedReserves) == 0);
  CHECK(report.impossible == 0);
  CHECK(report.orphan_batched == 0);
  CHECK(report.trace.unreadable_lines == 0);
  REQUIRE(report.difference.has_value());
  CHECK(report.difference->lists_compared > 0);
  CHECK(report.difference->fields_compared > 0);
}

// Folders with a trace and the snapshots T0 and T1 of one kernel.
std::vector<std::string> Recordings() {
  std::vector<std::string> folders;
  for (const std::string& path : RecordedFiles("trace.txt")) {
    const std::string folder = std::filesystem::path(path).parent_path();
    if (!Find(folder, "snap_T0.txt").empty() &&
        !Find(folder, "snap_T1.txt").empty()) {
      folders.push_back(folder);
    }
  }
  return folders;
}

std::string KeptRecording(const char* name) {
  return std::string(PAGELAB_TEST_DATA_DIR) + "/exact/" + name;
}

}  // namespace

TEST_CASE("Exact replay: every recording is exact from T0 to T1",
          "[workloads][exact][recordings]") {
  for (const std::string& folder : Recordings()) {
    CAPTURE(folder);
    CheckAll(Replay(folder, "snap_T0.txt", "snap_T1.txt"));
  }
}

TEST_CASE("Exact replay: every recording is exact from T0 to T2",
          "[workloads][exact][recordings]") {
  for (const std::string& folder : Recordings()) {
    CAPTURE(folder);
    if (Find(folder, "snap_T2.txt").empty()) continue;
    CheckAll(Replay(folder, "snap_T0.txt", "snap_T2.txt"));
  }
}

TEST_CASE("Exact replay: a recorded boot is exact from its first event",
          "[workloads][exact][recordings]") {
  for (const std::string& folder : Recordings()) {
    // Elsewhere tracing began long after this snapshot.
    if (Find(folder, "snap_early2.txt").empty() ||
        std::filesystem::path(folder).filename() != "boot") {
      continue;
    }
    CAPTURE(folder);
    for (const char* expect : {"snap_T0.txt", "snap_T1.txt", "snap_T2.txt"}) {
      CheckAll(Replay(folder, "snap_early2.txt", expect));
    }
  }
}

TEST_CASE("Exact replay: a boot that is kept here is exact",
          "[workloads][exact]") {
  const std::string folder = KeptRecording("boot");
  const ExactReport report = Replay(folder, "snap_early2.txt", "snap_T1.txt");
  CheckAll(report);
  CHECK(report.counts.allocations == 19308);
  CHECK(report.counts.count(Applied::kBootLimits) == 4);
  CheckAll(Replay(folder, "snap_T0.txt", "snap_T1.txt"));
}

TEST_CASE("Exact replay: a recording of two CPUs that is kept here is exact",
          "[workloads][exact]") {
  const ExactReport report =
      Replay(KeptRecording("smp2"), "snap_T0.txt", "snap_T1.txt");
  CheckAll(report);
  CHECK(report.counts.allocations == 34807);
}

TEST_CASE("Exact replay: a recording with stacks that is kept here is exact",
          "[workloads][exact]") {
  const ExactReport report =
      Replay(KeptRecording("stacks"), "snap_T0.txt", "snap_T1.txt");
  CheckAll(report);
  CHECK(report.counts.allocations == 18166);
}

TEST_CASE("Exact replay: to resync changes nothing in an exact recording",
          "[workloads][exact]") {
  const std::string folder = KeptRecording("boot");
  const AllocatorSnapshot from = Load(Find(folder, "snap_T0.txt"));
  const AllocatorSnapshot expect = Load(Find(folder, "snap_T1.txt"));
  const auto trace = InputStream::Open(Find(folder, "trace.txt"));
  REQUIRE(trace.ok());
  const absl::StatusOr<ExactReport> report =
      ReplayExactly(**trace, from, &expect, {.infer = false, .resync = true});
  REQUIRE(report.ok());
  CheckAll(*report);
}

}  // namespace pagelab

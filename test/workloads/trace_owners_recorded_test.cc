// Owners from recordings of a real kernel against its own page_owner file. The
// excerpt: the events of 104 blocks of the recording "stacks" that were in use
// at its end, with their records and a few older ones. With all recordings at
// hand, those too.

#include <optional>
#include <set>
#include <string>

#include "pagelab/base/input_stream.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/recordings.h"
#include "pagelab/test/workloads/trace_owners_support.h"
#include "pagelab/workloads/snapshot/snapshot.h"
#include "pagelab/workloads/trace_owners/snapshot_facts.h"

namespace pagelab {
namespace {

std::string ReadText(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadWholeFile(path);
  INFO(text.status());
  REQUIRE(text.ok());
  return *text;
}

std::string ReadExcerpt(const std::string& name) {
  return ReadText(std::string(PAGELAB_TEST_DATA_DIR) + "/trace_owners/" + name);
}

uint64_t CountOf(const DumpComparison& comparison, DumpDifference kind) {
  return comparison.difference(kind).count;
}

// What was compared was equal.
void CheckFieldsEqual(const DumpComparison& comparison) {
  for (int i = 0; i < kNrComparedFields; ++i) {
    const auto field = static_cast<ComparedField>(i);
    CAPTURE(ToString(field));
    CHECK(comparison.field(field).compared == comparison.field(field).equal);
  }
  CHECK(comparison.unexplained() == 0);
}

TEST_CASE("Trace owners recorded: an excerpt agrees with the kernel's file",
          "[workloads][trace_owners]") {
  TraceOwners owners;
  ReadInto(owners, ReadExcerpt("stacks-trace.txt.xz"));
  const std::string dump = ReadExcerpt("stacks-page-owner.txt.xz");
  const DumpComparison comparison = Compare(owners, dump);
  INFO(DumpComparisonText(comparison));
  CheckFieldsEqual(comparison);
  CHECK(comparison.records == 143);
  CHECK(comparison.older_records == 39);
  CHECK(comparison.shared_records == 104);
  CHECK(comparison.field(ComparedField::kStack).equal == 103);
  CHECK(comparison.field(ComparedField::kTgid).equal == 104);
  CHECK(comparison.field(ComparedField::kComm).equal == 97);
  CHECK(CountOf(comparison, DumpDifference::kRenamed) == 7);
  CHECK(CountOf(comparison, DumpDifference::kPageOwnersOwn) == 1);
}

TEST_CASE(
    "Trace owners recorded: a dump written from a recording reads back "
    "as equal",
    "[workloads][trace_owners]") {
  TraceOwners owners;
  ReadInto(owners, ReadExcerpt("stacks-trace.txt.xz"));
  TraceDumpOptions options;
  options.clock_offset_ns = -435'728'843;
  const DumpComparison comparison = Compare(owners, DumpText(owners, options));
  INFO(DumpComparisonText(comparison));
  CheckFieldsEqual(comparison);
  CHECK(comparison.shared_records == 104);
  CHECK(comparison.field(ComparedField::kStack).equal == 104);
  CHECK(comparison.field(ComparedField::kComm).equal == 104);
  CHECK(comparison.clock_offset_ns == -435'728'843);
}

TEST_CASE("Trace owners recorded: a change in a dump is found",
          "[workloads][trace_owners]") {
  TraceOwners owners;
  ReadInto(owners, ReadExcerpt("stacks-trace.txt.xz"));
  std::string dump = ReadExcerpt("stacks-page-owner.txt.xz");
  const std::string_view from = "ext4_da_write_begin";
  const size_t at = dump.find(from);
  REQUIRE(at != std::string::npos);
  dump.replace(at, from.size(), "ext4_xx_write_begin");
  const DumpComparison comparison = Compare(owners, dump);
  CHECK(comparison.unexplained() == 1);
  CHECK(CountOf(comparison, DifferenceOf(ComparedField::kStack)) == 1);
}

// Every recording: figures that a change must not make worse.
struct Expected {
  std::string folder;
  std::string from;
  uint64_t shared_records;
  uint64_t older_pages;
  uint64_t renamed;
};

std::optional<AllocatorSnapshot> LoadSnapshot(const std::string& folder,
                                              const std::string& name) {
  const std::vector<std::string> paths = RecordedFiles(name);
  for (const std::string& path : paths) {
    if (path.find("/" + folder + "/") == std::string::npos) continue;
    auto input = InputStream::Open(path);
    REQUIRE(input.ok());
    absl::StatusOr<AllocatorSnapshot> snapshot = ReadSnapshot(**input);
    INFO(snapshot.status());
    REQUIRE(snapshot.ok());
    return *std::move(snapshot);
  }
  FAIL("no " << name << " in " << folder);
  return std::nullopt;
}

DumpComparison CompareRecording(const std::string& path,
                                const Expected& expected) {
  const auto from = LoadSnapshot(expected.folder, expected.from);
  const auto expect = LoadSnapshot(expected.folder, "snap_T1");
  OwnersOptions options;
  options.from = &*from;
  options.expect = &*expect;
  TraceOwners owners;
  auto trace = InputStream::Open(path + "/trace.txt.xz");
  REQUIRE(trace.ok());
  const absl::StatusOr<OwnersReport> report =
      ReadOwners(**trace, options, owners);
  INFO(report.status());
  REQUIRE(report.ok());
  CHECK(report->in_use.older == expected.older_pages);
  CHECK(report->in_use.moved_from_unknown == 0);
  CHECK(report->counts.missing_frees == 0);
  CHECK(report->counts.impossible_events == 0);
  return Compare(owners, ReadText(path + "/page_owner.txt.xz"),
                 {.pageblock_type = PageblockTypesOf(*expect)});
}

TEST_CASE("Trace owners recorded: all recordings agree with the kernel's files",
          "[workloads][trace_owners]") {
  const std::string root = RecordingsFolder();
  if (root.empty()) return;
  const std::vector<Expected> all = {
      {"boot", "snap_early2", 18'613, 61'703, 17'366},
      {"cma", "snap_T0", 35, 404'830, 1},
      {"cmause", "snap_T0", 57'683, 80'099, 1},
      {"mixed", "snap_T0", 3'389, 125'702, 8},
      {"pressure", "snap_T0", 142, 156'452, 33},
      {"pressure2", "snap_T0", 439, 120'829, 8},
      {"smp2", "snap_T0", 82, 115'753, 4},
      {"small4g", "snap_T0", 1'817, 166'010, 0},
      {"stacks", "snap_T0", 1'671, 90'274, 7},
      {"steal2", "snap_T0", 18'623, 80'086, 4},
  };
  for (const Expected& expected : all) {
    CAPTURE(expected.folder);
    const DumpComparison comparison =
        CompareRecording(root + "/" + expected.folder, expected);
    INFO(DumpComparisonText(comparison));
    CheckFieldsEqual(comparison);
    // The kernel has as many older pages as the snapshot says are left.
    CHECK(comparison.older_pages == expected.older_pages);
    CHECK(comparison.shared_records == expected.shared_records);
    CHECK(comparison.field(ComparedField::kBlockType).equal ==
          expected.shared_records);
    CHECK(CountOf(comparison, DumpDifference::kRenamed) == expected.renamed);
    CHECK(CountOf(comparison, DumpDifference::kMovedHere) == 0);
    const bool has_stacks = expected.folder == "stacks";
    CHECK(comparison.field(ComparedField::kStack).equal ==
          (has_stacks ? 1'670 : 0));
  }
}

}  // namespace
}  // namespace pagelab

#include "pagelab/test/workloads/trace_owners_support.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "pagelab/base/input_stream.h"
#include "pagelab/base/output_stream.h"
#include "pagelab/test/support/catch.h"

namespace pagelab {

OwnersReport ReadInto(TraceOwners& owners, const std::string& recording,
                      const OwnersOptions& options) {
  auto input = InputStream::FromString("here/trace.txt", recording);
  REQUIRE(input.ok());
  absl::StatusOr<OwnersReport> report = ReadOwners(**input, options, owners);
  INFO(report.status());
  REQUIRE(report.ok());
  CHECK(report->trace.unreadable_lines == 0);
  return *std::move(report);
}

TraceOwners OwnersOf(const TraceText& recording) {
  TraceOwners owners;
  ReadInto(owners, recording.text());
  return owners;
}

std::string DumpText(const TraceOwners& owners,
                     const TraceDumpOptions& options) {
  StringOutput out;
  REQUIRE(WriteTraceDump(owners, options, out).ok());
  return out.text();
}

DumpComparison Compare(const TraceOwners& owners, const std::string& dump,
                       const DumpComparisonOptions& options) {
  auto input = InputStream::FromString("dump.txt", dump);
  REQUIRE(input.ok());
  absl::StatusOr<DumpComparison> comparison =
      CompareWithDump(owners, **input, options);
  INFO(comparison.status());
  REQUIRE(comparison.ok());
  return *std::move(comparison);
}

std::string Blocks(const TraceOwners& owners) {
  static constexpr std::array<std::string_view, 4> kStates = {
      "unseen", "allocated", "free", "unknown"};
  std::string text;
  owners.frames().ForEachBlock(
      [&](Pfn head, FrameCode code, const FrameRecord& record) {
        if (!text.empty()) text += ", ";
        text += fmt::format("{:#x}+{} {}", head.value(), code.order().pages(),
                            kStates[static_cast<size_t>(code.state())]);
        if (record.task != 0 && code.state() == FrameState::kAllocated) {
          text += " by " + owners.task(record.task).comm;
        }
      });
  return text;
}

}  // namespace pagelab

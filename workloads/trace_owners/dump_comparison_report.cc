// What a comparison says of itself.

#include <fmt/format.h>

#include "pagelab/base/text.h"
#include "pagelab/workloads/top_owners.h"
#include "pagelab/workloads/trace_owners/dump_comparison.h"

namespace pagelab {
namespace {

constexpr std::array<std::string_view, kNrComparedFields> kFieldNames = {
    "order", "gfp mask", "gfp names",  "pid",   "tgid",
    "comm",  "type",     "block type", "stack", "migrated"};

// Of the differences before kFirstField.
constexpr std::array<std::string_view,
                     static_cast<size_t>(DumpDifference::kFirstField)>
    kKindNames = {
        "allocated since the dump was read",
        "freed since the dump was read",
        "freed and allocated again since the dump was read",
        "blocks split later, which has no event",
        "moved here by migration, which has no event",
        "of a contiguous range, whose allocation has no event",
        "allocated in bulk, which has no event",
        "comm: the tracer prints the name that a task had last",
        "stack: page_owner's own memory has its dummy stack",
        "only in the dump",
        "only in the recording",
        "another allocation",
};

std::string Differences(const DumpComparison& comparison, bool explained) {
  std::string text;
  for (int i = 0; i < kNrDumpDifferences; ++i) {
    const auto kind = static_cast<DumpDifference>(i);
    const DumpDifferenceCounts& counts = comparison.difference(kind);
    if (counts.count == 0 || IsExplained(kind) != explained) continue;
    text += fmt::format("  {:>11}  {}\n               first: {}\n",
                        Grouped(counts.count), ToString(kind), counts.example);
  }
  return text;
}

std::string Fields(const DumpComparison& comparison) {
  std::string text = "  field         compared        equal     left out\n";
  for (int i = 0; i < kNrComparedFields; ++i) {
    const auto field = static_cast<ComparedField>(i);
    const ComparedFieldCounts& counts = comparison.field(field);
    text += fmt::format("  {:<10}  {:>10}  {:>11}  {:>11}\n", ToString(field),
                        Grouped(counts.compared), Grouped(counts.equal),
                        Grouped(counts.left_out));
  }
  return text;
}

std::string ClockText(const DumpComparison& comparison) {
  if (!comparison.clock_offset_ns.has_value()) return "";
  return fmt::format(
      "  page_owner's clock is the recording's {} {:.3f} ms\n",
      *comparison.clock_offset_ns < 0 ? "less" : "plus",
      static_cast<double>(std::abs(*comparison.clock_offset_ns)) / 1e6);
}

}  // namespace

std::string_view ToString(ComparedField field) {
  return kFieldNames[static_cast<size_t>(field)];
}

std::string_view ToString(DumpDifference kind) {
  const auto index = static_cast<size_t>(kind);
  return index < kKindNames.size() ? kKindNames[index]
                                   : kFieldNames[index - kKindNames.size()];
}

DumpDifference DifferenceOf(ComparedField field) {
  return static_cast<DumpDifference>(
      static_cast<int>(DumpDifference::kFirstField) + static_cast<int>(field));
}

bool IsExplained(DumpDifference kind) {
  return kind < DumpDifference::kOnlyInDump;
}

std::string DumpComparisonText(const DumpComparison& comparison) {
  std::string text = fmt::format("{}: {} records\n", comparison.dump_name,
                                 Grouped(comparison.records));
  text += fmt::format(
      "  {:>11}  older than the recording, {} pages: not to be known from it\n",
      Grouped(comparison.older_records), Grouped(comparison.older_pages));
  text += fmt::format("  {:>11}  of allocations that the recording has\n",
                      Grouped(comparison.shared_records));
  text += ClockText(comparison);
  text += '\n';
  text += Fields(comparison);
  text +=
      "  not compared: offsets and sizes in stacks, page flags; no recording "
      "has them\n";
  const std::string explained = Differences(comparison, true);
  if (!explained.empty()) text += "\nexplained differences\n" + explained;
  const std::string unexplained = Differences(comparison, false);
  text += unexplained.empty() ? "\nno unexplained difference\n"
                              : "\nunexplained differences\n" + unexplained;
  return text;
}

}  // namespace pagelab

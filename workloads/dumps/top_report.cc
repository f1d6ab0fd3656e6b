#include "pagelab/workloads/dumps/top_report.h"

#include <algorithm>

#include "fmt/format.h"
#include "pagelab/alloc/types.h"
#include "pagelab/base/text.h"
#include "pagelab/workloads/dumps/group_words.h"

namespace pagelab {
namespace {

// Why there is no group.
std::string NothingWords(const GroupedDumps& dumps, bool filtered) {
  const uint64_t records = dumps.statistics.records();
  if (filtered) {
    return fmt::format("Nothing matches: none of {}.\n",
                       Counted(records, "record"));
  }
  return fmt::format(
      "Nothing is held: {}, only about free pages or stacks without a count.\n",
      Counted(records, "record"));
}

std::string Answer(const GroupedDumps& dumps) {
  const std::string total =
      fmt::format("{} in {}", SizeOfPages(dumps.total.pages),
                  Counted(dumps.total.records, "record"));
  const DumpGroup& first = dumps.groups.front();
  const std::string size = SizeOfPages(first.count.pages);
  if (dumps.groups.size() == 1) {
    return fmt::format("{} holds all of the {}.\n",
                       GroupName(dumps.by, first.values), total);
  }
  return fmt::format("{} holds {}, {} of the {}.\n",
                     GroupName(dumps.by, first.values), size,
                     Share(first.count.pages, dumps.total.pages), total);
}

std::string Numbers(const GroupCount& count, uint64_t total) {
  return fmt::format("{:>10}  {:>7}  {:>11}  {:>11}", SizeOfPages(count.pages),
                     Share(count.pages, total), Grouped(count.pages),
                     Grouped(count.records));
}

}  // namespace

absl::Span<const DumpGroup> ShownGroups(const GroupedDumps& dumps,
                                        const TopReportOptions& options) {
  const absl::Span<const DumpGroup> groups(dumps.groups);
  return options.groups == 0 ? groups : groups.subspan(0, options.groups);
}

std::string TopText(const GroupedDumps& dumps,
                    const TopReportOptions& options) {
  if (dumps.groups.empty()) return NothingWords(dumps, options.filtered);
  const absl::Span<const DumpGroup> shown = ShownGroups(dumps, options);
  TextColumns columns;
  columns.Add(GroupHeadings(dumps.by));
  for (const DumpGroup& group : shown) {
    columns.Add(GroupCells(dumps.by, group.values, dumps.identity));
  }
  std::string text = Answer(dumps);
  text += fmt::format("\n{:>10}  {:>7}  {:>11}  {:>11}{}\n", "size", "share",
                      "pages", "records", columns.Row(0));
  GroupCount others = dumps.total;
  for (size_t i = 0; i < shown.size(); ++i) {
    const DumpGroup& group = shown[i];
    others.pages -= group.count.pages;
    others.records -= group.count.records;
    text += Numbers(group.count, dumps.total.pages) + columns.Row(1 + i) + "\n";
    if (options.stacks) text += GroupFrames(dumps.by, group.values);
  }
  if (shown.size() < dumps.groups.size()) {
    text += fmt::format("{}  {} more\n", Numbers(others, dumps.total.pages),
                        Grouped(dumps.groups.size() - shown.size()));
  }
  text += fmt::format("{}  in all\n", Numbers(dumps.total, dumps.total.pages));
  return text;
}

std::string TopCsv(const GroupedDumps& dumps, const TopReportOptions& options) {
  std::string text = "bytes,pages,records";
  for (const DumpField field : dumps.by) {
    if (field == DumpField::kStack) text += ",stack_id";
    text += ',';
    text += InfoOf(field).name;
  }
  text += '\n';
  for (const DumpGroup& group : ShownGroups(dumps, options)) {
    text += fmt::format("{},{},{}{}\n", group.count.pages * kPageSize,
                        group.count.pages, group.count.records,
                        GroupCsv(dumps.by, group.values, dumps.identity));
  }
  return text;
}

}  // namespace pagelab

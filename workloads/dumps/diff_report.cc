#include "pagelab/workloads/dumps/diff_report.h"

#include <algorithm>

#include "fmt/format.h"
#include "pagelab/base/text.h"
#include "pagelab/workloads/dumps/group_words.h"

namespace pagelab {
namespace {

// "+41.6 MiB", "-3.0 KiB", "0 B".
std::string Change(int64_t pages) {
  const uint64_t size = pages < 0 ? uint64_t{0} - static_cast<uint64_t>(pages)
                                  : static_cast<uint64_t>(pages);
  return (pages < 0 ? "-" : pages > 0 ? "+" : "") + SizeOfPages(size);
}

// A, B, ... Z, then the number.
std::string Letter(size_t dump) {
  return dump < 26 ? std::string(1, static_cast<char>('A' + dump))
                   : std::to_string(dump + 1);
}

bool Belongs(const DiffGroup& group, DiffShow show) {
  switch (show) {
    case DiffShow::kGrown:
      return group.growth() > 0;
    case DiffShow::kShrunk:
      return group.growth() < 0;
    case DiffShow::kNew:
      return group.is_new() && group.counts.back().records > 0;
    case DiffShow::kStayed:
      return group.stayed.pages > 0;
    case DiffShow::kAlways:
      return group.grew_always();
  }
  return false;
}

int64_t Weight(const DiffGroup& group, DiffShow show) {
  if (show == DiffShow::kStayed) {
    return static_cast<int64_t>(group.stayed.pages);
  }
  return show == DiffShow::kShrunk ? -group.growth() : group.growth();
}

std::string Answer(const DumpDiff& diff) {
  const std::string total =
      fmt::format("from {} to {}", SizeOfPages(diff.totals.front().pages),
                  SizeOfPages(diff.totals.back().pages));
  if (diff.groups.empty() || diff.groups.front().growth() <= 0) {
    return fmt::format("Nothing grew: all together went {}.\n", total);
  }
  const DiffGroup& most = diff.groups.front();
  return fmt::format("{} grew most, by {}{}; all together went {}, by {}.\n",
                     GroupName(diff.by, most.values),
                     SizeOfPages(static_cast<uint64_t>(most.growth())),
                     most.is_new() ? " from nothing" : "", total,
                     Change(diff.growth()));
}

std::string Dumps(const DumpDiff& diff) {
  std::string text;
  for (size_t i = 0; i < diff.names.size(); ++i) {
    const uint64_t records = diff.totals[i].records;
    text += fmt::format("{:>10}  {:>10}  {:>11} {:<7}  {}\n", Letter(i),
                        SizeOfPages(diff.totals[i].pages), Grouped(records),
                        records == 1 ? "record" : "records", diff.names[i]);
  }
  return text;
}

std::string StayedWords(const DumpDiff& diff) {
  if (diff.stayed.records == 0) return "No allocation is in every dump.\n";
  return fmt::format("{} never went away: {} in every dump.\n",
                     SizeOfPages(diff.stayed.pages),
                     Counted(diff.stayed.records, "allocation"));
}

std::string NewWords(const DumpDiff& diff) {
  uint64_t groups = 0;
  uint64_t pages = 0;
  for (const DiffGroup& group : diff.groups) {
    if (!Belongs(group, DiffShow::kNew)) continue;
    ++groups;
    pages += group.counts.back().pages;
  }
  if (groups == 0) return "Nothing is new since A.\n";
  return fmt::format("{} in {} new since A.\n", SizeOfPages(pages),
                     Counted(groups, "group"));
}

// Instead of a table without lines.
std::string_view NoGroupWords(DiffShow show) {
  switch (show) {
    case DiffShow::kGrown:
      return "No group grew.\n";
    case DiffShow::kShrunk:
      return "No group shrank.\n";
    case DiffShow::kNew:
      return "No group is new since A.\n";
    case DiffShow::kStayed:
      return "No group has pages that never went away.\n";
    case DiffShow::kAlways:
      return "No group grew from every dump to the next.\n";
  }
  return "";
}

std::string Numbers(const DiffGroup& group) {
  std::string text = fmt::format("{:>10}", Change(group.growth()));
  for (const GroupCount& count : group.counts) {
    text += fmt::format("  {:>10}",
                        count.records == 0 ? "-" : SizeOfPages(count.pages));
  }
  text += fmt::format("  {:>10}  {:<3}", SizeOfPages(group.stayed.pages),
                      group.is_new() ? "new" : "");
  return text;
}

// A line for each group that is shown, below a heading.
std::string Table(const DumpDiff& diff,
                  absl::Span<const DiffGroup* const> shown, bool stacks) {
  TextColumns columns;
  columns.Add(GroupHeadings(diff.by));
  for (const DiffGroup* group : shown) {
    columns.Add(GroupCells(diff.by, group->values, diff.identity));
  }
  std::string text = fmt::format("{:>10}", "growth");
  for (size_t i = 0; i < diff.names.size(); ++i) {
    text += fmt::format("  {:>10}", Letter(i));
  }
  text += fmt::format("  {:>10}     {}\n", "stayed", columns.Row(0));
  for (size_t i = 0; i < shown.size(); ++i) {
    text += Numbers(*shown[i]) + columns.Row(1 + i) + "\n";
    if (stacks) text += GroupFrames(diff.by, shown[i]->values);
  }
  return text;
}

}  // namespace

std::vector<const DiffGroup*> ShownGroups(const DumpDiff& diff,
                                          const DiffReportOptions& options) {
  std::vector<const DiffGroup*> shown;
  for (const DiffGroup& group : diff.groups) {
    if (Belongs(group, options.show)) shown.push_back(&group);
  }
  std::stable_sort(shown.begin(), shown.end(),
                   [show = options.show](const auto* a, const auto* b) {
                     return Weight(*a, show) > Weight(*b, show);
                   });
  if (options.groups != 0 && shown.size() > options.groups) {
    shown.resize(options.groups);
  }
  return shown;
}

std::string DiffText(const DumpDiff& diff, const DiffReportOptions& options) {
  const std::vector<const DiffGroup*> shown = ShownGroups(diff, options);
  std::string text = Answer(diff) + NewWords(diff) + StayedWords(diff) + "\n" +
                     Dumps(diff) + "\n";
  if (shown.empty()) return text.append(NoGroupWords(options.show));
  text += Table(diff, shown, options.stacks);
  const auto all =
      static_cast<size_t>(std::count_if(diff.groups.begin(), diff.groups.end(),
                                        [&options](const DiffGroup& group) {
                                          return Belongs(group, options.show);
                                        }));
  if (all > shown.size()) {
    text += fmt::format("and {} more\n", Counted(all - shown.size(), "group"));
  }
  return text;
}

std::string DiffCsv(const DumpDiff& diff, const DiffReportOptions& options) {
  std::string text = "growth_pages";
  for (size_t i = 0; i < diff.names.size(); ++i) {
    text += fmt::format(",pages_{0},records_{0}", i + 1);
  }
  text += ",stayed_pages,new";
  for (const DumpField field : diff.by) {
    if (field == DumpField::kStack) text += ",stack_id";
    text += ',';
    text += InfoOf(field).name;
  }
  text += '\n';
  for (const DiffGroup* group : ShownGroups(diff, options)) {
    text += fmt::format("{}", group->growth());
    for (const GroupCount& count : group->counts) {
      text += fmt::format(",{},{}", count.pages, count.records);
    }
    text +=
        fmt::format(",{},{}{}\n", group->stayed.pages, group->is_new() ? 1 : 0,
                    GroupCsv(diff.by, group->values, diff.identity));
  }
  return text;
}

}  // namespace pagelab

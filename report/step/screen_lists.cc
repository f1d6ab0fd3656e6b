// Free lists and per-cpu lists on the stepper's screen.

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "fmt/format.h"
#include "pagelab/report/step/screen_parts.h"

namespace pagelab {
namespace {

// The types that have a column of their own.
constexpr std::array<Migratetype, 3> kColumns = {
    Migratetype::kUnmovable, Migratetype::kMovable, Migratetype::kReclaimable};
constexpr std::array<Migratetype, 3> kOthers = {
    Migratetype::kHighAtomic, Migratetype::kCma, Migratetype::kIsolate};
constexpr int kOrderWidth = 4;
// Entries of a list that did not change: more than a screen has room for.
constexpr size_t kMostSame = 400;
constexpr int kOthersWidth = 13;

size_t At(Migratetype type) { return static_cast<size_t>(Index(type)); }

bool ByFirst(const BlockRun& a, const BlockRun& b) { return a.first < b.first; }

// What is in `of` and not in `without`.
std::vector<BlockRun> Difference(const ListMoment& of,
                                 const ListMoment& without) {
  std::vector<BlockRun> left;
  if (of == nullptr || of == without) return left;
  left = *of;
  std::sort(left.begin(), left.end(), ByFirst);
  if (without == nullptr) return left;
  std::vector<BlockRun> right = *without;
  std::sort(right.begin(), right.end(), ByFirst);
  std::vector<BlockRun> difference;
  std::set_difference(left.begin(), left.end(), right.begin(), right.end(),
                      std::back_inserter(difference), ByFirst);
  return difference;
}

std::string EntryText(const ListEntry& entry) {
  const std::string_view sign = entry.kind == ListEntry::Kind::kNew    ? "+"
                                : entry.kind == ListEntry::Kind::kGone ? "-"
                                                                       : "";
  std::string text = fmt::format("{}{:x}", sign, entry.run.first.value());
  if (entry.run.blocks > 1) text += fmt::format("*{}", entry.run.blocks);
  return text;
}

bool HasOrder(const ZoneMoment& zone, size_t order) {
  return zone.nr_free[order] != 0;
}

// Up to the largest order that the zone's size allows.
int HighestOrder(const ZoneMoment& zone) {
  int order = 0;
  while (order < kMaxPageOrder &&
         Order(order + 1).pages() <= zone.span.size().value()) {
    ++order;
  }
  return order;
}

// All orders if they fit, else those that have something or had it.
std::vector<int> OrdersToShow(const ZoneMoment& now, const ZoneMoment& before,
                              int rows) {
  std::vector<int> orders;
  for (int order = 0; order <= HighestOrder(now); ++order) {
    orders.push_back(order);
  }
  if (static_cast<int>(orders.size()) <= rows) return orders;
  std::erase_if(orders, [&](int order) {
    const auto index = static_cast<size_t>(order);
    return !HasOrder(now, index) && !HasOrder(before, index);
  });
  if (static_cast<int>(orders.size()) <= rows) return orders;
  // The ones that changed first.
  std::stable_partition(orders.begin(), orders.end(), [&](int order) {
    const auto index = static_cast<size_t>(order);
    return now.free[index] != before.free[index];
  });
  orders.resize(static_cast<size_t>(std::max(rows, 0)));
  std::sort(orders.begin(), orders.end());
  return orders;
}

// "H 3 +118", of the types without a column.
void PutOthers(StepGrid& grid, int row, int column,
               const std::array<ListMoment, kMigrateTypes>& now,
               const std::array<ListMoment, kMigrateTypes>& before) {
  for (const Migratetype type : kOthers) {
    const ListMoment& list = now[At(type)];
    const ListMoment& old = before[At(type)];
    if (list == nullptr && old == nullptr) continue;
    column = grid.Put(row, column,
                      fmt::format("{}{} ", LetterOf(type), NrBlocks(list)),
                      StyleOf(type), list != old);
    column =
        PutEntries(grid, row, column, grid.width(), list, old, StyleOf(type)) +
        1;
  }
}

struct PcpEntry {
  Order order;
  Migratetype type;
  const ListMoment& now;
  const ListMoment& before;
};

std::vector<PcpEntry> PcpEntries(const PcpMoment& now,
                                 const PcpMoment& before) {
  std::vector<PcpEntry> entries;
  for (int list = 0; list < kNrPcpLists; ++list) {
    const auto index = static_cast<size_t>(list);
    if (now.lists[index] == nullptr && before.lists[index] == nullptr) continue;
    entries.push_back({.order = PcpListOrder(list),
                       .type = PcpListType(list),
                       .now = now.lists[index],
                       .before = before.lists[index]});
  }
  return entries;
}

const PcpMoment& PcpOf(const ZoneMoment& zone, int cpu) {
  return *zone.pcps[static_cast<size_t>(cpu)];
}

}  // namespace

StepStyle StyleOf(Migratetype type) {
  return static_cast<StepStyle>(static_cast<int>(StepStyle::kUnmovable) +
                                Index(type));
}

char LetterOf(Migratetype type) { return ToString(type).front(); }

std::vector<ListEntry> CompareLists(const ListMoment& now,
                                    const ListMoment& before) {
  const std::vector<BlockRun> added = Difference(now, before);
  const std::vector<BlockRun> gone = Difference(before, now);
  std::vector<ListEntry> entries;
  size_t same = 0;
  if (now != nullptr) {
    for (const BlockRun& run : *now) {
      const bool is_new =
          std::binary_search(added.begin(), added.end(), run, ByFirst);
      if (!is_new && ++same > kMostSame) continue;
      entries.push_back(
          {.run = run,
           .kind = is_new ? ListEntry::Kind::kNew : ListEntry::Kind::kSame});
    }
  }
  for (const BlockRun& run : gone) {
    entries.push_back({.run = run, .kind = ListEntry::Kind::kGone});
  }
  return entries;
}

int PutEntries(StepGrid& grid, int row, int column, int end,
               const ListMoment& now, const ListMoment& before,
               StepStyle style) {
  std::vector<ListEntry> entries = CompareLists(now, before);
  // How much room what changed needs; the others share the rest.
  const auto width = [](const ListEntry& entry) {
    return static_cast<int>(EntryText(entry).size()) + 1;
  };
  const int room = end - column;
  int changed = 0;
  int all = -1;
  for (const ListEntry& entry : entries) {
    all += width(entry);
    if (entry.kind != ListEntry::Kind::kSame) changed += width(entry);
  }
  constexpr std::string_view kMore = "..";
  int left = room - changed - static_cast<int>(kMore.size());
  bool is_cut = false;
  for (const ListEntry& entry : entries) {
    const bool is_same = entry.kind == ListEntry::Kind::kSame;
    if (all > room && is_same) {
      if (width(entry) > left) {
        if (!is_cut) column = grid.Put(row, column, kMore, StepStyle::kDim) + 1;
        is_cut = true;
        left = 0;
        continue;
      }
      left -= width(entry);
    }
    const std::string text = EntryText(entry);
    if (column + static_cast<int>(text.size()) > end) {
      if (!is_cut && column + static_cast<int>(kMore.size()) <= end) {
        grid.Put(row, column, kMore, StepStyle::kDim);
      }
      break;
    }
    column = grid.Put(row, column, text, style, !is_same) + 1;
  }
  return column - 1;
}

int RowsOfFreeLists(const ZoneMoment& now, const ZoneMoment&) {
  return HighestOrder(now) + 2;
}

void PutFreeLists(const ScreenPart& part, const ZoneMoment& now,
                  const ZoneMoment& before) {
  StepGrid& grid = part.grid;
  const int column_width = (part.width() - kOrderWidth - kOthersWidth) / 3;
  grid.Put(part.top, 0, "ord", StepStyle::kTitle);
  int column = kOrderWidth;
  for (const Migratetype type : kColumns) {
    grid.Put(part.top, column,
             ToString(type).substr(0, static_cast<size_t>(column_width - 1)),
             StyleOf(type));
    column += column_width;
  }
  grid.Put(part.top, column, "others", StepStyle::kDim);
  int row = part.top + 1;
  for (const int order : OrdersToShow(now, before, part.rows - 1)) {
    const auto index = static_cast<size_t>(order);
    grid.Put(row, 0, fmt::format("{:>3}", order));
    column = kOrderWidth;
    for (const Migratetype type : kColumns) {
      const ListMoment& list = now.free[index][At(type)];
      const ListMoment& old = before.free[index][At(type)];
      const int begin =
          grid.Put(row, column, fmt::format("{}", NrBlocks(list)),
                   list == nullptr ? StepStyle::kDim : StepStyle::kText,
                   NrBlocks(list) != NrBlocks(old)) +
          1;
      PutEntries(grid, row, begin, column + column_width - 1, list, old,
                 StyleOf(type));
      column += column_width;
    }
    PutOthers(grid, row, column, now.free[index], before.free[index]);
    ++row;
  }
}

int RowsOfPcp(const ZoneMoment& now, const ZoneMoment& before, int cpu,
              int width) {
  const std::vector<PcpEntry> entries =
      PcpEntries(PcpOf(now, cpu), PcpOf(before, cpu));
  // Two side by side where the screen is wide.
  const int per_row = width >= 100 ? 2 : 1;
  return 1 + std::max(
                 1, (static_cast<int>(entries.size()) + per_row - 1) / per_row);
}

void PutPcp(const ScreenPart& part, const ZoneMoment& now,
            const ZoneMoment& before, int cpu) {
  StepGrid& grid = part.grid;
  const PcpMoment& pcp = PcpOf(now, cpu);
  const PcpMoment& old = PcpOf(before, cpu);
  int column = grid.Put(part.top, 0, "per-cpu lists", StepStyle::kTitle);
  column = grid.Put(part.top, column, fmt::format(" of CPU {}: ", cpu));
  column = grid.Put(part.top, column, fmt::format("count {}", pcp.count),
                    StepStyle::kText, pcp.count != old.count);
  column = grid.Put(part.top, column + 1, fmt::format("high {}", pcp.high),
                    StepStyle::kText, pcp.high != old.high);
  column = grid.Put(part.top, column + 1, fmt::format("batch {}", pcp.batch));
  const std::vector<PcpEntry> entries = PcpEntries(pcp, old);
  const int rows = part.rows - 1;
  if (entries.empty() || rows <= 0) {
    if (entries.empty()) {
      grid.Put(rows > 0 ? part.top + 1 : part.top, rows > 0 ? 2 : column + 2,
               "all empty", StepStyle::kDim);
    }
    return;
  }
  // As many lists side by side as it takes to show them all.
  const int nr = static_cast<int>(entries.size());
  const int wide = part.width() >= 100 ? 2 : 1;
  const int per_row = std::max(wide, (nr + rows - 1) / rows);
  const int width = part.width() / per_row;
  for (int i = 0; i < nr; ++i) {
    const PcpEntry& entry = entries[static_cast<size_t>(i)];
    const int row = part.top + 1 + i / per_row;
    const int begin = (i % per_row) * width;
    constexpr int kWide = 24;
    const std::string label =
        width >= kWide ? fmt::format("  order {} {} {} ", entry.order.value(),
                                     LetterOf(entry.type), NrBlocks(entry.now))
                       : fmt::format(" {}{}: {} ", entry.order.value(),
                                     LetterOf(entry.type), NrBlocks(entry.now));
    const int from = grid.Put(row, begin, label, StepStyle::kPcp);
    PutEntries(grid, row, from, begin + width - 1, entry.now, entry.before,
               StyleOf(entry.type));
  }
}

}  // namespace pagelab

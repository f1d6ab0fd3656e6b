// The report for people.

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "pagelab/base/text.h"
#include "pagelab/workloads/dumps/group_words.h"
#include "pagelab/workloads/frag/frag_report.h"

namespace pagelab {
namespace {

// Lines of right-aligned columns, the first `left` of them left-aligned, and a
// text behind them. Every column is as wide as its widest cell.
class Table {
 public:
  explicit Table(size_t left) : left_(left) {}

  void Add(std::vector<std::string> cells, std::string tail = "") {
    widths_.resize(std::max(widths_.size(), cells.size()));
    for (size_t i = 0; i < cells.size(); ++i) {
      widths_[i] = std::max(widths_[i], cells[i].size());
    }
    rows_.push_back({std::move(cells), std::move(tail)});
  }

  std::string Text() const {
    std::string text;
    for (const Row& row : rows_) {
      std::string line;
      for (size_t i = 0; i < row.cells.size(); ++i) {
        const auto end = std::back_inserter(line);
        if (i < left_) {
          fmt::format_to(end, "  {:<{}}", row.cells[i], widths_[i]);
        } else {
          fmt::format_to(end, "  {:>{}}", row.cells[i], widths_[i]);
        }
      }
      if (!row.tail.empty()) line += "  " + row.tail;
      line.erase(line.find_last_not_of(' ') + 1);
      text += line + '\n';
    }
    return text;
  }

 private:
  struct Row {
    std::vector<std::string> cells;
    std::string tail;
  };

  size_t left_;
  std::vector<Row> rows_;
  std::vector<size_t> widths_;
};

void AppendOrders(std::vector<std::string>& cells) {
  for (int order = 0; order < kNrPageOrders; ++order) {
    cells.push_back(std::to_string(order));
  }
}

std::string ZoneTitle(const FreeMemoryZone& zone) {
  if (zone.name == "all") return "all zones";
  return fmt::format("node {} {}", zone.node.value(), zone.name);
}

std::vector<FreeMemoryZone> ZonesAndSum(const FreeMemory& memory) {
  std::vector<FreeMemoryZone> zones = memory.zones;
  if (zones.size() > 1) zones.push_back(memory.Sum());
  return zones;
}

std::vector<std::string> CountCells(std::string zone, std::string type,
                                    const FreeBlockCounts& counts) {
  std::vector<std::string> cells = {std::move(zone), std::move(type)};
  for (int order = 0; order < kNrPageOrders; ++order) {
    cells.push_back(Grouped(counts.blocks(Order(order))));
  }
  cells.push_back(Grouped(counts.pages().value()));
  return cells;
}

void AppendFreeBlocks(const FreeMemory& memory, std::string& out) {
  out += "\nfree blocks by order\n";
  Table table(2);
  std::vector<std::string> head = {"", "type"};
  AppendOrders(head);
  head.emplace_back("pages");
  table.Add(std::move(head));
  for (const FreeMemoryZone& zone : ZonesAndSum(memory)) {
    for (size_t type = 0; type < zone.by_type.size(); ++type) {
      if (zone.by_type[type].total_blocks() == 0) continue;
      table.Add(
          CountCells(ZoneTitle(zone), memory.types[type], zone.by_type[type]));
    }
    table.Add(CountCells(ZoneTitle(zone), "(all)", zone.all));
  }
  out += table.Text();
  if (memory.lists_cut_off) {
    out +=
        "  pagetypeinfo counts no list beyond 100,000 blocks: those of a type "
        "may be more\n";
  }
}

template <typename Index>
void AppendIndex(const FreeMemory& memory, std::string_view title,
                 Index&& index, std::string& out) {
  out += fmt::format("\n{}\n", title);
  Table table(1);
  std::vector<std::string> head = {""};
  AppendOrders(head);
  table.Add(std::move(head));
  for (const FreeMemoryZone& zone : ZonesAndSum(memory)) {
    std::vector<std::string> cells = {ZoneTitle(zone)};
    for (int order = 0; order < kNrPageOrders; ++order) {
      cells.push_back(IndexText(index(zone.all, Order(order))));
    }
    table.Add(std::move(cells));
  }
  out += table.Text();
}

void AppendPageblocks(const FreeMemory& memory, std::string& out) {
  if (memory.types.empty()) return;
  out += "\npageblocks by type";
  if (memory.has_mixed()) out += ", and of them mixed";
  out += "\n";
  Table table(2);
  std::vector<std::string> head = {"", ""};
  head.insert(head.end(), memory.types.begin(), memory.types.end());
  table.Add(std::move(head));
  for (const FreeMemoryZone& zone : ZonesAndSum(memory)) {
    for (const auto& [what, counts] :
         {std::pair{"", &zone.pageblocks}, std::pair{"mixed", &zone.mixed}}) {
      if (counts->empty()) continue;
      std::vector<std::string> cells = {ZoneTitle(zone), what};
      for (const uint64_t count : *counts) cells.push_back(Grouped(count));
      table.Add(std::move(cells));
    }
  }
  out += table.Text();
}

void AppendClasses(const PageblockReport& blocks, std::string& out) {
  out += fmt::format(
      "\n{} of {} (order {}){}\n", Counted(blocks.total, "pageblock"),
      HumanSize(blocks.order.pages() * kPageSize), blocks.order.value(),
      blocks.knows_free_lists ? "" : " with a record");
  const auto add = [&out](uint64_t count, std::string_view what) {
    if (count > 0) out += fmt::format("{:>10}  {}\n", Grouped(count), what);
  };
  add(blocks.free, "free");
  add(blocks.on_pcp, "free, with pages on per-cpu lists");
  add(blocks.one_block, "in use by one block, a huge page");
  add(blocks.movable, "in use by pages that could be migrated");
  add(blocks.unmovable, "with pages in use that could not be migrated");
  add(blocks.untracked, blocks.has_owners
                            ? "with pages in use that page_owner does not know"
                            : "with pages in use, nobody knows by whom");
}

// "12 new_slab, 3 shmem_alloc_folio (movable)".
std::string OwnersOf(const NearBlock& block) {
  constexpr size_t kShown = 3;
  std::string text;
  for (size_t i = 0; i < block.owners.size() && i < kShown; ++i) {
    const NearBlock::Owner& owner = block.owners[i];
    text += fmt::format("{}{} {}{}", i == 0 ? "" : ", ", owner.pages,
                        Printable(owner.name),
                        owner.unmovable == 0 ? " (movable)" : "");
  }
  if (block.owners.size() > kShown) {
    text += fmt::format(" and {} more", block.owners.size() - kShown);
  }
  return text;
}

void AppendNearest(const PageblockReport& blocks, std::string& out) {
  if (blocks.nearest.empty()) return;
  out += "\nnearest to being free\n";
  Table table(2);
  table.Add({"pfn", "type", "in use", "unmovable"}, "pages of");
  for (const NearBlock& block : blocks.nearest) {
    table.Add(
        {fmt::format("{:#x}", block.range.begin.value()), block.type,
         Grouped(block.movable + block.unmovable), Grouped(block.unmovable)},
        OwnersOf(block));
  }
  out += table.Text();
}

void AppendOwners(const PageblockReport& blocks, size_t shown,
                  std::string& out) {
  if (blocks.owners.empty() || shown == 0) return;
  out += "\nwho keeps pageblocks from being free, by how many of them\n";
  Table table(0);
  table.Add(
      {"its pages", "unmovable", "is in", "alone in", "alone unmovable in"},
      "owner");
  const size_t count = std::min(shown, blocks.owners.size());
  for (size_t i = 0; i < count; ++i) {
    const BlockingOwner& owner = blocks.owners[i];
    table.Add({Grouped(owner.pages), Grouped(owner.unmovable),
               Grouped(owner.in_blocks), Grouped(owner.blocks),
               Grouped(owner.compacted_blocks)},
              Printable(owner.name));
  }
  out += table.Text();
  if (blocks.owners.size() > count) {
    out += fmt::format("  and {} more\n", blocks.owners.size() - count);
  }
}

void AppendVerdict(const PageblockReport& blocks, std::string& out) {
  if (!blocks.has_owners) {
    out +=
        "\nWithout a page_owner dump nobody can be named; a machine that is "
        "booted with\npage_owner=on has one.\n";
    return;
  }
  out += '\n';
  const auto first =
      std::find_if(blocks.owners.begin(), blocks.owners.end(),
                   [](const BlockingOwner& owner) { return !owner.special; });
  if (first != blocks.owners.end()) {
    out += fmt::format("{} of {} in use would be free if {} gave its {} back",
                       Grouped(first->blocks),
                       Counted(blocks.in_use(), "pageblock"),
                       Printable(first->name), Counted(first->pages, "page"));
    if (first->compacted_blocks > first->blocks) {
      out +=
          fmt::format(",\nand {} once compaction has moved what can be moved",
                      Grouped(first->compacted_blocks));
    }
    out += ".\n";
  }
  if (blocks.movable > 0) {
    out += fmt::format(
        "Compaction alone could free those of {} that it finds room for "
        "elsewhere.\n",
        Counted(blocks.movable, "pageblock"));
  }
  if (!blocks.knows_free_lists) {
    out +=
        "Pages without a record are taken for free: reserved memory and "
        "per-cpu lists are in no dump.\n";
  }
}

}  // namespace

std::string IndexText(int index) {
  const int magnitude = index < 0 ? -index : index;
  return fmt::format("{}{}.{:03}", index < 0 ? "-" : "", magnitude / 1000,
                     magnitude % 1000);
}

std::string FragText(const FragReport& report, const FragOptions& options) {
  std::string text = report.title + "\n";
  if (!report.free.zones.empty()) {
    AppendFreeBlocks(report.free, text);
    AppendIndex(
        report.free,
        "unusable free index: the share of free memory in smaller blocks",
        [](const FreeBlockCounts& counts, Order order) {
          return counts.UnusableIndex(order);
        },
        text);
    AppendIndex(
        report.free,
        "fragmentation index: -1 a block is there; if not, near 0 for "
        "want of memory, near 1 because it is scattered",
        [](const FreeBlockCounts& counts, Order order) {
          return counts.FragmentationIndex(order);
        },
        text);
    AppendPageblocks(report.free, text);
  }
  if (report.blocks.has_value()) {
    AppendClasses(*report.blocks, text);
    AppendNearest(*report.blocks, text);
    AppendOwners(*report.blocks, options.owners, text);
    AppendVerdict(*report.blocks, text);
  }
  return text;
}

}  // namespace pagelab

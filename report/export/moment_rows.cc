// Rows of the states of a machine, and of what an export is.

#include <algorithm>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "pagelab/report/export/picture_words.h"
#include "pagelab/report/export/row_writer.h"

namespace pagelab {
namespace {

// What the free lists say of a pageblock, in pages.
struct PageblockFree {
  uint64_t free = 0;
  uint64_t pcp = 0;
  // -1: no memory map.
  int migratetype = -1;
};

using PageblocksFree = std::map<uint64_t, PageblockFree>;

void AddBlocks(const std::vector<Pfn>& blocks, Order order, Order pageblock,
               uint64_t PageblockFree::*member, PageblocksFree& all) {
  for (const Pfn head : blocks) {
    uint64_t at = head.value();
    const uint64_t end = at + order.pages();
    while (at < end) {
      const uint64_t block = at >> pageblock.value();
      const uint64_t next = std::min(end, (block + 1) << pageblock.value());
      all[block].*member += next - at;
      at = next;
    }
  }
}

PageblocksFree FreeByPageblock(const AllocatorSnapshot& snapshot,
                               Order pageblock) {
  PageblocksFree all;
  for (const SnapshotZone& zone : snapshot.zones) {
    for (const SnapshotPageblocks& run : zone.pageblocks) {
      if (run.migratetype < 0) continue;
      for (Pfn pfn = run.range.begin; pfn < run.range.end;
           pfn += PageCount(pageblock.pages())) {
        all[pfn.value() >> pageblock.value()].migratetype = run.migratetype;
      }
    }
    for (int order = 0; order < kNrPageOrders; ++order) {
      for (const auto& list : zone.free[static_cast<size_t>(order)]) {
        AddBlocks(list, Order(order), pageblock, &PageblockFree::free, all);
      }
    }
    for (const SnapshotPcp& pcp : zone.pcps) {
      for (size_t i = 0; i < pcp.lists.size(); ++i) {
        constexpr int kHuge = 9;
        const Order order(i < kNrLoworderPcpLists
                              ? static_cast<int>(i) / kMigratePcpTypes
                              : kHuge);
        AddBlocks(pcp.lists[i], order, pageblock, &PageblockFree::pcp, all);
      }
    }
  }
  return all;
}

}  // namespace

bool RowWriter::WriteMeta() {
  if (!sink_.Wants(Table::kMeta)) return true;
  const auto write = [this](std::string_view key, std::string value) {
    const Cell cells[] = {std::string(key), std::move(value)};
    return sink_.Row(Table::kMeta, cells);
  };
  bool good = write("schema_version", std::to_string(kTablesVersion)) &&
              write("title", TitleOf(picture_, options_.redaction)) &&
              write("pageblock_order",
                    std::to_string(picture_.pageblock_order().value()));
  if (picture_.now.has_value()) {
    good = good && write("now_ns", std::to_string(*picture_.now));
  }
  if (options_.redaction != Redaction::kNone) {
    good = good &&
           write("redacted",
                 options_.redaction == Redaction::kNames ? "names" : "all");
  }
  for (std::string& line : CommandsOf(picture_, options_.redaction)) {
    good = good && write("command", std::move(line));
  }
  for (std::string& line : MissingOf(picture_, options_.redaction)) {
    good = good && write("missing", std::move(line));
  }
  return good;
}

bool RowWriter::WriteSamples() {
  if (!picture_.timeline.has_value() || !sink_.Wants(Table::kSamples)) {
    return true;
  }
  const Order order = picture_.timeline->pageblock_order;
  uint64_t number = 0;
  for (const TimelineSample& sample : picture_.timeline->samples) {
    const FreeBlockCounts free = sample.FreeOfAll();
    std::vector<Cell> cells = {
        Integer(number++),
        Integer(sample.events),
        Integer(sample.when.value()),
        Integer(free.pages().value()),
        Integer(sample.pcp_pages),
        static_cast<int64_t>(free.FragmentationIndex(order)),
        static_cast<int64_t>(free.UnusableIndex(order))};
    for (const uint64_t counter : sample.counters) {
      cells.push_back(Integer(counter));
    }
    if (!sink_.Row(Table::kSamples, cells)) return false;
  }
  return true;
}

bool RowWriter::WriteFree() {
  if (!sink_.Wants(Table::kFree)) return true;
  const auto write = [this](const Cell& sample, std::string_view zone,
                            std::string_view type,
                            const FreeBlockCounts& free) {
    for (int order = 0; order < kNrPageOrders; ++order) {
      const uint64_t blocks = free.blocks(Order(order));
      if (blocks == 0) continue;
      const Cell cells[] = {sample,
                            std::string(zone),
                            TextOrNull(std::string(type)),
                            static_cast<int64_t>(order),
                            Integer(blocks),
                            Integer(blocks << order)};
      if (!sink_.Row(Table::kFree, cells)) return false;
    }
    return true;
  };
  if (picture_.timeline.has_value()) {
    const Timeline& timeline = *picture_.timeline;
    for (size_t i = 0; i < timeline.samples.size(); ++i) {
      for (size_t zone = 0; zone < timeline.zones.size(); ++zone) {
        if (!write(Integer(i), timeline.zones[zone], "",
                   timeline.samples[i].free[zone])) {
          return false;
        }
      }
    }
  }
  if (!picture_.free.has_value()) return true;
  for (const FreeMemoryZone& zone : picture_.free->zones) {
    const std::string name =
        fmt::format("Node {}, zone {}", zone.node.value(), zone.name);
    if (!write(Cell(), name, "", zone.all)) return false;
    for (size_t i = 0; i < zone.by_type.size(); ++i) {
      if (!write(Cell(), name, picture_.free->types[i], zone.by_type[i])) {
        return false;
      }
    }
  }
  return true;
}

bool RowWriter::WritePageblocks() {
  if (!sink_.Wants(Table::kPageblocks)) return true;
  const Order order = picture_.pageblock_order();
  PageblocksFree all;
  if (picture_.snapshot.has_value()) {
    all = FreeByPageblock(*picture_.snapshot, order);
  }
  for (const auto& [block, tally] : tallies_) all.try_emplace(block);
  const bool known = picture_.snapshot.has_value();
  const bool owners = picture_.has_records;
  for (const auto& [block, free] : all) {
    const auto found = tallies_.find(block);
    const PageblockTally tally =
        found == tallies_.end() ? PageblockTally() : found->second;
    const Pfn pfn(block << order.value());
    // The lowest frames of all belong to nobody.
    std::string_view zone = zones_.Of(pfn);
    if (zone.empty()) zone = zones_.Of(pfn + PageCount(order.pages() - 1));
    const Cell cells[] = {
        Integer(block),
        Integer(pfn.value()),
        TextOrNull(std::string(zone)),
        free.migratetype < 0
            ? Cell()
            : Cell(picture_.snapshot
                       ->migratetypes[static_cast<size_t>(free.migratetype)]),
        known ? Integer(free.free) : Cell(),
        known ? Integer(free.pcp) : Cell(),
        owners ? Integer(tally.movable) : Cell(),
        owners ? Integer(tally.unmovable) : Cell(),
        owners ? Integer(tally.unmovable_records) : Cell()};
    if (!sink_.Row(Table::kPageblocks, cells)) return false;
  }
  return true;
}

bool RowWriter::WriteChanges() {
  if (!picture_.timeline.has_value() ||
      !sink_.Wants(Table::kPageblockChanges)) {
    return true;
  }
  const Timeline& timeline = *picture_.timeline;
  for (size_t i = 0; i < timeline.changes.size(); ++i) {
    for (const PageblockChange& change : timeline.changes[i]) {
      const bool memory = change.state.migratetype != PageblockState::kNoMemory;
      const Cell cells[] = {
          Integer(i), Integer(change.block), Integer(change.state.free),
          memory ? Cell(std::string(ToString(
                       static_cast<Migratetype>(change.state.migratetype))))
                 : Cell()};
      if (!sink_.Row(Table::kPageblockChanges, cells)) return false;
    }
  }
  return true;
}

}  // namespace pagelab

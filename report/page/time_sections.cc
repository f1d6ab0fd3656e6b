#include "pagelab/report/page/time_sections.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "pagelab/alloc/migratetype.h"
#include "pagelab/report/page/column_writer.h"

namespace pagelab {
namespace {

using Json = nlohmann::ordered_json;

struct CounterLine {
  TimelineCounter counter;
  const char* name;
  const char* group;
};

constexpr CounterLine kCounters[] = {
    {TimelineCounter::kFallbacks, "fallbacks", "steal"},
    {TimelineCounter::kSteals, "pageblocks stolen", "steal"},
    {TimelineCounter::kCompactMigrateScanned, "scanned to migrate",
     "compaction"},
    {TimelineCounter::kCompactFreeScanned, "scanned for free pages",
     "compaction"},
    {TimelineCounter::kPgmigrateSuccess, "pages migrated", "compaction"},
    {TimelineCounter::kPgmigrateFail, "pages not migrated", "compaction"},
    {TimelineCounter::kCompactStall, "stalls", "compaction"},
    {TimelineCounter::kCompactFail, "failed", "compaction"},
    {TimelineCounter::kCompactSuccess, "succeeded", "compaction"},
    {TimelineCounter::kPgscan, "pages scanned", "reclaim"},
    {TimelineCounter::kPgsteal, "pages reclaimed", "reclaim"},
    {TimelineCounter::kAllocstall, "direct reclaims", "reclaim"},
    {TimelineCounter::kFailures, "failed allocations", "failure"},
    {TimelineCounter::kOomKill, "OOM kills", "failure"},
    {TimelineCounter::kAllocations, "allocations", "traffic"},
    {TimelineCounter::kFrees, "frees", "traffic"},
    {TimelineCounter::kPcpRefills, "per-cpu refills", "traffic"},
    {TimelineCounter::kPcpDrains, "per-cpu drains", "traffic"},
};

Json FreeByOrder(const Timeline& timeline) {
  Json orders = Json::array();
  for (int order = 0; order < kNrPageOrders; ++order) {
    Json column = Json::array();
    for (const TimelineSample& sample : timeline.samples) {
      column.push_back(sample.FreeOfAll().blocks(Order(order)));
    }
    orders.push_back(std::move(column));
  }
  return orders;
}

Json Indices(const Timeline& timeline) {
  const Order order = timeline.pageblock_order;
  const std::string of = " at order " + std::to_string(order.value());
  constexpr double kWhole = 1000;
  Json unusable = Json::array();
  Json fragmentation = Json::array();
  for (const TimelineSample& sample : timeline.samples) {
    const FreeBlockCounts free = sample.FreeOfAll();
    unusable.push_back(free.UnusableIndex(order) / kWhole);
    // Below 0 a request would be served.
    const int index = free.FragmentationIndex(order);
    fragmentation.push_back(index < 0 ? Json() : Json(index / kWhole));
  }
  return Json::array({{{"name", "unusable free memory" + of},
                       {"group", "index"},
                       {"values", std::move(unusable)}},
                      {{"name", "fragmentation index" + of},
                       {"group", "index"},
                       {"values", std::move(fragmentation)}}});
}

Json Series(const Timeline& timeline) {
  Json all = Indices(timeline);
  for (const CounterLine& line : kCounters) {
    Json values = Json::array();
    uint64_t before = 0;
    for (const TimelineSample& sample : timeline.samples) {
      const uint64_t now = sample.counter(line.counter);
      values.push_back(now - std::min(before, now));
      before = now;
    }
    all.push_back({{"name", line.name},
                   {"group", line.group},
                   {"values", std::move(values)}});
  }
  return all;
}

// A type's place in the page's list plus 1; 0: none.
std::array<uint64_t, kMigrateTypes> TypeNumbers(const PageBlocks& blocks) {
  std::array<uint64_t, kMigrateTypes> numbers{};
  for (size_t type = 0; type < numbers.size(); ++type) {
    const auto at = std::find(blocks.types().begin(), blocks.types().end(),
                              ToString(static_cast<Migratetype>(type)));
    if (at == blocks.types().end()) continue;
    numbers[type] = static_cast<uint64_t>(at - blocks.types().begin()) + 1;
  }
  return numbers;
}

}  // namespace

void AddTime(const Timeline& timeline, const PageBlocks& blocks,
             PageSections& sections) {
  Json time;
  time["event"] = Json::array();
  time["ns"] = Json::array();
  for (const TimelineSample& sample : timeline.samples) {
    time["event"].push_back(sample.events);
    time["ns"].push_back(sample.when.value());
  }
  time["free_by_order"] = FreeByOrder(timeline);
  time["series"] = Series(timeline);
  sections.Add("time", time.dump());
  if (timeline.nr_pageblocks == 0) return;

  enum : size_t { kChanges, kGap, kFree, kType, kNrColumns };
  ColumnWriter columns(kNrColumns);
  const auto types = TypeNumbers(blocks);
  for (const std::vector<PageblockChange>& changes : timeline.changes) {
    uint64_t count = 0;
    uint64_t behind = 0;
    for (const PageblockChange& change : changes) {
      const int64_t cell = blocks.CellOf(change.block);
      if (cell < 0) continue;
      const auto at = static_cast<uint64_t>(cell);
      columns.Add(kGap, at - behind);
      columns.Add(kFree, change.state.free);
      columns.Add(kType, change.state.migratetype < types.size()
                             ? types[change.state.migratetype]
                             : 0);
      behind = at + 1;
      ++count;
    }
    columns.Add(kChanges, count);
  }
  sections.Add("moments", columns.Take());
}

}  // namespace pagelab

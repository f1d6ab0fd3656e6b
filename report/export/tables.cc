#include "pagelab/report/export/tables.h"

#include <array>

#include "pagelab/base/check.h"
#include "pagelab/base/status.h"

namespace pagelab {
namespace {

constexpr ColumnType kText = ColumnType::kText;
constexpr ColumnType kInteger = ColumnType::kInteger;

constexpr Column kMetaColumns[] = {
    {"key", kText, "schema_version, title, command, missing, now_ns, ..."},
    {"value", kText, "one row for each command and each missing thing"}};
constexpr Column kRecordColumns[] = {
    {"pfn", kInteger, "first page frame"},
    {"pageblock", kInteger, "pfn >> pageblock order"},
    {"block_order", kInteger, "a block of 2^block_order pages"},
    {"pages", kInteger, "2^block_order"},
    {"pid", kInteger, "of the thread that allocated"},
    {"tgid", kInteger, "of its process"},
    {"comm", kText, "its name"},
    {"ts_ns", kInteger, "when, in nanoseconds since boot"},
    {"free_ts_ns", kInteger, "when the page was last freed before"},
    {"age_ns", kInteger, "up to meta's now_ns"},
    {"gfp", kText, "names in the mask"},
    {"migratetype", kText, "that the mask asks for"},
    {"pageblock_type", kText, "migratetype of the pageblock"},
    {"movable", kInteger, "1: on an LRU list or asked for as movable"},
    {"zone", kText, "as on x86-64"},
    {"node", kInteger, "NUMA node"},
    {"flags", kText, "names of the page's flags"},
    {"memcg", kText, "memory cgroup that is charged; null: none"},
    {"migrate_reason", kText, "why it was moved last; null: it was not"},
    {"stack", kInteger, "stacks.stack"}};
constexpr Column kStackColumns[] = {
    {"stack", kInteger, "number of the stack, from 1"},
    {"id", kText, "the same in every dump of the build, as of pagelab top"},
    {"function", kText, "the first function that allocates for itself"},
    {"module", kText, "its module; \"kernel\" for none"},
    {"frames", kText, "innermost first, with semicolons between them"}};
constexpr Column kGroupColumns[] = {
    {"stack", kInteger, "stacks.stack"},
    {"comm", kText, "name of the task"},
    {"block_order", kInteger, "a block of 2^block_order pages"},
    {"gfp", kText, "names in the mask"},
    {"migratetype", kText, "that the mask asks for"},
    {"records", kInteger, "how many records"},
    {"pages", kInteger, "of all of them"}};
constexpr Column kEventColumns[] = {
    {"number", kInteger, "from 1, in the order of the run"},
    {"when_ns", kInteger, "nanoseconds since boot"},
    {"cpu", kInteger, "where"},
    {"level", kText, "task, softirq, hardirq or nmi"},
    {"pid", kInteger, "of the thread"},
    {"comm", kText, "its name"},
    {"event", kText, "mm_page_alloc, ..."},
    {"pfn", kInteger, "null: the allocation failed"},
    {"block_order", kInteger, "of the block or request"},
    {"migratetype", kText, "of the request or list"},
    {"gfp", kText, "of mm_page_alloc"},
    {"failed", kInteger, "of mm_page_alloc: 1 if nothing was to be had"},
    {"percpu_refill", kInteger, "of mm_page_alloc_zone_locked"},
    {"fallback_order", kInteger, "of mm_page_alloc_extfrag, as the next two"},
    {"fallback_migratetype", kText, "whose block was taken"},
    {"change_ownership", kInteger, "1: the pageblock changed its type"},
    {"zone", kText, "of the page frame; null: not known"},
    {"stack", kInteger, "stacks.stack; null unless --stacks was given"}};
constexpr Column kSampleColumns[] = {
    {"sample", kInteger, "from 0, the beginning"},
    {"events", kInteger, "that came before"},
    {"when_ns", kInteger, "nanoseconds since boot"},
    {"free_pages", kInteger, "on the buddy lists"},
    {"pcp_pages", kInteger, "on per-cpu lists"},
    {"fragmentation_index", kInteger,
     "for an order of a pageblock, in 1/1000, over all zones"},
    {"unusable_index", kInteger, "the same"},
    {"allocations", kInteger, "this and what follows: since the beginning"},
    {"pages_allocated", kInteger, ""},
    {"frees", kInteger, ""},
    {"pages_freed", kInteger, ""},
    {"failures", kInteger, "allocations that found nothing"},
    {"fallbacks", kInteger, "mm_page_alloc_extfrag"},
    {"steals", kInteger, "of these, with change_ownership"},
    {"pcp_refills", kInteger, "blocks taken for per-cpu lists"},
    {"pcp_drains", kInteger, "blocks given back from them"},
    {"allocstall", kInteger, "as /proc/vmstat has them, zones added up"},
    {"pgscan", kInteger, "by kswapd, directly and by khugepaged"},
    {"pgsteal", kInteger, "the same"},
    {"compact_stall", kInteger, ""},
    {"compact_fail", kInteger, ""},
    {"compact_success", kInteger, ""},
    {"compact_migrate_scanned", kInteger, ""},
    {"compact_free_scanned", kInteger, ""},
    {"pgmigrate_success", kInteger, ""},
    {"pgmigrate_fail", kInteger, ""},
    {"oom_kill", kInteger, ""}};
constexpr Column kFreeColumns[] = {
    {"sample", kInteger, "samples.sample; null: of the dump's moment"},
    {"zone", kText, "\"Node 0, zone Normal\""},
    {"migratetype", kText, "null: all types"},
    {"block_order", kInteger, "of the blocks"},
    {"blocks", kInteger, "how many are free"},
    {"pages", kInteger, "of all of them"}};
constexpr Column kPageblockColumns[] = {
    {"pageblock", kInteger, "pfn >> pageblock order"},
    {"pfn", kInteger, "its first page frame"},
    {"zone", kText, "null: not known, as the next three"},
    {"migratetype", kText, ""},
    {"free", kInteger, "pages on buddy lists"},
    {"pcp", kInteger, "pages on per-cpu lists"},
    {"movable", kInteger, "pages in use that could be moved"},
    {"unmovable", kInteger, "pages in use that could not"},
    {"unmovable_records", kInteger, "records that these are of"}};
constexpr Column kChangeColumns[] = {
    {"sample", kInteger, "samples.sample"},
    {"pageblock", kInteger, "that is not as at the sample before"},
    {"free", kInteger, "pages on buddy and per-cpu lists"},
    {"migratetype", kText, "null: no memory"}};

constexpr std::array<TableInfo, kNrTables> kTables = {{
    {Table::kMeta, "meta", "what this is made of, and what is missing",
     kMetaColumns},
    {Table::kRecords, "records", "of page_owner, in the order of the dump",
     kRecordColumns},
    {Table::kStacks, "stacks", "who asked", kStackColumns},
    {Table::kGroups, "groups", "records added up", kGroupColumns},
    {Table::kEvents, "events", "kmem events, in their order", kEventColumns},
    {Table::kSamples, "samples", "moments of a run", kSampleColumns},
    {Table::kFree, "free", "free blocks, those that there are", kFreeColumns},
    {Table::kPageblocks, "pageblocks", "what is in each at the end",
     kPageblockColumns},
    {Table::kPageblockChanges, "pageblock_changes",
     "pageblocks over time: of sample 0 all, later those that changed",
     kChangeColumns},
}};

static_assert(std::size(kSampleColumns) == 7 + kNrTimelineCounters);

}  // namespace

const TableInfo& InfoOf(Table table) {
  const TableInfo& info = kTables[static_cast<size_t>(table)];
  PAGELAB_CHECK(info.table == table);
  return info;
}

const TableInfo* FindTable(std::string_view name) {
  for (const TableInfo& info : kTables) {
    if (info.name == name) return &info;
  }
  return nullptr;
}

bool HasRowsFor(const MemoryPicture& picture, Table table) {
  switch (table) {
    case Table::kMeta:
      return true;
    case Table::kRecords:
      return picture.has_records;
    case Table::kGroups:
      return picture.owners != nullptr;
    case Table::kStacks:
      return picture.owners != nullptr || picture.events != nullptr;
    case Table::kEvents:
      return picture.events != nullptr;
    case Table::kSamples:
    case Table::kPageblockChanges:
      return picture.timeline.has_value();
    case Table::kFree:
      return picture.timeline.has_value() || picture.free.has_value();
    case Table::kPageblocks:
      return picture.has_records || picture.snapshot.has_value();
  }
  return false;
}

absl::Status NoRowsFor(const MemoryPicture& picture, Table table) {
  std::string what;
  switch (table) {
    case Table::kEvents:
      what = "no events in it; expected a run or a recording";
      break;
    case Table::kSamples:
    case Table::kPageblockChanges:
      what = "no time in it; expected a run or a recording that is replayed";
      break;
    case Table::kFree:
      what =
          "no free lists in it; expected a run, a snapshot, or a directory "
          "with buddyinfo";
      break;
    default:
      what = picture.owners == nullptr
                 ? "no page_owner dump in it"
                 : "no page frame in it, but sums by stack; expected --table "
                   "groups, or a page_owner dump";
  }
  return InvalidInput(picture.title + ": no table \"" +
                      std::string(InfoOf(table).name) + "\": there is " + what);
}

}  // namespace pagelab

// The text of a snapshot, line by line: docs/snapshot.md.

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "pagelab/base/text.h"
#include "pagelab/workloads/snapshot/snapshot.h"
#include "pagelab/workloads/snapshot/snapshot_line.h"

namespace pagelab {
namespace {

constexpr int kMostCpus = 8192;

class SnapshotReader {
 public:
  explicit SnapshotReader(const std::string& file) : file_(file) {}

  absl::StatusOr<AllocatorSnapshot> Read(std::string_view text);

 private:
  // What a first word means, and where it may stand.
  enum class Place : uint8_t { kHeader, kZone, kPopulatedZone };
  struct LineKind {
    std::string_view word;
    Place place;
    absl::Status (SnapshotReader::*read)(SnapshotLine&);
  };
  static absl::Span<const LineKind> Kinds();

  absl::Status ReadLine(SnapshotLine& line);
  absl::Status Dispatch(SnapshotLine& line, std::string_view word);
  absl::Status CheckPlace(SnapshotLine& line, const LineKind& kind);

  absl::Status ReadLabel(SnapshotLine& line);
  absl::Status ReadSlot(SnapshotLine& line);
  absl::Status ReadSchedClock(SnapshotLine& line);
  absl::Status ReadLocalClock(SnapshotLine& line);
  absl::Status ReadCpu(SnapshotLine& line);
  absl::Status ReadTraceAction(SnapshotLine& line);
  absl::Status ReadVmemmap(SnapshotLine& line);
  absl::Status ReadVm(SnapshotLine& line);
  absl::Status ReadMigratetypes(SnapshotLine& line);
  absl::Status ReadStatItems(SnapshotLine& line);
  absl::Status ReadNode(SnapshotLine& line);
  absl::Status ReadZonelist(SnapshotLine& line);
  absl::Status ReadErrors(SnapshotLine& line);
  absl::Status ReadKernelError(SnapshotLine& line);
  absl::Status ReadEnd(SnapshotLine& line);

  absl::Status ReadZone(SnapshotLine& line);
  absl::Status ReadEndZone(SnapshotLine& line);
  absl::Status ReadLowmemReserve(SnapshotLine& line);
  absl::Status ReadWatermark(SnapshotLine& line);
  absl::Status ReadState(SnapshotLine& line);
  absl::Status ReadCompact(SnapshotLine& line);
  absl::Status ReadVmStat(SnapshotLine& line);
  absl::Status ReadLock(SnapshotLine& line);
  absl::Status ReadPcp(SnapshotLine& line);
  absl::Status ReadPcpList(SnapshotLine& line);
  absl::Status ReadPcpStat(SnapshotLine& line);
  absl::Status ReadFree(SnapshotLine& line);
  absl::Status ReadNrFree(SnapshotLine& line);
  absl::Status ReadListedFreePages(SnapshotLine& line);
  absl::Status ReadPageblock(SnapshotLine& line);
  absl::Status ReadPageblockSkip(SnapshotLine& line);

  absl::Status ReadWords(SnapshotLine& line, std::string_view what,
                         std::vector<std::string>& words);
  absl::Status ReadNumbers(SnapshotLine& line, std::string_view what,
                           std::vector<int64_t>& numbers);
  absl::Status ReadUnlocked(SnapshotLine& line);
  // "order=n" and, where a list follows, "n:".
  absl::Status ReadColonNumber(SnapshotLine& line, std::string_view key,
                               int limit, int& value);
  absl::StatusOr<SnapshotPcp*> ReadPcpOf(SnapshotLine& line);

  const std::string& file_;
  AllocatorSnapshot snapshot_;
  // The zone whose lines come, null outside.
  SnapshotZone* zone_ = nullptr;
  bool magic_seen_ = false;
  bool errors_seen_ = false;
  bool ended_ = false;
};

using Reader = SnapshotReader;

absl::Status Reader::ReadWords(SnapshotLine& line, std::string_view what,
                               std::vector<std::string>& words) {
  while (!line.done()) {
    PAGELAB_ASSIGN_OR_RETURN(const std::string_view word, line.Word(what));
    words.emplace_back(word);
  }
  if (words.empty()) return line.Error(absl::StrCat("missing: ", ToAbsl(what)));
  return absl::OkStatus();
}

absl::Status Reader::ReadNumbers(SnapshotLine& line, std::string_view what,
                                 std::vector<int64_t>& numbers) {
  while (!line.done()) {
    int64_t number = 0;
    PAGELAB_RETURN_IF_ERROR(line.Number(what, number));
    numbers.push_back(number);
  }
  return absl::OkStatus();
}

absl::Status Reader::ReadUnlocked(SnapshotLine& line) {
  int locked = 0;
  PAGELAB_RETURN_IF_ERROR(line.NumberOf("locked", locked));
  if (locked == 0) return absl::OkStatus();
  return line.Error(
      "a lock is held: the snapshot was not taken between two operations");
}

absl::Status Reader::ReadColonNumber(SnapshotLine& line, std::string_view key,
                                     int limit, int& value) {
  PAGELAB_ASSIGN_OR_RETURN(std::string_view text, line.Value(key));
  if (text.empty() || text.back() != ':') {
    return line.Error(
        absl::StrCat("must end in a colon: ", ToAbsl(key), "=", ToAbsl(text)));
  }
  text.remove_suffix(1);
  const absl::StatusOr<uint64_t> number = ParseUint64(text);
  if (!number.ok() || *number >= static_cast<uint64_t>(limit)) {
    return line.Error(absl::StrCat(ToAbsl(key), " must be 0 to ", limit - 1,
                                   ", got ", ToAbsl(text)));
  }
  value = static_cast<int>(*number);
  return absl::OkStatus();
}

// --- header ---

absl::Status Reader::ReadLabel(SnapshotLine& line) {
  snapshot_.label = std::string(line.Rest());
  return absl::OkStatus();
}

absl::Status Reader::ReadSlot(SnapshotLine& line) {
  return line.Number("slot", snapshot_.slot);
}

absl::Status Reader::ReadSchedClock(SnapshotLine& line) {
  return line.Number("sched_clock_ns", snapshot_.sched_clock_ns);
}

absl::Status Reader::ReadLocalClock(SnapshotLine& line) {
  return line.Number("local_clock_ns", snapshot_.local_clock_ns);
}

absl::Status Reader::ReadCpu(SnapshotLine& line) {
  PAGELAB_RETURN_IF_ERROR(line.Number("cpu", snapshot_.cpu));
  PAGELAB_RETURN_IF_ERROR(line.Expect("online_cpus"));
  return line.Number("online_cpus", snapshot_.online_cpus);
}

absl::Status Reader::ReadTraceAction(SnapshotLine& line) {
  snapshot_.trace_action = std::string(line.Rest());
  return absl::OkStatus();
}

absl::Status Reader::ReadVmemmap(SnapshotLine& line) {
  PAGELAB_RETURN_IF_ERROR(line.Number("vmemmap", snapshot_.vmemmap));
  PAGELAB_RETURN_IF_ERROR(line.Expect("sizeof_struct_page"));
  PAGELAB_RETURN_IF_ERROR(
      line.Number("sizeof_struct_page", snapshot_.sizeof_struct_page));
  if (snapshot_.sizeof_struct_page > 0) return absl::OkStatus();
  return line.Error("sizeof_struct_page must be at least 1, got 0");
}

absl::Status Reader::ReadVm(SnapshotLine& line) {
  PAGELAB_ASSIGN_OR_RETURN(snapshot_.vm, line.Fields());
  return absl::OkStatus();
}

absl::Status Reader::ReadMigratetypes(SnapshotLine& line) {
  return ReadWords(line, "the name of a migratetype", snapshot_.migratetypes);
}

absl::Status Reader::ReadStatItems(SnapshotLine& line) {
  return ReadWords(line, "the name of a zone counter",
                   snapshot_.zone_stat_items);
}

absl::Status Reader::ReadNode(SnapshotLine& line) {
  constexpr int kMostNodes = 64;
  SnapshotNode node;
  int id = 0;
  PAGELAB_RETURN_IF_ERROR(line.Number("node", id));
  if (id < 0 || id >= kMostNodes) {
    return line.Error(absl::StrCat("node must be 0 to 63, got ", id));
  }
  node.node = NodeId(id);
  uint64_t start = 0;
  uint64_t spanned = 0;
  PAGELAB_RETURN_IF_ERROR(line.NumberOf("start_pfn", start));
  PAGELAB_RETURN_IF_ERROR(line.NumberOf("spanned", spanned));
  node.span = {Pfn(start), Pfn(start + spanned)};
  PAGELAB_RETURN_IF_ERROR(line.NumberOf("present", node.present));
  PAGELAB_ASSIGN_OR_RETURN(node.other, line.Fields());
  snapshot_.nodes.push_back(std::move(node));
  return absl::OkStatus();
}

absl::Status Reader::ReadZonelist(SnapshotLine& line) {
  if (snapshot_.nodes.empty()) {
    return line.Error("a zonelist before the first node");
  }
  SnapshotZonelist list;
  list.of_node = snapshot_.nodes.back().node;
  PAGELAB_RETURN_IF_ERROR(
      ReadColonNumber(line, "highest", 16, list.highest_zoneidx));
  while (!line.done()) {
    PAGELAB_ASSIGN_OR_RETURN(const std::string_view word,
                             line.Word("node/zone"));
    const size_t slash = word.find('/');
    const absl::StatusOr<uint64_t> node = ParseUint64(word.substr(0, slash));
    if (slash == std::string_view::npos || !node.ok() || *node >= 64) {
      return line.Error(
          absl::StrCat("must be node/zone like 0/DMA32, got ", ToAbsl(word)));
    }
    list.zones.emplace_back(NodeId(static_cast<int>(*node)),
                            word.substr(slash + 1));
  }
  snapshot_.zonelists.push_back(std::move(list));
  return absl::OkStatus();
}

absl::Status Reader::ReadErrors(SnapshotLine& line) {
  uint64_t errors = 0;
  uint64_t overflow = 0;
  PAGELAB_RETURN_IF_ERROR(line.Number("errors", errors));
  PAGELAB_RETURN_IF_ERROR(line.Expect("overflow"));
  PAGELAB_RETURN_IF_ERROR(line.Number("overflow", overflow));
  errors_seen_ = true;
  if (errors == 0 && overflow == 0) return absl::OkStatus();
  return line.Error(absl::StrCat(
      "the snapshot's own check says: ", errors, " errors, overflow ", overflow,
      "; only a snapshot without either can be used"));
}

absl::Status Reader::ReadKernelError(SnapshotLine& line) {
  return line.Error(absl::StrCat(
      "the recording kernel found its own lists wrong: ", ToAbsl(line.Rest())));
}

absl::Status Reader::ReadEnd(SnapshotLine& line) {
  if (!errors_seen_) return line.Error("missing: the line \"errors 0 ...\"");
  ended_ = true;
  return absl::OkStatus();
}

// --- zones ---

absl::Status Reader::ReadZone(SnapshotLine& line) {
  if (snapshot_.nodes.empty()) {
    return line.Error("a zone before the first node");
  }
  SnapshotZone zone;
  int node = 0;
  uint64_t start = 0;
  uint64_t spanned = 0;
  PAGELAB_RETURN_IF_ERROR(line.NumberOf("node", node));
  if (node != snapshot_.nodes.back().node.value()) {
    return line.Error(
        absl::StrCat("must be node=", snapshot_.nodes.back().node.value(),
                     ": the zones of a node follow its line"));
  }
  zone.node = NodeId(node);
  PAGELAB_RETURN_IF_ERROR(line.NumberOf("idx", zone.index));
  for (const SnapshotZone& other : snapshot_.zones) {
    if (other.node == zone.node && other.index == zone.index) {
      return line.Error("this zone was there before");
    }
  }
  PAGELAB_ASSIGN_OR_RETURN(const std::string_view name, line.Value("name"));
  zone.name = std::string(name);
  PAGELAB_RETURN_IF_ERROR(line.NumberOf("populated", zone.populated));
  PAGELAB_RETURN_IF_ERROR(line.NumberOf("zone_start_pfn", start));
  PAGELAB_RETURN_IF_ERROR(line.NumberOf("spanned", spanned));
  zone.span = {Pfn(start), Pfn(start + spanned)};
  PAGELAB_RETURN_IF_ERROR(line.NumberOf("present", zone.present));
  PAGELAB_RETURN_IF_ERROR(line.NumberOf("managed", zone.managed));
  PAGELAB_RETURN_IF_ERROR(line.NumberOf("cma", zone.cma));
  PAGELAB_RETURN_IF_ERROR(line.NumberOf("present_early", zone.present_early));
  snapshot_.zones.push_back(std::move(zone));
  zone_ = &snapshot_.zones.back();
  return absl::OkStatus();
}

absl::Status Reader::ReadEndZone(SnapshotLine&) {
  zone_ = nullptr;
  return absl::OkStatus();
}

absl::Status Reader::ReadLowmemReserve(SnapshotLine& line) {
  return ReadNumbers(line, "a reserve", zone_->lowmem_reserve);
}

absl::Status Reader::ReadWatermark(SnapshotLine& line) {
  constexpr std::array<std::string_view, kNrWatermarks> kNames = {
      "min", "low", "high", "promo"};
  for (size_t mark = 0; mark < kNames.size(); ++mark) {
    PAGELAB_RETURN_IF_ERROR(
        line.NumberOf(kNames[mark], zone_->watermark[mark]));
  }
  return line.NumberOf("boost", zone_->watermark_boost);
}

absl::Status Reader::ReadState(SnapshotLine& line) {
  SnapshotZone& zone = *zone_;
  PAGELAB_RETURN_IF_ERROR(
      line.NumberOf("nr_reserved_highatomic", zone.nr_reserved_highatomic));
  PAGELAB_RETURN_IF_ERROR(
      line.NumberOf("nr_free_highatomic", zone.nr_free_highatomic));
  PAGELAB_RETURN_IF_ERROR(line.NumberOf("flags", zone.flags));
  for (const std::string_view key :
       {"initialized", "contiguous", "percpu_drift_mark"}) {
    PAGELAB_ASSIGN_OR_RETURN(const std::string_view value, line.Value(key));
    zone.other_state.emplace_back(key, value);
  }
  PAGELAB_RETURN_IF_ERROR(
      line.NumberOf("pageset_high_min", zone.pageset_high_min));
  PAGELAB_RETURN_IF_ERROR(
      line.NumberOf("pageset_high_max", zone.pageset_high_max));
  PAGELAB_RETURN_IF_ERROR(line.NumberOf("pageset_batch", zone.pageset_batch));
  return line.NumberOf("nr_isolate_pageblock", zone.nr_isolate_pageblock);
}

absl::Status Reader::ReadCompact(SnapshotLine& line) {
  PAGELAB_ASSIGN_OR_RETURN(zone_->compact, line.Fields());
  return absl::OkStatus();
}

absl::Status Reader::ReadVmStat(SnapshotLine& line) {
  PAGELAB_RETURN_IF_ERROR(ReadNumbers(line, "a counter", zone_->vm_stat));
  if (zone_->vm_stat.size() == snapshot_.zone_stat_items.size()) {
    return absl::OkStatus();
  }
  return line.Error(absl::StrCat(
      "must have a counter for each of the ", snapshot_.zone_stat_items.size(),
      " zone_vm_stat_items, got ", zone_->vm_stat.size()));
}

absl::Status Reader::ReadLock(SnapshotLine& line) { return ReadUnlocked(line); }

absl::Status Reader::ReadPcp(SnapshotLine& line) {
  SnapshotPcp pcp;
  PAGELAB_RETURN_IF_ERROR(line.NumberOf("cpu", pcp.cpu));
  if (pcp.cpu < 0 || pcp.cpu >= kMostCpus) {
    return line.Error(
        absl::StrCat("cpu must be 0 to ", kMostCpus - 1, ", got ", pcp.cpu));
  }
  for (const SnapshotPcp& other : zone_->pcps) {
    if (other.cpu == pcp.cpu) return line.Error("this cpu was there before");
  }
  PAGELAB_RETURN_IF_ERROR(line.NumberOf("count", pcp.count));
  PAGELAB_RETURN_IF_ERROR(line.NumberOf("high", pcp.high));
  PAGELAB_RETURN_IF_ERROR(line.NumberOf("high_min", pcp.high_min));
  PAGELAB_RETURN_IF_ERROR(line.NumberOf("high_max", pcp.high_max));
  PAGELAB_RETURN_IF_ERROR(line.NumberOf("batch", pcp.batch));
  PAGELAB_RETURN_IF_ERROR(line.NumberOf("flags", pcp.flags));
  PAGELAB_RETURN_IF_ERROR(line.NumberOf("alloc_factor", pcp.alloc_factor));
  PAGELAB_RETURN_IF_ERROR(line.NumberOf("expire", pcp.expire));
  PAGELAB_RETURN_IF_ERROR(line.NumberOf("free_count", pcp.free_count));
  PAGELAB_RETURN_IF_ERROR(ReadUnlocked(line));
  zone_->pcps.push_back(std::move(pcp));
  return absl::OkStatus();
}

absl::StatusOr<SnapshotPcp*> Reader::ReadPcpOf(SnapshotLine& line) {
  int cpu = 0;
  PAGELAB_RETURN_IF_ERROR(line.NumberOf("cpu", cpu));
  for (SnapshotPcp& pcp : zone_->pcps) {
    if (pcp.cpu == cpu) return &pcp;
  }
  return line.Error(
      absl::StrCat("there is no line \"pcp cpu=", cpu, " ...\" before"));
}

absl::Status Reader::ReadPcpList(SnapshotLine& line) {
  PAGELAB_ASSIGN_OR_RETURN(SnapshotPcp * pcp, ReadPcpOf(line));
  int index = 0;
  int order = 0;
  PAGELAB_RETURN_IF_ERROR(line.NumberOf("idx", index));
  if (index < 0 || index >= kNrPcpLists) {
    return line.Error(
        absl::StrCat("idx must be 0 to ", kNrPcpLists - 1, ", got ", index));
  }
  std::vector<Pfn>& list = pcp->lists[static_cast<size_t>(index)];
  if (!list.empty()) return line.Error("this list was there before");
  PAGELAB_RETURN_IF_ERROR(ReadColonNumber(line, "order", kNrPageOrders, order));
  PAGELAB_ASSIGN_OR_RETURN(list, line.Pfns());
  return absl::OkStatus();
}

absl::Status Reader::ReadPcpStat(SnapshotLine& line) {
  PAGELAB_ASSIGN_OR_RETURN(SnapshotPcp * pcp, ReadPcpOf(line));
  PAGELAB_RETURN_IF_ERROR(line.NumberOf("stat_threshold", pcp->stat_threshold));
  PAGELAB_RETURN_IF_ERROR(line.Expect("vm_stat_diff"));
  PAGELAB_RETURN_IF_ERROR(
      ReadNumbers(line, "a differential", pcp->vm_stat_diff));
  if (pcp->vm_stat_diff.size() == snapshot_.zone_stat_items.size()) {
    return absl::OkStatus();
  }
  return line.Error(absl::StrCat("must have a differential for each of the ",
                                 snapshot_.zone_stat_items.size(),
                                 " zone_vm_stat_items, got ",
                                 pcp->vm_stat_diff.size()));
}

absl::Status Reader::ReadFree(SnapshotLine& line) {
  int order = 0;
  int type = 0;
  PAGELAB_RETURN_IF_ERROR(line.NumberOf("order", order));
  if (order < 0 || order > kMaxPageOrder) {
    return line.Error(
        absl::StrCat("order must be 0 to ", kMaxPageOrder, ", got ", order));
  }
  const auto nr_types = std::min(snapshot_.migratetypes.size(),
                                 static_cast<size_t>(kMigrateTypes));
  if (nr_types == 0) {
    return line.Error("there is no line \"migratetypes ...\" before");
  }
  PAGELAB_RETURN_IF_ERROR(
      ReadColonNumber(line, "mt", static_cast<int>(nr_types), type));
  std::vector<Pfn>& list =
      zone_->free[static_cast<size_t>(order)][static_cast<size_t>(type)];
  if (!list.empty()) return line.Error("this list was there before");
  PAGELAB_ASSIGN_OR_RETURN(list, line.Pfns());
  if (list.empty()) return line.Error("the list is empty: leave the line out");
  return absl::OkStatus();
}

absl::Status Reader::ReadNrFree(SnapshotLine& line) {
  int order = 0;
  PAGELAB_RETURN_IF_ERROR(line.NumberOf("order", order));
  if (order < 0 || order > kMaxPageOrder) {
    return line.Error(
        absl::StrCat("order must be 0 to ", kMaxPageOrder, ", got ", order));
  }
  uint64_t& nr_free = zone_->nr_free[static_cast<size_t>(order)];
  PAGELAB_RETURN_IF_ERROR(line.Number("nr_free", nr_free));
  uint64_t listed = 0;
  for (const auto& list : zone_->free[static_cast<size_t>(order)]) {
    listed += list.size();
  }
  if (listed == nr_free) return absl::OkStatus();
  return line.Error(absl::StrCat("nr_free of order ", order, " is ", nr_free,
                                 ", the lists above hold ", listed, " blocks"));
}

absl::Status Reader::ReadListedFreePages(SnapshotLine& line) {
  uint64_t stated = 0;
  PAGELAB_RETURN_IF_ERROR(line.Number("listed_free_pages", stated));
  const uint64_t listed = ListedFreePages(*zone_);
  if (stated == listed) return absl::OkStatus();
  return line.Error(absl::StrCat("listed_free_pages is ", stated,
                                 ", the lists above hold ", listed));
}

absl::Status Reader::ReadPageblock(SnapshotLine& line) {
  uint64_t begin = 0;
  uint64_t end = 0;
  SnapshotPageblocks blocks;
  PAGELAB_RETURN_IF_ERROR(line.Number("the first pfn", begin));
  PAGELAB_RETURN_IF_ERROR(line.Number("the end pfn", end));
  if (end <= begin) {
    return line.Error("the end must be above the first pfn");
  }
  blocks.range = {Pfn(begin), Pfn(end)};
  PAGELAB_RETURN_IF_ERROR(line.Number("migratetype", blocks.migratetype));
  const auto nr_types = static_cast<int>(snapshot_.migratetypes.size());
  if (blocks.migratetype < -1 || blocks.migratetype >= nr_types) {
    return line.Error(absl::StrCat("must be a migratetype, 0 to ", nr_types - 1,
                                   " or -1, got ", blocks.migratetype));
  }
  zone_->pageblocks.push_back(blocks);
  return absl::OkStatus();
}

absl::Status Reader::ReadPageblockSkip(SnapshotLine& line) {
  PAGELAB_ASSIGN_OR_RETURN(zone_->pageblock_skip, line.Pfns());
  return absl::OkStatus();
}

// --- lines ---

absl::Span<const Reader::LineKind> Reader::Kinds() {
  static constexpr LineKind kKinds[] = {
      {"label", Place::kHeader, &Reader::ReadLabel},
      {"slot", Place::kHeader, &Reader::ReadSlot},
      {"sched_clock_ns", Place::kHeader, &Reader::ReadSchedClock},
      {"local_clock_ns", Place::kHeader, &Reader::ReadLocalClock},
      {"cpu", Place::kHeader, &Reader::ReadCpu},
      {"trace_action", Place::kHeader, &Reader::ReadTraceAction},
      {"vmemmap", Place::kHeader, &Reader::ReadVmemmap},
      {"vm", Place::kHeader, &Reader::ReadVm},
      {"migratetypes", Place::kHeader, &Reader::ReadMigratetypes},
      {"zone_vm_stat_items", Place::kHeader, &Reader::ReadStatItems},
      {"node", Place::kHeader, &Reader::ReadNode},
      {"zonelist", Place::kHeader, &Reader::ReadZonelist},
      {"zone", Place::kHeader, &Reader::ReadZone},
      {"errors", Place::kHeader, &Reader::ReadErrors},
      {"end", Place::kHeader, &Reader::ReadEnd},
      {"endzone", Place::kZone, &Reader::ReadEndZone},
      {"lowmem_reserve", Place::kZone, &Reader::ReadLowmemReserve},
      {"error", Place::kPopulatedZone, &Reader::ReadKernelError},
      {"watermark", Place::kPopulatedZone, &Reader::ReadWatermark},
      {"state", Place::kPopulatedZone, &Reader::ReadState},
      {"compact", Place::kPopulatedZone, &Reader::ReadCompact},
      {"vm_stat", Place::kPopulatedZone, &Reader::ReadVmStat},
      {"lock", Place::kPopulatedZone, &Reader::ReadLock},
      {"pcp", Place::kPopulatedZone, &Reader::ReadPcp},
      {"pcplist", Place::kPopulatedZone, &Reader::ReadPcpList},
      {"pcpstat", Place::kPopulatedZone, &Reader::ReadPcpStat},
      {"free", Place::kPopulatedZone, &Reader::ReadFree},
      {"nr_free", Place::kPopulatedZone, &Reader::ReadNrFree},
      {"listed_free_pages", Place::kPopulatedZone,
       &Reader::ReadListedFreePages},
      {"pageblock", Place::kPopulatedZone, &Reader::ReadPageblock},
      {"pageblock_skip:", Place::kPopulatedZone, &Reader::ReadPageblockSkip},
  };
  return kKinds;
}

absl::Status Reader::CheckPlace(SnapshotLine& line, const LineKind& kind) {
  if (kind.place == Place::kHeader) {
    if (zone_ == nullptr) return absl::OkStatus();
    return line.Error(absl::StrCat("\"", ToAbsl(kind.word),
                                   "\" inside a zone, missing: endzone"));
  }
  if (zone_ == nullptr) {
    return line.Error(
        absl::StrCat("\"", ToAbsl(kind.word), "\" outside of a zone"));
  }
  if (kind.place == Place::kPopulatedZone && !zone_->populated) {
    return line.Error(
        absl::StrCat("\"", ToAbsl(kind.word), "\" in a zone without memory"));
  }
  return absl::OkStatus();
}

absl::Status Reader::Dispatch(SnapshotLine& line, std::string_view word) {
  std::vector<std::string_view> words;
  for (const LineKind& kind : Kinds()) {
    if (kind.word != word) {
      words.push_back(kind.word);
      continue;
    }
    PAGELAB_RETURN_IF_ERROR(CheckPlace(line, kind));
    PAGELAB_RETURN_IF_ERROR((this->*kind.read)(line));
    return line.ExpectEnd();
  }
  return line.Error(absl::StrCat("no line of a snapshot starts like this: \"",
                                 ToAbsl(word), "\"", DidYouMean(word, words)));
}

absl::Status Reader::ReadLine(SnapshotLine& line) {
  if (!magic_seen_) {
    magic_seen_ = true;
    if (line.Rest() == "pagelab-snapshot 1") return absl::OkStatus();
    return line.Error(
        "this is no allocator snapshot: the first line must be "
        "\"pagelab-snapshot 1\"");
  }
  PAGELAB_ASSIGN_OR_RETURN(const std::string_view word,
                           line.Word("the kind of line"));
  if (ended_) return line.Error("the snapshot ended before this line");
  return Dispatch(line, word);
}

absl::StatusOr<AllocatorSnapshot> Reader::Read(std::string_view text) {
  int number = 0;
  while (!text.empty()) {
    const size_t newline = text.find('\n');
    SnapshotLine line(file_, ++number, text.substr(0, newline));
    if (newline == std::string_view::npos) {
      return line.Error("the file is cut off in the middle of this line");
    }
    PAGELAB_RETURN_IF_ERROR(ReadLine(line));
    text.remove_prefix(newline + 1);
  }
  if (!ended_) {
    return SnapshotLine(file_, number + 1, {})
        .Error("the file is cut off: the last line must be \"end\"");
  }
  return std::move(snapshot_);
}

absl::StatusOr<std::string> ReadAll(InputStream& input) {
  constexpr size_t kStep = size_t{1} << 18;
  std::string text;
  for (;;) {
    const size_t size = text.size();
    text.resize(size + kStep);
    PAGELAB_ASSIGN_OR_RETURN(const size_t got,
                             input.Read(absl::MakeSpan(text).subspan(size)));
    text.resize(size + got);
    if (got == 0) return text;
  }
}

}  // namespace

absl::StatusOr<AllocatorSnapshot> ReadSnapshot(InputStream& input) {
  PAGELAB_ASSIGN_OR_RETURN(const std::string text, ReadAll(input));
  return SnapshotReader(input.name()).Read(text);
}

}  // namespace pagelab

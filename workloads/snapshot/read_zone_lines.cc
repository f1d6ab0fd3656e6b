// The lines of a snapshot between "zone" and "endzone".

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "pagelab/base/text.h"
#include "pagelab/workloads/snapshot/snapshot_reader.h"

namespace pagelab {
namespace {

constexpr int kMostCpus = 8192;
// Above the frames of any machine: sums of two do not overflow.
constexpr uint64_t kMostFrames = uint64_t{1} << 52;

// A zone may begin and end within a pageblock.
bool IsIn(PfnRange blocks, PfnRange span) {
  constexpr uint64_t kInBlock = (uint64_t{1} << kMaxPageOrder) - 1;
  return blocks.begin.value() >= (span.begin.value() & ~kInBlock) &&
         blocks.end.value() <= ((span.end.value() + kInBlock) & ~kInBlock);
}

}  // namespace

absl::Status SnapshotReader::ReadZone(SnapshotLine& line) {
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
  if (start >= kMostFrames || spanned >= kMostFrames) {
    return line.Error(
        "zone_start_pfn and spanned must be below 0x10000000000000");
  }
  zone.span = {Pfn(start), Pfn(start + spanned)};
  PAGELAB_RETURN_IF_ERROR(line.NumberOf("present", zone.present));
  PAGELAB_RETURN_IF_ERROR(line.NumberOf("managed", zone.managed));
  PAGELAB_RETURN_IF_ERROR(line.NumberOf("cma", zone.cma));
  PAGELAB_RETURN_IF_ERROR(line.NumberOf("present_early", zone.present_early));
  snapshot_.zones.push_back(std::move(zone));
  zone_ = &snapshot_.zones.back();
  return absl::OkStatus();
}

absl::Status SnapshotReader::ReadEndZone(SnapshotLine&) {
  zone_ = nullptr;
  return absl::OkStatus();
}

absl::Status SnapshotReader::ReadLowmemReserve(SnapshotLine& line) {
  return ReadNumbers(line, "a reserve", zone_->lowmem_reserve);
}

absl::Status SnapshotReader::ReadWatermark(SnapshotLine& line) {
  constexpr std::array<std::string_view, kNrWatermarks> kNames = {
      "min", "low", "high", "promo"};
  for (size_t mark = 0; mark < kNames.size(); ++mark) {
    PAGELAB_RETURN_IF_ERROR(
        line.NumberOf(kNames[mark], zone_->watermark[mark]));
  }
  return line.NumberOf("boost", zone_->watermark_boost);
}

absl::Status SnapshotReader::ReadState(SnapshotLine& line) {
  SnapshotZone& zone = *zone_;
  PAGELAB_RETURN_IF_ERROR(
      line.NumberOf("nr_reserved_highatomic", zone.nr_reserved_highatomic));
  PAGELAB_RETURN_IF_ERROR(
      line.NumberOf("nr_free_highatomic", zone.nr_free_highatomic));
  PAGELAB_RETURN_IF_ERROR(line.NumberOf("flags", zone.flags));
  while (!line.done() && !line.NextIs("pageset_high_min")) {
    PAGELAB_ASSIGN_OR_RETURN(auto field, line.Field());
    zone.other_state.push_back(std::move(field));
  }
  PAGELAB_RETURN_IF_ERROR(
      line.NumberOf("pageset_high_min", zone.pageset_high_min));
  PAGELAB_RETURN_IF_ERROR(
      line.NumberOf("pageset_high_max", zone.pageset_high_max));
  PAGELAB_RETURN_IF_ERROR(line.NumberOf("pageset_batch", zone.pageset_batch));
  return line.NumberOf("nr_isolate_pageblock", zone.nr_isolate_pageblock);
}

absl::Status SnapshotReader::ReadCompact(SnapshotLine& line) {
  PAGELAB_ASSIGN_OR_RETURN(zone_->compact, line.Fields());
  return absl::OkStatus();
}

absl::Status SnapshotReader::ReadVmStat(SnapshotLine& line) {
  PAGELAB_RETURN_IF_ERROR(ReadNumbers(line, "a counter", zone_->vm_stat));
  if (zone_->vm_stat.size() == snapshot_.zone_stat_items.size()) {
    return absl::OkStatus();
  }
  return line.Error(absl::StrCat(
      "must have a counter for each of the ", snapshot_.zone_stat_items.size(),
      " zone_vm_stat_items, got ", zone_->vm_stat.size()));
}

absl::Status SnapshotReader::ReadLock(SnapshotLine& line) {
  return ReadUnlocked(line);
}

absl::Status SnapshotReader::ReadPcp(SnapshotLine& line) {
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

absl::StatusOr<SnapshotPcp*> SnapshotReader::ReadPcpOf(SnapshotLine& line) {
  int cpu = 0;
  PAGELAB_RETURN_IF_ERROR(line.NumberOf("cpu", cpu));
  for (SnapshotPcp& pcp : zone_->pcps) {
    if (pcp.cpu == cpu) return &pcp;
  }
  return line.Error(
      absl::StrCat("there is no line \"pcp cpu=", cpu, " ...\" before"));
}

absl::Status SnapshotReader::ReadPcpList(SnapshotLine& line) {
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

absl::Status SnapshotReader::ReadPcpStat(SnapshotLine& line) {
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

absl::Status SnapshotReader::ReadFree(SnapshotLine& line) {
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

absl::Status SnapshotReader::ReadNrFree(SnapshotLine& line) {
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

absl::Status SnapshotReader::ReadListedFreePages(SnapshotLine& line) {
  uint64_t stated = 0;
  PAGELAB_RETURN_IF_ERROR(line.Number("listed_free_pages", stated));
  const uint64_t listed = ListedFreePages(*zone_);
  if (stated == listed) return absl::OkStatus();
  return line.Error(absl::StrCat("listed_free_pages is ", stated,
                                 ", the lists above hold ", listed));
}

absl::Status SnapshotReader::ReadPageblock(SnapshotLine& line) {
  uint64_t begin = 0;
  uint64_t end = 0;
  SnapshotPageblocks blocks;
  PAGELAB_RETURN_IF_ERROR(line.Number("the first pfn", begin));
  PAGELAB_RETURN_IF_ERROR(line.Number("the end pfn", end));
  if (end <= begin) {
    return line.Error("the end must be above the first pfn");
  }
  blocks.range = {Pfn(begin), Pfn(end)};
  if (!IsIn(blocks.range, zone_->span)) {
    return line.Error(absl::StrCat("must lie in the zone, which is from 0x",
                                   absl::Hex(zone_->span.begin.value()),
                                   " to 0x",
                                   absl::Hex(zone_->span.end.value())));
  }
  PAGELAB_RETURN_IF_ERROR(line.Number("migratetype", blocks.migratetype));
  const auto nr_types = static_cast<int>(snapshot_.migratetypes.size());
  if (blocks.migratetype < -1 || blocks.migratetype >= nr_types) {
    return line.Error(absl::StrCat("must be a migratetype, 0 to ", nr_types - 1,
                                   " or -1, got ", blocks.migratetype));
  }
  zone_->pageblocks.push_back(blocks);
  return absl::OkStatus();
}

absl::Status SnapshotReader::ReadPageblockSkip(SnapshotLine& line) {
  PAGELAB_ASSIGN_OR_RETURN(zone_->pageblock_skip, line.Pfns());
  return absl::OkStatus();
}

}  // namespace pagelab

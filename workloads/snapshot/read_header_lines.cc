// The lines of a snapshot outside of zones.

#include "absl/strings/str_cat.h"
#include "pagelab/base/text.h"
#include "pagelab/workloads/snapshot/snapshot_reader.h"

namespace pagelab {

absl::Status SnapshotReader::ReadLabel(SnapshotLine& line) {
  snapshot_.label = std::string(line.Rest());
  return absl::OkStatus();
}

absl::Status SnapshotReader::ReadSlot(SnapshotLine& line) {
  return line.Number("slot", snapshot_.slot);
}

absl::Status SnapshotReader::ReadSchedClock(SnapshotLine& line) {
  return line.Number("sched_clock_ns", snapshot_.sched_clock_ns);
}

absl::Status SnapshotReader::ReadLocalClock(SnapshotLine& line) {
  return line.Number("local_clock_ns", snapshot_.local_clock_ns);
}

absl::Status SnapshotReader::ReadCpu(SnapshotLine& line) {
  PAGELAB_RETURN_IF_ERROR(line.Number("cpu", snapshot_.cpu));
  PAGELAB_RETURN_IF_ERROR(line.Expect("online_cpus"));
  return line.Number("online_cpus", snapshot_.online_cpus);
}

absl::Status SnapshotReader::ReadTraceAction(SnapshotLine& line) {
  snapshot_.trace_action = std::string(line.Rest());
  return absl::OkStatus();
}

absl::Status SnapshotReader::ReadVmemmap(SnapshotLine& line) {
  PAGELAB_RETURN_IF_ERROR(line.Number("vmemmap", snapshot_.vmemmap));
  PAGELAB_RETURN_IF_ERROR(line.Expect("sizeof_struct_page"));
  PAGELAB_RETURN_IF_ERROR(
      line.Number("sizeof_struct_page", snapshot_.sizeof_struct_page));
  if (snapshot_.sizeof_struct_page > 0) return absl::OkStatus();
  return line.Error("sizeof_struct_page must be at least 1, got 0");
}

absl::Status SnapshotReader::ReadVm(SnapshotLine& line) {
  PAGELAB_ASSIGN_OR_RETURN(snapshot_.vm, line.Fields());
  return absl::OkStatus();
}

absl::Status SnapshotReader::ReadMigratetypes(SnapshotLine& line) {
  return ReadWords(line, "the name of a migratetype", snapshot_.migratetypes);
}

absl::Status SnapshotReader::ReadStatItems(SnapshotLine& line) {
  return ReadWords(line, "the name of a zone counter",
                   snapshot_.zone_stat_items);
}

absl::Status SnapshotReader::ReadNode(SnapshotLine& line) {
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

absl::Status SnapshotReader::ReadZonelist(SnapshotLine& line) {
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

absl::Status SnapshotReader::ReadErrors(SnapshotLine& line) {
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

absl::Status SnapshotReader::ReadKernelError(SnapshotLine& line) {
  return line.Error(absl::StrCat(
      "the recording kernel found its own lists wrong: ", ToAbsl(line.Rest())));
}

absl::Status SnapshotReader::ReadEnd(SnapshotLine& line) {
  if (!errors_seen_) return line.Error("missing: the line \"errors 0 ...\"");
  ended_ = true;
  return absl::OkStatus();
}

}  // namespace pagelab

// What understands the lines of a snapshot; internal to this folder.

#ifndef PAGELAB_WORKLOADS_SNAPSHOT_SNAPSHOT_READER_H_
#define PAGELAB_WORKLOADS_SNAPSHOT_SNAPSHOT_READER_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pagelab/workloads/snapshot/snapshot.h"
#include "pagelab/workloads/snapshot/snapshot_line.h"

namespace pagelab {

// Reads one snapshot; used once. `file` is for messages and must outlive it.
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

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_SNAPSHOT_SNAPSHOT_READER_H_

// The text of a snapshot, line by line: docs/snapshot.md.

#include "pagelab/workloads/snapshot/snapshot_reader.h"

#include "absl/strings/str_cat.h"
#include "pagelab/base/input_stream.h"
#include "pagelab/base/text.h"

namespace pagelab {
namespace {

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

absl::Status SnapshotReader::ReadWords(SnapshotLine& line,
                                       std::string_view what,
                                       std::vector<std::string>& words) {
  while (!line.done()) {
    PAGELAB_ASSIGN_OR_RETURN(const std::string_view word, line.Word(what));
    words.emplace_back(word);
  }
  if (words.empty()) return line.Error(absl::StrCat("missing: ", ToAbsl(what)));
  return absl::OkStatus();
}

absl::Status SnapshotReader::ReadNumbers(SnapshotLine& line,
                                         std::string_view what,
                                         std::vector<int64_t>& numbers) {
  while (!line.done()) {
    int64_t number = 0;
    PAGELAB_RETURN_IF_ERROR(line.Number(what, number));
    numbers.push_back(number);
  }
  return absl::OkStatus();
}

absl::Status SnapshotReader::ReadUnlocked(SnapshotLine& line) {
  int locked = 0;
  PAGELAB_RETURN_IF_ERROR(line.NumberOf("locked", locked));
  if (locked == 0) return absl::OkStatus();
  return line.Error(
      "a lock is held: the snapshot was not taken between two operations");
}

absl::Status SnapshotReader::ReadColonNumber(SnapshotLine& line,
                                             std::string_view key, int limit,
                                             int& value) {
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

absl::Span<const SnapshotReader::LineKind> SnapshotReader::Kinds() {
  static constexpr LineKind kKinds[] = {
      {"label", Place::kHeader, &SnapshotReader::ReadLabel},
      {"slot", Place::kHeader, &SnapshotReader::ReadSlot},
      {"sched_clock_ns", Place::kHeader, &SnapshotReader::ReadSchedClock},
      {"local_clock_ns", Place::kHeader, &SnapshotReader::ReadLocalClock},
      {"cpu", Place::kHeader, &SnapshotReader::ReadCpu},
      {"trace_action", Place::kHeader, &SnapshotReader::ReadTraceAction},
      {"vmemmap", Place::kHeader, &SnapshotReader::ReadVmemmap},
      {"vm", Place::kHeader, &SnapshotReader::ReadVm},
      {"migratetypes", Place::kHeader, &SnapshotReader::ReadMigratetypes},
      {"zone_vm_stat_items", Place::kHeader, &SnapshotReader::ReadStatItems},
      {"node", Place::kHeader, &SnapshotReader::ReadNode},
      {"zonelist", Place::kHeader, &SnapshotReader::ReadZonelist},
      {"zone", Place::kHeader, &SnapshotReader::ReadZone},
      {"errors", Place::kHeader, &SnapshotReader::ReadErrors},
      {"end", Place::kHeader, &SnapshotReader::ReadEnd},
      {"endzone", Place::kZone, &SnapshotReader::ReadEndZone},
      {"lowmem_reserve", Place::kZone, &SnapshotReader::ReadLowmemReserve},
      {"error", Place::kPopulatedZone, &SnapshotReader::ReadKernelError},
      {"watermark", Place::kPopulatedZone, &SnapshotReader::ReadWatermark},
      {"state", Place::kPopulatedZone, &SnapshotReader::ReadState},
      {"compact", Place::kPopulatedZone, &SnapshotReader::ReadCompact},
      {"vm_stat", Place::kPopulatedZone, &SnapshotReader::ReadVmStat},
      {"lock", Place::kPopulatedZone, &SnapshotReader::ReadLock},
      {"pcp", Place::kPopulatedZone, &SnapshotReader::ReadPcp},
      {"pcplist", Place::kPopulatedZone, &SnapshotReader::ReadPcpList},
      {"pcpstat", Place::kPopulatedZone, &SnapshotReader::ReadPcpStat},
      {"free", Place::kPopulatedZone, &SnapshotReader::ReadFree},
      {"nr_free", Place::kPopulatedZone, &SnapshotReader::ReadNrFree},
      {"listed_free_pages", Place::kPopulatedZone,
       &SnapshotReader::ReadListedFreePages},
      {"pageblock", Place::kPopulatedZone, &SnapshotReader::ReadPageblock},
      {"pageblock_skip:", Place::kPopulatedZone,
       &SnapshotReader::ReadPageblockSkip},
  };
  return kKinds;
}

absl::Status SnapshotReader::CheckPlace(SnapshotLine& line,
                                        const LineKind& kind) {
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

absl::Status SnapshotReader::Dispatch(SnapshotLine& line,
                                      std::string_view word) {
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

absl::Status SnapshotReader::ReadLine(SnapshotLine& line) {
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

absl::StatusOr<AllocatorSnapshot> SnapshotReader::Read(std::string_view text) {
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

absl::StatusOr<AllocatorSnapshot> ReadSnapshot(InputStream& input) {
  PAGELAB_ASSIGN_OR_RETURN(const std::string text, ReadAll(input));
  return SnapshotReader(input.name()).Read(text);
}

}  // namespace pagelab

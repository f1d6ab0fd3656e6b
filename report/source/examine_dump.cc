#include "pagelab/report/source/examine_dump.h"

#include <algorithm>
#include <utility>

#include "fmt/format.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/owner/dump/read_statistics.h"
#include "pagelab/owner/dump/record_reader.h"
#include "pagelab/owner/dump/scan_dump.h"

namespace pagelab {
namespace {

// Sees what kinds of records there are, and the newest.
class FactsReader final : public RecordReader {
 public:
  std::optional<uint64_t> newest() const { return newest_; }
  bool has_frames() const { return has_frames_; }

 protected:
  void OnRecord(const DumpRecord& record) override {
    if (record.kind == RecordKind::kRecord) has_frames_ = true;
    if (!record.header.has_ts) return;
    newest_ = std::max(newest_.value_or(0), record.header.ts_nsec);
  }

 private:
  std::optional<uint64_t> newest_;
  // Records that say which page frame they are of.
  bool has_frames_ = false;
};

struct DumpFacts {
  InputStatistics statistics;
  std::optional<uint64_t> newest;
  bool has_frames = false;
};

absl::StatusOr<DumpFacts> Scan(const RereadableText& dump,
                               const PictureNeeds& needs) {
  const auto owned = MakeReaders<FactsReader>();
  ScanOptions options;
  if (needs.progress) {
    options.progress = [&needs](uint64_t done, uint64_t) {
      needs.progress("read " + HumanSize(done));
    };
  }
  ReadStatistics statistics;
  PAGELAB_RETURN_IF_ERROR(ScanRecords(
      dump.path(), PointersTo<RecordReader>(owned), options, statistics));
  DumpFacts facts;
  facts.statistics = std::move(statistics.inputs.front());
  facts.statistics.name = dump.name();
  for (const auto& reader : owned) {
    facts.newest = std::max(facts.newest, reader->newest());
    facts.has_frames = facts.has_frames || reader->has_frames();
  }
  return facts;
}

// What can be read of an input that fails.
absl::StatusOr<std::shared_ptr<const RereadableText>> KeepReadablePart(
    const RereadableText& dump, absl::Status& end) {
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<InputStream> input,
                           dump.Open());
  return RereadableText::KeepInput(*input, end);
}

}  // namespace

absl::Status AddDump(std::shared_ptr<const RereadableText> dump,
                     const PictureNeeds& needs, MemoryPicture& picture) {
  absl::StatusOr<DumpFacts> facts = Scan(*dump, needs);
  if (!facts.ok()) {
    absl::Status end;
    absl::StatusOr<std::shared_ptr<const RereadableText>> part =
        KeepReadablePart(*dump, end);
    if (!part.ok()) return facts.status();
    const absl::Status failure = facts.status();
    dump = *std::move(part);
    facts = Scan(*dump, needs);
    PAGELAB_RETURN_IF_ERROR(facts.status());
    if (facts->statistics.records == 0) return failure;
    picture.missing.push_back(fmt::format(
        "{} ends too early: what comes behind its first {} is missing ({})",
        dump->name(), Counted(facts->statistics.records, "record"),
        FromAbsl(failure.message())));
  }
  PAGELAB_RETURN_IF_ERROR(RequireRecords(facts->statistics));
  ReadStatistics statistics;
  statistics.inputs.push_back(facts->statistics);
  for (std::string& note : ReadNotes(statistics)) {
    picture.missing.push_back(std::move(note));
  }
  if (!facts->newest.has_value()) {
    picture.missing.push_back(
        dump->name() +
        " does not say when pages were allocated: their ages are not known");
  }
  if (!facts->has_frames) {
    picture.missing.push_back(
        dump->name() +
        " says how many pages each stack holds, but not which: there is no "
        "map, and no task, mask or order");
  }
  picture.owners = std::move(dump);
  picture.now = facts->newest;
  return absl::OkStatus();
}

}  // namespace pagelab

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

// Sees what kinds of records there are, the newest, and how the text ends.
class FactsReader final : public RecordReader {
 public:
  std::optional<uint64_t> newest() const { return newest_; }
  bool has_records() const { return has_records_; }
  // Where what this reader saw ends, and whether in the middle of a record.
  uint64_t end() const { return end_; }
  bool ends_inside() const { return ends_inside_; }

  size_t Take(std::string_view text, uint64_t offset, bool last) override {
    last_record_ = {};
    const size_t taken = RecordReader::Take(text, offset, last);
    // All that is left at the end of a piece is looked at again without more.
    if (!last || text.empty() || offset + text.size() <= end_) return taken;
    end_ = offset + text.size();
    ends_inside_ = EndsInside(text);
    return taken;
  }

 protected:
  void OnRecord(const DumpRecord& record) override {
    last_record_ = record.text;
    if (record.kind == RecordKind::kRecord ||
        record.kind == RecordKind::kReport) {
      has_records_ = true;
    }
    if (!record.header.has_ts) return;
    newest_ = std::max(newest_.value_or(0), record.header.ts_nsec);
  }

 private:
  // The kernel ends each record with an empty line.
  bool EndsInside(std::string_view text) const {
    size_t end = text.size();
    int newlines = 0;
    for (; end != 0 && (text[end - 1] == '\n' || text[end - 1] == '\r');
         --end) {
      newlines += text[end - 1] == '\n' ? 1 : 0;
    }
    if (newlines > 1 || end == 0) return false;
    std::string_view tail = text;
    if (!last_record_.empty()) {
      const auto behind = static_cast<size_t>(
          last_record_.data() + last_record_.size() - text.data());
      tail = text.substr(behind);
      if (tail.empty()) return last_record_.starts_with(kRecordStart);
    }
    return tail.find(kRecordStart) != std::string_view::npos ||
           kRecordStart.starts_with(tail);
  }

  // In the text that is taken.
  std::string_view last_record_;
  std::optional<uint64_t> newest_;
  // Records of pages, not only sums by stack.
  bool has_records_ = false;
  uint64_t end_ = 0;
  bool ends_inside_ = false;
};

struct DumpFacts {
  InputStatistics statistics;
  std::optional<uint64_t> newest;
  bool has_records = false;
  bool ends_inside = false;
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
  uint64_t end = 0;
  for (const auto& reader : owned) {
    facts.newest = std::max(facts.newest, reader->newest());
    facts.has_records = facts.has_records || reader->has_records();
    if (reader->end() <= end) continue;
    end = reader->end();
    facts.ends_inside = reader->ends_inside();
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
  const bool is_cut = !facts.ok();
  if (is_cut) {
    absl::Status end;
    absl::StatusOr<std::shared_ptr<const RereadableText>> part =
        KeepReadablePart(*dump, end);
    if (!part.ok()) return facts.status();
    const absl::Status failure = facts.status();
    const std::string why = dump->NameIn(FromAbsl(failure.message()));
    dump = *std::move(part);
    facts = Scan(*dump, needs);
    PAGELAB_RETURN_IF_ERROR(facts.status());
    if (facts->statistics.records == 0) return failure;
    picture.missing.push_back(fmt::format(
        "{} ends too early: what comes behind its first {} is missing ({})",
        dump->name(), Counted(facts->statistics.records, "record"), why));
  }
  PAGELAB_RETURN_IF_ERROR(RequireRecords(facts->statistics));
  ReadStatistics statistics;
  statistics.inputs.push_back(facts->statistics);
  for (std::string& note : ReadNotes(statistics)) {
    picture.missing.push_back(std::move(note));
  }
  if (facts->ends_inside && !is_cut) {
    picture.missing.push_back(
        dump->name() +
        " ends in the middle of a record: what comes behind is missing, and "
        "the last stack may be cut off");
  }
  if (!facts->newest.has_value()) {
    picture.missing.push_back(
        dump->name() +
        " does not say when pages were allocated: their ages are not known");
  }
  if (!facts->has_records) {
    picture.missing.push_back(
        dump->name() +
        " says how many pages each stack holds, but not which: there is no "
        "map, and no task, mask or order");
  }
  picture.owners = std::move(dump);
  picture.has_records = facts->has_records;
  picture.now = facts->newest;
  return absl::OkStatus();
}

}  // namespace pagelab

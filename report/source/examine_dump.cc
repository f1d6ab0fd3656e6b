#include "pagelab/report/source/examine_dump.h"

#include <algorithm>
#include <bit>
#include <string_view>
#include <utility>

#include "fmt/format.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/owner/dump/pfn_line.h"
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
  // A bit for each order that pageblocks can have; all: no record tells.
  uint32_t pageblock_orders() const { return pageblock_orders_; }
  // Where what this reader saw ends, and whether in the middle of a record.
  uint64_t end() const { return end_; }
  bool ends_inside() const { return ends_inside_; }

  static constexpr uint32_t kAllOrders = (1U << kNrPageOrders) - 1;

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
    if (record.kind == RecordKind::kRecord) {
      NotePageblock(record.pfn_line);
    }
    // A time of centuries is damage, and ages count from the newest.
    if (!record.header.has_ts || record.header.ts_nsec > INT64_MAX) return;
    newest_ = std::max(newest_.value_or(0), record.header.ts_nsec);
  }

 private:
  void NotePageblock(std::string_view line) {
    PfnLine place;
    if (!ParsePfnLine(line, place)) return;
    uint32_t possible = 0;
    for (uint32_t left = pageblock_orders_; left != 0; left &= left - 1) {
      const int order = std::countr_zero(left);
      if (place.pfn >> order == place.pageblock) possible |= 1U << order;
    }
    pageblock_orders_ = possible;
  }

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

  uint32_t pageblock_orders_ = kAllOrders;
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
  uint32_t pageblock_orders = FactsReader::kAllOrders;
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
    facts.pageblock_orders &= reader->pageblock_orders();
    if (reader->end() <= end) continue;
    end = reader->end();
    facts.ends_inside = reader->ends_inside();
  }
  return facts;
}

// What can be read of an input that fails.
absl::StatusOr<std::shared_ptr<const RereadableText>> KeepReadablePart(
    const RereadableText& dump) {
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<InputStream> input,
                           dump.Open());
  return RereadableText::KeepInput(*input);
}

absl::Status CheckRecords(const InputStatistics& found) {
  const absl::Status status = RequireRecords(found);
  if (status.ok() || found.first_damage.has_value()) return status;
  return absl::NotFoundError(status.message());
}

// Where nothing else has told the picture.
absl::Status AddPageblockOrder(const DumpFacts& facts, MemoryPicture& picture) {
  if (!facts.has_records) return absl::OkStatus();
  const uint32_t possible = facts.pageblock_orders;
  const std::string& name = facts.statistics.name;
  if (!picture.told_pageblock_order.has_value()) {
    constexpr int kUsual = 9;
    const bool usual = possible == 0 || (possible >> kUsual & 1) != 0;
    const Order order(usual ? kUsual : std::countr_zero(possible));
    picture.told_pageblock_order = order;
    if (std::popcount(possible) != 1) {
      picture.missing.push_back(fmt::format(
          "{} does not tell how large pageblocks are: {} pages (order {}) are "
          "assumed",
          name, order.pages(), order.value()));
    }
  }
  const int order = picture.told_pageblock_order->value();
  if (facts.statistics.pages >> order <= kMaxPageblocks) {
    return absl::OkStatus();
  }
  return InvalidInput(fmt::format(
      "{}: its records are of {} pages; expected at most {}, {} pageblocks",
      name, Grouped(facts.statistics.pages), Grouped(kMaxPageblocks << order),
      Grouped(kMaxPageblocks)));
}

}  // namespace

absl::Status AddDump(std::shared_ptr<const RereadableText> dump,
                     const PictureNeeds& needs, MemoryPicture& picture) {
  absl::StatusOr<DumpFacts> facts = Scan(*dump, needs);
  absl::Status end = dump->end();
  if (!facts.ok()) end = facts.status();
  const std::string reason = dump->ReasonOf(end);
  if (!facts.ok()) {
    absl::StatusOr<std::shared_ptr<const RereadableText>> part =
        KeepReadablePart(*dump);
    if (!part.ok()) return facts.status();
    dump = *std::move(part);
    facts = Scan(*dump, needs);
    PAGELAB_RETURN_IF_ERROR(facts.status());
  }
  if (!end.ok()) {
    if (facts->statistics.records == 0) return end;
    picture.missing.push_back(fmt::format(
        "{} ends too early: what comes behind its first {} is missing ({})",
        dump->name(), Counted(facts->statistics.records, "record"), reason));
  }
  PAGELAB_RETURN_IF_ERROR(CheckRecords(facts->statistics));
  PAGELAB_RETURN_IF_ERROR(AddPageblockOrder(*facts, picture));
  ReadStatistics statistics;
  statistics.inputs.push_back(facts->statistics);
  for (std::string& note : ReadNotes(statistics)) {
    picture.missing.push_back(std::move(note));
  }
  if (facts->ends_inside && end.ok()) {
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
  picture.source_names.push_back(dump->name());
  picture.owners = std::move(dump);
  picture.has_records = facts->has_records;
  picture.now = facts->newest;
  return absl::OkStatus();
}

}  // namespace pagelab

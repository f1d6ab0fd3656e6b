// Rows of page_owner's records, one after the other.

#include <algorithm>
#include <utility>

#include "pagelab/base/status.h"
#include "pagelab/owner/dump/dump_field.h"
#include "pagelab/owner/dump/record_reader.h"
#include "pagelab/report/export/json_text.h"
#include "pagelab/report/export/row_writer.h"
#include "pagelab/workloads/frag/pageblock_use.h"

namespace pagelab {

// One reader, so that rows are in the order of the dump.
class RowWriter::RecordRows final : public RecordReader {
 public:
  explicit RecordRows(RowWriter& writer)
      : writer_(writer),
        fields_(writer.picture_.now),
        order_(writer.picture_.pageblock_order()) {}

  bool is_over() const { return over_; }

 protected:
  void OnRecord(const DumpRecord& record) override {
    if (over_ || record.kind == RecordKind::kFreedReport ||
        record.kind == RecordKind::kStackOfHandle) {
      return;
    }
    fields_.Start(record);
    const Cell stack = writer_.StackOfLines(record.frames);
    if (writer_.sink_.Wants(Table::kGroups)) AddToGroup(record, stack);
    if (record.kind == RecordKind::kStackPages) return;
    Tally();
    if (writer_.sink_.Wants(Table::kRecords)) WriteRow(record, stack);
  }

 private:
  std::string TextOf(DumpField field) {
    const FieldValue value = fields_.Read(field);
    return value.known ? Utf8Of(value.text) : std::string();
  }
  Cell Text(DumpField field) { return TextOrNull(TextOf(field)); }
  Cell Number(DumpField field) {
    const FieldValue value = fields_.Read(field);
    if (!value.known) return {};
    return value.number;
  }
  // Of 64 bits without a sign.
  Cell Unsigned(DumpField field) {
    const FieldValue value = fields_.Read(field);
    if (!value.known) return {};
    return Integer(static_cast<uint64_t>(value.number));
  }
  Cell Pid(DumpField field) {
    const FieldValue value = fields_.Read(field);
    if (!value.known) return {};
    return writer_.redactor_.Pid(value.number);
  }
  // A name may be empty where it is known.
  std::string Comm() {
    const FieldValue value = fields_.Read(DumpField::kComm);
    return value.known ? Utf8Of(writer_.redactor_.Comm(value.text)) : "";
  }
  bool IsMovable() {
    return CouldBeMigrated(TextOf(DumpField::kMigratetype),
                           TextOf(DumpField::kFlags));
  }

  void AddToGroup(const DumpRecord& record, const Cell& stack) {
    const auto* number = stack.number();
    const FieldValue order = fields_.Read(DumpField::kOrder);
    GroupCount& count =
        writer_.groups_[{.stack = number == nullptr ? 0 : *number,
                         .comm = Comm(),
                         .order = order.known ? order.number : -1,
                         .gfp = TextOf(DumpField::kGfp),
                         .migratetype = TextOf(DumpField::kMigratetype)}];
    count.pages += record.pages;
    ++count.records;
  }

  void Tally() {
    const FieldValue pfn = fields_.Read(DumpField::kPfn);
    const FieldValue pages = fields_.Read(DumpField::kPages);
    if (!pfn.known || !pages.known) return;
    const bool movable = IsMovable();
    auto at = static_cast<uint64_t>(pfn.number);
    // Of a damaged line: no machine has such memory, nor its pageblocks.
    constexpr int kAddressBits = 52;
    if (at >> (kAddressBits - kPageShift) != 0) return;
    const uint64_t end = at + static_cast<uint64_t>(pages.number);
    while (at < end) {
      const uint64_t block = at >> order_.value();
      const uint64_t next = std::min(end, (block + 1) << order_.value());
      PageblockTally& tally = writer_.tallies_[block];
      (movable ? tally.movable : tally.unmovable) +=
          static_cast<uint32_t>(next - at);
      tally.unmovable_records += movable ? 0 : 1;
      at = next;
    }
  }

  void WriteRow(const DumpRecord&, const Cell& stack) {
    const FieldValue pfn = fields_.Read(DumpField::kPfn);
    const Cell pageblock =
        pfn.known ? Integer(static_cast<uint64_t>(pfn.number) >> order_.value())
                  : Cell();
    const Cell cells[] = {
        Unsigned(DumpField::kPfn),
        pageblock,
        Number(DumpField::kOrder),
        Unsigned(DumpField::kPages),
        Pid(DumpField::kPid),
        Pid(DumpField::kTgid),
        fields_.Read(DumpField::kComm).known ? Cell(Comm()) : Cell(),
        Unsigned(DumpField::kTs),
        Unsigned(DumpField::kFreeTs),
        Unsigned(DumpField::kAge),
        Text(DumpField::kGfp),
        Text(DumpField::kMigratetype),
        Text(DumpField::kPageblockType),
        static_cast<int64_t>(IsMovable() ? 1 : 0),
        Text(DumpField::kZone),
        Number(DumpField::kNode),
        Text(DumpField::kFlags),
        TextOrNull(writer_.redactor_.Memcg(TextOf(DumpField::kMemcg))),
        Text(DumpField::kMigrateReason),
        stack};
    over_ = !writer_.sink_.Row(Table::kRecords, cells);
  }

  RowWriter& writer_;
  FieldReader fields_;
  Order order_;
  bool over_ = false;
};

absl::Status RowWriter::WriteRecords() {
  const bool wanted =
      sink_.Wants(Table::kRecords) || sink_.Wants(Table::kGroups) ||
      sink_.Wants(Table::kPageblocks) || sink_.Wants(Table::kStacks);
  if (picture_.owners == nullptr || !wanted) return absl::OkStatus();
  RecordRows rows(*this);
  RecordReader* const readers[] = {&rows};
  ScanOptions options;
  options.stop = [&rows] { return rows.is_over(); };
  ReadStatistics statistics;
  return ScanRecords(picture_.owners->path(), readers, options, statistics);
}

bool RowWriter::WriteGroups() {
  if (!sink_.Wants(Table::kGroups)) return true;
  std::vector<std::pair<const GroupKey*, GroupCount>> groups;
  for (const auto& [key, count] : groups_) groups.emplace_back(&key, count);
  std::stable_sort(groups.begin(), groups.end(),
                   [](const auto& a, const auto& b) {
                     return a.second.pages > b.second.pages;
                   });
  for (const auto& [key, count] : groups) {
    const Cell cells[] = {key->stack == 0 ? Cell() : Cell(key->stack),
                          TextOrNull(key->comm),
                          key->order < 0 ? Cell() : Cell(key->order),
                          TextOrNull(key->gfp),
                          TextOrNull(key->migratetype),
                          Integer(count.records),
                          Integer(count.pages)};
    if (!sink_.Row(Table::kGroups, cells)) return false;
  }
  return true;
}

}  // namespace pagelab

#include "pagelab/workloads/trace_owners/dump_comparison.h"

#include <deque>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "pagelab/alloc/gfp.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/owner/dump/owner_dump_reader.h"
#include "pagelab/owner/record.h"
#include "pagelab/workloads/trace_owners/clock_line.h"
#include "pagelab/workloads/trace_owners/stack_names.h"

namespace pagelab {
namespace {

// page_owner takes its time stamp at most a millisecond before the event. While
// the clock is not stable yet, at boot, they drift apart by up to 100 ms.
constexpr double kSameAllocation = 5e8;

// Texts that repeat, each kept once.
class TextPool {
 public:
  std::string_view Keep(std::string_view text) {
    const auto found = known_.find(text);
    if (found != known_.end()) return *found;
    texts_.emplace_back(text);
    return *known_.insert(texts_.back()).first;
  }

 private:
  std::deque<std::string> texts_;
  absl::flat_hash_set<std::string_view> known_;
};

std::string AtPfn(Pfn pfn) {
  std::string text = "PFN 0x";
  AppendHex(text, pfn.value());
  return text;
}

// "PFN 0x1a, order 0, pid 7 (sh)".
std::string InBrief(Pfn pfn, Order order, int32_t pid, std::string_view comm) {
  std::string text = AtPfn(pfn);
  text += ", order ";
  AppendDecimal(text, static_cast<uint64_t>(order.value()));
  text += ", pid ";
  AppendSigned(text, pid);
  text += " (";
  text += comm;
  text += ')';
  return text;
}

std::string InBrief(const OwnerDumpRecord& record) {
  std::string text = InBrief(record.pfn, record.order, record.pid, record.comm);
  text += ", line ";
  AppendDecimal(text, record.line);
  return text;
}

std::string_view FirstFrame(const OwnerDumpRecord& record) {
  if (record.stack.empty()) return {};
  return record.stack.substr(1, record.stack.find('+') - 1);
}

class Comparer {
 public:
  Comparer(const TraceOwners& owners, const DumpComparisonOptions& options)
      : owners_(owners), options_(options) {}

  absl::Status Read(InputStream& dump);
  void FindClock();
  void CompareRecords();
  void LookForMissing();
  DumpComparison Finish() && { return std::move(result_); }

 private:
  // The parts of one traced block that the dump has as blocks of their own.
  struct Parts {
    Pfn head;
    Order order;
    uint64_t pages = 0;
    OwnerDumpRecord first;
  };

  bool After(uint64_t time) const {
    return owners_.dump_time().has_value() && time > *owners_.dump_time();
  }
  bool IsOlderThan(const OwnerDumpRecord& record, uint64_t time) const;
  bool SameAllocation(const OwnerDumpRecord& record,
                      const FrameRecord& traced) const;

  void CompareRecord(const OwnerDumpRecord& record);
  void CompareAllocated(const OwnerDumpRecord& record,
                        const FrameHistory& history);
  void ClassifyUntraced(const OwnerDumpRecord& record);
  void AddPart(const OwnerDumpRecord& record, const FrameHistory& history);
  void FinishParts();
  void CompareOrder(const OwnerDumpRecord& record, Order traced);
  void CompareRequest(const OwnerDumpRecord& record, const FrameRecord& traced);
  void CompareTask(const OwnerDumpRecord& record, const TracedTask& task);
  void CompareComm(const OwnerDumpRecord& record, const TracedTask& task);
  void CompareBlockType(const OwnerDumpRecord& record);
  void CompareStack(const OwnerDumpRecord& record, const FrameRecord& traced);

  // One comparison of a field.
  void Check(ComparedField field, const OwnerDumpRecord& record,
             std::string_view traced, std::string_view dumped);
  void CheckNumber(ComparedField field, const OwnerDumpRecord& record,
                   int64_t traced, int64_t dumped);
  ComparedFieldCounts& Counts(ComparedField field) {
    return result_.fields[static_cast<size_t>(field)];
  }
  // The example is made for the first of its kind only.
  template <typename MakeExample>
  void Count(DumpDifference kind, MakeExample make_example) {
    DumpDifferenceCounts& counts =
        result_.differences[static_cast<size_t>(kind)];
    if (counts.count++ == 0) counts.example = make_example();
  }
  void Count(DumpDifference kind, const OwnerDumpRecord& record) {
    Count(kind, [&record] { return InBrief(record); });
  }

  const TraceOwners& owners_;
  const DumpComparisonOptions& options_;
  DumpComparison result_;
  TextPool texts_;
  std::vector<OwnerDumpRecord> records_;
  ClockLine clock_;
  Parts parts_;
  // Heads of traced blocks that the dump has.
  absl::flat_hash_set<uint64_t> found_;
  absl::flat_hash_map<std::pair<uint32_t, const char*>, bool> same_stacks_;
};

absl::Status Comparer::Read(InputStream& dump) {
  result_.dump_name = dump.name();
  OwnerDumpReader reader(dump);
  OwnerDumpRecord record;
  while (reader.Next(record)) {
    record.gfp_names = texts_.Keep(record.gfp_names);
    record.comm = texts_.Keep(record.comm);
    record.type = texts_.Keep(record.type);
    record.block_type = texts_.Keep(record.block_type);
    record.stack = texts_.Keep(record.stack);
    record.migrate_reason = texts_.Keep(record.migrate_reason);
    records_.push_back(record);
  }
  result_.records = records_.size();
  result_.has_dump_time = owners_.dump_time().has_value();
  return reader.status();
}

void Comparer::FindClock() {
  for (const OwnerDumpRecord& record : records_) {
    if (!record.ts_nsec) continue;
    const FrameHistory history = owners_.Find(record.pfn);
    if (history.state != FrameState::kAllocated) continue;
    if (history.order != record.order || After(history.record->time)) continue;
    // The clock is not known yet: by mask and pid.
    if (!SameAllocation(record, *history.record)) continue;
    clock_.Add(history.record->time, *record.ts_nsec);
  }
  if (clock_.known() && !owners_.first_time().is_ticks()) {
    result_.clock_offset_ns = clock_.Offset();
  }
}

bool Comparer::IsOlderThan(const OwnerDumpRecord& record, uint64_t time) const {
  if (!record.ts_nsec || !clock_.known()) return false;
  return static_cast<double>(*record.ts_nsec) < clock_.DumpTime(time);
}

bool Comparer::SameAllocation(const OwnerDumpRecord& record,
                              const FrameRecord& traced) const {
  if (traced.task == 0 || record.gfp.value() != traced.gfp) return false;
  if (record.pid != owners_.task(traced.task).pid) return false;
  if (!record.ts_nsec || !clock_.known()) return true;
  const double apart =
      static_cast<double>(*record.ts_nsec) - clock_.DumpTime(traced.time);
  return -kSameAllocation < apart && apart < kSameAllocation;
}

void Comparer::CompareRecords() {
  for (const OwnerDumpRecord& record : records_) CompareRecord(record);
  FinishParts();
}

void Comparer::CompareRecord(const OwnerDumpRecord& record) {
  const FrameHistory history = owners_.Find(record.pfn);
  switch (history.state) {
    case FrameState::kAllocated:
      return CompareAllocated(record, history);
    case FrameState::kFree:
      if (After(history.record->free_time) &&
          SameAllocation(record, *history.record)) {
        return Count(DumpDifference::kFreedSince, record);
      }
      return ClassifyUntraced(record);
    case FrameState::kUnseen:
    case FrameState::kUnknown:
      return ClassifyUntraced(record);
  }
}

void Comparer::CompareAllocated(const OwnerDumpRecord& record,
                                const FrameHistory& history) {
  const FrameRecord& traced = *history.record;
  if (After(traced.time) && !SameAllocation(record, traced)) {
    found_.insert(history.head.value());
    return Count(DumpDifference::kReallocatedSince, record);
  }
  if (history.head != record.pfn && !SameAllocation(record, traced)) {
    return Count(DumpDifference::kOtherAllocation, record);
  }
  found_.insert(history.head.value());
  ++result_.shared_records;
  if (history.head != record.pfn || record.order < history.order) {
    AddPart(record, history);
  } else {
    CompareOrder(record, history.order);
  }
  CompareRequest(record, traced);
  CompareTask(record, owners_.task(traced.task));
  CompareBlockType(record);
  CompareStack(record, traced);
  Check(ComparedField::kMigrated, record,
        traced.migrated == 0 ? std::string_view()
                             : ToString(MigrateReason(traced.migrated - 1)),
        record.migrate_reason);
}

void Comparer::ClassifyUntraced(const OwnerDumpRecord& record) {
  if (IsOlderThan(record, owners_.first_time().value) || !record.ts_nsec ||
      !clock_.known()) {
    ++result_.older_records;
    result_.older_pages += record.order.pages();
    return;
  }
  const std::string_view frame = FirstFrame(record);
  if (!record.migrate_reason.empty()) {
    return Count(DumpDifference::kMovedHere, record);
  }
  if (frame.starts_with("alloc_contig_range")) {
    return Count(DumpDifference::kContigRange, record);
  }
  if (frame.starts_with("alloc_pages_bulk") ||
      frame.starts_with("__alloc_pages_bulk")) {
    return Count(DumpDifference::kBulk, record);
  }
  Count(DumpDifference::kOnlyInDump, record);
}

void Comparer::AddPart(const OwnerDumpRecord& record,
                       const FrameHistory& history) {
  if (parts_.pages == 0 || parts_.head != history.head) {
    FinishParts();
    parts_ = {.head = history.head,
              .order = history.order,
              .pages = 0,
              .first = record};
  }
  parts_.pages += record.order.pages();
}

void Comparer::FinishParts() {
  if (parts_.pages == 0) return;
  if (parts_.pages == parts_.order.pages()) {
    ++Counts(ComparedField::kOrder).left_out;
    Count(DumpDifference::kSplitLater, [this] {
      std::string text = InBrief(parts_.first);
      text += ", recorded with order ";
      AppendDecimal(text, static_cast<uint64_t>(parts_.order.value()));
      return text;
    });
  } else {
    CompareOrder(parts_.first, parts_.order);
  }
  parts_.pages = 0;
}

void Comparer::CompareOrder(const OwnerDumpRecord& record, Order traced) {
  CheckNumber(ComparedField::kOrder, record, traced.value(),
              record.order.value());
}

void Comparer::CompareRequest(const OwnerDumpRecord& record,
                              const FrameRecord& traced) {
  const Gfp mask(traced.gfp);
  CheckNumber(ComparedField::kGfpMask, record, traced.gfp, record.gfp.value());
  // The names of a mask are always the same: most records need no text made.
  if (!record.gfp_names.empty() || record.gfp == Gfp()) {
    Check(ComparedField::kGfpNames, record, ToString(mask), record.gfp_names);
  } else {
    ++Counts(ComparedField::kGfpNames).left_out;
  }
  if (traced.migratetype < kMigrateTypes) {
    Check(ComparedField::kType, record,
          ToString(static_cast<Migratetype>(traced.migratetype)), record.type);
  } else {
    ++Counts(ComparedField::kType).left_out;
  }
}

void Comparer::CompareTask(const OwnerDumpRecord& record,
                           const TracedTask& task) {
  CheckNumber(ComparedField::kPid, record, task.pid, record.pid);
  if (task.tgid >= 0 && record.tgid >= 0) {
    CheckNumber(ComparedField::kTgid, record, task.tgid, record.tgid);
  } else {
    ++Counts(ComparedField::kTgid).left_out;
  }
  CompareComm(record, task);
}

void Comparer::CompareComm(const OwnerDumpRecord& record,
                           const TracedTask& task) {
  if (!task.comm_is_known()) {
    ++Counts(ComparedField::kComm).left_out;
    return;
  }
  if (task.comm_is_exact || task.pid != record.pid ||
      task.comm == record.comm) {
    return Check(ComparedField::kComm, record, task.comm, record.comm);
  }
  ++Counts(ComparedField::kComm).left_out;
  Count(DumpDifference::kRenamed,
        [&] { return InBrief(record) + ", recorded as \"" + task.comm + '"'; });
}

void Comparer::CompareBlockType(const OwnerDumpRecord& record) {
  std::optional<Migratetype> type;
  if (options_.pageblock_type) type = options_.pageblock_type(record.pfn);
  if (!type.has_value()) {
    ++Counts(ComparedField::kBlockType).left_out;
    return;
  }
  Check(ComparedField::kBlockType, record, ToString(*type), record.block_type);
}

void Comparer::CompareStack(const OwnerDumpRecord& record,
                            const FrameRecord& traced) {
  if (traced.stack == 0) {
    ++Counts(ComparedField::kStack).left_out;
    return;
  }
  const TracedStack& stack = owners_.stack(traced.stack);
  const auto [known, inserted] = same_stacks_.try_emplace(
      std::make_pair(traced.stack, record.stack.data()), false);
  if (inserted) known->second = SameCallChain(record.stack, stack.text);
  if (!known->second && stack.of_page_owner) {
    ++Counts(ComparedField::kStack).left_out;
    return Count(DumpDifference::kPageOwnersOwn, record);
  }
  ++Counts(ComparedField::kStack).compared;
  Counts(ComparedField::kStack).equal += known->second;
  if (known->second) return;
  Count(DifferenceOf(ComparedField::kStack),
        [&] { return InBrief(record) + ", recorded stack:\n" + stack.text; });
}

void Comparer::Check(ComparedField field, const OwnerDumpRecord& record,
                     std::string_view traced, std::string_view dumped) {
  ++Counts(field).compared;
  if (traced == dumped) {
    ++Counts(field).equal;
    return;
  }
  Count(DifferenceOf(field), [&] {
    std::string text = AtPfn(record.pfn);
    text += ": recorded \"";
    text += traced;
    text += "\", dump \"";
    text += dumped;
    text += "\", line ";
    AppendDecimal(text, record.line);
    return text;
  });
}

void Comparer::CheckNumber(ComparedField field, const OwnerDumpRecord& record,
                           int64_t traced, int64_t dumped) {
  if (traced == dumped) {
    ++Counts(field).compared;
    ++Counts(field).equal;
    return;
  }
  std::string traced_text;
  std::string dumped_text;
  AppendSigned(traced_text, traced);
  AppendSigned(dumped_text, dumped);
  Check(field, record, traced_text, dumped_text);
}

void Comparer::LookForMissing() {
  owners_.frames().ForEachBlock(
      [this](Pfn head, FrameCode code, const FrameRecord& traced) {
        if (code.state() != FrameState::kAllocated) return;
        if (found_.contains(head.value())) return;
        const TracedTask& task = owners_.task(traced.task);
        Count(After(traced.time) ? DumpDifference::kAllocatedSince
                                 : DumpDifference::kOnlyInTrace,
              [&] { return InBrief(head, code.order(), task.pid, task.comm); });
      });
}

}  // namespace

uint64_t DumpComparison::unexplained() const {
  uint64_t count = 0;
  for (int i = 0; i < kNrDumpDifferences; ++i) {
    const auto kind = static_cast<DumpDifference>(i);
    if (!IsExplained(kind)) count += difference(kind).count;
  }
  return count;
}

absl::StatusOr<DumpComparison> CompareWithDump(
    const TraceOwners& owners, InputStream& dump,
    const DumpComparisonOptions& options) {
  Comparer comparer(owners, options);
  PAGELAB_RETURN_IF_ERROR(comparer.Read(dump));
  comparer.FindClock();
  comparer.CompareRecords();
  comparer.LookForMissing();
  return std::move(comparer).Finish();
}

}  // namespace pagelab

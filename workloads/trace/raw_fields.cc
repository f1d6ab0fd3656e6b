#include "pagelab/workloads/trace/raw_fields.h"

#include <array>
#include <initializer_list>

namespace pagelab {
namespace {

constexpr std::array<std::string_view, kNrRawFields> kNames = {
    "pfn",
    "order",
    "gfp_flags",
    "migratetype",
    "percpu_refill",
    "alloc_order",
    "fallback_order",
    "alloc_migratetype",
    "fallback_migratetype",
    "change_ownership",
    "start",
    "end",
    "nr_migrated",
    "nr_reclaimed",
    "nr_mapped"};

const char* SetFrame(uint64_t value, Pfn& pfn) {
  if (value > kMaxTracePfn)
    return "page frame number beyond 52 bits of address";
  pfn = Pfn(value);
  return nullptr;
}

const char* SetOrder(uint64_t value, Order& order) {
  if (value > kMaxPageOrder) return "orders are 0 to 10";
  order = Order(static_cast<int>(value));
  return nullptr;
}

const char* SetType(uint64_t value, int& migratetype) {
  if (value > kMaxTraceMigratetype) return "no such migratetype";
  migratetype = static_cast<int>(value);
  return nullptr;
}

}  // namespace

std::optional<RawField> RawFieldOf(std::string_view name) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<RawField>(i);
  }
  return std::nullopt;
}

std::string_view ToString(RawField field) {
  return kNames[static_cast<size_t>(field)];
}

std::optional<RawField> RawFieldSet::MissingFor(TraceEventKind event) const {
  using enum RawField;
  const auto first_missing =
      [this](
          std::initializer_list<RawField> fields) -> std::optional<RawField> {
    for (const RawField field : fields) {
      if (!Has(field)) return field;
    }
    return std::nullopt;
  };
  switch (event) {
    case TraceEventKind::kPageAlloc:
      return first_missing({kPfn, kOrder, kGfpFlags, kMigratetype});
    case TraceEventKind::kPageFree:
      return first_missing({kPfn, kOrder});
    case TraceEventKind::kPageFreeBatched:
      return first_missing({kPfn});
    case TraceEventKind::kPageAllocZoneLocked:
      return first_missing({kPfn, kOrder, kMigratetype, kPercpuRefill});
    case TraceEventKind::kPagePcpuDrain:
      return first_missing({kPfn, kOrder, kMigratetype});
    case TraceEventKind::kPageAllocExtfrag:
      return first_missing({kPfn, kAllocOrder, kFallbackOrder,
                            kAllocMigratetype, kFallbackMigratetype,
                            kChangeOwnership});
    case TraceEventKind::kContigMigrateRange:
      return first_missing(
          {kStart, kEnd, kNrMigrated, kNrReclaimed, kNrMapped, kMigratetype});
    case TraceEventKind::kProbe:
    case TraceEventKind::kMarker:
    case TraceEventKind::kOther:
      break;
  }
  return std::nullopt;
}

const char* SetRawField(RawField field, uint64_t value, TraceEvent& event) {
  switch (field) {
    case RawField::kPfn:
      // All ones: no page.
      return SetFrame(value == ~uint64_t{0} ? 0 : value, event.pfn);
    case RawField::kOrder:
    case RawField::kAllocOrder:
      return SetOrder(value, event.order);
    case RawField::kGfpFlags:
      event.gfp = Gfp(static_cast<uint32_t>(value));
      return nullptr;
    case RawField::kMigratetype:
      event.contig.migratetype = value;
      if (event.kind == TraceEventKind::kContigMigrateRange) return nullptr;
      return SetType(value, event.migratetype);
    case RawField::kPercpuRefill:
      event.percpu_refill = value != 0;
      return nullptr;
    case RawField::kFallbackOrder:
      return SetOrder(value, event.extfrag.fallback_order);
    case RawField::kAllocMigratetype:
      return SetType(value, event.migratetype);
    case RawField::kFallbackMigratetype:
      return SetType(value, event.extfrag.fallback_migratetype);
    case RawField::kChangeOwnership:
      event.extfrag.change_ownership = value != 0;
      return nullptr;
    case RawField::kStart:
      return SetFrame(value, event.contig.range.begin);
    case RawField::kEnd:
      return SetFrame(value, event.contig.range.end);
    case RawField::kNrMigrated:
      event.contig.nr_migrated = value;
      return nullptr;
    case RawField::kNrReclaimed:
      event.contig.nr_reclaimed = value;
      return nullptr;
    case RawField::kNrMapped:
      event.contig.nr_mapped = value;
      return nullptr;
  }
  return nullptr;
}

void FinishRawEvent(Order pageblock_order, TraceEvent& event) {
  if (event.kind == TraceEventKind::kPageFreeBatched) event.order = Order(0);
  if (event.kind != TraceEventKind::kPageAllocExtfrag) return;
  event.extfrag.pageblock_order = pageblock_order;
  event.extfrag.fragmenting = event.extfrag.fallback_order < pageblock_order;
}

}  // namespace pagelab

// The fields of the kmem events, text-formats.md 11.3.

#include <optional>
#include <string>
#include <utility>

#include "pagelab/workloads/trace/event_line.h"
#include "pagelab/workloads/trace/raw_fields.h"

namespace pagelab {
namespace {

// Reads "name=value" fields in order. After the first failure the rest fails
// too, and error() has said why.
class FieldReader {
 public:
  FieldReader(TextCursor& cursor, LineError& error)
      : cursor_(cursor), error_(error) {}

  // Up to the blank before the next field. A literal holds the field's name
  // with '=' and, except for the first, the blank before it.
  template <size_t kSize>
  bool Word(const char (&name)[kSize], std::string_view& value) {
    if (!Name(name)) return false;
    value = cursor_.TakeWord();
    return true;
  }

  template <size_t kSize>
  bool Number(const char (&name)[kSize], uint64_t& value) {
    if (!Name(name)) return false;
    if (cursor_.TakeNumber(value)) return true;
    return Fail("expected a number");
  }

  template <size_t kSize>
  bool Frame(const char (&name)[kSize], Pfn& pfn) {
    if (!Name(name)) return false;
    const char* begin = cursor_.at();
    uint64_t value = 0;
    if (!cursor_.TakeNumber(value)) return Fail("expected a page frame number");
    pfn = Pfn(value);
    if (value <= kMaxTracePfn) return true;
    return FailAt(begin, "page frame number beyond 52 bits of address");
  }

  template <size_t kSize>
  bool BlockOrder(const char (&name)[kSize], Order& order) {
    uint64_t value = 0;
    if (!Small(name, kMaxPageOrder, "orders are 0 to 10", value)) return false;
    order = Order(static_cast<int>(value));
    return true;
  }

  template <size_t kSize>
  bool TypeNumber(const char (&name)[kSize], int& migratetype) {
    uint64_t value = 0;
    if (!Small(name, kMaxTraceMigratetype, "no such migratetype", value)) {
      return false;
    }
    migratetype = static_cast<int>(value);
    return true;
  }

  template <size_t kSize>
  bool Flag(const char (&name)[kSize], bool& flag) {
    uint64_t value = 0;
    if (!Small(name, 1, "expected 0 or 1", value)) return false;
    flag = value != 0;
    return true;
  }

  // Nothing follows, or fields that another kernel version added.
  bool End() {
    if (cursor_.done()) return true;
    if (cursor_.peek() == ' ' &&
        cursor_.rest().find('=') != std::string_view::npos) {
      return true;
    }
    return Fail("unexpected text after the last field");
  }

  bool FailAt(const char* at, std::string message) {
    error_.at = at;
    error_.message = std::move(message);
    return false;
  }

  [[gnu::cold]] bool Fail(std::string message) {
    return FailAt(cursor_.at(), std::move(message));
  }

 private:
  template <size_t kSize>
  bool Name(const char (&name)[kSize]) {
    if (cursor_.Take(name)) return true;
    const std::string_view text = name;
    return Fail("expected \"" +
                std::string(text.substr(text.front() == ' ' ? 1 : 0)) + "\"");
  }

  template <size_t kSize>
  bool Small(const char (&name)[kSize], uint64_t max, const char* range,
             uint64_t& value) {
    if (!Name(name)) return false;
    const char* begin = cursor_.at();
    if (!cursor_.TakeDecimal(value)) return Fail("expected a number");
    if (value <= max) return true;
    return FailAt(begin, range);
  }

  TextCursor& cursor_;
  LineError& error_;
};

bool ParseAlloc(FieldReader& fields, GfpCache& gfps, TraceEvent& event) {
  std::string_view mask;
  if (!fields.Word("page=", event.page) || !fields.Frame(" pfn=", event.pfn) ||
      !fields.BlockOrder(" order=", event.order) ||
      !fields.TypeNumber(" migratetype=", event.migratetype) ||
      !fields.Word(" gfp_flags=", mask)) {
    return false;
  }
  std::string message;
  if (!gfps.Parse(mask, event.gfp, message)) {
    return fields.FailAt(mask.data(), std::move(message));
  }
  return fields.End();
}

bool ParseExtfrag(FieldReader& fields, bool by_libtraceevent,
                  TraceEvent& event) {
  ExtfragFields& extfrag = event.extfrag;
  uint64_t any = 0;
  const bool good =
      fields.Word("page=", event.page) && fields.Frame(" pfn=", event.pfn) &&
      fields.BlockOrder(" alloc_order=", event.order) &&
      fields.BlockOrder(" fallback_order=", extfrag.fallback_order) &&
      fields.BlockOrder(" pageblock_order=", extfrag.pageblock_order) &&
      fields.TypeNumber(" alloc_migratetype=", event.migratetype) &&
      fields.TypeNumber(" fallback_migratetype=",
                        extfrag.fallback_migratetype) &&
      (by_libtraceevent ? fields.Number(" fragmenting=", any)
                        : fields.Flag(" fragmenting=", extfrag.fragmenting)) &&
      fields.Flag(" change_ownership=", extfrag.change_ownership) &&
      fields.End();
  if (by_libtraceevent) FinishRawEvent(extfrag.pageblock_order, event);
  return good;
}

bool ParseContigRange(FieldReader& fields, TraceEvent& event) {
  ContigRangeFields& contig = event.contig;
  return fields.Frame("start=", contig.range.begin) &&
         fields.Frame(" end=", contig.range.end) &&
         fields.Number(" migratetype=", contig.migratetype) &&
         fields.Number(" nr_migrated=", contig.nr_migrated) &&
         fields.Number(" nr_reclaimed=", contig.nr_reclaimed) &&
         fields.Number(" nr_mapped=", contig.nr_mapped) && fields.End();
}

// What most events start with.
bool ParseBlock(FieldReader& fields, TraceEvent& event) {
  return fields.Word("page=", event.page) && fields.Frame(" pfn=", event.pfn) &&
         fields.BlockOrder(" order=", event.order);
}

}  // namespace

bool ParseRawFields(TextCursor& cursor, TraceEvent& event, LineError& error) {
  FieldReader fields(cursor, error);
  RawFieldSet seen;
  event.page = {};
  for (cursor.SkipBlanks(); !cursor.done(); cursor.SkipBlanks()) {
    const std::string_view name = cursor.TakeUntil('=');
    const std::optional<RawField> field = RawFieldOf(name);
    if (!cursor.TakeChar('=')) return fields.Fail("expected \"name=value\"");
    if (!field.has_value()) {
      cursor.TakeWord();
      continue;
    }
    const char* begin = cursor.at();
    uint64_t value = 0;
    if (!cursor.TakeNumber(value)) return fields.Fail("expected a number");
    const char* wrong = SetRawField(*field, value, event);
    if (wrong != nullptr) return fields.FailAt(begin, wrong);
    seen.Add(*field);
  }
  if (const auto missing = seen.MissingFor(event.kind)) {
    return fields.Fail("expected \"" + std::string(ToString(*missing)) + "=\"");
  }
  FinishRawEvent(kDefaultPageblockOrder, event);
  return true;
}

bool ParseKmemFields(TextCursor& cursor, EventTextContext& context,
                     TraceEvent& event, LineError& error) {
  if (context.by_libtraceevent && cursor.Take("[FAILED TO PARSE]")) {
    return ParseRawFields(cursor, event, error);
  }
  FieldReader fields(cursor, error);
  switch (event.kind) {
    case TraceEventKind::kPageAlloc:
      return ParseAlloc(fields, context.gfps, event);
    case TraceEventKind::kPageFree:
    case TraceEventKind::kPageFreeBatched:
      return ParseBlock(fields, event) && fields.End();
    case TraceEventKind::kPageAllocZoneLocked:
      return ParseBlock(fields, event) &&
             fields.TypeNumber(" migratetype=", event.migratetype) &&
             fields.Flag(" percpu_refill=", event.percpu_refill) &&
             fields.End();
    case TraceEventKind::kPagePcpuDrain:
      return ParseBlock(fields, event) &&
             fields.TypeNumber(" migratetype=", event.migratetype) &&
             fields.End();
    case TraceEventKind::kPageAllocExtfrag:
      return ParseExtfrag(fields, context.by_libtraceevent, event);
    case TraceEventKind::kContigMigrateRange:
      return ParseContigRange(fields, event);
    case TraceEventKind::kProbe:
    case TraceEventKind::kMarker:
    case TraceEventKind::kOther:
      break;
  }
  return true;
}

}  // namespace pagelab

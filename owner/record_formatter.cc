#include "pagelab/owner/record_formatter.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "pagelab/alloc/gfp.h"
#include "pagelab/base/text.h"

namespace pagelab {
namespace {

template <size_t size>
char* Put(char* out, const char (&literal)[size]) {
  std::memcpy(out, literal, size - 1);
  return out + size - 1;
}

char* Put(char* out, std::string_view text) {
  return std::copy(text.begin(), text.end(), out);
}

template <typename T>
char* PutDecimal(char* out, T value) {
  return std::to_chars(out, out + kMaxDecimalDigits + 1, value).ptr;
}

char* PutHex(char* out, uint64_t value) {
  return std::to_chars(out, out + kMaxHexDigits, value, 16).ptr;
}

// Where it is the type that the page asked for, there are blanks.
constexpr std::string_view kFallback = "Fallback";
constexpr std::string_view kNoFallback = "        ";
static_assert(kFallback.size() == kNoFallback.size());

}  // namespace

Migratetype RecordFormatter::TypeOf(uint32_t gfp_mask) const {
  if (format_.group_by_mobility_disabled) return Migratetype::kUnmovable;
  return EraMigratetype(*format_.profile->gfp, gfp_mask);
}

const RecordFormatter::RequestText& RecordFormatter::TextOfRequest(
    const PageOwnerRecord& record) {
  const uint64_t key = uint64_t{record.order} << 32 | record.gfp_mask;
  auto [it, inserted] = requests_.try_emplace(key);
  RequestText& text = it->second;
  if (inserted) {
    const OwnerTextProfile& profile = *format_.profile;
    text.header = "Page allocated via order ";
    AppendDecimal(text.header, record.order);
    text.header += ", mask 0x";
    AppendHex(text.header, record.gfp_mask);
    if (profile.mask_names) {
      text.header += '(';
      AppendEraGfp(text.header, *profile.gfp, record.gfp_mask);
      text.header += ')';
    }
    if (profile.pid) text.header += ", pid ";
    text.migratetype = TypeOf(record.gfp_mask);
    text.type = " type ";
    text.type += ToString(text.migratetype);
    text.type += " Block ";
  }
  return text;
}

const std::string& RecordFormatter::TextOfFlags(uint64_t word) {
  auto [it, inserted] = flags_.try_emplace(word);
  if (inserted) {
    AppendEraFlags(it->second, *format_.profile->page_flags, word,
                   format_.flags_layout);
  }
  return it->second;
}

// From the pid on to the end of the line.
char* RecordFormatter::WriteTask(char* out,
                                 const PageOwnerRecord& record) const {
  const OwnerTextProfile& profile = *format_.profile;
  if (profile.pid) out = PutDecimal(out, record.pid);
  if (profile.tgid_and_comm) {
    out = Put(out, ", tgid ");
    out = PutDecimal(out, record.tgid);
    out = Put(out, " (");
    out = Put(out, record.comm_text());
    out = Put(out, ")");
  }
  if (!profile.ts) return Put(out, "\n");
  out = Put(out, ", ts ");
  out = PutDecimal(out, record.ts_nsec);
  if (profile.free_ts) {
    out = Put(out, " ns, free_ts ");
    out = PutDecimal(out, record.free_ts_nsec);
  }
  return Put(out, " ns\n");
}

char* RecordFormatter::WriteNamedTypes(char* out, const RecordText& text,
                                       const RequestText& request) const {
  if (format_.profile->pfn_line == PfnLineStyle::kNamesHexPfn) {
    out = Put(out, "PFN 0x");
    out = PutHex(out, text.pfn.value());
  } else {
    out = Put(out, "PFN ");
    out = PutDecimal(out, text.pfn.value());
  }
  out = Put(out, request.type);
  out = PutDecimal(out, text.pfn.value() >> format_.pageblock_order);
  out = Put(out, " type ");
  return Put(out, ToString(text.pageblock_type));
}

char* RecordFormatter::WriteNumberedTypes(char* out, const RecordText& text,
                                          const RequestText& request) const {
  const auto& numbers = format_.profile->gfp->type_numbers;
  out = Put(out, "PFN ");
  out = PutDecimal(out, text.pfn.value());
  out = Put(out, " Block ");
  out = PutDecimal(out, text.pfn.value() >> format_.pageblock_order);
  out = Put(out, " type ");
  out = PutDecimal(
      out, int{numbers[static_cast<size_t>(Index(text.pageblock_type))]});
  out = Put(out, " ");
  return Put(out, text.pageblock_type == request.migratetype ? kNoFallback
                                                             : kFallback);
}

char* RecordFormatter::WriteMigrated(char* out,
                                     const PageOwnerRecord& record) const {
  const auto& reasons = format_.profile->migrate_reasons;
  const auto reason = static_cast<size_t>(record.last_migrate_reason);
  if (reason >= reasons.size()) return out;
  out = Put(out, "Page has been migrated, last migrate reason: ");
  out = Put(out, reasons[reason]);
  return Put(out, "\n");
}

char* RecordFormatter::Write(char* out, const RecordText& text) {
  const PageOwnerRecord& record = text.record;
  const RequestText& request = TextOfRequest(record);
  out = Put(out, request.header);
  out = WriteTask(out, record);
  out = format_.profile->pfn_line == PfnLineStyle::kNumbers
            ? WriteNumberedTypes(out, text, request)
            : WriteNamedTypes(out, text, request);
  out = Put(out, " Flags ");
  out = Put(out, TextOfFlags(text.flags_word));
  out = Put(out, "\n");
  out = Put(out, text.stack);
  if (record.last_migrate_reason >= 0) out = WriteMigrated(out, record);
  if (!text.memcg_line.empty()) out = Put(out, text.memcg_line);
  return Put(out, "\n");
}

}  // namespace pagelab

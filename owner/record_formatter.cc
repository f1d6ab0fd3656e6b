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

}  // namespace

std::string_view RecordFormatter::TypeName(uint32_t gfp_mask) const {
  if (format_.group_by_mobility_disabled) {
    return ToString(Migratetype::kUnmovable);
  }
  return ToString(MigratetypeOf(Gfp(gfp_mask)));
}

const RecordFormatter::RequestText& RecordFormatter::TextOfRequest(
    const PageOwnerRecord& record) {
  const uint64_t key = uint64_t{record.order} << 32 | record.gfp_mask;
  auto [it, inserted] = requests_.try_emplace(key);
  RequestText& text = it->second;
  if (inserted) {
    text.header = "Page allocated via order ";
    AppendDecimal(text.header, record.order);
    text.header += ", mask 0x";
    AppendHex(text.header, record.gfp_mask);
    text.header += '(';
    AppendGfp(text.header, Gfp(record.gfp_mask));
    text.header += "), pid ";
    text.type = " type ";
    text.type += TypeName(record.gfp_mask);
    text.type += " Block ";
  }
  return text;
}

const std::string& RecordFormatter::TextOfFlags(uint64_t word) {
  auto [it, inserted] = flags_.try_emplace(word);
  if (inserted) AppendFlagsWord(it->second, word, format_.flags_layout);
  return it->second;
}

char* RecordFormatter::Write(char* out, const RecordText& text) {
  const PageOwnerRecord& record = text.record;
  const RequestText& request = TextOfRequest(record);
  out = Put(out, request.header);
  out = PutDecimal(out, record.pid);
  out = Put(out, ", tgid ");
  out = PutDecimal(out, record.tgid);
  out = Put(out, " (");
  out = Put(out, record.comm_text());
  out = Put(out, "), ts ");
  out = PutDecimal(out, record.ts_nsec);
  out = Put(out, " ns\nPFN 0x");
  out = PutHex(out, text.pfn.value());
  out = Put(out, request.type);
  out = PutDecimal(out, text.pfn.value() >> format_.pageblock_order);
  out = Put(out, " type ");
  out = Put(out, ToString(text.pageblock_type));
  out = Put(out, " Flags ");
  out = Put(out, TextOfFlags(text.flags_word));
  out = Put(out, "\n");
  out = Put(out, text.stack);
  if (record.last_migrate_reason >= 0) {
    out = Put(out, "Page has been migrated, last migrate reason: ");
    out = Put(out, ToString(MigrateReason(record.last_migrate_reason)));
    out = Put(out, "\n");
  }
  return Put(out, "\n");
}

}  // namespace pagelab

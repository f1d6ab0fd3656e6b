#include "pagelab/owner/dump/record_header.h"

#include "pagelab/owner/dump/line_cursor.h"

namespace pagelab {
namespace {

bool TakeTime(LineCursor& cursor, uint64_t& time, std::string_view& digits) {
  const std::string_view text = cursor.rest();
  if (!cursor.TakeNumber(time)) return false;
  digits = text.substr(0, text.size() - cursor.rest().size());
  return true;
}

bool TakeOrder(LineCursor& cursor, RecordHeader& header) {
  return cursor.TakeNumber(header.order) && header.order <= kMaxDumpOrder;
}

bool TakeMask(LineCursor& cursor, RecordHeader& header) {
  if (!cursor.Take("0x") || !cursor.TakeNumber(header.gfp_mask, 16)) {
    return false;
  }
  if (!cursor.Take("(")) return true;
  // A parenthesis inside belongs to another record.
  return cursor.TakeUntil(')', header.gfp_names) &&
         header.gfp_names.find('(') == std::string_view::npos;
}

// More than any kernel prints, and less than another record.
constexpr size_t kMaxComm = 48;

// ", tgid 1 (init)", up to the last parenthesis that a time follows.
bool TakeTask(LineCursor& cursor, RecordHeader& header) {
  if (!cursor.TakeNumber(header.tgid) || !cursor.Take(" (")) return false;
  header.has_task = true;
  // Without a parenthesis in the name the first one ends it.
  const std::string_view rest = cursor.rest();
  const size_t first = rest.find(')');
  if (first == std::string_view::npos) return false;
  if (rest.substr(first).starts_with("), ts ") &&
      rest.find(')', first + 1) == std::string_view::npos) {
    header.comm = rest.substr(0, first);
    cursor = LineCursor(rest.substr(first + 1));
    return true;
  }
  if (!cursor.TakeUntilLast("), ts ", header.comm)) {
    return cursor.TakeUntilLast(")", header.comm);
  }
  cursor = LineCursor(rest.substr(header.comm.size() + 1));
  return true;
}

// ", pid 1, tgid 1 (init), ts 5 ns, free_ts 0 ns": all of it, some, or nothing,
// in a bug report without the units.
bool TakeWho(LineCursor& cursor, RecordHeader& header, std::string_view unit) {
  if (cursor.Take(", pid ")) {
    if (!cursor.TakeNumber(header.pid)) return false;
    header.has_pid = true;
  }
  if (cursor.Take(", tgid ") && !TakeTask(cursor, header)) return false;
  if (cursor.Take(", ts ")) {
    if (!TakeTime(cursor, header.ts_nsec, header.ts_digits) ||
        !cursor.Take(unit)) {
      return false;
    }
    header.has_ts = true;
  }
  if (cursor.Take(", free_ts ")) {
    if (!TakeTime(cursor, header.free_ts_nsec, header.free_ts_digits) ||
        !cursor.Take(unit)) {
      return false;
    }
    header.has_free_ts = true;
  }
  header.rest = cursor.rest();
  return header.comm.size() <= kMaxComm &&
         (header.rest.empty() ||
          header.rest.find(kRecordStart) == std::string_view::npos);
}

}  // namespace

bool ParseRecordHeader(std::string_view line, RecordHeader& header) {
  header = RecordHeader();
  LineCursor cursor(line);
  return cursor.Take(kRecordStart) && TakeOrder(cursor, header) &&
         cursor.Take(", mask ") && TakeMask(cursor, header) &&
         TakeWho(cursor, header, " ns");
}

bool ParseReportHeader(std::string_view line, RecordHeader& header) {
  header = RecordHeader();
  LineCursor cursor(line);
  return (cursor.Take("page last allocated via order ") ||
          cursor.Take("page allocated via order ")) &&
         TakeOrder(cursor, header) && cursor.Take(", migratetype ") &&
         cursor.TakeUntil(',', header.migratetype) &&
         cursor.Take(" gfp_mask ") && TakeMask(cursor, header) &&
         TakeWho(cursor, header, "");
}

}  // namespace pagelab

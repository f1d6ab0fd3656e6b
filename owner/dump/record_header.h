#ifndef PAGELAB_OWNER_DUMP_RECORD_HEADER_H_
#define PAGELAB_OWNER_DUMP_RECORD_HEADER_H_

#include <cstdint>
#include <string_view>

namespace pagelab {

// The start of a page_owner record.
inline constexpr std::string_view kRecordStart = "Page allocated via order ";

// The first line of a record, of any kernel version (text-formats.md 3), or
// the line of a bug report that says the same (13). Views into the line.
struct RecordHeader {
  // Never more than kMaxDumpOrder.
  uint8_t order = 0;
  uint32_t gfp_mask = 0;
  // Between the mask's parentheses; empty before 4.6.
  std::string_view gfp_names;
  // Named in bug reports only.
  std::string_view migratetype;

  bool has_pid = false;
  bool has_task = false;
  bool has_ts = false;
  bool has_free_ts = false;
  int32_t pid = -1;
  // These two with has_task.
  int32_t tgid = -1;
  std::string_view comm;
  uint64_t ts_nsec = 0;
  uint64_t free_ts_nsec = 0;
  // The digits of ts_nsec, and those of free_ts_nsec.
  std::string_view ts_digits;
  std::string_view free_ts_digits;
  // What follows the fields that are known; a vendor's, if not empty.
  std::string_view rest;

  uint64_t pages() const { return uint64_t{1} << order; }
};

// No kernel has had larger ones.
inline constexpr uint8_t kMaxDumpOrder = 20;

// `line` without its newline. False if order or mask are not there, if a field
// that has begun does not end, and if another record begins in it.
bool ParseRecordHeader(std::string_view line, RecordHeader& header);

// "page last allocated via order 0, migratetype Unmovable, gfp_mask
// 0xcc0(GFP_KERNEL), ...", or "page allocated via ..." up to 4.6.
bool ParseReportHeader(std::string_view line, RecordHeader& header);

}  // namespace pagelab

#endif  // PAGELAB_OWNER_DUMP_RECORD_HEADER_H_

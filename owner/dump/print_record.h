#ifndef PAGELAB_OWNER_DUMP_PRINT_RECORD_H_
#define PAGELAB_OWNER_DUMP_PRINT_RECORD_H_

#include <string>

#include "absl/status/statusor.h"
#include "pagelab/owner/dump/parsed_record.h"
#include "pagelab/owner/record_formatter.h"

namespace pagelab {

// Prints records from their values alone: names of masks and flags, types and
// pageblocks come from the tables of the kernel version. Thread-compatible.
class RecordPrinter {
 public:
  explicit RecordPrinter(const RecordFormat& format)
      : frame_style_(format.profile->frame), formatter_(format) {}

  void Append(std::string& out, const ParsedRecord& record);

 private:
  void AppendFrame(const ParsedFrame& frame);

  FrameStyle frame_style_;
  RecordFormatter formatter_;
  std::string stack_;
  std::string memcg_line_;
};

// The kernel version, widths of flags and pageblock order with which a record
// prints as it is, the newest and most usual of those that do. An error if
// there are none: the record is damaged, or of a kernel that is not known.
absl::StatusOr<RecordFormat> InferFormat(const DumpRecord& record);

}  // namespace pagelab

#endif  // PAGELAB_OWNER_DUMP_PRINT_RECORD_H_

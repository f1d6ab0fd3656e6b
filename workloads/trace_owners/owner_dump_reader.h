#ifndef PAGELAB_WORKLOADS_TRACE_OWNERS_OWNER_DUMP_READER_H_
#define PAGELAB_WORKLOADS_TRACE_OWNERS_OWNER_DUMP_READER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "pagelab/alloc/gfp.h"
#include "pagelab/alloc/types.h"
#include "pagelab/base/input_stream.h"

namespace pagelab {

// One record of a page_owner dump. Text views last until the reader's next
// call.
struct OwnerDumpRecord {
  // Of its first line, from 1.
  uint64_t line = 0;
  Pfn pfn;
  Order order;
  Gfp gfp;
  // Between the mask's parentheses; empty without any.
  std::string_view gfp_names;
  int32_t pid = -1;
  int32_t tgid = -1;
  std::string_view comm;
  std::optional<uint64_t> ts_nsec;
  std::string_view type;
  std::string_view block_type;
  // Between the parentheses of the page's flags; empty without any.
  std::string_view flag_names;
  // The frames, each " symbol\n".
  std::string_view stack;
  // "compaction"; empty if the page was not moved.
  std::string_view migrate_reason;
};

// Reads dumps with the fields that kernels from 4.6 print, record by record
// (text-formats.md 3). The first line that makes no sense is an error.
// Thread-compatible.
class OwnerDumpReader {
 public:
  // `input` must outlive the reader.
  explicit OwnerDumpReader(InputStream& input) : input_(input) {}

  // False at the end, or when the input cannot be read on: see status().
  bool Next(OwnerDumpRecord& record);
  // The input failed, makes no sense, or has no record in it.
  const absl::Status& status() const { return status_; }

 private:
  bool FillRecord();
  bool Fail(size_t line, std::string_view what);
  bool ParseRecord(std::string_view text, OwnerDumpRecord& record);

  InputStream& input_;
  absl::Status status_;
  std::string buffer_;
  // The record in the buffer: [begin_, end_), and its last byte's next.
  size_t begin_ = 0;
  size_t end_ = 0;
  // Of the record at begin_.
  uint64_t line_ = 1;
  bool end_of_input_ = false;
  bool found_any_ = false;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_TRACE_OWNERS_OWNER_DUMP_READER_H_

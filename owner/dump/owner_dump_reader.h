#ifndef PAGELAB_OWNER_DUMP_OWNER_DUMP_READER_H_
#define PAGELAB_OWNER_DUMP_OWNER_DUMP_READER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "pagelab/alloc/gfp.h"
#include "pagelab/alloc/types.h"
#include "pagelab/base/input_stream.h"
#include "pagelab/owner/dump/dump_parser.h"

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

// Hands out the page_owner records that DumpParser finds in an input, one by
// one, for those who need all of them: a record that is damaged is an error.
// Thread-compatible.
class OwnerDumpReader {
 public:
  // `input` must outlive the reader.
  explicit OwnerDumpReader(InputStream& input) : input_(input) {}

  // False at the end, or when the input cannot be read on: see status().
  bool Next(OwnerDumpRecord& record);
  // The input failed, has a damaged record, or has no record in it.
  const absl::Status& status() const { return status_; }

 private:
  // The next record of any kind.
  bool Find(DumpRecord& found);
  bool Refill();
  bool Convert(const DumpRecord& found, OwnerDumpRecord& record);
  // Counts the lines in the next bytes of the buffer.
  void Pass(size_t size);
  bool Fail(uint64_t line, std::string_view what);

  InputStream& input_;
  DumpParser parser_;
  absl::Status status_;
  std::string buffer_;
  // What of the buffer is done with, and the number of the line behind it.
  size_t done_ = 0;
  uint64_t line_ = 1;
  bool end_of_input_ = false;
  bool found_any_ = false;
};

}  // namespace pagelab

#endif  // PAGELAB_OWNER_DUMP_OWNER_DUMP_READER_H_

#ifndef PAGELAB_OWNER_RECORD_FORMATTER_H_
#define PAGELAB_OWNER_RECORD_FORMATTER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "pagelab/alloc/migratetype.h"
#include "pagelab/alloc/page_flags.h"
#include "pagelab/alloc/types.h"
#include "pagelab/owner/record.h"

namespace pagelab {

// What decides the text of a record besides its fields.
struct RecordFormat {
  PageFlagsLayout flags_layout;
  int pageblock_order = 9;
  // Everything is printed as Unmovable (page-ext-owner-depot.md 6.2).
  bool group_by_mobility_disabled = false;
};

// One record with what is known of its page now.
struct RecordText {
  const PageOwnerRecord& record;
  Pfn pfn;
  Migratetype pageblock_type = Migratetype::kUnmovable;
  // FlagsWord() of the page.
  uint64_t flags_word = 0;
  // The frames, each " symbol\n".
  std::string_view stack;
};

// Makes the text of records as the kernel's page_owner file prints them
// (page-ext-owner-depot.md 6.2). Text that many records share is made once:
// per gfp mask and order, and per page flags word. Thread-compatible.
class RecordFormatter {
 public:
  explicit RecordFormatter(const RecordFormat& format) : format_(format) {}

  // An upper bound for the length of the text: all flag names together are
  // under a quarter of what is allowed for everything but the stack.
  static size_t MaxSize(const RecordText& text) {
    return kMaxOwnBytes + text.stack.size();
  }
  // Writes the text at `out` and returns its end.
  // REQUIRES: room for MaxSize(text).
  char* Write(char* out, const RecordText& text);

  // The type that the mask asks for, as the kernel names it here.
  std::string_view TypeName(uint32_t gfp_mask) const;

 private:
  static constexpr size_t kMaxOwnBytes = 4096;

  // "Page allocated via order 0, mask 0xcc0(GFP_KERNEL), pid ", and
  // " type Unmovable Block ".
  struct RequestText {
    std::string header;
    std::string type;
  };

  const RequestText& TextOfRequest(const PageOwnerRecord& record);
  const std::string& TextOfFlags(uint64_t word);

  RecordFormat format_;
  absl::flat_hash_map<uint64_t, RequestText> requests_;
  absl::flat_hash_map<uint64_t, std::string> flags_;
};

}  // namespace pagelab

#endif  // PAGELAB_OWNER_RECORD_FORMATTER_H_

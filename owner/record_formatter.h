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
#include "pagelab/owner/owner_text_profile.h"
#include "pagelab/owner/record.h"

namespace pagelab {

// What decides the text of a record besides its fields.
struct RecordFormat {
  PageFlagsLayout flags_layout = {};
  int pageblock_order = 9;
  // Everything is printed as Unmovable (page-ext-owner-depot.md 6.2).
  bool group_by_mobility_disabled = false;
  // The kernel version; outlives the formatter.
  const OwnerTextProfile* profile = &kOwnerText612;
};

// One record with what is known of its page now.
struct RecordText {
  const PageOwnerRecord& record;
  Pfn pfn;
  Migratetype pageblock_type = Migratetype::kUnmovable;
  // EraFlagsWord() of the page.
  uint64_t flags_word = 0;
  // The frames, each a line.
  std::string_view stack = {};
  // AppendMemcgLine() of the page.
  std::string_view memcg_line = {};
};

// Makes the text of records as the page_owner file of a kernel version prints
// them (page-ext-owner-depot.md 6.2, 6.3). Masks are in that version's bits.
// Text that many records share is made once: per gfp mask and order, and per
// page flags word. Thread-compatible.
class RecordFormatter {
 public:
  explicit RecordFormatter(const RecordFormat& format) : format_(format) {}

  // An upper bound for the length of the text: all flag names together are
  // under a quarter of what is allowed for everything but the stack.
  static size_t MaxSize(const RecordText& text) {
    return kMaxOwnBytes + text.stack.size() + text.memcg_line.size();
  }
  // Writes the text at `out` and returns its end.
  // REQUIRES: room for MaxSize(text).
  char* Write(char* out, const RecordText& text);

  // The type that the mask asks for, as the kernel sees it here.
  Migratetype TypeOf(uint32_t gfp_mask) const;

 private:
  static constexpr size_t kMaxOwnBytes = 4096;

  // "Page allocated via order 0, mask 0xcc0(GFP_KERNEL), pid ", and, where
  // types have names, " type Unmovable Block ".
  struct RequestText {
    std::string header;
    std::string type;
    Migratetype migratetype = Migratetype::kUnmovable;
  };

  const RequestText& TextOfRequest(const PageOwnerRecord& record);
  const std::string& TextOfFlags(uint64_t word);
  char* WriteTask(char* out, const PageOwnerRecord& record) const;
  char* WriteNamedTypes(char* out, const RecordText& text,
                        const RequestText& request) const;
  char* WriteNumberedTypes(char* out, const RecordText& text,
                           const RequestText& request) const;
  char* WriteMigrated(char* out, const PageOwnerRecord& record) const;

  RecordFormat format_;
  absl::flat_hash_map<uint64_t, RequestText> requests_;
  absl::flat_hash_map<uint64_t, std::string> flags_;
};

}  // namespace pagelab

#endif  // PAGELAB_OWNER_RECORD_FORMATTER_H_

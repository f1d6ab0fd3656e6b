#ifndef PAGELAB_OWNER_DUMP_PARSED_RECORD_H_
#define PAGELAB_OWNER_DUMP_PARSED_RECORD_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "pagelab/alloc/migratetype.h"
#include "pagelab/alloc/types.h"
#include "pagelab/owner/dump/dump_parser.h"
#include "pagelab/owner/owner_text_profile.h"
#include "pagelab/owner/record.h"

namespace pagelab {

// A frame as values.
struct ParsedFrame {
  // What stands before the symbol up to 4.15; the frame itself where no symbol
  // is known.
  std::optional<uint64_t> address;
  // Empty: not known.
  std::string symbol;
  uint64_t offset = 0;
  uint64_t size = 0;
  // Empty: the kernel itself.
  std::string module;

  friend bool operator==(const ParsedFrame&, const ParsedFrame&) = default;
};

// Who pays for a page (page-ext-owner-depot.md 6.4).
struct ParsedMemcg {
  enum class Kind : uint8_t { kNone, kSlab, kUser, kKernel };
  Kind kind = Kind::kNone;
  bool online = true;
  // Of kUser and kKernel.
  std::string name;

  friend bool operator==(const ParsedMemcg&, const ParsedMemcg&) = default;
};

// A record of the page_owner file as numbers and names alone: what a kernel
// has, and not how it prints it.
struct ParsedRecord {
  // Without handles, the free's stack and ids.
  PageOwnerRecord values = {};
  Pfn pfn = Pfn(0);
  Migratetype pageblock_type = Migratetype::kUnmovable;
  uint64_t flags_word = 0;
  std::vector<ParsedFrame> frames;
  ParsedMemcg memcg;
};

// The values of a record of a kernel version. An error says what that version
// cannot have printed.
absl::StatusOr<ParsedRecord> ParseValues(const DumpRecord& record,
                                         const OwnerTextProfile& profile);

}  // namespace pagelab

#endif  // PAGELAB_OWNER_DUMP_PARSED_RECORD_H_

#ifndef PAGELAB_OWNER_DUMP_DUMP_FIELD_H_
#define PAGELAB_OWNER_DUMP_DUMP_FIELD_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "pagelab/owner/dump/dump_parser.h"
#include "pagelab/owner/dump/pfn_line.h"
#include "pagelab/owner/dump/text_table.h"

namespace pagelab {

// What can be asked of a record.
enum class DumpField : uint8_t {
  kStack,
  kFunction,
  kModule,
  kComm,
  kPid,
  kTgid,
  kMemcg,
  kOrder,
  kGfp,
  kMigratetype,
  kPageblockType,
  kZone,
  kNode,
  kAllocator,
  kAge,
  kPages,
  kPfn,
  kTs,
  kFreeTs,
  kFlags,
  kMigrateReason,
};

struct DumpFieldInfo {
  DumpField field;
  std::string_view name;
  // Another spelling; empty if there is none.
  std::string_view alias;
  // Otherwise a text.
  bool is_number = false;
  // Nanoseconds: written and compared as a duration.
  bool is_time = false;
  // Has few enough values to be grouped by.
  bool groups = true;
  std::string_view meaning;
};

absl::Span<const DumpFieldInfo> DumpFields();
const DumpFieldInfo& InfoOf(DumpField field);
// Null for a name that is none.
const DumpFieldInfo* FindDumpField(std::string_view name);

// A field of a record. Text lasts until the reader's next record.
struct FieldValue {
  // False if the record does not say.
  bool known = false;
  int64_t number = 0;
  std::string_view text;
};

// Reads fields of one record after the other, each only when it is asked for.
// What is told by a call stack is remembered for some thousands of stacks.
// Thread-compatible.
class FieldReader {
 public:
  // `now` is what ages are counted from, in nanoseconds since boot.
  explicit FieldReader(std::optional<uint64_t> now = std::nullopt)
      : now_(now) {}

  // The record must stay while it is read.
  void Start(const DumpRecord& record);
  FieldValue Read(DumpField field);

 private:
  struct StackFacts {
    uint32_t function = 0;
    uint32_t module = 0;
    bool slab = false;
    bool vmalloc = false;
  };

  const PfnLine& pfn_line();
  const StackFacts& stack_facts();
  FieldValue ReadHeaderField(DumpField field);
  FieldValue ReadPfnField(DumpField field);
  std::string_view Memcg() const;
  std::string_view Note(std::string_view beginning) const;
  std::string_view Zone();
  std::string_view Allocator();

  std::optional<uint64_t> now_;
  const DumpRecord* record_ = nullptr;
  bool has_pfn_line_ = false;
  bool pfn_line_good_ = false;
  PfnLine pfn_line_;
  std::string mask_;

  // Names in the facts; emptied with them.
  TextTable words_;
  absl::flat_hash_map<uint64_t, StackFacts> stacks_;
  uint64_t last_stack_ = 0;
  StackFacts last_facts_;
  bool has_last_stack_ = false;
};

}  // namespace pagelab

#endif  // PAGELAB_OWNER_DUMP_DUMP_FIELD_H_

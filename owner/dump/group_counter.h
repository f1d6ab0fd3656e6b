#ifndef PAGELAB_OWNER_DUMP_GROUP_COUNTER_H_
#define PAGELAB_OWNER_DUMP_GROUP_COUNTER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "pagelab/owner/dump/dump_field.h"
#include "pagelab/owner/dump/stack_id.h"
#include "pagelab/owner/dump/text_table.h"
#include "pagelab/owner/dump/tuple_table.h"

namespace pagelab {

struct GroupCount {
  uint64_t pages = 0;
  // Of bug reports, records and stacks of page_owner_stacks: one each.
  uint64_t records = 0;
};

// A group of records that say the same in the fields that count.
struct DumpGroup {
  // By field. A stack is its frames' lines; an unknown value is "-".
  std::vector<std::string> values;
  GroupCount count;
};

// Counts pages by what records say. Holds a few words for each group, and the
// text of its values once. Thread-compatible.
class GroupCounter {
 public:
  // REQUIRES: fields that group.
  GroupCounter(absl::Span<const DumpField> by, StackIdentity identity,
               std::optional<uint64_t> now);

  // Bug reports of free pages count nothing.
  void Add(const DumpRecord& record);
  // The same as adding what `other` has seen, whose fields are these.
  void Merge(const GroupCounter& other);

  // All of them, in no order.
  std::vector<DumpGroup> Groups() const;

 private:
  uint32_t ValueOf(size_t field, const DumpRecord& record);
  uint32_t StackValue(size_t field, const DumpRecord& record);
  std::string TextOf(size_t field, uint32_t value) const;
  // A stack that is known by its handle only, once another file says which it
  // is.
  std::string Resolved(size_t field, std::string text) const;

  std::vector<DumpField> by_;
  StackIdentity identity_;
  FieldReader fields_;
  // Words of the fields that are texts.
  std::vector<std::unique_ptr<TextTable>> texts_;
  TupleTable tuples_;
  // By tuple; zero where only longer ones count.
  std::vector<GroupCount> counts_;
  // Frames by handle, from show_stacks_handles.
  absl::flat_hash_map<uint64_t, std::string> stacks_of_handles_;
  // By the hash of the frames as they are, for identities that leave out much.
  absl::flat_hash_map<uint64_t, uint32_t> keyed_stacks_;
};

}  // namespace pagelab

#endif  // PAGELAB_OWNER_DUMP_GROUP_COUNTER_H_

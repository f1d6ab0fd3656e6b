#ifndef PAGELAB_OWNER_SORT_GROUP_TABLE_H_
#define PAGELAB_OWNER_SORT_GROUP_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "pagelab/owner/dump/text_table.h"
#include "pagelab/owner/sort/sort_block.h"
#include "pagelab/owner/sort/sort_plan.h"

namespace pagelab {

// Blocks that count as one. What is not a sum is that of the first block, if
// the plan needs it.
struct Group {
  uint64_t position = 0;
  uint64_t times = 0;
  uint64_t pages = 0;
  uint64_t ts = 0;
  uint64_t free_ts = 0;
  // Texts of the table.
  uint32_t head = 0;
  uint32_t rest = 0;
  uint32_t name = 0;
  int32_t pid = -1;
  int32_t tgid = -1;
  AllocatorBits allocator = 0;
  bool released = false;
};

// A list that never moves what it holds, and takes over another's.
class GroupList {
 public:
  size_t size() const { return size_; }
  Group& Add(const Group& group);
  // `other` is empty afterwards.
  void TakeAll(GroupList& other);
  template <typename Function>
  void ForEach(Function function) {
    for (Chunk& chunk : chunks_) {
      for (size_t i = 0; i < chunk.used; ++i) function(chunk.groups[i]);
    }
  }
  template <typename Function>
  void ForEach(Function function) const {
    for (const Chunk& chunk : chunks_) {
      for (size_t i = 0; i < chunk.used; ++i) {
        function(std::as_const(chunk.groups[i]));
      }
    }
  }

 private:
  struct Chunk {
    std::unique_ptr<Group[]> groups;
    size_t used = 0;
    size_t room = 0;
  };
  std::vector<Chunk> chunks_;
  size_t size_ = 0;
};

// Puts blocks into groups as a plan says. Texts are kept once, and only those
// that the plan needs. Thread-compatible.
//
// Times that stay in the text are kept as numbers: the text has a NUL, which no
// line of a dump has, in the place of the digits. Otherwise each block of a
// dump that is sorted by time would have a first line of its own.
class GroupTable {
 public:
  explicit GroupTable(const SortPlan& plan);
  GroupTable(const GroupTable&) = delete;
  GroupTable& operator=(const GroupTable&) = delete;

  const SortPlan& plan() const { return plan_; }
  // Blocks come in the order of their positions.
  void Add(const SortBlock& block);
  // Another block of this many pages that equals the last one.
  void Repeat(uint64_t pages);
  // Takes over the groups of `other`, of the same plan, which is of no use
  // afterwards.
  void Absorb(GroupTable& other);

  const GroupList& groups() const { return groups_; }
  GroupList& mutable_groups() { return groups_; }
  // Whether groups of equal text may be there more than once: then sorting
  // brings them together.
  bool appends() const { return appends_; }
  const TextTable& heads() const { return heads_; }
  const TextTable& rests() const { return rests_; }
  const TextTable& names() const { return names_; }

 private:
  struct Key {
    uint32_t head = 0;
    uint32_t rest = 0;
    uint32_t name = 0;
    int32_t pid = 0;
    int32_t tgid = 0;
    uint32_t flags = 0;
    uint64_t ts = 0;
    uint64_t free_ts = 0;

    friend bool operator==(const Key&, const Key&) = default;
  };
  struct KeyHash {
    size_t operator()(const Key& key) const;
  };

  uint32_t InternHead(const SortBlock& block);
  Key KeyOf(const Group& group) const;
  void AddGroup(const Group& group);

  const SortPlan plan_;
  const bool appends_;
  // Of the plan, for the way of each block.
  const bool needs_text_;
  const bool needs_stack_;
  const bool needs_name_;
  const bool keeps_ts_;
  const bool keeps_free_ts_;
  TextTable heads_;
  TextTable rests_;
  TextTable names_;
  GroupList groups_;
  absl::flat_hash_map<Key, Group*, KeyHash> by_key_;
  Key last_key_;
  Group* last_ = nullptr;
  std::string head_;
};

// Two blocks of one group: the sums, and what the first of them is.
void MergeGroup(Group& into, const Group& group);

}  // namespace pagelab

#endif  // PAGELAB_OWNER_SORT_GROUP_TABLE_H_

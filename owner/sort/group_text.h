#ifndef PAGELAB_OWNER_SORT_GROUP_TEXT_H_
#define PAGELAB_OWNER_SORT_GROUP_TEXT_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "pagelab/owner/sort/group_table.h"

namespace pagelab {

// The texts of a table's groups as they were in the dump. The table must stay
// as it is. Thread-compatible.
class GroupText {
 public:
  explicit GroupText(const GroupTable& table);

  // An upper bound of what the next writes.
  size_t HeadRoom(const Group& group) const;
  // Writes the first line and returns the end.
  char* WriteHead(const Group& group, char* out) const;

  // As the bytes of the texts compare: below, at or above zero.
  int CompareTexts(const Group& a, const Group& b) const;
  int CompareRests(const Group& a, const Group& b) const;
  int CompareNames(const Group& a, const Group& b) const;
  // These compare in the same way, as far as the first line goes. REQUIRES:
  // has_holes() is false.
  uint64_t TextRank(const Group& group) const;
  uint32_t RestRank(const Group& group) const { return rests_[group.rest]; }
  uint32_t NameRank(const Group& group) const { return names_[group.name]; }
  // Whether times were taken out of texts.
  bool has_holes() const { return !holes_.empty(); }

 private:
  // Where the digits were taken out of a first line.
  struct Holes {
    static constexpr uint32_t kNone = UINT32_MAX;
    uint32_t first = kNone;
    uint32_t second = kNone;
  };

  int CompareHeads(const Group& a, const Group& b) const;

  const TextTable& texts_;
  // Whether the first digits taken out are those of ts.
  const bool first_is_ts_;
  std::vector<Holes> holes_;
  std::vector<uint32_t> heads_;
  std::vector<uint32_t> rests_;
  std::vector<uint32_t> names_;
};

}  // namespace pagelab

#endif  // PAGELAB_OWNER_SORT_GROUP_TEXT_H_

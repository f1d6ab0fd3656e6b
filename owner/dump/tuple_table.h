#ifndef PAGELAB_OWNER_DUMP_TUPLE_TABLE_H_
#define PAGELAB_OWNER_DUMP_TUPLE_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"

namespace pagelab {

// Tuples of 32-bit values, each known by a number. A tuple is another one with
// a value appended, so that its number is found value by value. Thread-
// compatible.
class TupleTable {
 public:
  static constexpr uint32_t kEmpty = ~uint32_t{0};

  uint32_t Append(uint32_t tuple, uint32_t value) {
    const uint64_t key = uint64_t{tuple} << 32 | value;
    const auto [at, added] =
        numbers_.try_emplace(key, static_cast<uint32_t>(keys_.size()));
    if (added) keys_.push_back(key);
    return at->second;
  }
  // The inverse.
  uint32_t Prefix(uint32_t tuple) const {
    return static_cast<uint32_t>(keys_[tuple] >> 32);
  }
  uint32_t Last(uint32_t tuple) const {
    return static_cast<uint32_t>(keys_[tuple]);
  }
  size_t size() const { return keys_.size(); }

 private:
  std::vector<uint64_t> keys_;
  absl::flat_hash_map<uint64_t, uint32_t> numbers_;
};

}  // namespace pagelab

#endif  // PAGELAB_OWNER_DUMP_TUPLE_TABLE_H_

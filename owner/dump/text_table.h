#ifndef PAGELAB_OWNER_DUMP_TEXT_TABLE_H_
#define PAGELAB_OWNER_DUMP_TEXT_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"

namespace pagelab {

// Texts, each kept once and known by a number: 0, 1, ... in the order in which
// they came. Views stay valid as long as the table. Thread-compatible.
class TextTable {
 public:
  TextTable();
  TextTable(const TextTable&) = delete;
  TextTable& operator=(const TextTable&) = delete;

  // The number of this text, which is new if it equals the size before.
  uint32_t Intern(std::string_view text) {
    // Neighbours in a dump are often alike.
    if (text == last_ && !texts_.empty()) return last_number_;
    return InternOther(text, HashOf(text));
  }
  // The same with the text's XXH3_64bits() at hand.
  uint32_t Intern(std::string_view text, uint64_t hash) {
    if (static_cast<uint32_t>(hash) == last_hash_ && text == last_ &&
        !texts_.empty()) {
      return last_number_;
    }
    return InternOther(text, hash);
  }

  std::string_view operator[](uint32_t number) const {
    return texts_[number].view();
  }
  size_t size() const { return texts_.size(); }
  // Of all texts together.
  size_t bytes() const { return bytes_; }
  // Forgets them all.
  void Clear();

 private:
  struct Text {
    const char* begin;
    uint32_t size;
    uint32_t hash;

    std::string_view view() const { return {begin, size}; }
  };
  struct Probe {
    std::string_view text;
    uint32_t hash;
  };
  struct Hash {
    using is_transparent = void;
    const std::vector<Text>* texts;
    size_t operator()(uint32_t number) const;
    size_t operator()(const Probe& probe) const;
  };
  struct Equal {
    using is_transparent = void;
    const std::vector<Text>* texts;
    bool operator()(uint32_t a, uint32_t b) const { return a == b; }
    bool operator()(uint32_t number, const Probe& probe) const;
    bool operator()(const Probe& probe, uint32_t number) const {
      return (*this)(number, probe);
    }
  };

  static uint64_t HashOf(std::string_view text);
  uint32_t InternOther(std::string_view text, uint64_t hash);
  const char* Keep(std::string_view text);

  std::vector<Text> texts_;
  absl::flat_hash_set<uint32_t, Hash, Equal> numbers_;
  std::vector<std::unique_ptr<char[]>> blocks_;
  size_t block_size_ = 0;
  size_t block_used_ = 0;
  size_t bytes_ = 0;
  std::string_view last_;
  uint32_t last_hash_ = 0;
  uint32_t last_number_ = 0;
};

}  // namespace pagelab

#endif  // PAGELAB_OWNER_DUMP_TEXT_TABLE_H_

#include "pagelab/owner/dump/text_table.h"

#include <xxhash.h>

#include <algorithm>

namespace pagelab {
namespace {

constexpr size_t kFirstBlock = size_t{4} << 10;
constexpr size_t kLargestBlock = size_t{1} << 20;

// Half of the hash is kept with each text. The set wants its entropy in the
// low bits and in those above.
size_t Spread(uint32_t hash) { return hash * uint64_t{0x9e3779b97f4a7c15}; }

}  // namespace

size_t TextTable::Hash::operator()(uint32_t number) const {
  return Spread((*texts)[number].hash);
}

size_t TextTable::Hash::operator()(const Probe& probe) const {
  return Spread(probe.hash);
}

bool TextTable::Equal::operator()(uint32_t number, const Probe& probe) const {
  const Text& text = (*texts)[number];
  return text.hash == probe.hash && text.view() == probe.text;
}

TextTable::TextTable() : numbers_(0, Hash{&texts_}, Equal{&texts_}) {}

const char* TextTable::Keep(std::string_view text) {
  if (blocks_.empty() || text.size() > block_size_ - block_used_) {
    block_size_ = std::clamp(block_size_ * 2, kFirstBlock, kLargestBlock);
    block_size_ = std::max(block_size_, text.size());
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(block_size_));
    block_used_ = 0;
  }
  char* kept = blocks_.back().get() + block_used_;
  std::copy(text.begin(), text.end(), kept);
  block_used_ += text.size();
  bytes_ += text.size();
  return kept;
}

void TextTable::Clear() {
  numbers_.clear();
  texts_.clear();
  blocks_.clear();
  block_size_ = block_used_ = bytes_ = 0;
  last_ = {};
}

uint64_t TextTable::HashOf(std::string_view text) {
  return XXH3_64bits(text.data(), text.size());
}

uint32_t TextTable::InternOther(std::string_view text, uint64_t hash) {
  const Probe probe{text, static_cast<uint32_t>(hash)};
  const auto found = numbers_.find(probe);
  if (found != numbers_.end()) {
    last_number_ = *found;
  } else {
    last_number_ = static_cast<uint32_t>(texts_.size());
    texts_.push_back(
        {Keep(text), static_cast<uint32_t>(text.size()), probe.hash});
    numbers_.insert(last_number_);
  }
  last_ = texts_[last_number_].view();
  last_hash_ = probe.hash;
  return last_number_;
}

}  // namespace pagelab

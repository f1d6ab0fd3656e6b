#include "pagelab/report/step/event_set.h"

#include <algorithm>
#include <bit>

namespace pagelab {
namespace {

constexpr uint64_t kBits = 64;

// The `count` lowest bits; count <= kBits.
constexpr uint64_t LowBits(uint64_t count) {
  return count >= kBits ? ~uint64_t{0} : (uint64_t{1} << count) - 1;
}

}  // namespace

void EventSet::Add(uint64_t number) {
  words_.resize(number / kBits + 1);
  words_.back() |= uint64_t{1} << (number % kBits);
  ++size_;
}

bool EventSet::Contains(uint64_t number) const {
  const uint64_t word = number / kBits;
  return word < words_.size() && ((words_[word] >> (number % kBits)) & 1) != 0;
}

std::optional<uint64_t> EventSet::After(uint64_t number) const {
  const uint64_t from = number + 1;
  for (uint64_t word = from / kBits; word < words_.size(); ++word) {
    uint64_t bits = words_[word];
    if (word == from / kBits) bits &= ~LowBits(from % kBits);
    if (bits != 0) {
      return word * kBits + static_cast<uint64_t>(std::countr_zero(bits));
    }
  }
  return std::nullopt;
}

std::optional<uint64_t> EventSet::Before(uint64_t number) const {
  for (uint64_t word = std::min<uint64_t>(words_.size(), number / kBits + 1);
       word-- > 0;) {
    uint64_t bits = words_[word];
    if (word == number / kBits) bits &= LowBits(number % kBits);
    if (bits != 0) {
      return word * kBits + kBits - 1 -
             static_cast<uint64_t>(std::countl_zero(bits));
    }
  }
  return std::nullopt;
}

uint64_t EventSet::CountUpTo(uint64_t number) const {
  uint64_t count = 0;
  for (uint64_t word = 0; word < words_.size() && word <= number / kBits;
       ++word) {
    uint64_t bits = words_[word];
    if (word == number / kBits) bits &= LowBits(number % kBits + 1);
    count += static_cast<uint64_t>(std::popcount(bits));
  }
  return count;
}

}  // namespace pagelab

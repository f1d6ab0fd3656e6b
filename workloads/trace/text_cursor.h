// A position in one line of text, for parsers that go from left to right.

#ifndef PAGELAB_WORKLOADS_TRACE_TEXT_CURSOR_H_
#define PAGELAB_WORKLOADS_TRACE_TEXT_CURSOR_H_

#include <cstdint>
#include <cstring>
#include <string_view>

#include "pagelab/workloads/trace/ascii_word.h"

namespace pagelab {

// Every Take...() either consumes what it names and returns true, or changes
// nothing and returns false.
class TextCursor {
 public:
  explicit TextCursor(std::string_view text)
      : at_(text.data()), end_(text.data() + text.size()) {}

  const char* at() const { return at_; }
  bool done() const { return at_ == end_; }
  // '\0' at the end.
  char peek() const { return at_ == end_ ? '\0' : *at_; }
  std::string_view rest() const {
    return {at_, static_cast<size_t>(end_ - at_)};
  }

  bool TakeChar(char c) {
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }

  template <size_t kSize>
  bool Take(const char (&literal)[kSize]) {
    constexpr size_t kLength = kSize - 1;
    if (static_cast<size_t>(end_ - at_) < kLength) return false;
    if (std::memcmp(at_, literal, kLength) != 0) return false;
    at_ += kLength;
    return true;
  }

  void SkipBlanks() {
    while (at_ != end_ && *at_ == ' ') ++at_;
  }

  // REQUIRES: so many characters are left.
  void Skip(size_t size) { at_ += size; }

  // Up to the next blank or the end.
  std::string_view TakeWord() {
    const char* begin = at_;
    while (end_ - at_ >= ascii_word::kSize) {
      const int size = ascii_word::CountBeforeBlank(ascii_word::Load(at_));
      at_ += size;
      if (size < ascii_word::kSize) {
        return {begin, static_cast<size_t>(at_ - begin)};
      }
    }
    while (at_ != end_ && *at_ != ' ') ++at_;
    return {begin, static_cast<size_t>(at_ - begin)};
  }

  // Up to the next `c` or the end.
  std::string_view TakeUntil(char c) {
    const std::string_view all = rest();
    const std::string_view taken = all.substr(0, all.find(c));
    at_ += taken.size();
    return taken;
  }

  std::string_view TakeAll() {
    const std::string_view all = rest();
    at_ = end_;
    return all;
  }

  // At least one digit, at most 19: always fits.
  bool TakeDecimal(uint64_t& value) {
    const char* p = at_;
    uint64_t result = 0;
    while (p != end_ && static_cast<unsigned>(*p - '0') < 10) {
      result = result * 10 + static_cast<unsigned>(*p - '0');
      ++p;
    }
    if (p == at_ || p - at_ > 19) return false;
    at_ = p;
    value = result;
    return true;
  }

  // At least one hexadecimal digit, at most 16.
  bool TakeHex(uint64_t& value) {
    const char* p = at_;
    uint64_t result = 0;
    for (; p != end_; ++p) {
      const uint8_t digit =
          ascii_word::kHexDigits[static_cast<unsigned char>(*p)];
      if (digit > 15) break;
      result = result << 4 | digit;
    }
    if (p == at_ || p - at_ > 16) return false;
    at_ = p;
    value = result;
    return true;
  }

  // A decimal number, or a hexadecimal one after 0x.
  bool TakeNumber(uint64_t& value) {
    const char* begin = at_;
    if (Take("0x")) {
      if (TakeHex(value)) return true;
      at_ = begin;
      return false;
    }
    return TakeDecimal(value);
  }

 private:
  const char* at_;
  const char* end_;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_TRACE_TEXT_CURSOR_H_

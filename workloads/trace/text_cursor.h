// A position in one line of text, for parsers that go from left to right.

#ifndef PAGELAB_WORKLOADS_TRACE_TEXT_CURSOR_H_
#define PAGELAB_WORKLOADS_TRACE_TEXT_CURSOR_H_

#include <cstdint>
#include <cstring>
#include <string_view>

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

  // Up to the next blank or the end.
  std::string_view TakeWord() {
    const char* begin = at_;
    while (at_ != end_ && *at_ != ' ') ++at_;
    return {begin, static_cast<size_t>(at_ - begin)};
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
      const int digit = HexDigit(*p);
      if (digit < 0) break;
      result = result << 4 | static_cast<unsigned>(digit);
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
  static int HexDigit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  }

  const char* at_;
  const char* end_;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_TRACE_TEXT_CURSOR_H_

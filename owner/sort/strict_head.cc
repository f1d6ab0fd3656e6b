#include "pagelab/owner/sort/strict_head.h"

#include <cstring>

#include "pagelab/owner/dump/record_header.h"
#include "pagelab/owner/sort/field_search.h"
#include "pagelab/owner/sort/word_search.h"

namespace pagelab {
namespace {

// What surely fits into 32 and 64 bits.
constexpr int kMaxIdDigits = 9;
constexpr int kMaxTimeDigits = 19;
// The kernel's are shorter. A longer one could hold a symbol that means
// something.
constexpr size_t kMaxComm = 16;

// Goes through a line that ends in a newline.
class Cursor {
 public:
  explicit Cursor(std::string_view line)
      : at_(line.data()), end_(line.data() + line.size()) {}

  bool Take(std::string_view literal) {
    if (static_cast<size_t>(end_ - at_) < literal.size() ||
        std::memcmp(at_, literal.data(), literal.size()) != 0) {
      return false;
    }
    at_ += literal.size();
    return true;
  }
  // The newline ends the digits.
  template <typename T>
  bool TakeNumber(int max_digits, T& value, std::string_view& digits) {
    const char* const begin = at_;
    uint64_t number = 0;
    for (; *at_ >= '0' && *at_ <= '9'; ++at_) {
      number = number * 10 + static_cast<uint64_t>(*at_ - '0');
    }
    value = static_cast<T>(number);
    digits = {begin, static_cast<size_t>(at_ - begin)};
    return at_ != begin && at_ - begin <= max_digits;
  }
  template <typename T>
  bool TakeNumber(int max_digits, T& value) {
    std::string_view digits;
    return TakeNumber(max_digits, value, digits);
  }
  bool TakeTo(char last, std::string_view& text) {
    const void* found = std::memchr(at_, last, static_cast<size_t>(end_ - at_));
    if (found == nullptr) return false;
    const char* const begin = at_;
    at_ = static_cast<const char*>(found) + 1;
    text = {begin, static_cast<size_t>(at_ - begin) - 1};
    return true;
  }
  bool at_newline() const { return *at_ == '\n' && at_ + 1 == end_; }

 private:
  const char* at_;
  const char* end_;
};

}  // namespace

// Without the letters that "order", "pid", "tgid" and "ts" need.
bool StrictHeadParser::IsPlainMask(std::string_view mask) {
  if (mask == mask_) return true;
  for (const char c : mask) {
    const bool plain = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       (c >= 'a' && c <= 'f') || c == '_' || c == '|' ||
                       c == '(' || c == 'x';
    if (!plain) return false;
  }
  mask_ = mask;
  return true;
}

// Each search begins at a word. "order", "pid" and "tgid" are found where they
// should be because the words do not occur before; "ts" and the end of the name
// because the name is looked through. As the line does not end in a number or
// blanks behind one of the words, no match goes on behind it.
bool StrictHeadParser::Parse(std::string_view line, StrictHead& head) {
  Cursor cursor(line);
  std::string_view mask;
  int order = 0;
  if (!cursor.Take(kRecordStart) || !cursor.TakeNumber(2, order) ||
      order > kMaxDumpOrder || !cursor.Take(", mask 0x") ||
      !cursor.TakeTo(')', mask) || !IsPlainMask(mask) ||
      !cursor.Take(", pid ") || !cursor.TakeNumber(kMaxIdDigits, head.pid) ||
      !cursor.Take(", tgid ") || !cursor.TakeNumber(kMaxIdDigits, head.tgid) ||
      !cursor.Take(" (") || !cursor.TakeTo(')', head.comm) ||
      !cursor.Take(", ts ") ||
      !cursor.TakeNumber(kMaxTimeDigits, head.ts, head.ts_digits) ||
      !cursor.Take(" ns")) {
    return false;
  }
  head.pages = uint32_t{1} << order;
  head.free_ts_digits = {};
  if (cursor.Take(", free_ts ") &&
      (!cursor.TakeNumber(kMaxTimeDigits, head.free_ts, head.free_ts_digits) ||
       !cursor.Take(" ns"))) {
    return false;
  }
  if (!cursor.at_newline() || head.comm.size() > kMaxComm) return false;
  for (const char c : head.comm) {
    if (c == '\0') return false;
  }
  if (!HasWord(head.comm, "ts")) return true;
  const std::string_view found = FindTs(line).value_or("");
  return found.data() == head.ts_digits.data();
}

}  // namespace pagelab

#include "pagelab/owner/sort/field_search.h"

#include <charconv>
#include <system_error>

#include "pagelab/owner/sort/word_search.h"

namespace pagelab {
namespace {

// The tool considers orders up to this one.
constexpr int64_t kMaxFoundOrder = 64;

bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

size_t SkipSpaces(std::string_view text, size_t at) {
  while (at < text.size() && IsSpace(text[at])) ++at;
  return at;
}

size_t SkipDigits(std::string_view text, size_t at) {
  while (at < text.size() && IsDigit(text[at])) ++at;
  return at;
}

// What may be between the digits and what follows them.
enum class Gap { kNone, kSpaces };

// word\s*([0-9]*)end, or word\s*([0-9]*)\s*end. As neither blanks nor digits
// go on with `end`, all of them are taken.
std::optional<std::string_view> FindDigits(std::string_view text,
                                           std::string_view word, Gap gap,
                                           std::string_view end) {
  for (size_t at = FindWord(text, word); at != std::string_view::npos;
       at = FindWord(text, word, at + 1)) {
    const size_t begin = SkipSpaces(text, at + word.size());
    const size_t behind = SkipDigits(text, begin);
    const size_t next = gap == Gap::kSpaces ? SkipSpaces(text, behind) : behind;
    if (text.substr(next).starts_with(end)) {
      return text.substr(begin, behind - begin);
    }
  }
  return std::nullopt;
}

// (.*)\),\s*ts at `at`: the last parenthesis of the line that will do.
std::optional<std::string_view> NameAt(std::string_view text, size_t at) {
  size_t end = text.find('\n', at);
  if (end == std::string_view::npos) end = text.size();
  while (end > at) {
    const size_t close = text.substr(0, end).rfind(')');
    if (close == std::string_view::npos || close < at) return std::nullopt;
    const std::string_view behind = text.substr(close);
    if (behind.starts_with("),") &&
        behind.substr(SkipSpaces(behind, 2)).starts_with("ts")) {
      return text.substr(at, close - at);
    }
    end = close;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string_view> FindOrder(std::string_view text) {
  return FindDigits(text, "order", Gap::kNone, ",");
}

std::optional<std::string_view> FindPid(std::string_view text) {
  return FindDigits(text, "pid", Gap::kNone, ",");
}

std::optional<std::string_view> FindTgid(std::string_view text) {
  constexpr std::string_view kWord = "tgid";
  for (size_t at = FindWord(text, kWord); at != std::string_view::npos;
       at = FindWord(text, kWord, at + 1)) {
    const size_t spaces = at + kWord.size();
    const size_t begin = SkipSpaces(text, spaces);
    const size_t behind = SkipDigits(text, begin);
    if (text.substr(behind).starts_with(' ')) {
      return text.substr(begin, behind - begin);
    }
    // One of the blanks in front may be the one behind no digits.
    if (text.substr(spaces, begin - spaces).find(' ') !=
        std::string_view::npos) {
      return text.substr(begin, 0);
    }
  }
  return std::nullopt;
}

std::optional<std::string_view> FindName(std::string_view text) {
  constexpr std::string_view kWord = "tgid";
  for (size_t at = FindWord(text, kWord); at != std::string_view::npos;
       at = FindWord(text, kWord, at + 1)) {
    const size_t open =
        SkipSpaces(text, SkipDigits(text, SkipSpaces(text, at + kWord.size())));
    if (!text.substr(open).starts_with('(')) continue;
    const std::optional<std::string_view> name = NameAt(text, open + 1);
    if (name.has_value()) return name;
  }
  return std::nullopt;
}

std::optional<std::string_view> FindTs(std::string_view text) {
  return FindDigits(text, "ts", Gap::kSpaces, "ns");
}

std::optional<std::string_view> FindTsBeforeComma(std::string_view text) {
  return FindDigits(text, "ts", Gap::kSpaces, "ns,");
}

std::optional<std::string_view> FindFreeTs(std::string_view text) {
  return FindDigits(text, "free_ts", Gap::kSpaces, "ns");
}

std::optional<int64_t> SignedValue(std::string_view digits) {
  int64_t value = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc()) return std::nullopt;
  return value;
}

std::optional<uint64_t> UnsignedValue(std::string_view digits) {
  uint64_t value = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc()) return std::nullopt;
  return value;
}

uint32_t PagesOfOrder(std::string_view digits) {
  const std::optional<int64_t> order = SignedValue(digits);
  if (!order.has_value() || *order > kMaxFoundOrder) return 0;
  return uint32_t{1} << (*order & 31);
}

}  // namespace pagelab

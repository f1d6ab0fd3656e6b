#include "pagelab/base/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <iterator>
#include <vector>

#include "pagelab/base/status.h"

namespace pagelab {
namespace {

char ToLower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

void AppendFilled(std::string& out, std::string_view digits, int width,
                  char fill) {
  const size_t wanted = width > 0 ? static_cast<size_t>(width) : 0;
  if (digits.size() < wanted) out.append(wanted - digits.size(), fill);
  out += digits;
}

// Optimal string alignment distance.
size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> two_back(b.size() + 1);
  std::vector<size_t> previous(b.size() + 1);
  std::vector<size_t> current(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) previous[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const bool same = ToLower(a[i - 1]) == ToLower(b[j - 1]);
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1,
                             previous[j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && ToLower(a[i - 1]) == ToLower(b[j - 2]) &&
          ToLower(a[i - 2]) == ToLower(b[j - 1])) {
        current[j] = std::min(current[j], two_back[j - 2] + 1);
      }
    }
    std::swap(two_back, previous);
    std::swap(previous, current);
  }
  return previous[b.size()];
}

std::string Quoted(std::string_view text) {
  return "\"" + std::string(text) + "\"";
}

absl::Status NotA(std::string_view what, std::string_view text,
                  std::string_view allowed) {
  std::string message = Quoted(text);
  message += " is not ";
  message += what;
  message += "; write ";
  message += allowed;
  return InvalidInput(message);
}

absl::Status TooLarge(std::string_view text) {
  return InvalidInput(Quoted(text) + " is too large: it does not fit 64 bits");
}

struct Unit {
  std::string_view name;
  uint64_t factor;
};

// Ascending.
constexpr std::array<Unit, 7> kTimeUnits = {{
    {"ns", 1},
    {"us", 1'000},
    {"ms", 1'000'000},
    {"s", 1'000'000'000},
    {"min", 60'000'000'000},
    {"h", 3'600'000'000'000},
    {"d", 86'400'000'000'000},
}};

constexpr std::string_view kSizeForms =
    "a number of bytes, or a number with K, M, G, T or P (powers of 1024), "
    "as in \"128M\" or \"2GiB\"";
constexpr std::string_view kDurationForms =
    "a number with ns, us, ms, s, min, h or d, as in \"10ms\"";

// The factor of a size suffix, or 0.
uint64_t SizeFactor(std::string_view suffix) {
  if (suffix.empty() || suffix == "B") return 1;
  static constexpr std::string_view kLetters = "kmgtp";
  const size_t power = kLetters.find(ToLower(suffix[0]));
  if (power == std::string_view::npos) return 0;
  const std::string_view rest = suffix.substr(1);
  if (!rest.empty() && rest != "iB") return 0;
  return uint64_t{1} << (10 * (power + 1));
}

// 0.`digits` times `factor`, which must be whole.
absl::StatusOr<uint64_t> FractionOf(uint64_t factor, std::string_view digits,
                                    std::string_view text) {
  digits = digits.substr(0, digits.find_last_not_of('0') + 1);
  // The factors are multiples of 10^0 to 10^13: more digits cannot be whole.
  constexpr size_t kMaxDigits = 18;
  __extension__ unsigned __int128 numerator = factor;
  uint64_t denominator = 1;
  uint64_t fraction = 0;
  if (digits.size() <= kMaxDigits) {
    for (const char digit : digits) {
      fraction = fraction * 10 + static_cast<uint64_t>(digit - '0');
      denominator *= 10;
    }
  }
  numerator *= fraction;
  if (digits.size() > kMaxDigits || numerator % denominator != 0) {
    return InvalidInput(Quoted(text) + " is not a whole number of nanoseconds");
  }
  return static_cast<uint64_t>(numerator / denominator);
}

}  // namespace

char* WriteDecimal(char* out, uint64_t value) {
  return std::to_chars(out, out + kMaxDecimalDigits, value).ptr;
}

char* WriteHex(char* out, uint64_t value) {
  return std::to_chars(out, out + kMaxHexDigits, value, 16).ptr;
}

char* WriteText(char* out, std::string_view text) {
  if (text.empty()) return out;
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

void AppendDecimal(std::string& out, uint64_t value) {
  AppendPadded(out, value, 0);
}

void AppendSigned(std::string& out, int64_t value) {
  if (value < 0) out += '-';
  const uint64_t bits = static_cast<uint64_t>(value);
  AppendDecimal(out, value < 0 ? 0 - bits : bits);
}

void AppendHex(std::string& out, uint64_t value) {
  AppendHexZeroPadded(out, value, 0);
}

void AppendPadded(std::string& out, uint64_t value, int width) {
  char digits[kMaxDecimalDigits];
  const char* end = WriteDecimal(digits, value);
  AppendFilled(out, std::string_view(digits, end - digits), width, ' ');
}

void AppendHexZeroPadded(std::string& out, uint64_t value, int width) {
  char digits[kMaxHexDigits];
  const char* end = WriteHex(digits, value);
  AppendFilled(out, std::string_view(digits, end - digits), width, '0');
}

void AppendZeroPadded(std::string& out, uint64_t value, int width) {
  char digits[kMaxDecimalDigits];
  const char* end = WriteDecimal(digits, value);
  AppendFilled(out, std::string_view(digits, end - digits), width, '0');
}

std::string Grouped(uint64_t value) {
  std::string digits = std::to_string(value);
  for (size_t at = digits.size(); at > 3; at -= 3) {
    digits.insert(at - 3, 1, ',');
  }
  return digits;
}

std::string Counted(uint64_t number, std::string_view noun) {
  std::string text = Grouped(number) + " " + std::string(noun);
  if (number != 1) text += 's';
  return text;
}

std::string NearestSpelling(std::string_view word,
                            absl::Span<const std::string_view> candidates) {
  // A third of the letters wrong is a typing error; more is another word.
  const size_t limit = std::max<size_t>(1, word.size() / 3);
  size_t best = limit + 1;
  std::string_view nearest;
  for (const std::string_view candidate : candidates) {
    const size_t distance = EditDistance(word, candidate);
    // At least one letter must be right.
    if (distance < best && distance < std::max(word.size(), candidate.size())) {
      best = distance;
      nearest = candidate;
    }
  }
  return std::string(nearest);
}

std::string DidYouMean(std::string_view word,
                       absl::Span<const std::string_view> candidates) {
  const std::string nearest = NearestSpelling(word, candidates);
  if (nearest.empty()) return "";
  return " (did you mean " + Quoted(nearest) + "?)";
}

absl::StatusOr<uint64_t> ParseUint64(std::string_view text) {
  std::string_view digits = text;
  int base = 10;
  if (digits.starts_with("0x") || digits.starts_with("0X")) {
    digits.remove_prefix(2);
    base = 16;
  }
  uint64_t value = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, value, base);
  if (error == std::errc::result_out_of_range && stop == end) {
    return TooLarge(text);
  }
  if (error != std::errc() || stop != end) {
    return NotA("a whole number", text, "digits, or 0x and hexadecimal digits");
  }
  return value;
}

absl::StatusOr<uint64_t> ParseSize(std::string_view text) {
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  size_t length = 0;
  while (length < text.size() && IsDigit(text[length])) ++length;
  const uint64_t factor = hex ? 1 : SizeFactor(text.substr(length));
  if (hex) length = text.size();
  if (length == 0 || factor == 0) return NotA("a size", text, kSizeForms);
  const auto number = ParseUint64(text.substr(0, length));
  if (!number.ok()) {
    return hex ? NotA("a size", text, kSizeForms) : TooLarge(text);
  }
  uint64_t bytes = 0;
  if (__builtin_mul_overflow(*number, factor, &bytes)) return TooLarge(text);
  return bytes;
}

std::string HumanSize(uint64_t bytes) {
  constexpr std::string_view kUnits[] = {"B",   "KiB", "MiB",
                                         "GiB", "TiB", "PiB"};
  size_t unit = 0;
  if (bytes < 1024) return std::to_string(bytes) + " B";
  uint64_t size = 1;
  while (unit + 1 < std::size(kUnits) && bytes / size >= 1024) {
    size <<= 10;
    ++unit;
  }
  const uint64_t whole = bytes / size;
  const uint64_t part = bytes % size;
  // Rounded half up.
  const uint64_t tenths = whole * 10 + (part / (size >> 10) * 10 + 512) / 1024;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " " +
         std::string(kUnits[unit]);
}

absl::StatusOr<uint64_t> ParseDuration(std::string_view text) {
  size_t length = 0;
  while (length < text.size() && IsDigit(text[length])) ++length;
  std::string_view whole = text.substr(0, length);
  std::string_view fraction;
  size_t unit_at = length;
  if (length < text.size() && text[length] == '.') {
    ++unit_at;
    while (unit_at < text.size() && IsDigit(text[unit_at])) ++unit_at;
    fraction = text.substr(length + 1, unit_at - length - 1);
    if (fraction.empty()) return NotA("a duration", text, kDurationForms);
  }
  const std::string_view name = text.substr(unit_at);
  const auto unit = std::find_if(
      kTimeUnits.begin(), kTimeUnits.end(), [&](const Unit& candidate) {
        return name.empty() ? candidate.factor == 1 : candidate.name == name;
      });
  if (whole.empty() || unit == kTimeUnits.end()) {
    return NotA("a duration", text, kDurationForms);
  }
  const auto number = ParseUint64(whole);
  uint64_t nanoseconds = 0;
  if (!number.ok() ||
      __builtin_mul_overflow(*number, unit->factor, &nanoseconds)) {
    return TooLarge(text);
  }
  PAGELAB_ASSIGN_OR_RETURN(const uint64_t rest,
                           FractionOf(unit->factor, fraction, text));
  if (__builtin_add_overflow(nanoseconds, rest, &nanoseconds)) {
    return TooLarge(text);
  }
  return nanoseconds;
}

std::string FormatDuration(uint64_t nanoseconds) {
  if (nanoseconds == 0) return "0s";
  // Hours and minutes have no finite decimals of nanoseconds.
  size_t index = 3;
  while (kTimeUnits[index].factor > nanoseconds) --index;
  const Unit& unit = kTimeUnits[index];
  std::string text;
  AppendDecimal(text, nanoseconds / unit.factor);
  if (const uint64_t rest = nanoseconds % unit.factor; rest != 0) {
    text += '.';
    AppendZeroPadded(text, rest, static_cast<int>(3 * index));
    text.erase(text.find_last_not_of('0') + 1);
  }
  text += unit.name;
  return text;
}

}  // namespace pagelab

// Numbers and words in and out of text, without locale and without iostream.

#ifndef PAGELAB_BASE_TEXT_H_
#define PAGELAB_BASE_TEXT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace pagelab {

// The distribution's Abseil has a string_view of its own that does not
// convert. Signatures here use the standard one.
inline absl::string_view ToAbsl(std::string_view text) {
  return absl::string_view(text.data(), text.size());
}
inline std::string_view FromAbsl(absl::string_view text) {
  return std::string_view(text.data(), text.size());
}

// Write at `out` and return the end of what was written. There must be room
// for kMaxDecimalDigits, kMaxHexDigits, or the width if that is larger.
inline constexpr int kMaxDecimalDigits = 20;
inline constexpr int kMaxHexDigits = 16;
char* WriteDecimal(char* out, uint64_t value);
char* WriteHex(char* out, uint64_t value);
// Copies `text` to `out`.
char* WriteText(char* out, std::string_view text);

void AppendDecimal(std::string& out, uint64_t value);
void AppendSigned(std::string& out, int64_t value);
// Lower case, no 0x.
void AppendHex(std::string& out, uint64_t value);
// As printf's "%*u": right-aligned with blanks.
void AppendPadded(std::string& out, uint64_t value, int width);
// As printf's "%0*x" and "%0*u".
void AppendHexZeroPadded(std::string& out, uint64_t value, int width);
void AppendZeroPadded(std::string& out, uint64_t value, int width);

// "1234567" as "1,234,567".
std::string Grouped(uint64_t value);
// "1 page", "1,234 pages".
std::string Counted(uint64_t number, std::string_view noun);

// The candidate closest to `word` by edits (insert, delete, replace, swap of
// neighbours; case is ignored), the first of equals; empty if none is near
// enough to be what was meant.
std::string NearestSpelling(std::string_view word,
                            absl::Span<const std::string_view> candidates);

// " (did you mean \"x\"?)", or nothing if no candidate is near.
std::string DidYouMean(std::string_view word,
                       absl::Span<const std::string_view> candidates);

// Decimal, or hexadecimal after 0x. No sign, no blanks.
absl::StatusOr<uint64_t> ParseUint64(std::string_view text);

// Bytes: "4096", "128M", "2GiB"; K, M, G, T, P are powers of 1024, as in the
// kernel's command line. "KB" and the like mean different things to different
// people and are refused.
absl::StatusOr<uint64_t> ParseSize(std::string_view text);

// For people: "0 B", "512 B", "41.6 MiB".
std::string HumanSize(uint64_t bytes);

// Nanoseconds: "10ms", "2s", "1.5us", "3ns", "2min", "1h", "2d"; a plain number
// is nanoseconds. What is not a whole number of nanoseconds is refused.
absl::StatusOr<uint64_t> ParseDuration(std::string_view text);

// The exact inverse, in the largest unit not above the value: "1.5ms", "0s".
std::string FormatDuration(uint64_t nanoseconds);

}  // namespace pagelab

#endif  // PAGELAB_BASE_TEXT_H_

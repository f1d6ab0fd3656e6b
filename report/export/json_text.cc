#include "pagelab/report/export/json_text.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "fmt/format.h"

namespace pagelab {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

uint32_t ByteAt(std::string_view text, size_t at) {
  return static_cast<uint8_t>(text[at]);
}

// Bytes of the well-formed character at `at`, 0 if there is none: no overlong
// forms, no surrogates, nothing above U+10FFFF.
size_t CharacterSize(std::string_view text, size_t at) {
  const uint32_t first = ByteAt(text, at);
  if (first < 0x80) return 1;
  const size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || at + size > text.size()) return 0;
  uint32_t code = first & (0xffu >> (size + 1));
  for (size_t i = 1; i < size; ++i) {
    const uint32_t byte = ByteAt(text, at + i);
    if ((byte & 0xc0) != 0x80) return 0;
    code = code << 6 | (byte & 0x3f);
  }
  constexpr uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  return code < kLeast[size] || surrogate || code > 0x10ffff ? 0 : size;
}

bool IsPlainAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<uint8_t>(c) >= 0x20 && static_cast<uint8_t>(c) < 0x7f;
  });
}

}  // namespace

std::string Utf8Of(std::string_view text) {
  if (IsPlainAscii(text)) return std::string(text);
  std::string utf8;
  for (size_t at = 0; at < text.size();) {
    const size_t size = CharacterSize(text, at);
    utf8 += size == 0 ? kReplacement : text.substr(at, size);
    at += std::max<size_t>(size, 1);
  }
  return utf8;
}

void AppendJsonText(std::string& out, std::string_view text) {
  out += '"';
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    const size_t size = CharacterSize(text, at);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<uint8_t>(c) < 0x20 || c == 0x7f) {
      out += fmt::format("\\u{:04x}", static_cast<int>(c));
    } else {
      out += size == 0 ? kReplacement : text.substr(at, size);
    }
    at += std::max<size_t>(size, 1);
  }
  out += '"';
}

}  // namespace pagelab

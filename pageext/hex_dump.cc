#include "pagelab/pageext/hex_dump.h"

#include <algorithm>

#include "pagelab/base/text.h"

namespace pagelab {
namespace {

constexpr size_t kBytesPerLine = 16;
// Where the text begins, counted from the first digit: two digits and a blank
// for each byte, and a blank more.
constexpr size_t kTextColumn = kBytesPerLine * 3 + 1;

char Printable(std::byte byte) {
  const auto c = std::to_integer<unsigned char>(byte);
  return c >= 0x20 && c < 0x7f ? static_cast<char>(c) : '.';
}

std::string Line(uint64_t address, absl::Span<const std::byte> bytes) {
  std::string digits;
  std::string text;
  for (const std::byte byte : bytes) {
    AppendHexZeroPadded(digits, std::to_integer<uint64_t>(byte), 2);
    digits += ' ';
    text += Printable(byte);
  }
  digits.resize(kTextColumn, ' ');
  std::string line;
  AppendHexZeroPadded(line, address, 16);
  return line + ": " + digits + text;
}

}  // namespace

std::vector<std::string> HexDumpLines(uint64_t address,
                                      absl::Span<const std::byte> bytes) {
  std::vector<std::string> lines;
  for (size_t at = 0; at < bytes.size(); at += kBytesPerLine) {
    lines.push_back(Line(address + at, bytes.subspan(at, kBytesPerLine)));
  }
  return lines;
}

}  // namespace pagelab

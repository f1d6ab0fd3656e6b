// Eight characters at a time: a word of text, the first character in its
// lowest byte.

#ifndef PAGELAB_WORKLOADS_TRACE_ASCII_WORD_H_
#define PAGELAB_WORKLOADS_TRACE_ASCII_WORD_H_

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

namespace pagelab::ascii_word {

static_assert(std::endian::native == std::endian::little);

inline constexpr int kSize = 8;
inline constexpr uint64_t kOnes = 0x0101010101010101;
inline constexpr uint64_t kBlanks = kOnes * ' ';
inline constexpr uint64_t kZeros = kOnes * '0';

// REQUIRES: eight characters at `text`.
inline uint64_t Load(const char* text) {
  uint64_t word;
  std::memcpy(&word, text, sizeof(word));
  return word;
}

// How many characters stand before the first blank, 0 to 8.
inline int CountBeforeBlank(uint64_t word) {
  const uint64_t x = word ^ kBlanks;
  // The lowest bit set is that of the first zero byte of x.
  const uint64_t zeros = (x - kOnes) & ~x & kOnes << 7;
  return std::countr_zero(zeros) / 8;
}

// How many blanks stand before the first other character, 0 to 8.
inline int CountBlanks(uint64_t word) {
  return std::countr_zero(word ^ kBlanks) / 8;
}

inline bool IsDecimal(uint64_t word) {
  constexpr uint64_t kHigh = kOnes * 0xf0;
  return (word & kHigh) == kZeros && ((word + kOnes * 6) & kHigh) == kZeros;
}

// REQUIRES: IsDecimal(word).
inline uint32_t DecimalOf(uint64_t word) {
  word -= kZeros;
  // Neighbours together: digits to pairs to fours to the whole.
  word = word * 10 + (word >> 8);
  constexpr uint64_t kPairs = 0x000000ff000000ff;
  word = ((word & kPairs) * (100 + (uint64_t{1'000'000} << 32)) +
          (word >> 16 & kPairs) * (1 + (uint64_t{10'000} << 32))) >>
         32;
  return static_cast<uint32_t>(word);
}

// The first `size` characters with zeros put before them, to read a shorter
// number. REQUIRES: 1 <= size <= 8.
inline uint64_t PadNumber(uint64_t word, int size) {
  if (size == kSize) return word;
  return word << (64 - 8 * size) | kZeros >> (8 * size);
}

// Values of the hexadecimal digits, 16 for all other characters.
inline constexpr std::array<uint8_t, 256> kHexDigits = [] {
  std::array<uint8_t, 256> values{};
  for (uint8_t& value : values) value = 16;
  for (uint8_t i = 0; i < 10; ++i) values['0' + i] = i;
  for (uint8_t i = 10; i < 16; ++i) {
    values['a' + i - 10] = i;
    values['A' + i - 10] = i;
  }
  return values;
}();

}  // namespace pagelab::ascii_word

#endif  // PAGELAB_WORKLOADS_TRACE_ASCII_WORD_H_

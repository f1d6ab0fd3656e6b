#include "pagelab/owner/sort/word_search.h"

#include <emmintrin.h>

#include <bit>
#include <cstring>

namespace pagelab {
namespace {

constexpr size_t kVector = 16;

__m128i Load(const char* at) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
}

}  // namespace

// Looks for the word's first and last character at their distance.
size_t FindWord(std::string_view text, std::string_view word, size_t from) {
  const size_t distance = word.size() - 1;
  const __m128i first = _mm_set1_epi8(word.front());
  const __m128i last = _mm_set1_epi8(word.back());
  size_t at = from;
  for (; at + distance + kVector <= text.size(); at += kVector) {
    const char* const here = text.data() + at;
    auto hits = static_cast<unsigned>(_mm_movemask_epi8(
        _mm_and_si128(_mm_cmpeq_epi8(Load(here), first),
                      _mm_cmpeq_epi8(Load(here + distance), last))));
    for (; hits != 0; hits &= hits - 1) {
      const auto offset = static_cast<size_t>(std::countr_zero(hits));
      if (std::memcmp(here + offset, word.data(), word.size()) == 0) {
        return at + offset;
      }
    }
  }
  return text.find(word, at);
}

}  // namespace pagelab

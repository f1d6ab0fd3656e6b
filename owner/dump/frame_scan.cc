#include "pagelab/owner/dump/frame_scan.h"

#include <immintrin.h>

#include <bit>
#include <cstdint>

#include "pagelab/owner/dump/frame_scan_variants.h"

namespace pagelab {
namespace {

// What must follow the newline.
enum class Next { kNoBlank, kNewline };

template <Next next>
bool Ends(char c) {
  return next == Next::kNoBlank ? c != ' ' : c == '\n';
}

template <Next next>
const char* Behind(const char* newline) {
  return next == Next::kNoBlank ? newline + 1 : newline + 2;
}

template <Next next>
const char* ScanBytes(const char* at, const char* end) {
  for (; end - at >= 2; ++at) {
    if (at[0] == '\n' && Ends<next>(at[1])) return Behind<next>(at);
  }
  return nullptr;
}

// Each of the two looks at a vector of bytes and at the one that begins a
// byte further on.

template <Next next>
const char* ScanBaseline(const char* at, const char* end) {
  const __m128i newline = _mm_set1_epi8('\n');
  const __m128i follower = _mm_set1_epi8(next == Next::kNoBlank ? ' ' : '\n');
  for (; end - at >= 17; at += 16) {
    const __m128i here = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m128i there =
        _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + 1));
    const __m128i is_newline = _mm_cmpeq_epi8(here, newline);
    const __m128i follows = _mm_cmpeq_epi8(there, follower);
    const int hits = _mm_movemask_epi8(
        next == Next::kNoBlank ? _mm_andnot_si128(follows, is_newline)
                               : _mm_and_si128(follows, is_newline));
    if (hits != 0) {
      return Behind<next>(at + std::countr_zero(static_cast<unsigned>(hits)));
    }
  }
  return ScanBytes<next>(at, end);
}

template <Next next>
[[gnu::target("avx2,bmi")]] const char* ScanAvx2(const char* at,
                                                 const char* end) {
  const __m256i newline = _mm256_set1_epi8('\n');
  const __m256i follower =
      _mm256_set1_epi8(next == Next::kNoBlank ? ' ' : '\n');
  for (; end - at >= 33; at += 32) {
    const __m256i here =
        _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
    const __m256i there =
        _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at + 1));
    const __m256i is_newline = _mm256_cmpeq_epi8(here, newline);
    const __m256i follows = _mm256_cmpeq_epi8(there, follower);
    const int hits = _mm256_movemask_epi8(
        next == Next::kNoBlank ? _mm256_andnot_si256(follows, is_newline)
                               : _mm256_and_si256(follows, is_newline));
    if (hits != 0) {
      return Behind<next>(at + std::countr_zero(static_cast<unsigned>(hits)));
    }
  }
  return ScanBytes<next>(at, end);
}

constexpr FrameScanVariant kVariants[] = {
    {"bytes", ScanBytes<Next::kNoBlank>, ScanBytes<Next::kNewline>},
    {"baseline", ScanBaseline<Next::kNoBlank>, ScanBaseline<Next::kNewline>},
    {"avx2", ScanAvx2<Next::kNoBlank>, ScanAvx2<Next::kNewline>},
};

}  // namespace

absl::Span<const FrameScanVariant> FrameScanVariants() {
  const bool wide =
      __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi");
  return absl::MakeConstSpan(kVariants).first(wide ? 3 : 2);
}

const char* EndOfFrames(const char* begin, const char* end) {
  static const auto scan = FrameScanVariants().back().end_of_frames;
  return scan(begin, end);
}

const char* EndOfEmptyLine(const char* begin, const char* end) {
  static const auto scan = FrameScanVariants().back().end_of_empty_line;
  return scan(begin, end);
}

}  // namespace pagelab

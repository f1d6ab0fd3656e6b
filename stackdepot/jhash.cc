#include "pagelab/stackdepot/jhash.h"

#include <bit>

namespace pagelab {
namespace {

// The three words of lookup3's state. In every round they change roles: the
// word a round works on is the neighbour of the one before.
class JenkinsState {
 public:
  JenkinsState(uint32_t nr_words, uint32_t initval) {
    word_[0] = word_[1] = word_[2] = 0xdeadbeef + 4 * nr_words + initval;
  }

  void Add(int position, uint32_t word) { word_[position] += word; }

  void Mix() {
    Round<0>(4);
    Round<1>(6);
    Round<2>(8);
    Round<0>(16);
    Round<1>(19);
    Round<2>(4);
  }

  uint32_t Finish() {
    FinalRound<2>(14);
    FinalRound<0>(11);
    FinalRound<1>(25);
    FinalRound<2>(16);
    FinalRound<0>(4);
    FinalRound<1>(14);
    FinalRound<2>(24);
    return word_[2];
  }

  uint32_t Unfinished() const { return word_[2]; }

 private:
  template <int i>
  void Round(int rotation) {
    constexpr int kBefore = (i + 2) % 3;
    word_[i] -= word_[kBefore];
    word_[i] ^= std::rotl(word_[kBefore], rotation);
    word_[kBefore] += word_[(i + 1) % 3];
  }
  template <int i>
  void FinalRound(int rotation) {
    constexpr int kBefore = (i + 2) % 3;
    word_[i] ^= word_[kBefore];
    word_[i] -= std::rotl(word_[kBefore], rotation);
  }

  uint32_t word_[3];
};

// `word(i)` gives word i of `nr_words`.
template <typename WordAt>
uint32_t Hash(uint32_t nr_words, uint32_t initval, const WordAt& word) {
  JenkinsState state(nr_words, initval);
  uint32_t next = 0;
  for (; nr_words - next > 3; next += 3) {
    for (uint32_t i = 0; i < 3; ++i) state.Add(i, word(next + i));
    state.Mix();
  }
  if (next == nr_words) return state.Unfinished();
  for (uint32_t i = 0; next + i < nr_words; ++i) state.Add(i, word(next + i));
  return state.Finish();
}

}  // namespace

uint32_t Jhash2(absl::Span<const uint32_t> words, uint32_t initval) {
  return Hash(static_cast<uint32_t>(words.size()), initval,
              [words](uint32_t i) { return words[i]; });
}

uint32_t HashFrames(absl::Span<const SimAddress> frames, uint32_t seed) {
  return Hash(static_cast<uint32_t>(2 * frames.size()), seed,
              [frames](uint32_t i) {
                return static_cast<uint32_t>(frames[i / 2] >> (i % 2 ? 32 : 0));
              });
}

}  // namespace pagelab

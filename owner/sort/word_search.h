#ifndef PAGELAB_OWNER_SORT_WORD_SEARCH_H_
#define PAGELAB_OWNER_SORT_WORD_SEARCH_H_

#include <cstddef>
#include <string_view>

namespace pagelab {

// As text.find(word, from), at the speed of vectors: dumps are searched for
// words that are hardly ever there. REQUIRES: at least two characters.
size_t FindWord(std::string_view text, std::string_view word, size_t from = 0);

inline bool HasWord(std::string_view text, std::string_view word) {
  return FindWord(text, word) != std::string_view::npos;
}

}  // namespace pagelab

#endif  // PAGELAB_OWNER_SORT_WORD_SEARCH_H_

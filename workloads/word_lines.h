// Lines of words: how the small files of /proc are read.

#ifndef PAGELAB_WORKLOADS_WORD_LINES_H_
#define PAGELAB_WORKLOADS_WORD_LINES_H_

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "pagelab/base/status.h"

namespace pagelab {

// Words of one line, and where it is. Views into the text.
struct WordLine {
  int number = 0;
  std::vector<std::string_view> words;
};

// Calls fn(const WordLine&) for every line that is not blank, until one gives
// an error.
template <typename Fn>
absl::Status ForEachWordLine(std::string_view text, Fn&& fn) {
  WordLine line;
  while (!text.empty()) {
    ++line.number;
    line.words.clear();
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view rest = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (true) {
      const size_t begin = rest.find_first_not_of(" \t\r");
      if (begin == std::string_view::npos) break;
      rest.remove_prefix(begin);
      const size_t length = std::min(rest.find_first_of(" \t\r"), rest.size());
      line.words.push_back(rest.substr(0, length));
      rest.remove_prefix(length);
    }
    if (line.words.empty()) continue;
    if (absl::Status status = fn(line); !status.ok()) return status;
  }
  return absl::OkStatus();
}

// "name:line:1: what".
inline absl::Status ErrorInLine(std::string_view name, const WordLine& line,
                                std::string_view what) {
  return InvalidInputAt({.file = std::string(name), .line = line.number}, what);
}

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_WORD_LINES_H_

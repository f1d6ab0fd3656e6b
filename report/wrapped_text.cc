#include "pagelab/report/wrapped_text.h"

#include <algorithm>

namespace pagelab {

void AppendWrapped(std::string_view text, std::string_view indent,
                   std::string& out) {
  constexpr size_t kWidth = 79;
  size_t column = 0;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(end == text.size() ? end : end + 1);
    if (column > 0 && column + 1 + word.size() > kWidth) {
      out += '\n';
      column = 0;
    }
    if (column == 0) {
      out += indent;
      column = indent.size();
    } else {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
  }
  out += '\n';
}

}  // namespace pagelab

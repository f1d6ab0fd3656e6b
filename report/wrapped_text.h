#ifndef PAGELAB_REPORT_WRAPPED_TEXT_H_
#define PAGELAB_REPORT_WRAPPED_TEXT_H_

#include <string>
#include <string_view>

namespace pagelab {

// Appends the words of `text` in lines of at most 79 characters, each behind
// `indent`. A word that is longer has a line of its own.
void AppendWrapped(std::string_view text, std::string_view indent,
                   std::string& out);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_WRAPPED_TEXT_H_

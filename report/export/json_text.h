#ifndef PAGELAB_REPORT_EXPORT_JSON_TEXT_H_
#define PAGELAB_REPORT_EXPORT_JSON_TEXT_H_

#include <string>
#include <string_view>

namespace pagelab {

// The text as UTF-8: each byte that is none becomes U+FFFD. Names of tasks may
// hold any bytes.
std::string Utf8Of(std::string_view text);

// In quotes, as JSON has it, always UTF-8.
void AppendJsonText(std::string& out, std::string_view text);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_EXPORT_JSON_TEXT_H_

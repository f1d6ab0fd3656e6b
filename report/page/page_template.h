// The page without its data; internal to this folder.

#ifndef PAGELAB_REPORT_PAGE_PAGE_TEMPLATE_H_
#define PAGELAB_REPORT_PAGE_PAGE_TEMPLATE_H_

#include <string_view>

namespace pagelab {

// web/dist/report.html, which is part of the program. {{TITLE}}, {{ANSWER}},
// {{FIRST}} and {{REST}} stand for what a report fills in.
std::string_view PageTemplate();

}  // namespace pagelab

#endif  // PAGELAB_REPORT_PAGE_PAGE_TEMPLATE_H_

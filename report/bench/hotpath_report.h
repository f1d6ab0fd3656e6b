// What the two branches of page_owner cost: the measurement of
// pagelab_hotpath_bench for people, for programs and as a chart.

#ifndef PAGELAB_REPORT_BENCH_HOTPATH_REPORT_H_
#define PAGELAB_REPORT_BENCH_HOTPATH_REPORT_H_

#include <string>

#include "pagelab/report/bench/hotpath_document.h"

namespace pagelab {

// One sentence: instructions and time that page_owner costs an order-0 pair
// while it is off. The first line of HotpathText().
std::string HotpathAnswer(const HotpathDocument& document);

// The answer, a table a row, the sizes, and what it is and is not.
std::string HotpathText(const HotpathDocument& document);

// The document, with "statistics" added: rows and variants in its order.
std::string HotpathJson(const HotpathDocument& document);

std::string HotpathSvg(const HotpathDocument& document);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_BENCH_HOTPATH_REPORT_H_

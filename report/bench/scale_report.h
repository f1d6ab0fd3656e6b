// What a pair costs as the machine grows: the measurement of
// pagelab_scale_bench for people, for programs and as a chart.

#ifndef PAGELAB_REPORT_BENCH_SCALE_REPORT_H_
#define PAGELAB_REPORT_BENCH_SCALE_REPORT_H_

#include <string>

#include "pagelab/report/bench/scale_document.h"

namespace pagelab {

// One sentence: how much more a pair costs on the machines above the smallest,
// at most.
std::string ScaleAnswer(const ScaleDocument& document);

// The answer, and a table a row.
std::string ScaleText(const ScaleDocument& document);

// The document, with "statistics" added: rows and points in its order.
std::string ScaleJson(const ScaleDocument& document);

// Nanoseconds over the size of the machine; instructions below, where they
// were counted.
std::string ScaleSvg(const ScaleDocument& document);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_BENCH_SCALE_REPORT_H_

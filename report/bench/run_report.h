#ifndef PAGELAB_REPORT_BENCH_RUN_REPORT_H_
#define PAGELAB_REPORT_BENCH_RUN_REPORT_H_

#include <string>
#include <string_view>

#include "pagelab/report/bench/benchmark_results.h"

namespace pagelab {

// Median and spread of each benchmark, program by program.
std::string RunText(const BenchmarkResults& results);

// The document, with "statistics" added: one entry a benchmark, in order.
// REQUIRES: `results` was read from `json`.
std::string RunJson(std::string_view json, const BenchmarkResults& results);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_BENCH_RUN_REPORT_H_

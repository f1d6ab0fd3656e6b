// The JSON of Google Benchmark.

#ifndef PAGELAB_REPORT_BENCH_GOOGLE_BENCHMARK_H_
#define PAGELAB_REPORT_BENCH_GOOGLE_BENCHMARK_H_

#include <string>
#include <string_view>

#include "pagelab/report/bench/benchmark_results.h"
#include "pagelab/report/bench/json_fields.h"

namespace pagelab {

// Adds the repetitions in the member "benchmarks" of `object`; aggregates are
// left out. Aggregates without repetitions are an error.
void ReadGoogleBenchmarks(const JsonValue& object, std::string_view program,
                          Reader& reader, BenchmarkResults& results);

// Google Benchmark writes NaN and Infinity, which no JSON has, such as the
// variation of a counter that is 0: they become null.
std::string WithoutNonNumbers(std::string_view json);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_BENCH_GOOGLE_BENCHMARK_H_

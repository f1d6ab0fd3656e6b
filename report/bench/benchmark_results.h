#ifndef PAGELAB_REPORT_BENCH_BENCHMARK_RESULTS_H_
#define PAGELAB_REPORT_BENCH_BENCHMARK_RESULTS_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace pagelab {

// The repetitions, or rounds, of one benchmark.
struct BenchmarkSamples {
  // The program it is in; "" if the document does not say.
  std::string program;
  std::string name;
  // An iteration, or a pair. Of Google Benchmark: the time by which it decides
  // how long to run, that of the CPU unless the name says real or manual time.
  std::vector<double> ns;
  // The median of the counter of that name, if there is one.
  std::optional<double> instructions;
};

struct BenchmarkResults {
  // "benchmarks", "hotpath" or "scale".
  std::string kind;
  // In the order in which they were registered; no two of the same program
  // have the same name.
  std::vector<BenchmarkSamples> benchmarks;
  // "name: message", of those that ended with an error.
  std::vector<std::string> failed;
};

// Reads what `pagelab bench run -o` wrote, what a Google Benchmark program
// prints with --benchmark_format=json, or a document of the hot path or of
// scale; which one shows from the content. `file` is for messages.
absl::StatusOr<BenchmarkResults> ReadBenchmarkResults(const std::string& file,
                                                      std::string_view json);

struct ProgramOutput {
  std::string program;
  // Google Benchmark's JSON.
  std::string json;
};

// One document, of kind "benchmarks", of the outputs of several programs. What
// is not such an output is an error that names the program.
absl::StatusOr<std::string> JoinProgramOutputs(
    absl::Span<const ProgramOutput> outputs);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_BENCH_BENCHMARK_RESULTS_H_

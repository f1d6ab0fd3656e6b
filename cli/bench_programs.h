// The measuring programs that lie beside this one.

#ifndef PAGELAB_CLI_BENCH_PROGRAMS_H_
#define PAGELAB_CLI_BENCH_PROGRAMS_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "pagelab/cli/command.h"

namespace pagelab {

// These two have a document of their own; the others are of Google Benchmark.
inline constexpr std::string_view kHotpathProgram = "pagelab_hotpath_bench";
inline constexpr std::string_view kScaleProgram = "pagelab_scale_bench";

// Adds --programs.
void AddProgramsOption(CLI::App& app, std::string& directory);

// `given`, else $PAGELAB_BENCH_DIR, else where this program is.
absl::StatusOr<std::string> ProgramDirectory(const std::string& given);

// The path of a program in the directory. NotFound, with how to build it, if
// it is not there.
absl::StatusOr<std::string> FindProgram(const std::string& directory,
                                        std::string_view name);

// The names of the Google Benchmark programs in the directory, sorted: all
// pagelab_*_bench but the two above.
absl::StatusOr<std::vector<std::string>> GoogleBenchmarkPrograms(
    const std::string& directory);

struct ListedBenchmarks {
  std::string program;
  std::vector<std::string> names;
};

// What each of the programs has, as they say themselves. NotFound if there is
// no program.
absl::StatusOr<std::vector<ListedBenchmarks>> ListBenchmarks(
    const std::string& directory);

}  // namespace pagelab

#endif  // PAGELAB_CLI_BENCH_PROGRAMS_H_

// pagelab bench compare: what became slower.

#include <memory>
#include <string>

#include "pagelab/base/input_stream.h"
#include "pagelab/base/status.h"
#include "pagelab/cli/bench_commands.h"
#include "pagelab/report/bench/benchmark_results.h"
#include "pagelab/report/bench/compare_results.h"

namespace pagelab {
namespace {

struct CompareArguments {
  std::string a;
  std::string b;
  bool json = false;
  double alpha = kDefaultAlpha;
};

absl::StatusOr<BenchmarkResults> ReadResults(const std::string& path) {
  PAGELAB_ASSIGN_OR_RETURN(const std::string json, ReadWholeFile(path));
  return ReadBenchmarkResults(path == "-" ? "stdin" : path, json);
}

absl::StatusOr<int> Compare(const CompareArguments& arguments,
                            CommandContext& context) {
  if (!(arguments.alpha > 0 && arguments.alpha < 1)) {
    return UsageError("--alpha: must be above 0 and below 1");
  }
  if (arguments.a == "-" && arguments.b == "-") {
    return UsageError("only one of the two can be standard input");
  }
  PAGELAB_ASSIGN_OR_RETURN(const BenchmarkResults a, ReadResults(arguments.a));
  PAGELAB_ASSIGN_OR_RETURN(const BenchmarkResults b, ReadResults(arguments.b));
  PAGELAB_ASSIGN_OR_RETURN(const ResultComparison comparison,
                           CompareResults(a, b, arguments.alpha));
  const ComparedNames names{arguments.a, arguments.b};
  context.out.Append(arguments.json ? CompareJson(comparison, names)
                                    : CompareText(comparison, names));
  return comparison.Count(CompareVerdict::kSlower) > 0 ? kExitFinding
                                                       : kExitFine;
}

}  // namespace

void AddBenchCompareCommand(CommandSet& commands) {
  auto arguments = std::make_shared<CompareArguments>();
  CLI::App& app = commands.Add(
      {.name = "compare",
       .summary = "Test two results for significant differences",
       .examples =
           "  pagelab bench run Pair --repetitions 20 -o a.json   # before\n"
           "  pagelab bench run Pair --repetitions 20 -o b.json   # after\n"
           "  pagelab bench compare a.json b.json                 # exit code "
           "1: "
           "something is slower\n"
           "  pagelab bench compare --json --alpha 0.01 a.json b.json\n"},
      [arguments](CommandContext& context) {
        return Compare(*arguments, context);
      });
  app.add_option("a", arguments->a,
                 "What to compare with: of bench run -o, bench hotpath --save, "
                 "bench scale --save, or JSON of a Google Benchmark program")
      ->required();
  app.add_option("b", arguments->b, "What is compared, of the same kind")
      ->required();
  app.add_flag("--json", arguments->json, "Print JSON");
  app.add_option("--alpha", arguments->alpha,
                 "Probability of calling anything significant by chance")
      ->capture_default_str();
}

}  // namespace pagelab

#include "pagelab/report/bench/run_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "pagelab/base/statistics.h"
#include "pagelab/report/bench/json_fields.h"
#include "pagelab/report/bench/number_text.h"
#include "pagelab/report/bench/statistics_json.h"

namespace pagelab {
namespace {

constexpr std::string_view kLine = "  {:<{}}  {:>10}  {:>10}  {:>5}  {:>12}\n";

}  // namespace

std::string RunText(const BenchmarkResults& results) {
  size_t width = 0;
  for (const BenchmarkSamples& samples : results.benchmarks) {
    width = std::max({width, samples.name.size(), samples.program.size()});
  }
  std::string text;
  const std::string* program = nullptr;
  for (const BenchmarkSamples& samples : results.benchmarks) {
    if (program == nullptr || *program != samples.program) {
      if (program != nullptr) text += '\n';
      program = &samples.program;
      text += fmt::format(fmt::runtime(kLine), "", width, "median", "spread",
                          "reps", "instructions")
                  .replace(0, program->size(), *program);
    }
    text += fmt::format(fmt::runtime(kLine), samples.name, width,
                        TimeText(Median(samples.ns)),
                        TimeText(InterquartileRange(samples.ns)),
                        samples.ns.size(), CountText(samples.instructions));
  }
  for (const std::string& failed : results.failed) {
    text += "failed: " + failed + "\n";
  }
  return text;
}

std::string RunJson(std::string_view json, const BenchmarkResults& results) {
  JsonValue list = JsonValue::Array();
  for (const BenchmarkSamples& samples : results.benchmarks) {
    JsonValue item = JsonValue::Object();
    item.Set("program", JsonValue::String(samples.program));
    item.Set("name", JsonValue::String(samples.name));
    item.Set("repetitions", JsonValue::Number(samples.ns.size()));
    item.Set("median_ns", JsonNumber(Median(samples.ns)));
    item.Set("interquartile_range_ns",
             JsonNumber(InterquartileRange(samples.ns)));
    item.Set("median_interval_ns", IntervalJson(MedianInterval(samples.ns)));
    item.Set("instructions", OptionalJson(samples.instructions));
    list.Append(std::move(item));
  }
  return WithMember(json, "statistics", std::move(list));
}

}  // namespace pagelab

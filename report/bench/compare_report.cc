#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "pagelab/base/text.h"
#include "pagelab/report/bench/compare_results.h"
#include "pagelab/report/bench/json_fields.h"
#include "pagelab/report/bench/number_text.h"
#include "pagelab/report/bench/statistics_json.h"

namespace pagelab {
namespace {

std::string PText(double p) {
  return p < 0.0001 ? "<0.0001" : fmt::format("{:.4f}", p);
}

std::string VerdictText(const BenchmarkComparison& each) {
  std::string text(ToString(each.verdict));
  if (each.verdict == CompareVerdict::kTooFew) {
    text +=
        fmt::format(" to tell: {} each are needed", each.repetitions_needed);
  }
  return text;
}

std::string Repetitions(const BenchmarkComparison& each) {
  if (each.repetitions_a == each.repetitions_b) {
    return std::to_string(each.repetitions_a);
  }
  return fmt::format("{}/{}", each.repetitions_a, each.repetitions_b);
}

// "+3", or "" where not both were counted.
std::string InstructionsText(const BenchmarkComparison& each) {
  if (!each.instructions_a.has_value() || !each.instructions_b.has_value()) {
    return "";
  }
  return SignedCountText(*each.instructions_b - *each.instructions_a);
}

std::string Answer(const ResultComparison& comparison,
                   const ComparedNames& names) {
  const size_t slower = comparison.Count(CompareVerdict::kSlower);
  const size_t faster = comparison.Count(CompareVerdict::kFaster);
  const size_t too_few = comparison.Count(CompareVerdict::kTooFew);
  std::string text = fmt::format(
      "{} against {}: {} slower, {} faster, of {}", names.b, names.a, slower,
      faster, Counted(comparison.benchmarks.size(), "benchmark"));
  if (too_few > 0) {
    text += fmt::format("; {} with too few repetitions", too_few);
  }
  return text;
}

void AppendOnly(std::string& text, const std::vector<std::string>& only,
                const std::string& file) {
  for (const std::string& name : only) {
    text += fmt::format("only in {}: {}\n", file, name);
  }
}

std::string Table(const ResultComparison& comparison) {
  constexpr std::string_view kLine =
      "  {:<{}}  {:>10}  {:>10}  {:>7}  {:>7}  {:>5}  {:>8}  {}\n";
  size_t width = 0;
  for (const BenchmarkComparison& each : comparison.benchmarks) {
    width = std::max(width, each.name.size());
  }
  std::string text = fmt::format(fmt::runtime(kLine), "", width, "A", "B",
                                 "B/A", "instr.", "reps", "p", "verdict");
  for (const BenchmarkComparison& each : comparison.benchmarks) {
    const std::optional<double> ratio = each.ratio();
    text += fmt::format(fmt::runtime(kLine), each.name, width,
                        TimeText(each.median_a_ns), TimeText(each.median_b_ns),
                        ratio.has_value() ? fmt::format("{:.3f}", *ratio) : "-",
                        InstructionsText(each), Repetitions(each),
                        PText(each.adjusted_p), VerdictText(each));
  }
  return text;
}

JsonValue NamesJson(const std::vector<std::string>& names) {
  JsonValue list = JsonValue::Array();
  for (const std::string& name : names) list.Append(JsonValue::String(name));
  return list;
}

JsonValue ComparisonJson(const BenchmarkComparison& each) {
  JsonValue json = JsonValue::Object();
  json.Set("name", JsonValue::String(each.name));
  json.Set("repetitions_a", JsonValue::Number(each.repetitions_a));
  json.Set("repetitions_b", JsonValue::Number(each.repetitions_b));
  json.Set("median_a_ns", JsonNumber(each.median_a_ns));
  json.Set("median_b_ns", JsonNumber(each.median_b_ns));
  json.Set("ratio", OptionalJson(each.ratio()));
  json.Set("shift_ns", JsonNumber(each.shift_ns));
  json.Set("p_value", JsonNumber(each.p_value));
  json.Set("adjusted_p_value", JsonNumber(each.adjusted_p));
  json.Set("verdict", JsonValue::String(ToString(each.verdict)));
  if (each.verdict == CompareVerdict::kTooFew) {
    json.Set("repetitions_needed", JsonValue::Number(each.repetitions_needed));
  }
  json.Set("instructions_a", OptionalJson(each.instructions_a));
  json.Set("instructions_b", OptionalJson(each.instructions_b));
  return json;
}

}  // namespace

std::string CompareText(const ResultComparison& comparison,
                        const ComparedNames& names) {
  std::string text = Answer(comparison, names) + "\n\n";
  text += Table(comparison);
  AppendOnly(text, comparison.only_in_a, names.a);
  AppendOnly(text, comparison.only_in_b, names.b);
  text += fmt::format(
      "\nA is {}, B {}; medians. p: two-sided Mann-Whitney test, corrected by "
      "Holm for\n{}; significant up to {:g}. It tells the two runs apart, not "
      "why: another\nload, clock or layout of memory between them shows "
      "too.\n",
      names.a, names.b, Counted(comparison.benchmarks.size(), "comparison"),
      comparison.alpha);
  return text;
}

std::string CompareJson(const ResultComparison& comparison,
                        const ComparedNames& names) {
  JsonValue json = JsonValue::Object();
  json.Set("schema_version", JsonValue::Number(kBenchSchemaVersion));
  json.Set("kind", JsonValue::String("comparison"));
  json.Set("a", JsonValue::String(names.a));
  json.Set("b", JsonValue::String(names.b));
  json.Set("alpha", JsonNumber(comparison.alpha));
  json.Set("correction", JsonValue::String("holm"));
  JsonValue list = JsonValue::Array();
  for (const BenchmarkComparison& each : comparison.benchmarks) {
    list.Append(ComparisonJson(each));
  }
  json.Set("benchmarks", std::move(list));
  json.Set("only_in_a", NamesJson(comparison.only_in_a));
  json.Set("only_in_b", NamesJson(comparison.only_in_b));
  return json.ToText() + "\n";
}

}  // namespace pagelab

// The comparison for people.

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <string_view>

#include "fmt/format.h"
#include "pagelab/base/text.h"
#include "pagelab/workloads/compare/compare_runs.h"
#include "pagelab/workloads/dumps/group_words.h"
#include "pagelab/workloads/frag/frag_report.h"

namespace pagelab {
namespace {

std::string Magnitude(int64_t value, ValueForm form) {
  const auto magnitude = static_cast<uint64_t>(value < 0 ? -value : value);
  switch (form) {
    case ValueForm::kCount:
      return Grouped(magnitude);
    case ValueForm::kIndex:
      return IndexText(static_cast<int>(magnitude));
    case ValueForm::kNanoseconds:
      return FormatDuration(magnitude);
  }
  return "";
}

std::string ValueText(const std::optional<int64_t>& value, ValueForm form) {
  if (!value.has_value()) return "-";
  return (*value < 0 ? "-" : "") + Magnitude(*value, form);
}

// "+1,234", and "+12.3 %" where there was something.
std::string ChangeText(const ComparedValue& value) {
  if (!value.a.has_value()) return "only in B";
  if (!value.b.has_value()) return "only in A";
  const int64_t change = *value.b - *value.a;
  if (change == 0) return "";
  std::string text = (change < 0 ? "-" : "+") + Magnitude(change, value.form);
  // A share of an index says nothing.
  if (*value.a == 0 || value.form == ValueForm::kIndex) return text;
  const double percent = 100.0 * static_cast<double>(change) /
                         static_cast<double>(std::abs(*value.a));
  return text + fmt::format("  {:+.1f} %", percent);
}

void AppendGroup(const ValueGroup& group, const CompareOptions& options,
                 std::string& out) {
  const size_t different = group.nr_different();
  if (different == 0 && !options.all) return;
  out += fmt::format("\n{}\n", group.title);
  size_t width = 0;
  for (const ComparedValue& value : group.values) {
    if (value.differs() || options.all) {
      width = std::max(width, value.name.size());
    }
  }
  for (const ComparedValue& value : group.values) {
    if (!value.differs() && !options.all) continue;
    std::string line =
        fmt::format("  {:<{}}  {:>14}  {:>14}  {}", Printable(value.name),
                    width, ValueText(value.a, value.form),
                    ValueText(value.b, value.form), ChangeText(value));
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + '\n';
  }
  if (!options.all && different < group.values.size()) {
    out += fmt::format("  {} equal\n", group.values.size() - different);
  }
}

void AppendInputs(const RunComparison& comparison, std::string& out) {
  if (comparison.inputs.empty()) {
    out += "\nThe runs had the same machine, settings, workload and seed.\n";
    return;
  }
  out += "\nwhat went in\n";
  size_t width = 0;
  for (const DifferentInput& input : comparison.inputs) {
    width = std::max(width, input.name.size());
  }
  for (const DifferentInput& input : comparison.inputs) {
    out += fmt::format("  {:<{}}  {}  ->  {}\n", input.name, width,
                       input.a.empty() ? "-" : Printable(input.a),
                       input.b.empty() ? "-" : Printable(input.b));
  }
}

void AppendPlace(std::string_view run, const std::optional<TracePlace>& place,
                 std::string& out) {
  if (!place.has_value()) {
    out += fmt::format("  {}  has no more events\n", run);
    return;
  }
  out += fmt::format("  {}  line {}: {}\n", run, place->line,
                     Printable(place->event));
}

void AppendMissingTrace(const RunComparison& comparison, std::string& out) {
  for (const ComparedRun* run : {&comparison.a, &comparison.b}) {
    if (run->has_trace) continue;
    out += fmt::format(
        "\nNo trace in {}: the first event at which the runs part is known "
        "only of runs\nthat were recorded, pagelab run ... -o {} --record "
        "{}/trace.txt\n",
        run->directory, run->directory, run->directory);
  }
}

void AppendTrace(const TraceComparison& trace, std::string& out) {
  if (trace.parted()) {
    out += fmt::format("\nwhere the runs part, after {}\n",
                       Counted(trace.equal_events, "equal event"));
    AppendPlace("A", trace.a, out);
    AppendPlace("B", trace.b, out);
  } else {
    out += fmt::format("\nThe traces have the same {}.\n",
                       Counted(trace.equal_events, "event"));
  }
  if (!trace.retimed_a.has_value()) return;
  out += "\nthe first event at another time\n";
  AppendPlace("A", trace.retimed_a, out);
  AppendPlace("B", trace.retimed_b, out);
}

void AppendFiles(const RunComparison& comparison, std::string& out) {
  if (comparison.files.empty()) {
    out += fmt::format("\n{} equal.\n",
                       Counted(comparison.files_compared, "other file"));
    return;
  }
  out += "\nother files\n";
  for (const DifferentFile& file : comparison.files) {
    const std::string_view how =
        file.how == DifferentFile::How::kContents  ? "differs"
        : file.how == DifferentFile::How::kOnlyInA ? "only in A"
                                                   : "only in B";
    out += fmt::format("  {:<9}  {}\n", how, Printable(file.name));
  }
}

}  // namespace

std::string CompareText(const RunComparison& comparison,
                        const CompareOptions& options) {
  std::string text = fmt::format(
      "A  {}  {}\nB  {}  {}\n", Printable(comparison.a.directory),
      Printable(comparison.a.title), Printable(comparison.b.directory),
      Printable(comparison.b.title));
  AppendInputs(comparison, text);
  for (const ValueGroup& group : comparison.groups) {
    AppendGroup(group, options, text);
  }
  AppendFiles(comparison, text);
  if (comparison.trace.has_value()) {
    AppendTrace(*comparison.trace, text);
  } else {
    AppendMissingTrace(comparison, text);
  }
  text +=
      comparison.same() ? "\nThe runs are the same.\n" : "\nThe runs differ.\n";
  return text;
}

}  // namespace pagelab

#include "pagelab/report/bench/google_benchmark.h"

#include <algorithm>
#include <map>
#include <utility>

#include "pagelab/base/statistics.h"

namespace pagelab {
namespace {

// Nanoseconds of one unit; 0 if there is no such unit.
double UnitOf(std::string_view name) {
  if (name == "ns") return 1;
  if (name == "us") return 1e3;
  if (name == "ms") return 1e6;
  if (name == "s") return 1e9;
  return 0;
}

bool IsReal(std::string_view name) {
  return name.find("/real_time") != std::string_view::npos ||
         name.find("/manual_time") != std::string_view::npos;
}

// One benchmark, and where its program registered it: repetitions come in
// random order.
struct Gathered {
  BenchmarkSamples samples;
  std::vector<double> instructions;
  double family = 0;
  double instance = 0;
};

// Gathers repetitions by name.
class Gatherer {
 public:
  Gatherer(std::string_view program, Reader& reader, BenchmarkResults& results)
      : program_(program), reader_(reader), results_(results) {}

  void Add(const JsonValue& value);
  // Adds what was gathered to the results, in the order of registration.
  void Finish();
  bool only_aggregates() const { return aggregates_ && gathered_.empty(); }

 private:
  Gathered& Find(const std::string& name, const JsonFields& fields);

  std::string program_;
  Reader& reader_;
  BenchmarkResults& results_;
  std::vector<Gathered> gathered_;
  // Index in gathered_.
  std::map<std::string, size_t> by_name_;
  bool aggregates_ = false;
};

Gathered& Gatherer::Find(const std::string& name, const JsonFields& fields) {
  const auto [found, is_new] = by_name_.try_emplace(name, gathered_.size());
  if (is_new) {
    Gathered& gathered = gathered_.emplace_back();
    gathered.samples.program = program_;
    gathered.samples.name = name;
    gathered.family = fields.OptionalNumber("family_index").value_or(0);
    gathered.instance =
        fields.OptionalNumber("per_family_instance_index").value_or(0);
  }
  return gathered_[found->second];
}

void Gatherer::Add(const JsonValue& value) {
  const JsonFields fields(value, reader_);
  std::string name = fields.OptionalText("run_name");
  if (name.empty()) name = fields.Text("name");
  if (fields.OptionalText("run_type") == "aggregate") {
    aggregates_ = true;
    return;
  }
  const JsonValue* error = value.Find("error_occurred");
  if (error != nullptr && error->is_bool() && error->boolean()) {
    results_.failed.push_back(name + ": " +
                              fields.OptionalText("error_message"));
    return;
  }
  const std::string unit = fields.Text("time_unit");
  if (reader_.ok() && UnitOf(unit) == 0) {
    reader_.Error(value,
                  "\"time_unit\" must be \"ns\", \"us\", \"ms\" or "
                  "\"s\", got " +
                      QuoteJson(unit));
  }
  const double time = fields.Number(IsReal(name) ? "real_time" : "cpu_time");
  Gathered& gathered = Find(name, fields);
  gathered.samples.ns.push_back(time * UnitOf(unit));
  const std::optional<double> count = fields.OptionalNumber("instructions");
  if (count.has_value()) gathered.instructions.push_back(*count);
}

void Gatherer::Finish() {
  std::stable_sort(gathered_.begin(), gathered_.end(),
                   [](const Gathered& a, const Gathered& b) {
                     if (a.family != b.family) return a.family < b.family;
                     return a.instance < b.instance;
                   });
  for (Gathered& gathered : gathered_) {
    if (!gathered.instructions.empty()) {
      gathered.samples.instructions = Median(gathered.instructions);
    }
    results_.benchmarks.push_back(std::move(gathered.samples));
  }
}

}  // namespace

void ReadGoogleBenchmarks(const JsonValue& object, std::string_view program,
                          Reader& reader, BenchmarkResults& results) {
  const JsonFields fields(object, reader);
  Gatherer gatherer(program, reader, results);
  const std::vector<JsonValue>& benchmarks = fields.List("benchmarks");
  for (size_t i = 0; i < benchmarks.size(); ++i) {
    const Reader::Scope list(reader, "benchmarks");
    const Reader::Scope item(reader, i);
    gatherer.Add(benchmarks[i]);
  }
  gatherer.Finish();
  if (reader.ok() && gatherer.only_aggregates()) {
    reader.Error(object,
                 "holds aggregates only: measure without "
                 "--benchmark_report_aggregates_only");
  }
}

std::string WithoutNonNumbers(std::string_view json) {
  std::string out;
  bool in_string = false;
  for (size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_string) {
      if (c == '\\' && i + 1 < json.size()) out += json[i++];
      in_string = c != '"';
      out += json[i];
      continue;
    }
    in_string = c == '"';
    std::string_view rest = json.substr(i);
    const size_t sign = rest.starts_with('-') ? 1 : 0;
    rest.remove_prefix(sign);
    const size_t length = rest.starts_with("NaN")        ? 3
                          : rest.starts_with("Infinity") ? 8
                                                         : 0;
    if (length > 0) {
      out += "null";
      i += sign + length - 1;
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace pagelab

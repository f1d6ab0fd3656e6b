#include "pagelab/report/bench/benchmark_results.h"

#include <utility>

#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/report/bench/google_benchmark.h"
#include "pagelab/report/bench/hotpath_document.h"
#include "pagelab/report/bench/json_fields.h"
#include "pagelab/report/bench/scale_document.h"
#include "pagelab/workloads/language/json_reader.h"

namespace pagelab {
namespace {

constexpr std::string_view kBenchmarks = "benchmarks";

absl::StatusOr<BenchmarkResults> FromHotpath(const std::string& file,
                                             std::string_view json) {
  PAGELAB_ASSIGN_OR_RETURN(const HotpathDocument document,
                           ReadHotpathDocument(file, json));
  BenchmarkResults results;
  results.kind = "hotpath";
  for (const HotpathRow& row : document.rows) {
    for (const HotpathVariant& variant : row.variants) {
      results.benchmarks.push_back({"", row.name + ": " + variant.name,
                                    variant.ns, variant.instructions});
    }
  }
  return results;
}

absl::StatusOr<BenchmarkResults> FromScale(const std::string& file,
                                           std::string_view json) {
  PAGELAB_ASSIGN_OR_RETURN(const ScaleDocument document,
                           ReadScaleDocument(file, json));
  BenchmarkResults results;
  results.kind = "scale";
  for (const ScaleRow& row : document.rows) {
    for (const ScalePoint& point : row.points) {
      if (point.ns.empty()) continue;
      results.benchmarks.push_back({"",
                                    row.name + ": " + HumanSize(point.bytes),
                                    point.ns, point.instructions});
    }
  }
  return results;
}

void ReadPrograms(const JsonFields& fields, Reader& reader,
                  BenchmarkResults& results) {
  const std::vector<JsonValue>& programs = fields.List("programs");
  for (size_t i = 0; i < programs.size(); ++i) {
    const Reader::Scope list(reader, "programs");
    const Reader::Scope item(reader, i);
    const std::string name = JsonFields(programs[i], reader).Text("program");
    ReadGoogleBenchmarks(programs[i], name, reader, results);
  }
}

}  // namespace

absl::StatusOr<BenchmarkResults> ReadBenchmarkResults(const std::string& file,
                                                      std::string_view json) {
  const std::string text = WithoutNonNumbers(json);
  Reader reader(file);
  const std::optional<JsonValue> root = ReadJson(text, reader);
  if (!root.has_value() || !reader.ok()) return reader.status();
  const JsonFields fields(*root, reader);
  const std::string kind = fields.OptionalText("kind");
  if (kind == "hotpath") return FromHotpath(file, text);
  if (kind == "scale") return FromScale(file, text);
  BenchmarkResults results;
  results.kind = kBenchmarks;
  if (kind == kBenchmarks) {
    fields.ExpectDocument(kBenchmarks);
    ReadPrograms(fields, reader, results);
  } else if (root->Find(kBenchmarks) != nullptr) {
    ReadGoogleBenchmarks(*root, "", reader, results);
  } else if (reader.ok()) {
    reader.Error(*root,
                 "is no result of benchmarks: neither \"benchmarks\", as "
                 "Google Benchmark writes them, nor a \"kind\" that is known");
  }
  if (!reader.ok()) return reader.status();
  return results;
}

absl::StatusOr<std::string> JoinProgramOutputs(
    absl::Span<const ProgramOutput> outputs) {
  JsonValue programs = JsonValue::Array();
  for (const ProgramOutput& output : outputs) {
    Reader reader(output.program);
    const std::optional<JsonValue> root =
        ReadJson(WithoutNonNumbers(output.json), reader);
    if (!root.has_value()) return reader.status();
    BenchmarkResults results;
    ReadGoogleBenchmarks(*root, output.program, reader, results);
    if (!reader.ok()) return reader.status();
    JsonValue program = JsonValue::Object();
    program.Set("program", JsonValue::String(output.program));
    for (const JsonMember& member : root->members()) {
      if (member.name != "program") program.Set(member.name, member.value);
    }
    programs.Append(std::move(program));
  }
  JsonValue document = JsonValue::Object();
  document.Set("schema_version", JsonValue::Number(kBenchSchemaVersion));
  document.Set("kind", JsonValue::String(kBenchmarks));
  document.Set("programs", std::move(programs));
  return document.ToText() + "\n";
}

}  // namespace pagelab

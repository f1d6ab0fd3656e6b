#include "pagelab/test/report/bench_documents.h"

#include <fmt/format.h>

namespace pagelab {
namespace {

constexpr char kHost[] =
    R"("host": {"cpu": "A <CPU>", "cpus": 2, "os": "Linux 6.1", )"
    R"("compiler": "g++ 12.2.0", "build_type": "Release", "flags": "-O2"})";

}  // namespace

std::string HotpathRowText(const std::string& name,
                           const std::vector<VariantText>& variants,
                           int rounds) {
  std::string list;
  for (const VariantText& variant : variants) {
    std::string ns;
    for (int i = 0; i < rounds; ++i) {
      const double noise = i % 2 == 0 ? variant.noise_ns : -variant.noise_ns;
      ns += fmt::format("{}{}", i == 0 ? "" : ", ",
                        10 + 0.5 * i + variant.more_ns + noise);
    }
    list += fmt::format(
        R"({}{{"name": "{}", "hooks": "{}", "owner": "{}", "ns": [{}], )"
        R"("instructions": {}, "branches": null, "branch_misses": null}})",
        list.empty() ? "" : ",\n", variant.name, variant.hooks, variant.owner,
        ns, variant.instructions);
  }
  return fmt::format(R"({{"name": "{}", "pairs": 20000, "variants": [{}]}})",
                     name, list);
}

std::string HotpathDocumentText(const std::vector<std::string>& rows) {
  std::string list;
  for (const std::string& row : rows) {
    list += (list.empty() ? "" : ",\n") + row;
  }
  return fmt::format(
      R"({{"schema_version": 1, "kind": "hotpath", {},
"machine": "qemu-2g", "rounds": 8,
"counters": {{"source": "none", "note": "no counters here"}},
"rows": [{}],
"sizes": [
{{"object": "allocator, hooks absent", "text": 40662, "data": 1493, "bss": 644, "hot_text": 4000}},
{{"object": "allocator, branches", "text": 40892, "data": 1493, "bss": 644, "hot_text": 4115}},
{{"object": "allocator, static keys", "text": 40600, "data": 1493, "bss": 644, "hot_text": 4010}},
{{"object": "page_ext", "text": 1427, "data": 24, "bss": 8, "hot_text": null}}]}}
)",
      kHost, list);
}

std::vector<VariantText> OffVariants() {
  return {{"absent", "absent", "off", 0, "158"},
          {"branch", "branch", "off", 0, "161", 0.1},
          {"static key", "static key", "off", 0, "160", 0.05}};
}

std::string ScaleDocumentText() {
  return fmt::format(
      R"({{"schema_version": 1, "kind": "scale", {}, "rows": [
{{"name": "order 0, same frame", "points": [
 {{"bytes": 1073741824, "ns": [10, 11, 12], "instructions": 150, "resident_bytes": 41943040, "note": ""}},
 {{"bytes": 1099511627776, "ns": [12, 11, 13], "instructions": 153, "resident_bytes": 4294967296, "note": ""}}]}},
{{"name": "order 9 & more", "points": [
 {{"bytes": 1073741824, "ns": [20, 20, 20], "instructions": null, "resident_bytes": null, "note": ""}},
 {{"bytes": 1099511627776, "ns": [], "instructions": null, "resident_bytes": null, "note": "no memory for it"}}]}}]}}
)",
      kHost);
}

std::string GoogleText(const std::string& name,
                       const std::vector<double>& times,
                       const std::string& unit) {
  std::string list;
  for (const double time : times) {
    list += fmt::format(
        R"({{"name": "{0}", "run_name": "{0}", "run_type": "iteration", )"
        R"("real_time": {1}, "cpu_time": {2}, "time_unit": "{3}", )"
        R"("instructions": 150}},)"
        "\n",
        name, time * 2, time, unit);
  }
  return fmt::format(
      R"({{"context": {{"host_name": "x"}}, "benchmarks": [
{0}{{"name": "{1}_cv", "run_name": "{1}", "run_type": "aggregate", "real_time": NaN, "cpu_time": 7.0, "time_unit": "ns"}}]}}
)",
      list, name);
}

}  // namespace pagelab

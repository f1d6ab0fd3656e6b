#include "pagelab/bench/hotpath_report.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "pagelab/bench/host_json.h"
#include "pagelab/bench/object_sizes.h"

namespace pagelab {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kSchemaVersion = 1;

// Three digits behind the point: more than is measured.
double Rounded(double value) { return std::round(value * 1000) / 1000; }

Json OrNull(const std::optional<double>& value) {
  return value.has_value() ? Json(Rounded(*value)) : Json(nullptr);
}

Json VariantJson(const VariantFigures& figures) {
  Json times = Json::array();
  for (const double time : figures.nanoseconds) times.push_back(Rounded(time));
  return {{"name", figures.variant.name},
          {"hooks", ToString(figures.variant.hooks)},
          {"owner", ToString(figures.variant.owner)},
          {"ns", std::move(times)},
          {"instructions", OrNull(figures.instructions)},
          {"branches", OrNull(figures.branches)},
          {"branch_misses", OrNull(figures.branch_misses)}};
}

Json RowJson(const RowFigures& figures) {
  Json variants = Json::array();
  for (const VariantFigures& variant : figures.variants) {
    variants.push_back(VariantJson(variant));
  }
  return {{"name", figures.row.name},
          {"pairs", figures.row.pairs},
          {"variants", std::move(variants)}};
}

Json SizeJson(const ObjectSizes& sizes) {
  return {{"object", sizes.object},
          {"text", sizes.text},
          {"data", sizes.data},
          {"bss", sizes.bss},
          {"hot_text",
           sizes.hot_text.has_value() ? Json(*sizes.hot_text) : Json(nullptr)},
          {"hot_functions", sizes.hot_functions},
          {"jump_table", sizes.jump_table}};
}

std::string Cell(const VariantFigures& figures) {
  if (!figures.instructions.has_value()) return "-";
  return fmt::format("{:.1f} {:6.1f}", *figures.instructions,
                     figures.branches.value_or(0));
}

}  // namespace

std::string HotpathJson(const HotpathReport& report) {
  Json rows = Json::array();
  for (const RowFigures& row : report.rows) rows.push_back(RowJson(row));
  Json sizes = Json::array();
  for (const ObjectSizes& object : MeasuredObjectSizes()) {
    sizes.push_back(SizeJson(object));
  }
  const Json document = {
      {"schema_version", kSchemaVersion},
      {"kind", "hotpath"},
      {"host", Json::parse(HostJson())},
      {"machine", report.machine},
      {"rounds", report.rounds},
      {"counters",
       {{"source", report.counter_source}, {"note", report.counter_note}}},
      {"rows", std::move(rows)},
      {"sizes", std::move(sizes)}};
  return document.dump(1) + "\n";
}

std::string CountTable(const HotpathReport& report) {
  constexpr int kNameWidth = 26;
  constexpr int kWidth = 23;
  std::string text =
      fmt::format("instructions and branches a pair\n\n{:{}}", "", kNameWidth);
  for (const RowFigures& row : report.rows) {
    text += fmt::format("{:>{}}", row.row.name, kWidth);
  }
  text += '\n';
  const size_t nr_variants =
      report.rows.empty() ? 0 : report.rows.front().variants.size();
  for (size_t i = 0; i < nr_variants; ++i) {
    text += fmt::format("{:<{}}", report.rows.front().variants[i].variant.name,
                        kNameWidth);
    for (const RowFigures& row : report.rows) {
      text += fmt::format("{:>{}}", Cell(row.variants[i]), kWidth);
    }
    text += '\n';
  }
  return text + "\n" + report.counter_note + "\n";
}

}  // namespace pagelab

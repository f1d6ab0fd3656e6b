#include "pagelab/report/bench/scale_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "pagelab/base/statistics.h"
#include "pagelab/base/text.h"
#include "pagelab/report/bench/json_fields.h"
#include "pagelab/report/bench/number_text.h"
#include "pagelab/report/bench/statistics_json.h"
#include "pagelab/report/svg_plot.h"

namespace pagelab {
namespace {

std::optional<double> MedianNs(const ScalePoint& point) {
  if (point.ns.empty()) return std::nullopt;
  return Median(point.ns);
}

std::optional<double> Instructions(const ScalePoint& point) {
  return point.instructions;
}

using Measure = std::optional<double> (*)(const ScalePoint&);

// To the smallest machine that has the value.
std::optional<double> Ratio(const ScaleRow& row, const ScalePoint& point,
                            Measure measure) {
  const std::optional<double> value = measure(point);
  if (!value.has_value()) return std::nullopt;
  for (const ScalePoint& first : row.points) {
    const std::optional<double> smallest = measure(first);
    if (!smallest.has_value()) continue;
    if (*smallest == 0) return std::nullopt;
    return *value / *smallest;
  }
  return std::nullopt;
}

struct Growth {
  double ratio = 0;
  std::string_view row;
};

// The row that grows most; ratio 0 if nothing was measured.
Growth LargestGrowth(const ScaleDocument& document, Measure measure) {
  Growth largest;
  for (const ScaleRow& row : document.rows) {
    for (const ScalePoint& point : row.points) {
      const std::optional<double> ratio = Ratio(row, point, measure);
      if (ratio.has_value() && *ratio > largest.ratio) {
        largest = {*ratio, row.name};
      }
    }
  }
  return largest;
}

std::string RatioText(const std::optional<double>& ratio) {
  return ratio.has_value() ? fmt::format("x{:.2f}", *ratio) : "-";
}

std::string RowTable(const ScaleRow& row) {
  constexpr std::string_view kLine =
      "  {:>10}  {:>9}  {:>7}  {:>8}  {:>8}  {:>8}  {:>10}  {}\n";
  std::string text = row.name + "\n";
  text += fmt::format(fmt::runtime(kLine), "memory", "ns a pair", "spread",
                      "vs first", "instr.", "vs first", "resident", "note");
  for (const ScalePoint& point : row.points) {
    const bool timed = !point.ns.empty();
    std::string line = fmt::format(
        fmt::runtime(kLine), HumanSize(point.bytes),
        timed ? NanosecondsText(Median(point.ns)) : "-",
        timed ? NanosecondsText(InterquartileRange(point.ns)) : "-",
        RatioText(Ratio(row, point, MedianNs)), CountText(point.instructions),
        RatioText(Ratio(row, point, Instructions)),
        point.resident_bytes.has_value()
            ? HumanSize(static_cast<uint64_t>(*point.resident_bytes))
            : "-",
        point.note);
    line.erase(line.find_last_not_of(" \n") + 1);
    text += line + "\n";
  }
  return text;
}

JsonValue PointJson(const ScaleRow& row, const ScalePoint& point) {
  JsonValue json = JsonValue::Object();
  json.Set("bytes", JsonValue::Number(point.bytes));
  json.Set("median_ns", OptionalJson(MedianNs(point)));
  json.Set("interquartile_range_ns",
           point.ns.empty() ? JsonValue::Null()
                            : JsonNumber(InterquartileRange(point.ns)));
  json.Set("median_interval_ns", IntervalJson(MedianInterval(point.ns)));
  json.Set("time_ratio", OptionalJson(Ratio(row, point, MedianNs)));
  json.Set("instructions_ratio", OptionalJson(Ratio(row, point, Instructions)));
  return json;
}

LinePanel PanelOf(const ScaleDocument& document, std::string y_label,
                  Measure measure) {
  LinePanel panel;
  panel.y_label = std::move(y_label);
  for (const ScaleRow& row : document.rows) {
    PlotLine line{row.name, {}};
    for (const ScalePoint& point : row.points) {
      const std::optional<double> y = measure(point);
      if (!y.has_value()) continue;
      line.points.push_back({static_cast<double>(point.bytes), *y});
    }
    if (!line.points.empty()) panel.lines.push_back(std::move(line));
  }
  return panel;
}

}  // namespace

std::string ScaleAnswer(const ScaleDocument& document) {
  uint64_t least = 0;
  uint64_t most = 0;
  for (const ScaleRow& row : document.rows) {
    for (const ScalePoint& point : row.points) {
      least = least == 0 ? point.bytes : std::min(least, point.bytes);
      most = std::max(most, point.bytes);
    }
  }
  std::string text = fmt::format("from {} to {} a pair costs at most",
                                 HumanSize(least), HumanSize(most));
  const Growth instructions = LargestGrowth(document, Instructions);
  const Growth time = LargestGrowth(document, MedianNs);
  if (instructions.ratio > 0) {
    text += fmt::format(" x{:.2f} the instructions (\"{}\") and",
                        instructions.ratio, instructions.row);
  }
  if (time.ratio == 0) return "no time was measured";
  return text + fmt::format(" x{:.2f} the time (\"{}\") of the smallest",
                            time.ratio, time.row);
}

std::string ScaleText(const ScaleDocument& document) {
  std::string text = ScaleAnswer(document) + "\n\n";
  text += ToString(document.host) +
          "\nns a pair: median of the rounds; spread: their interquartile "
          "range; vs first: to the\nsmallest machine; resident: host memory "
          "of the simulated machine.\n";
  for (const ScaleRow& row : document.rows) text += "\n" + RowTable(row);
  return text;
}

std::string ScaleJson(const ScaleDocument& document) {
  JsonValue rows = JsonValue::Array();
  for (const ScaleRow& row : document.rows) {
    JsonValue points = JsonValue::Array();
    for (const ScalePoint& point : row.points) {
      points.Append(PointJson(row, point));
    }
    JsonValue json = JsonValue::Object();
    json.Set("name", JsonValue::String(row.name));
    json.Set("points", std::move(points));
    rows.Append(std::move(json));
  }
  JsonValue json = JsonValue::Object();
  json.Set("answer", JsonValue::String(ScaleAnswer(document)));
  json.Set("rows", std::move(rows));
  return WithMember(document.json, "statistics", std::move(json));
}

std::string ScaleSvg(const ScaleDocument& document) {
  SizeLinePlot plot;
  plot.titles.title = "What a pair costs as the machine grows";
  plot.titles.subtitle = ToString(document.host);
  plot.titles.description = ScaleAnswer(document) + ".";
  plot.panels.push_back(
      PanelOf(document, "ns a pair, median of the rounds", MedianNs));
  LinePanel counted = PanelOf(document, "instructions a pair", Instructions);
  if (!counted.lines.empty()) plot.panels.push_back(std::move(counted));
  return SizeLinePlotSvg(plot);
}

}  // namespace pagelab

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <string_view>

#include "pagelab/base/text.h"
#include "pagelab/report/svg_axis.h"
#include "pagelab/report/svg_canvas.h"
#include "pagelab/report/svg_plot.h"

namespace pagelab {
namespace {

constexpr double kMargin = 16;
constexpr double kLeft = 70;
constexpr double kPlotWidth = 560;
constexpr double kPanelHeight = 250;
constexpr double kPanelGap = 46;
constexpr double kHeader = 62;
constexpr double kFooter = 48;
constexpr double kLetterWidth = 6.6;
constexpr double kLabelHeight = 15;
constexpr int kMostTicks = 7;
// More marks on the x axis would touch each other.
constexpr size_t kMostSizes = 11;
constexpr std::string_view kMuted = "#57606a";
constexpr std::string_view kGrid = "#d8dee4";
// Told apart by most of those who see few colours, and dark enough on white.
constexpr std::string_view kColors[] = {"#0a5fa8", "#b84300", "#00734f",
                                        "#9a3e7c", "#5b5b00", "#1f2328",
                                        "#7a4a1d", "#4b3fb5"};

std::string_view ColorOf(size_t line) {
  return kColors[line % std::size(kColors)];
}

std::vector<double> SizesOf(const SizeLinePlot& plot) {
  std::set<double> sizes;
  for (const LinePanel& panel : plot.panels) {
    for (const PlotLine& line : panel.lines) {
      for (const LinePoint& point : line.points) sizes.insert(point.x);
    }
  }
  return {sizes.begin(), sizes.end()};
}

// "1.0 GiB" is "1 GiB" on an axis.
std::string SizeLabel(double bytes) {
  std::string text = HumanSize(static_cast<uint64_t>(bytes));
  const size_t zero = text.find(".0 ");
  if (zero != std::string::npos) text.erase(zero, 2);
  return text;
}

struct Label {
  size_t line = 0;
  double y = 0;
};

// At the end of each line; those that would overlap are moved down, and all up
// again where they would leave the panel.
std::vector<Label> PlaceLabels(const LinePanel& panel, const SvgScale& y,
                               double bottom) {
  std::vector<Label> labels;
  for (size_t i = 0; i < panel.lines.size(); ++i) {
    if (panel.lines[i].points.empty()) continue;
    labels.push_back({i, y.At(panel.lines[i].points.back().y)});
  }
  std::stable_sort(labels.begin(), labels.end(),
                   [](const Label& a, const Label& b) { return a.y < b.y; });
  for (size_t i = 1; i < labels.size(); ++i) {
    labels[i].y = std::max(labels[i].y, labels[i - 1].y + kLabelHeight);
  }
  double lowest = bottom;
  for (size_t i = labels.size(); i > 0; --i) {
    labels[i - 1].y = std::min(labels[i - 1].y, lowest);
    lowest = labels[i - 1].y - kLabelHeight;
  }
  return labels;
}

void DrawLine(SvgCanvas& canvas, const PlotLine& line, std::string_view color,
              const SvgScale& x, const SvgScale& y) {
  std::vector<SvgPoint> points;
  for (const LinePoint& point : line.points) {
    points.push_back({x.At(point.x), y.At(point.y)});
  }
  canvas.Polyline(points, {.color = color, .width = 2});
  for (size_t i = 0; i < points.size(); ++i) {
    canvas.Dot(points[i], 3, color,
               fmt::format("{}, {}: {:.1f}", line.label,
                           SizeLabel(line.points[i].x), line.points[i].y));
  }
}

void DrawPanel(SvgCanvas& canvas, const LinePanel& panel, const SvgScale& x,
               double top) {
  double high = 0;
  for (const PlotLine& line : panel.lines) {
    for (const LinePoint& point : line.points) high = std::max(high, point.y);
  }
  const double bottom = top + kPanelHeight;
  const std::vector<double> ticks =
      LinearTicks(high > 0 ? high : 1, kMostTicks);
  const SvgScale y = SvgScale::Linear(0, ticks.back(), bottom, top);
  canvas.Text({kMargin, top - 10}, panel.y_label, {.bold = true});
  for (const double tick : ticks) {
    canvas.Line({kLeft, y.At(tick)}, {kLeft + kPlotWidth, y.At(tick)},
                {.color = kGrid});
    canvas.Text({kLeft - 8, y.At(tick) + 4}, fmt::format("{:g}", tick),
                {.anchor = SvgAnchor::kEnd, .color = kMuted, .size = 11});
  }
  for (size_t i = 0; i < panel.lines.size(); ++i) {
    DrawLine(canvas, panel.lines[i], ColorOf(i), x, y);
  }
  for (const Label& label : PlaceLabels(panel, y, bottom)) {
    canvas.Text({kLeft + kPlotWidth + 10, label.y + 4},
                panel.lines[label.line].label, {.color = ColorOf(label.line)});
  }
}

double WidthOf(const SizeLinePlot& plot) {
  size_t longest = 0;
  for (const LinePanel& panel : plot.panels) {
    for (const PlotLine& line : panel.lines) {
      longest = std::max(longest, line.label.size());
    }
  }
  const double plotted = kLeft + kPlotWidth + 10 +
                         static_cast<double>(longest) * kLetterWidth + kMargin;
  const size_t title =
      std::max(plot.titles.title.size() * 8 / 7, plot.titles.subtitle.size());
  return std::max(plotted,
                  2 * kMargin + static_cast<double>(title) * kLetterWidth);
}

}  // namespace

std::string SizeLinePlotSvg(const SizeLinePlot& plot) {
  const std::vector<double> sizes = SizesOf(plot);
  const double first = sizes.empty() ? 1 : sizes.front();
  // A single size still has an axis to lie on.
  const double last = sizes.size() < 2 ? first * 2 : sizes.back();
  const SvgScale x =
      SvgScale::Log(first, last, kLeft + 14, kLeft + kPlotWidth - 4);
  const double bottom = kHeader + static_cast<double>(plot.panels.size()) *
                                      (kPanelHeight + kPanelGap);
  SvgCanvas canvas({.width = WidthOf(plot),
                    .height = bottom + kFooter,
                    .title = plot.titles.title,
                    .description = plot.titles.description});
  canvas.Text({kMargin, 26}, plot.titles.title, {.size = 15, .bold = true});
  canvas.Text({kMargin, 45}, plot.titles.subtitle, {.color = kMuted});
  double top = kHeader + kPanelGap / 2;
  for (const LinePanel& panel : plot.panels) {
    DrawPanel(canvas, panel, x, top + 8);
    top += kPanelHeight + kPanelGap;
  }
  const size_t step = (sizes.size() + kMostSizes - 1) / kMostSizes;
  for (size_t i = 0; i < sizes.size(); i += step) {
    canvas.Text({x.At(sizes[i]), bottom + 4}, SizeLabel(sizes[i]),
                {.anchor = SvgAnchor::kMiddle, .color = kMuted, .size = 11});
  }
  canvas.Text({kLeft + kPlotWidth / 2, bottom + 30},
              "memory of the simulated machine, logarithmic",
              {.anchor = SvgAnchor::kMiddle});
  return canvas.Finish();
}

}  // namespace pagelab

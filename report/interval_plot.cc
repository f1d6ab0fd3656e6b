#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "pagelab/report/svg_axis.h"
#include "pagelab/report/svg_canvas.h"
#include "pagelab/report/svg_plot.h"

namespace pagelab {
namespace {

constexpr double kMargin = 16;
constexpr double kLineHeight = 18;
constexpr double kGroupGap = 14;
constexpr double kPlotWidth = 380;
constexpr double kHeader = 62;
constexpr double kFooter = 48;
// Of a letter, about; fonts differ.
constexpr double kLetterWidth = 6.6;
// From this ratio on, small values would lie on each other.
constexpr double kLogFrom = 12;
constexpr int kMostTicks = 8;
constexpr std::string_view kMuted = "#57606a";
constexpr std::string_view kGrid = "#d8dee4";
constexpr std::string_view kReference = "#1f2328";
constexpr std::string_view kOther = "#0a5fa8";

struct Extent {
  double low = 0;
  double high = 0;
  size_t label = 0;
  size_t note = 0;
  size_t nr_marks = 0;
};

Extent ExtentOf(const IntervalPlot& plot) {
  Extent extent;
  for (const IntervalGroup& group : plot.groups) {
    for (const IntervalMark& mark : group.marks) {
      const double low = std::min(mark.low, mark.value);
      extent.low = extent.nr_marks == 0 ? low : std::min(extent.low, low);
      extent.high = std::max({extent.high, mark.high, mark.value});
      extent.label = std::max(extent.label, mark.label.size());
      extent.note = std::max(extent.note, mark.note.size());
      ++extent.nr_marks;
    }
  }
  if (extent.high <= 0) extent.high = 1;
  return extent;
}

struct Axis {
  std::vector<double> ticks;
  SvgScale scale;
};

Axis AxisOf(const Extent& extent, double left) {
  if (extent.low > 0 && extent.high / extent.low > kLogFrom) {
    std::vector<double> ticks = LogTicks(extent.low, extent.high, kMostTicks);
    const SvgScale scale =
        SvgScale::Log(ticks.front(), ticks.back(), left, left + kPlotWidth);
    return {std::move(ticks), scale};
  }
  std::vector<double> ticks = LinearTicks(extent.high, kMostTicks);
  const SvgScale scale =
      SvgScale::Linear(0, ticks.back(), left, left + kPlotWidth);
  return {std::move(ticks), scale};
}

void DrawMark(SvgCanvas& canvas, const IntervalMark& mark, const Axis& axis,
              double left, double y, bool is_reference) {
  const std::string_view color = is_reference ? kReference : kOther;
  canvas.Text({left - 10, y + 4}, mark.label, {.anchor = SvgAnchor::kEnd});
  canvas.Line({axis.scale.At(mark.low), y}, {axis.scale.At(mark.high), y},
              {.color = color, .width = 2});
  canvas.Dot({axis.scale.At(mark.value), y}, 4, color,
             mark.label + ": " + mark.note);
  canvas.Text({left + kPlotWidth + 12, y + 4}, mark.note, {.color = kMuted});
}

// Returns where it ends.
double DrawGroup(SvgCanvas& canvas, const IntervalGroup& group,
                 const Axis& axis, double left, double y) {
  canvas.Text({kMargin, y + 13}, group.title, {.bold = true});
  y += kLineHeight + kLineHeight / 2;
  if (!group.marks.empty()) {
    const double x = axis.scale.At(group.marks.front().value);
    const double last =
        y + kLineHeight * static_cast<double>(group.marks.size() - 1);
    canvas.Line({x, y - 8}, {x, last + 8}, {.color = kMuted, .dashed = true});
  }
  bool is_reference = true;
  for (const IntervalMark& mark : group.marks) {
    DrawMark(canvas, mark, axis, left, y, is_reference);
    is_reference = false;
    y += kLineHeight;
  }
  return y - kLineHeight / 2 + kGroupGap;
}

}  // namespace

std::string IntervalPlotSvg(const IntervalPlot& plot) {
  const Extent extent = ExtentOf(plot);
  const double left =
      kMargin + static_cast<double>(extent.label) * kLetterWidth + 14;
  const Axis axis = AxisOf(extent, left);
  const double width = std::max(
      left + kPlotWidth + 12 + static_cast<double>(extent.note) * kLetterWidth +
          kMargin,
      2 * kMargin +
          static_cast<double>(std::max(plot.titles.title.size() * 8 / 7,
                                       plot.titles.subtitle.size())) *
              kLetterWidth);
  const double bottom =
      kHeader +
      static_cast<double>(plot.groups.size()) * (kLineHeight + kGroupGap) +
      static_cast<double>(extent.nr_marks) * kLineHeight;
  SvgCanvas canvas({.width = width,
                    .height = bottom + kFooter,
                    .title = plot.titles.title,
                    .description = plot.titles.description});
  canvas.Text({kMargin, 26}, plot.titles.title, {.size = 15, .bold = true});
  canvas.Text({kMargin, 45}, plot.titles.subtitle, {.color = kMuted});
  for (const double tick : axis.ticks) {
    const double x = axis.scale.At(tick);
    canvas.Line({x, kHeader}, {x, bottom}, {.color = kGrid});
    canvas.Text({x, bottom + 16}, fmt::format("{:g}", tick),
                {.anchor = SvgAnchor::kMiddle, .color = kMuted, .size = 11});
  }
  canvas.Text({left + kPlotWidth / 2, bottom + 36}, plot.axis_label,
              {.anchor = SvgAnchor::kMiddle});
  double y = kHeader;
  for (const IntervalGroup& group : plot.groups) {
    y = DrawGroup(canvas, group, axis, left, y);
  }
  return canvas.Finish();
}

}  // namespace pagelab

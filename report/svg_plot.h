// Charts as SVG files, without any library: dots with intervals, and lines
// over sizes.

#ifndef PAGELAB_REPORT_SVG_PLOT_H_
#define PAGELAB_REPORT_SVG_PLOT_H_

#include <string>
#include <vector>

namespace pagelab {

struct PlotTitles {
  std::string title;
  // Below the title, smaller: what was measured on what.
  std::string subtitle;
  // What the chart says, for those who do not see it.
  std::string description;
};

// A horizontal dot with an interval, and words behind it.
struct IntervalMark {
  std::string label;
  double value = 0;
  double low = 0;
  double high = 0;
  std::string note;
};

struct IntervalGroup {
  std::string title;
  // A dashed line through all marks goes through the first one.
  std::vector<IntervalMark> marks;
};

// One axis below all groups: linear from 0, or logarithmic where the largest
// value is many times the smallest. Values are positive.
struct IntervalPlot {
  PlotTitles titles;
  std::string axis_label;
  std::vector<IntervalGroup> groups;
};

std::string IntervalPlotSvg(const IntervalPlot& plot);

struct LinePoint {
  // Positive.
  double x = 0;
  double y = 0;
};

struct PlotLine {
  std::string label;
  // With ascending x.
  std::vector<LinePoint> points;
};

struct LinePanel {
  std::string y_label;
  std::vector<PlotLine> lines;
};

// Panels above each other with one logarithmic x axis, marked at the sizes in
// bytes that there are points for; y from 0. Each line is labelled where it
// ends.
struct SizeLinePlot {
  PlotTitles titles;
  std::vector<LinePanel> panels;
};

std::string SizeLinePlotSvg(const SizeLinePlot& plot);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_SVG_PLOT_H_

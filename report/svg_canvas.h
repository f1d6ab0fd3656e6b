#ifndef PAGELAB_REPORT_SVG_CANVAS_H_
#define PAGELAB_REPORT_SVG_CANVAS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/types/span.h"

namespace pagelab {

// `text` as character data or an attribute of XML. What XML cannot hold
// (control characters) becomes U+FFFD.
std::string EscapedXml(std::string_view text);

// A length in pixels: one decimal, never an exponent, "0" rather than "-0.0".
std::string SvgNumber(double value);

struct SvgPoint {
  double x = 0;
  double y = 0;
};

enum class SvgAnchor : uint8_t { kStart, kMiddle, kEnd };

struct SvgTextStyle {
  SvgAnchor anchor = SvgAnchor::kStart;
  std::string_view color = "#1f2328";
  double size = 12;
  bool bold = false;
};

struct SvgStroke {
  std::string_view color = "#1f2328";
  double width = 1;
  bool dashed = false;
};

// Builds one SVG file. It has a background of its own, so that it reads the
// same on a light and on a dark page, and a title and a description for those
// who do not see it. The same calls give the same bytes. Thread-compatible.
class SvgCanvas {
 public:
  struct Options {
    double width = 0;
    double height = 0;
    std::string_view title;
    std::string_view description;
  };
  explicit SvgCanvas(const Options& options);

  // `at` is on the base line.
  void Text(SvgPoint at, std::string_view text, const SvgTextStyle& style = {});
  void Line(SvgPoint from, SvgPoint to, const SvgStroke& stroke = {});
  void Polyline(absl::Span<const SvgPoint> points, const SvgStroke& stroke);
  // A filled dot; a pointer over it shows `tip`.
  void Dot(SvgPoint at, double radius, std::string_view color,
           std::string_view tip);

  // The whole file. Nothing may be drawn after it.
  std::string Finish();

 private:
  std::string svg_;
};

}  // namespace pagelab

#endif  // PAGELAB_REPORT_SVG_CANVAS_H_

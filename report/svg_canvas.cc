#include "pagelab/report/svg_canvas.h"

#include <fmt/format.h>

namespace pagelab {
namespace {

std::string_view AnchorName(SvgAnchor anchor) {
  switch (anchor) {
    case SvgAnchor::kStart:
      return "start";
    case SvgAnchor::kMiddle:
      return "middle";
    case SvgAnchor::kEnd:
      return "end";
  }
  return "start";
}

std::string StrokeAttributes(const SvgStroke& stroke) {
  return fmt::format(R"(stroke="{}" stroke-width="{}"{})", stroke.color,
                     SvgNumber(stroke.width),
                     stroke.dashed ? R"( stroke-dasharray="3 3")" : "");
}

}  // namespace

std::string EscapedXml(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (byte < 0x20 && c != '\n' && c != '\t') {
      out += "\xEF\xBF\xBD";
    } else {
      out += c;
    }
  }
  return out;
}

std::string SvgNumber(double value) {
  std::string text = fmt::format("{:.1f}", value);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text == "-0" ? "0" : text;
}

SvgCanvas::SvgCanvas(const Options& options) {
  const std::string width = SvgNumber(options.width);
  const std::string height = SvgNumber(options.height);
  svg_ = fmt::format(
      R"(<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{1}" )"
      R"(viewBox="0 0 {0} {1}" role="img" aria-labelledby="title desc" )"
      R"(font-family="system-ui, 'DejaVu Sans', sans-serif">)"
      "\n"
      R"(<title id="title">{2}</title>)"
      "\n"
      R"(<desc id="desc">{3}</desc>)"
      "\n"
      R"(<rect width="{0}" height="{1}" fill="#ffffff"/>)"
      "\n",
      width, height, EscapedXml(options.title),
      EscapedXml(options.description));
}

void SvgCanvas::Text(SvgPoint at, std::string_view text,
                     const SvgTextStyle& style) {
  svg_ += fmt::format(
      R"(<text x="{}" y="{}" font-size="{}" text-anchor="{}" fill="{}"{}>{}</text>)"
      "\n",
      SvgNumber(at.x), SvgNumber(at.y), SvgNumber(style.size),
      AnchorName(style.anchor), style.color,
      style.bold ? R"( font-weight="bold")" : "", EscapedXml(text));
}

void SvgCanvas::Line(SvgPoint from, SvgPoint to, const SvgStroke& stroke) {
  svg_ += fmt::format(R"(<line x1="{}" y1="{}" x2="{}" y2="{}" {}/>)"
                      "\n",
                      SvgNumber(from.x), SvgNumber(from.y), SvgNumber(to.x),
                      SvgNumber(to.y), StrokeAttributes(stroke));
}

void SvgCanvas::Polyline(absl::Span<const SvgPoint> points,
                         const SvgStroke& stroke) {
  std::string list;
  for (const SvgPoint& point : points) {
    if (!list.empty()) list += ' ';
    list += SvgNumber(point.x) + "," + SvgNumber(point.y);
  }
  svg_ += fmt::format(
      R"(<polyline points="{}" fill="none" stroke-linejoin="round" {}/>)"
      "\n",
      list, StrokeAttributes(stroke));
}

void SvgCanvas::Dot(SvgPoint at, double radius, std::string_view color,
                    std::string_view tip) {
  svg_ += fmt::format(
      R"(<circle cx="{}" cy="{}" r="{}" fill="{}"><title>{}</title></circle>)"
      "\n",
      SvgNumber(at.x), SvgNumber(at.y), SvgNumber(radius), color,
      EscapedXml(tip));
}

std::string SvgCanvas::Finish() { return svg_ + "</svg>\n"; }

}  // namespace pagelab

#include "pagelab/report/step/step_grid.h"

#include <algorithm>
#include <array>

namespace pagelab {

int StepColor(StepStyle style) {
  // Near orange, sky blue, bluish green, yellow, blue, vermillion and reddish
  // purple.
  constexpr std::array<int, kNrStepStyles> kColors = {-1,  // kText
                                                      -1,  // kDim
                                                      -1,  // kTitle
                                                      166, 74,  36,  175, 178,
                                                      228, 214, 250, 214, -1};
  return kColors[static_cast<size_t>(style)];
}

StepGrid::StepGrid(int width, int height)
    : width_(std::max(width, 1)),
      height_(std::max(height, 1)),
      cells_(static_cast<size_t>(width_) * static_cast<size_t>(height_)) {}

int StepGrid::Put(int row, int column, std::string_view text, StepStyle style,
                  bool changed) {
  for (const char glyph : text) {
    if (row >= 0 && row < height_ && column >= 0 && column < width_) {
      const bool printable = glyph >= ' ' && glyph <= '~';
      cells_[Index(row, column)] = {
          .glyph = printable ? glyph : '?', .style = style, .changed = changed};
    }
    ++column;
  }
  return column;
}

int StepGrid::EndOfRow(int row) const {
  int end = width_;
  while (end > 0 && at(row, end - 1).glyph == ' ' &&
         !at(row, end - 1).changed) {
    --end;
  }
  return end;
}

std::string StepGrid::Text() const {
  std::string text;
  for (int row = 0; row < height_; ++row) {
    const int end = EndOfRow(row);
    for (int column = 0; column < end; ++column) text += at(row, column).glyph;
    text += '\n';
  }
  return text;
}

std::string StepGrid::ColoredText() const {
  const auto sequence = [](const StepCell& cell) {
    std::string codes = "0";
    const int color = StepColor(cell.style);
    if (cell.style == StepStyle::kTitle || cell.style == StepStyle::kMessage) {
      codes += ";1";
    }
    if (cell.style == StepStyle::kDim) codes += ";2";
    if (color >= 0) codes += ";38;5;" + std::to_string(color);
    if (cell.changed) codes += ";7";
    return "\033[" + codes + "m";
  };
  std::string text;
  for (int row = 0; row < height_; ++row) {
    const int end = EndOfRow(row);
    std::string last = "\033[0m";
    for (int column = 0; column < end; ++column) {
      const StepCell& cell = at(row, column);
      const std::string now = sequence(cell);
      if (now != last) text += now;
      last = now;
      text += cell.glyph;
    }
    if (last != "\033[0m") text += "\033[0m";
    text += '\n';
  }
  return text;
}

}  // namespace pagelab

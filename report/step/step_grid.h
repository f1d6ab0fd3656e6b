#ifndef PAGELAB_REPORT_STEP_STEP_GRID_H_
#define PAGELAB_REPORT_STEP_STEP_GRID_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pagelab {

// What a cell of the screen is about: decides its colour, where there are any.
// Nothing is told by colour alone.
enum class StepStyle : uint8_t {
  kText,
  kDim,
  kTitle,
  // By migratetype, in their order.
  kUnmovable,
  kMovable,
  kReclaimable,
  kHighAtomic,
  kCma,
  kIsolate,
  // Frames.
  kPcp,
  kUsed,
  kOnItsWay,
  // A prompt or a message.
  kMessage,
};
inline constexpr int kNrStepStyles = 13;

// A colour of the palette of Okabe and Ito, which people of all kinds of colour
// vision can tell apart; as an index of the 256 colours of terminals, -1: the
// terminal's own.
int StepColor(StepStyle style);

struct StepCell {
  char glyph = ' ';
  StepStyle style = StepStyle::kText;
  // Differs from the event before: shown inverted.
  bool changed = false;
};

// A screen: rows of cells, ASCII only.
class StepGrid {
 public:
  StepGrid(int width, int height);

  int width() const { return width_; }
  int height() const { return height_; }
  const StepCell& at(int row, int column) const {
    return cells_[Index(row, column)];
  }
  // Writes from there on; what does not fit is left out. Returns the column
  // behind the text.
  int Put(int row, int column, std::string_view text,
          StepStyle style = StepStyle::kText, bool changed = false);

  // One line for each row, without blanks at the end.
  std::string Text() const;
  // The same with the escape sequences of terminals.
  std::string ColoredText() const;

 private:
  size_t Index(int row, int column) const {
    return static_cast<size_t>(row) * static_cast<size_t>(width_) +
           static_cast<size_t>(column);
  }
  // One past the last cell of the row that shows something.
  int EndOfRow(int row) const;

  int width_;
  int height_;
  std::vector<StepCell> cells_;
};

}  // namespace pagelab

#endif  // PAGELAB_REPORT_STEP_STEP_GRID_H_

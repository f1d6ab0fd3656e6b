// The map of a zone on the stepper's screen: frame by frame, or by cells of
// many frames with the surroundings of the event below it.

#include <algorithm>
#include <array>
#include <bit>

#include "fmt/format.h"
#include "pagelab/report/step/map_cells.h"
#include "pagelab/report/step/screen_parts.h"

namespace pagelab {
namespace {

constexpr int kMostOverviewRows = 8;
constexpr uint64_t kFewestPerRow = 8;

std::string Label(Pfn pfn) { return fmt::format("{:#x} ", pfn.value()); }

int LabelWidth(const ZoneMoment& zone) {
  return static_cast<int>(Label(zone.span.end).size());
}

// How rows of single frames are laid out.
struct FrameRows {
  uint64_t per_row = kFewestPerRow;
  // Frames that stand together, behind the letter of their pageblock.
  uint64_t per_group = kFewestPerRow;
  Pfn first;
  int rows = 0;

  int RowOf(Pfn pfn) const {
    return pfn < first ? 0 : static_cast<int>((pfn - first).value() / per_row);
  }
};

FrameRows LayOutFrames(const MapRequest& request, int width) {
  FrameRows rows;
  const uint64_t pageblock = request.moment.pageblock_order.pages();
  const auto room =
      static_cast<uint64_t>(std::max(1, width - LabelWidth(request.now)));
  const auto columns = [&](uint64_t per_row) {
    const uint64_t group = std::min(per_row, pageblock);
    return per_row / group * (group + 2) - 1;
  };
  while (columns(rows.per_row * 2) <= room && rows.per_row < 256) {
    rows.per_row *= 2;
  }
  rows.per_group = std::min(rows.per_row, pageblock);
  const PfnRange detail = request.now.detail;
  if (detail.empty()) return rows;
  rows.first = Pfn(detail.begin.value() & ~(rows.per_row - 1));
  rows.rows = rows.RowOf(Pfn(detail.end.value() - 1)) + 1;
  return rows;
}

bool IsWhole(const MapRequest& request) {
  return request.now.detail == request.now.span;
}

// Draws frame rows from `from_row` on, each followed by its marks if asked for.
class FrameMap {
 public:
  FrameMap(const MapRequest& request, const FrameRows& layout)
      : request_(request),
        layout_(layout),
        cells_(FrameCells(request.moment, request.now, request.before)) {}

  void Put(StepGrid& grid, int top, int from_row, int nr_rows,
           bool has_marks) const {
    int row = top;
    for (int i = from_row; i < from_row + nr_rows && i < layout_.rows; ++i) {
      PutRow(grid, row, i, has_marks);
      row += has_marks ? 2 : 1;
    }
  }
  // The first of `nr_rows` rows that have the event's in them.
  int RowsAround(int nr_rows) const {
    const int wanted = request_.event_block.empty()
                           ? 0
                           : layout_.RowOf(request_.event_block.begin);
    return std::clamp(wanted - nr_rows / 2, 0,
                      std::max(0, layout_.rows - nr_rows));
  }

 private:
  void PutRow(StepGrid& grid, int row, int index, bool has_marks) const {
    const Pfn first = layout_.first +
                      PageCount(static_cast<uint64_t>(index) * layout_.per_row);
    int column = LabelWidth(request_.now);
    const std::string label = Label(first);
    grid.Put(row, column - static_cast<int>(label.size()), label,
             StepStyle::kDim);
    for (uint64_t i = 0; i < layout_.per_row; ++i) {
      const Pfn pfn = first + PageCount(i);
      if (i % layout_.per_group == 0) {
        if (i != 0) ++column;
        column = PutLetter(grid, row, column, pfn, has_marks);
      }
      PutFrame(grid, row, column++, pfn, has_marks);
    }
  }
  int PutLetter(StepGrid& grid, int row, int column, Pfn pfn,
                bool has_marks) const {
    const Order order = request_.moment.pageblock_order;
    const uint8_t type = PageblockTypeAt(request_.now, order, pfn);
    if (type == kNoPageblock) return column + 1;
    const bool changed = type != PageblockTypeAt(request_.before, order, pfn);
    const auto migratetype = static_cast<Migratetype>(type);
    if (changed && has_marks) grid.Put(row + 1, column, "^");
    return grid.Put(row, column, std::string(1, LetterOf(migratetype)),
                    StyleOf(migratetype), changed);
  }
  void PutFrame(StepGrid& grid, int row, int column, Pfn pfn,
                bool has_marks) const {
    if (!request_.now.detail.Contains(pfn)) return;
    const FrameCell& cell = cells_[(pfn - request_.now.detail.begin).value()];
    grid.Put(row, column, std::string(1, cell.glyph), cell.style, cell.changed);
    if (!has_marks) return;
    if (cell.changed) {
      grid.Put(row + 1, column, "^", StepStyle::kText);
    } else if (request_.event_block.Contains(pfn)) {
      grid.Put(row + 1, column, "*", StepStyle::kText);
    }
  }

  const MapRequest& request_;
  const FrameRows& layout_;
  std::vector<FrameCell> cells_;
};

constexpr std::string_view kFrameLegend =
    "3... free, order 3  #== in use  p-- per-cpu list  ~ on its way  x "
    "reserved";
constexpr std::string_view kUseLegend =
    "cells: . all free  : - + % more and more in use  # all";
constexpr std::string_view kTypeLegend =
    "cells: U M R H C I by type of pageblock, small letters where it is mixed";

// Cells of the overview in one row.
int OverviewColumns(const ZoneMoment& zone, int width) {
  return std::max(1, width - LabelWidth(zone));
}

// Frames that a cell stands for, a power of 2, so that `rows` are enough.
uint64_t FramesPerCell(const ZoneMoment& zone, int width, int rows) {
  const auto cells =
      static_cast<uint64_t>(OverviewColumns(zone, width) * std::max(1, rows));
  const uint64_t most = std::bit_floor(cells);
  const uint64_t frames = std::max<uint64_t>(1, zone.span.size().value());
  return std::bit_ceil((frames + most - 1) / most);
}

int OverviewRows(const MapRequest& request, int width) {
  int rows = 1;
  while (rows < kMostOverviewRows &&
         FramesPerCell(request.now, width, rows) >
             request.moment.pageblock_order.pages()) {
    ++rows;
  }
  return rows;
}

void PutOverview(StepGrid& grid, int top, int rows, bool has_marks,
                 uint64_t per_cell, const MapRequest& request) {
  const std::vector<ZoneCell> cells =
      ZoneCells(request.moment, request.now, request.before, per_cell);
  const int label = LabelWidth(request.now);
  const auto per_row = std::bit_floor(
      static_cast<uint64_t>(OverviewColumns(request.now, grid.width())));
  for (uint64_t i = 0; i < cells.size(); ++i) {
    const int line = static_cast<int>(i / per_row);
    if (line >= rows) break;
    const int row = top + line * (has_marks ? 2 : 1);
    const int column = label + static_cast<int>(i % per_row);
    const PfnRange frames = FramesOfCell(request.now, per_cell, i);
    if (i % per_row == 0) {
      const std::string text = Label(frames.begin);
      grid.Put(row, label - static_cast<int>(text.size()), text,
               StepStyle::kDim);
    }
    const ZoneCell& cell = cells[i];
    if (cell.pages == 0) continue;
    grid.Put(
        row, column,
        std::string(1, request.of_types ? cell.type_glyph() : cell.use_glyph()),
        StyleOf(cell.main_type()), cell.changed);
    if (!has_marks) continue;
    const PfnRange event = request.event_block;
    if (cell.changed) {
      grid.Put(row + 1, column, "^");
    } else if (event.begin < frames.end && frames.begin < event.end) {
      grid.Put(row + 1, column, "*");
    }
  }
}

// How the rows below the header are shared out.
struct MapPlan {
  bool legend = false;
  int overview = 0;
  bool overview_marks = false;
  int frames = 0;
  bool frame_marks = false;
};

MapPlan PlanWhole(int rows, int frame_rows) {
  MapPlan plan;
  plan.legend = rows > frame_rows;
  const int left = rows - (plan.legend ? 1 : 0);
  plan.frame_marks = left >= 2 * frame_rows || (left >= 2 && frame_rows > left);
  plan.frames = std::min(frame_rows, plan.frame_marks ? left / 2 : left);
  return plan;
}

MapPlan PlanParts(int rows, int overview_rows, int frame_rows) {
  MapPlan plan;
  plan.legend = rows >= 4;
  const int left = rows - (plan.legend ? 1 : 0);
  plan.overview = std::min(left, 1);
  plan.frame_marks = left >= 3;
  plan.overview_marks = left >= 4;
  if (frame_rows == 0) {
    plan.frame_marks = false;
    plan.overview_marks = left >= 2;
  } else if (left >= 2) {
    plan.frames = 1;
  }
  if (left < 4) return plan;
  int pairs = left / 2 - plan.overview - plan.frames;
  while (pairs > 0 &&
         (plan.overview < overview_rows || plan.frames < frame_rows)) {
    const bool to_frames =
        plan.frames < frame_rows &&
        (plan.frames <= plan.overview || plan.overview >= overview_rows);
    ++(to_frames ? plan.frames : plan.overview);
    --pairs;
  }
  return plan;
}

}  // namespace

int RowsOfMap(const MapRequest& request, int width) {
  const FrameRows layout = LayOutFrames(request, width);
  if (IsWhole(request) && layout.rows <= 2 * kMostOverviewRows) {
    return 2 + 2 * layout.rows;
  }
  return 2 + 2 * OverviewRows(request, width) + 2 * std::max(1, layout.rows);
}

void PutMap(const ScreenPart& part, const MapRequest& request) {
  if (part.rows <= 0) return;
  StepGrid& grid = part.grid;
  const FrameRows layout = LayOutFrames(request, part.width());
  const ZoneMoment& zone = request.now;
  const int rows = part.rows - 1;
  const bool is_whole =
      IsWhole(request) && layout.rows <= 2 * kMostOverviewRows;
  const MapPlan plan =
      is_whole
          ? PlanWhole(rows, layout.rows)
          : PlanParts(rows, OverviewRows(request, part.width()), layout.rows);
  const uint64_t per_cell =
      is_whole ? 1 : FramesPerCell(zone, part.width(), plan.overview);
  const int column = grid.Put(part.top, 0, "map", StepStyle::kTitle);
  grid.Put(part.top, column,
           fmt::format(" of {:#x} to {:#x}, {}", zone.span.begin.value(),
                       zone.span.end.value() - 1,
                       is_whole ? std::string("a cell is a frame")
                                : fmt::format("a cell is {} frames{}", per_cell,
                                              plan.frames > 0
                                                  ? "; below, frames around "
                                                    "the event"
                                                  : "")));
  int row = part.top + 1;
  if (plan.overview > 0) {
    PutOverview(grid, row, plan.overview, plan.overview_marks, per_cell,
                request);
    row += plan.overview * (plan.overview_marks ? 2 : 1);
  }
  if (plan.frames > 0) {
    const FrameMap map(request, layout);
    map.Put(grid, row, map.RowsAround(plan.frames), plan.frames,
            plan.frame_marks);
    row += plan.frames * (plan.frame_marks ? 2 : 1);
  }
  if (plan.legend) {
    grid.Put(row, 0,
             plan.overview == 0 ? kFrameLegend
             : request.of_types ? kTypeLegend
                                : kUseLegend,
             StepStyle::kDim);
  }
}

}  // namespace pagelab

// What the cells of the stepper's map stand for; internal to this folder.

#ifndef PAGELAB_REPORT_STEP_MAP_CELLS_H_
#define PAGELAB_REPORT_STEP_MAP_CELLS_H_

#include <array>
#include <cstdint>
#include <vector>

#include "pagelab/report/step/moment.h"
#include "pagelab/report/step/step_grid.h"

namespace pagelab {

// A frame.
struct FrameCell {
  char glyph = ' ';
  StepStyle style = StepStyle::kText;
  // It is on another list, or in another block of one, than before.
  bool changed = false;
};
// Of now.detail.
std::vector<FrameCell> FrameCells(const StepMoment& moment,
                                  const ZoneMoment& now,
                                  const ZoneMoment& before);

// Many frames.
struct ZoneCell {
  // That have a memory map.
  uint64_t pages = 0;
  // On free lists or per-cpu lists.
  uint64_t free = 0;
  // Pageblocks, or parts of one, by type.
  std::array<uint64_t, kMigrateTypes> types{};
  bool changed = false;

  Migratetype main_type() const;
  char use_glyph() const;
  char type_glyph() const;
};
// Cells of `per_cell` frames, a power of 2, from the cell on that has the
// zone's first frame.
std::vector<ZoneCell> ZoneCells(const StepMoment& moment, const ZoneMoment& now,
                                const ZoneMoment& before, uint64_t per_cell);
PfnRange FramesOfCell(const ZoneMoment& zone, uint64_t per_cell,
                      uint64_t index);

// kNoPageblock outside the zone.
uint8_t PageblockTypeAt(const ZoneMoment& zone, Order pageblock_order, Pfn pfn);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_STEP_MAP_CELLS_H_

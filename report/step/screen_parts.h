// The sections of the stepper's screen; internal to this folder.

#ifndef PAGELAB_REPORT_STEP_SCREEN_PARTS_H_
#define PAGELAB_REPORT_STEP_SCREEN_PARTS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pagelab/report/step/moment.h"
#include "pagelab/report/step/step_grid.h"
#include "pagelab/report/step/step_view.h"

namespace pagelab {

// Rows of the screen, [top, top + rows).
struct ScreenPart {
  StepGrid& grid;
  int top = 0;
  int rows = 0;

  int width() const { return grid.width(); }
};

StepStyle StyleOf(Migratetype type);
// 'U', 'M', 'R', 'H', 'C', 'I'.
char LetterOf(Migratetype type);

// An entry of a list, as compared with the moment before.
struct ListEntry {
  BlockRun run;
  enum class Kind : uint8_t { kSame, kNew, kGone } kind = Kind::kSame;
};
// From the head, of what did not change the first hundreds; what has gone comes
// last.
std::vector<ListEntry> CompareLists(const ListMoment& now,
                                    const ListMoment& before);
// Writes as many entries as there is room for between two columns, the new and
// gone ones for certain if there is room for them. Returns the column behind
// them.
int PutEntries(StepGrid& grid, int row, int column, int end,
               const ListMoment& now, const ListMoment& before,
               StepStyle style);

// --- free lists ---
// Rows that show everything.
int RowsOfFreeLists(const ZoneMoment& now, const ZoneMoment& before);
void PutFreeLists(const ScreenPart& part, const ZoneMoment& now,
                  const ZoneMoment& before);

// --- per-cpu lists ---
int RowsOfPcp(const ZoneMoment& now, const ZoneMoment& before, int cpu,
              int width);
void PutPcp(const ScreenPart& part, const ZoneMoment& now,
            const ZoneMoment& before, int cpu);

// --- map ---
struct MapRequest {
  const StepMoment& moment;
  const ZoneMoment& now;
  const ZoneMoment& before;
  // The event's, if it is of this zone.
  PfnRange event_block;
  bool of_types = false;
};
int RowsOfMap(const MapRequest& request, int width);
void PutMap(const ScreenPart& part, const MapRequest& request);

// Breaks at blanks into lines of at most `width`.
std::vector<std::string> WrapText(std::string_view text, int width);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_STEP_SCREEN_PARTS_H_

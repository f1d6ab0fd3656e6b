// A run's moments for the page; internal to this folder.

#ifndef PAGELAB_REPORT_PAGE_TIME_SECTIONS_H_
#define PAGELAB_REPORT_PAGE_TIME_SECTIONS_H_

#include "pagelab/report/page/page_blocks.h"
#include "pagelab/report/page/page_sections.h"
#include "pagelab/report/source/timeline.h"

namespace pagelab {

// The sections "time" and "moments".
void AddTime(const Timeline& timeline, const PageBlocks& blocks,
             PageSections& sections);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_PAGE_TIME_SECTIONS_H_

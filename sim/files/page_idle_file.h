#ifndef PAGELAB_SIM_FILES_PAGE_IDLE_FILE_H_
#define PAGELAB_SIM_FILES_PAGE_IDLE_FILE_H_

#include <memory>

#include "pagelab/pageext/page_idle.h"
#include "pagelab/sim/sim_file.h"

namespace pagelab {

// /sys/kernel/mm/page_idle/bitmap, mode 0600: binary, a bit for each frame
// (page-ext-owner-depot.md 12). `idle` outlives it. One call moves at most a
// page, as for every binary file of sysfs; the position advances by what the
// call returned.
std::unique_ptr<SimFile> OpenPageIdleBitmap(PageIdle& idle);

}  // namespace pagelab

#endif  // PAGELAB_SIM_FILES_PAGE_IDLE_FILE_H_

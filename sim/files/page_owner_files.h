#ifndef PAGELAB_SIM_FILES_PAGE_OWNER_FILES_H_
#define PAGELAB_SIM_FILES_PAGE_OWNER_FILES_H_

#include <memory>

#include "pagelab/alloc/page_flags.h"
#include "pagelab/owner/memcg_line.h"
#include "pagelab/owner/page_owner.h"
#include "pagelab/sim/sim_file.h"

namespace pagelab {

// The files of page tracking (page-ext-owner-depot.md 6 and 7). `owner` and
// `memcgs` outlive them. A file must not outlive a restored checkpoint.
std::unique_ptr<SimFile> OpenPageOwner(const PageOwner& owner,
                                       const PageFlagsLayout& layout,
                                       const MemcgSource& memcgs);
std::unique_ptr<SimFile> OpenShowStacks(const PageOwner& owner);
std::unique_ptr<SimFile> OpenShowHandles(const PageOwner& owner);
std::unique_ptr<SimFile> OpenShowStacksHandles(const PageOwner& owner);
std::unique_ptr<SimFile> OpenCountThreshold(PageOwner& owner);

}  // namespace pagelab

#endif  // PAGELAB_SIM_FILES_PAGE_OWNER_FILES_H_

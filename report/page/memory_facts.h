// A snapshot's free memory, for the page; internal to this folder.

#ifndef PAGELAB_REPORT_PAGE_MEMORY_FACTS_H_
#define PAGELAB_REPORT_PAGE_MEMORY_FACTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pagelab/report/page/frame_chunks.h"
#include "pagelab/report/page/page_blocks.h"
#include "pagelab/workloads/snapshot/snapshot.h"

namespace pagelab {

// Watermarks and figures of a populated zone, in pages.
struct ZoneFacts {
  std::string name;
  uint64_t managed = 0;
  uint64_t free = 0;
  int64_t min = 0;
  int64_t low = 0;
  int64_t high = 0;
};

// The zones of a snapshot; its pageblocks and free blocks go to `blocks` and
// `chunks`.
std::vector<ZoneFacts> AddSnapshot(const AllocatorSnapshot& snapshot,
                                   PageBlocks& blocks, FrameChunks& chunks);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_PAGE_MEMORY_FACTS_H_

// Who holds the memory, from a dump, for the page; internal to this folder.

#ifndef PAGELAB_REPORT_PAGE_OWNER_FACTS_H_
#define PAGELAB_REPORT_PAGE_OWNER_FACTS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "pagelab/report/page/frame_chunks.h"
#include "pagelab/report/page/page_blocks.h"
#include "pagelab/report/page/record_names.h"

namespace pagelab {

// Reads a dump, damaged records left out, and puts what it says where it
// belongs.
struct DumpSinks {
  RecordNames& names;
  PageBlocks& blocks;
  FrameChunks& chunks;
  // By owner.
  std::vector<uint64_t> owner_records;
  uint64_t records = 0;
  // Of records that name their page frame; of those that name one that no
  // machine has.
  uint64_t frames = 0;
  uint64_t nowhere = 0;
};
using DumpProgress = std::function<void(const std::string& words)>;
absl::Status ReadDump(const std::string& path, const DumpProgress& progress,
                      DumpSinks& sinks);

// Only the stacks' pages, as what was before.
absl::Status ReadDumpBefore(const std::string& path,
                            const DumpProgress& progress, RecordNames& names,
                            uint64_t& damaged);

// An owner's pages and what they stand in the way of; see BlockingOwner of
// workloads/frag.
struct OwnerFacts {
  // Number of RecordNames::owners().
  uint32_t owner = 0;
  std::string name;
  bool special = false;
  uint64_t pages = 0;
  uint64_t unmovable = 0;
  uint64_t records = 0;
  uint64_t in_blocks = 0;
  uint64_t blocks = 0;
  uint64_t compacted_blocks = 0;
};
// Most pages first, of equals by name.
std::vector<OwnerFacts> RankOwners(const DumpSinks& sinks);

// A pageblock in use by pages that can move and some that cannot, or a Movable
// one with some that cannot.
struct MixedPageblock {
  uint64_t cell = 0;
  uint64_t block = 0;
  PageBlock what;
};
// Fewest unmovable pages first, then fewest in use, then lowest.
std::vector<MixedPageblock> FindMixed(const PageBlocks& blocks, size_t max);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_PAGE_OWNER_FACTS_H_

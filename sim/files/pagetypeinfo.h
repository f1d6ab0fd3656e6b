#ifndef PAGELAB_SIM_FILES_PAGETYPEINFO_H_
#define PAGELAB_SIM_FILES_PAGETYPEINFO_H_

#include <array>
#include <cstdint>
#include <functional>
#include <string>

#include "pagelab/alloc/allocator_state.h"

namespace pagelab {

// Numbers of pageblocks by Migratetype.
using BlockCounts = std::array<uint64_t, kMigrateTypes>;

// Where the last part of the file comes from; only page tracking knows it.
struct MixedBlocks {
  // Called once a node, before its first zone is counted: where reading the
  // file drains the per-cpu lists. May be empty.
  std::function<void()> prepare;
  std::function<BlockCounts(const Zone&)> count;
};

// /proc/pagetypeinfo: free blocks and pageblocks by migratetype, and, where
// `mixed` is given, the pageblocks that hold pages of another type
// (text-formats.md 6).
void AppendPagetypeinfo(const AllocatorState& state, const MixedBlocks* mixed,
                        std::string& out);

}  // namespace pagelab

#endif  // PAGELAB_SIM_FILES_PAGETYPEINFO_H_

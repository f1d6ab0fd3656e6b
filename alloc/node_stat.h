#ifndef PAGELAB_ALLOC_NODE_STAT_H_
#define PAGELAB_ALLOC_NODE_STAT_H_

#include <cstdint>
#include <string_view>

namespace pagelab {

// Counters of a node, in the order of /proc/zoneinfo and /proc/vmstat
// (text-formats.md 7, the recorded build). In pages where nothing else is
// said. The allocator keeps none of them: they belong to those who use memory.
// Kernel counterpart: enum node_stat_item.
enum class NodeStat : uint8_t {
  kInactiveAnon = 0,
  kActiveAnon,
  kInactiveFile,
  kActiveFile,
  kUnevictable,
  kSlabReclaimable,
  kSlabUnreclaimable,
  kIsolatedAnon,
  kIsolatedFile,
  kWorkingsetNodes,
  kWorkingsetRefaultAnon,
  kWorkingsetRefaultFile,
  kWorkingsetActivateAnon,
  kWorkingsetActivateFile,
  kWorkingsetRestoreAnon,
  kWorkingsetRestoreFile,
  kWorkingsetNodereclaim,
  kAnonPages,
  kMapped,
  kFilePages,
  kDirty,
  kWriteback,
  kWritebackTemp,
  kShmem,
  kShmemHugepages,
  kShmemPmdmapped,
  kFileHugepages,
  kFilePmdmapped,
  kAnonTransparentHugepages,
  kVmscanWrite,
  kVmscanImmediateReclaim,
  kDirtied,
  kWritten,
  kThrottledWritten,
  kKernelMiscReclaimable,
  kFollPinAcquired,
  kFollPinReleased,
  // In kB.
  kKernelStack,
  kPageTablePages,
  kSecPageTablePages,
  kSwapcached,
  kPgpromoteSuccess,
  kPgpromoteCandidate,
  kPgdemoteKswapd,
  kPgdemoteDirect,
  kPgdemoteKhugepaged,
};
inline constexpr int kNrNodeStats = 46;

constexpr int Index(NodeStat stat) { return static_cast<int>(stat); }
// "nr_inactive_anon", "workingset_nodes", ...
std::string_view ToString(NodeStat stat);

// Counters that the two files print in huge pages of 2 MiB.
bool PrintedInHugePages(NodeStat stat);

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_NODE_STAT_H_

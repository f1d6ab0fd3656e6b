#ifndef PAGELAB_WORKLOADS_FRAG_FREE_MEMORY_H_
#define PAGELAB_WORKLOADS_FRAG_FREE_MEMORY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "pagelab/alloc/fragmentation_index.h"
#include "pagelab/alloc/types.h"
#include "pagelab/workloads/snapshot/snapshot.h"

namespace pagelab {

// The free blocks of a zone, or of several added up.
struct FreeMemoryZone {
  NodeId node;
  std::string name;
  FreeBlockCounts all;
  // These three by FreeMemory::types, or empty: not known.
  std::vector<FreeBlockCounts> by_type;
  std::vector<uint64_t> pageblocks;
  // Pageblocks with a page of another type in them, as page_owner sees it.
  std::vector<uint64_t> mixed;
};

// What is free on a machine, by zone, order and migratetype: the contents of
// /proc/buddyinfo and /proc/pagetypeinfo.
struct FreeMemory {
  // Names of migratetypes; empty where only buddyinfo is known.
  std::vector<std::string> types;
  std::optional<Order> pageblock_order;
  std::vector<FreeMemoryZone> zones;
  // pagetypeinfo stops counting a list at 100,000 blocks: by_type may have too
  // few, and without buddyinfo `all` too.
  bool lists_cut_off = false;

  bool has_mixed() const;
  // All zones; its name is "all".
  FreeMemoryZone Sum() const;
};

// A file's text, and what errors call it.
struct NamedText {
  std::string name;
  std::string text;
};

// Of the two files, at least one of them. Zones and their totals are
// buddyinfo's where it is given: reading pagetypeinfo drains the per-cpu lists,
// so that a moment later more is free. Refuses what is not such a file or is
// cut off, with its line.
absl::StatusOr<FreeMemory> ReadFreeMemory(
    const std::optional<NamedText>& buddyinfo,
    const std::optional<NamedText>& pagetypeinfo);

// Of a snapshot; it does not know of mixed pageblocks.
FreeMemory FreeMemoryOf(const AllocatorSnapshot& snapshot);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_FRAG_FREE_MEMORY_H_

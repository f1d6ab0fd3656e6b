#ifndef PAGELAB_WORKLOADS_FRAG_PAGEBLOCK_USE_H_
#define PAGELAB_WORKLOADS_FRAG_PAGEBLOCK_USE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "pagelab/alloc/types.h"
#include "pagelab/base/input_stream.h"
#include "pagelab/owner/dump/owner_dump_reader.h"
#include "pagelab/workloads/snapshot/snapshot.h"

namespace pagelab {

// What records of page_owner are put together by.
enum class OwnerBy : uint8_t { kFunction, kModule, kComm, kPid };

// Whether the kernel could move the pages of a record elsewhere: they lie on an
// LRU list, or were asked for as movable. A page that somebody has pinned looks
// the same. `flag_names` and `type` as in a dump.
bool CouldBeMigrated(std::string_view type, std::string_view flag_names);

// Pages of one owner in one pageblock.
struct OwnerShare {
  uint32_t owner = 0;
  // Of them, in pages.
  uint32_t movable = 0;
  uint32_t unmovable = 0;

  uint32_t pages() const { return movable + unmovable; }
};

// What is in a pageblock, in pages. What is in none of these is free where
// nobody knows the free lists, and else in use by somebody whom page_owner has
// not seen: reserved memory above all.
struct PageblockUse {
  // Of a block of the buddy lists, or of a per-cpu list.
  uint32_t free = 0;
  uint32_t pcp = 0;
  uint32_t movable = 0;
  uint32_t unmovable = 0;
  // One allocated block covers it.
  bool is_one_block = false;
  // Index in PageblockMap::types(), -1: not known.
  int16_t type = -1;
  std::vector<OwnerShare> owners;

  uint32_t in_use() const { return movable + unmovable; }
};

// Who is in the pageblocks of a machine, from a snapshot of its free lists, a
// page_owner dump, or both. Memory use is proportional to the pageblocks that
// are partly in use.
class PageblockMap {
 public:
  explicit PageblockMap(Order pageblock_order) : order_(pageblock_order) {}

  // The free lists, the per-cpu lists and the types.
  void AddSnapshot(const AllocatorSnapshot& snapshot);
  // Reads the dump to its end.
  absl::Status AddDump(InputStream& dump, OwnerBy by);

  Order order() const { return order_; }
  uint64_t pages_per_block() const { return order_.pages(); }
  bool knows_free_lists() const { return knows_free_lists_; }
  bool has_owners() const { return has_owners_; }

  // Pageblocks that hold anything known, by their number (pfn >> order). Wholly
  // free ones that a larger free block covers are in wholly_free() only.
  const std::map<uint64_t, PageblockUse>& blocks() const { return blocks_; }
  uint64_t wholly_free() const { return wholly_free_; }
  // All that the memory map has; without a snapshot those of blocks().
  uint64_t nr_blocks() const {
    return knows_free_lists_ ? nr_blocks_ : blocks_.size();
  }

  const std::vector<std::string>& types() const { return types_; }
  // By OwnerShare::owner.
  struct Owner {
    std::string name;
    // One of page_owner's own stacks (SpecialStack() of own_frame.h): pages
    // from before it started and the like, that nobody can give back.
    bool special = false;
  };
  const std::vector<Owner>& owners() const { return owners_; }

 private:
  struct Pages {
    Pfn pfn;
    Order order;
  };
  // Calls fn(use, pages of the block in that pageblock) for each pageblock.
  template <typename Fn>
  void ForEachPart(Pages block, Fn&& fn);
  void AddFree(Pages block);
  void AddTypes(const SnapshotZone& zone);
  int16_t TypeIndex(std::string_view name);
  uint32_t OwnerOf(const OwnerDumpRecord& record, OwnerBy by);
  uint32_t InternOwner(Owner owner);
  void AddRecord(const OwnerDumpRecord& record, uint32_t owner);

  Order order_;
  bool knows_free_lists_ = false;
  bool has_owners_ = false;
  std::map<uint64_t, PageblockUse> blocks_;
  uint64_t wholly_free_ = 0;
  uint64_t nr_blocks_ = 0;
  std::vector<std::string> types_;
  std::vector<Owner> owners_;
  absl::flat_hash_map<std::string, uint32_t> owner_numbers_;
  // Dumps repeat their stacks.
  absl::flat_hash_map<std::string, uint32_t> owner_of_stack_;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_FRAG_PAGEBLOCK_USE_H_

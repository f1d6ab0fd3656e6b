#ifndef PAGELAB_ALLOC_MEMBLOCK_H_
#define PAGELAB_ALLOC_MEMBLOCK_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "pagelab/alloc/types.h"

namespace pagelab {

// [begin, end) in bytes of physical address.
struct AddressRange {
  uint64_t begin = 0;
  uint64_t end = 0;
  constexpr bool empty() const { return begin >= end; }
  constexpr uint64_t size() const { return empty() ? 0 : end - begin; }
  friend bool operator==(const AddressRange&, const AddressRange&) = default;
};

// What early boot knows of memory, before the page allocator: which addresses
// are RAM, on which node, and which of them are taken (page-allocator.md 5.1).
// Kernel counterpart: struct memblock.
class Memblock {
 public:
  struct Region {
    AddressRange range;
    NodeId node;
  };

  // RAM of a node, whole pages of it. Overlaps with RAM that is known count
  // for the node that named it first.
  void AddMemory(AddressRange range, NodeId node);
  void RemoveMemory(AddressRange range);

  void Reserve(AddressRange range);
  // Kernel counterpart: memblock_phys_free().
  void Release(AddressRange range);
  // Reserves the highest free place in RAM, on `node` if it is valid and has
  // one. Nothing when no place is large enough.
  std::optional<uint64_t> Allocate(uint64_t bytes, uint64_t align,
                                   NodeId node = NodeId());

  // Sorted, disjoint.
  absl::Span<const Region> memory() const { return memory_; }
  absl::Span<const AddressRange> reserved() const { return reserved_; }

  // Whole frames of RAM that are not reserved, ascending, not merged over
  // borders of regions.
  std::vector<PfnRange> FreeRanges() const;

 private:
  std::optional<uint64_t> AllocateOn(uint64_t bytes, uint64_t align,
                                     NodeId node);

  std::vector<Region> memory_;
  std::vector<AddressRange> reserved_;
};

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_MEMBLOCK_H_

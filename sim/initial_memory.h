#ifndef PAGELAB_SIM_INITIAL_MEMORY_H_
#define PAGELAB_SIM_INITIAL_MEMORY_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "pagelab/alloc/migratetype.h"
#include "pagelab/alloc/types.h"
#include "pagelab/alloc/zone.h"

namespace pagelab {

class Machine;

// A block that is in use when the machine starts.
struct InitialBlock {
  Pfn head;
  Order order;
  // Of the kernel that booted there, from before its tracker: this machine's
  // kernel keeps its own tables in such pages while there are any. Of order 0.
  bool early = false;
  // When it was allocated.
  Nanoseconds since = {};
};

struct InitialPageblock {
  Pfn begin;
  Migratetype type = Migratetype::kMovable;
};

// What is in memory when a machine starts: that of another machine, at some
// moment. Boot takes it out of memblock, so that free memory is what is left,
// linked as boot links it; limits and watermarks count it as managed.
//
// Thread-compatible; outlives the machines that start from it.
class InitialMemory {
 public:
  virtual ~InitialMemory() = default;

  // Ascending and disjoint, each inside one zone.
  virtual absl::Span<const InitialBlock> blocks() const = 0;
  // Those whose type is known; others are as boot has them. Ascending.
  virtual absl::Span<const InitialPageblock> pageblocks() const = 0;

  // Where this is known rather than the blocks: all that is free, ascending
  // and disjoint. Other memory is in use, nobody knows by whom: early pages,
  // so many that the zone manages ManagedPages(), highest first; below them it
  // is reserved.
  virtual std::optional<absl::Span<const PfnRange>> free_ranges() const = 0;
  // Nothing: all that boot does not reserve.
  virtual std::optional<PageCount> ManagedPages(NodeId node,
                                                ZoneType type) const = 0;

  // The error for a block or a free range that cannot be there.
  virtual absl::Status WrongPlace(PfnRange range,
                                  std::string_view what) const = 0;

  // Called when the machine has booted.
  virtual absl::Status Finish(Machine& machine) const = 0;
};

}  // namespace pagelab

#endif  // PAGELAB_SIM_INITIAL_MEMORY_H_

#ifndef PAGELAB_ALLOC_MEMORY_HOTPLUG_H_
#define PAGELAB_ALLOC_MEMORY_HOTPLUG_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "pagelab/alloc/memory_init.h"
#include "pagelab/alloc/page_allocator.h"

namespace pagelab {

// Who is told while memory comes and goes, at the kernel's moments
// (page-ext-owner-depot.md 1.7). Kernel counterpart: the memory notifier chain.
class MemoryNotifier {
 public:
  virtual ~MemoryNotifier() = default;
  // The zone spans the frames, none of them is free yet; false refuses them.
  // MEM_GOING_ONLINE.
  virtual bool GoingOnline(ExecutionContext& context, PfnRange range,
                           NodeId node) = 0;
  // Somebody refused. MEM_CANCEL_ONLINE.
  virtual void CancelOnline(ExecutionContext& context, PfnRange range) = 0;
  // The frames have left the free lists and the counters. MEM_OFFLINE.
  virtual void Offline(ExecutionContext& context, PfnRange range) = 0;
};

// The zone that somebody wants new memory in.
enum class OnlineType : uint8_t {
  kDefault,  // "online": the zone that already spans it, else Normal
  kKernel,   // "online_kernel": never Movable
  kMovable,  // "online_movable"
};

// Memory that comes and goes while the machine runs: zones, nodes, pageblocks,
// free lists and limits follow. Thread-compatible.
//
// Kernel counterpart: mm/memory_hotplug.c. page-allocator.md 16.5.
class MemoryHotplug {
 public:
  struct Dependencies {
    PageAllocator& allocator;
    // May be null.
    MemoryNotifier* notifier = nullptr;
    // Of all nodes, for their zonelists.
    std::vector<NodeTopology> topology;
  };

  explicit MemoryHotplug(Dependencies dependencies);

  // The zone for frames of `node`. Kernel counterpart: zone_for_pfn_range().
  Zone& ZoneFor(NodeId node, PfnRange range, OnlineType type) const;

  // Gives absent frames to `zone`: its pageblocks are movable afterwards, its
  // blocks at the tails of the lists in ascending order. An error beginning
  // with "ENOMEM" when a notifier refused; nothing has changed then.
  // REQUIRES: whole sections, none of them present, below max_possible_pfn().
  // Kernel counterpart: online_pages().
  absl::Status Online(ExecutionContext& context, PfnRange range, Zone& zone);

  // Takes whole sections away, with what can be moved moved elsewhere. "EINVAL"
  // where they have holes or belong to several zones; "EBUSY" where a frame
  // stays in use, which the error names and the kernel's log describes; then
  // all is as before, but per-cpu lists are drained, pages that could be moved
  // have been, and pageblocks that were isolated meanwhile are movable, at the
  // tails of their lists. Kernel counterpart: offline_pages() and
  // remove_pfn_range_from_zone().
  absl::Status Offline(ExecutionContext& context, PfnRange range);

 private:
  Pfn Step(Pfn pfn) const;
  void GrowSpans(Zone& zone, PfnRange range);
  void ShrinkSpans(Zone& zone, PfnRange range);
  void FreeToBuddy(ExecutionContext& context, Zone& zone, PfnRange range);
  absl::Status CheckOneZone(PfnRange range) const;
  absl::Status Isolate(ExecutionContext& context, PfnRange range);
  void Empty(ExecutionContext& context, const Zone& zone, PfnRange range);
  void RemoveFreeBlocks(Zone& zone, PfnRange range);
  void RecomputeLimits();
  void Rebuild();

  PageAllocator& allocator_;
  AllocatorState& state_;
  MemoryNotifier* notifier_;
  std::vector<NodeTopology> topology_;
};

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_MEMORY_HOTPLUG_H_

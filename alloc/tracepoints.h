#ifndef PAGELAB_ALLOC_TRACEPOINTS_H_
#define PAGELAB_ALLOC_TRACEPOINTS_H_

#include "pagelab/alloc/execution_context.h"
#include "pagelab/alloc/gfp.h"
#include "pagelab/alloc/migratetype.h"
#include "pagelab/alloc/types.h"

namespace pagelab {

enum class Tracepoint : uint8_t {
  kMmPageAlloc,
  kMmPageFree,
  kMmPageFreeBatched,
  kMmPageAllocZoneLocked,
  kMmPagePcpuDrain,
  kMmPageAllocExtfrag,
  kDecayPcpHigh,
  kDrainPagesZone,
  kDrainZonePages,
  kBulkAlloc,
};
inline constexpr int kNrTracepoints = 10;

// The fields of the kmem events (page-allocator.md 19).
struct MmPageAlloc {
  // Nothing was to be had: the kernel prints a null page and pfn=0x0.
  bool failed = false;
  Pfn pfn{};
  Order order{};
  Migratetype migratetype;
  Gfp gfp{};
};
struct MmPageFree {
  Pfn pfn{};
  Order order{};
};
struct MmPageFreeBatched {
  Pfn pfn{};
};
struct MmPageAllocZoneLocked {
  Pfn pfn{};
  Order order{};
  Migratetype migratetype;
  bool percpu_refill = false;
};
struct MmPagePcpuDrain {
  Pfn pfn{};
  Order order{};
  Migratetype migratetype;
};
struct MmPageAllocExtfrag {
  Pfn pfn{};
  Order alloc_order{};
  Order fallback_order;
  Migratetype alloc_migratetype;
  Migratetype fallback_migratetype;
  bool change_ownership = false;
};

// What has no tracepoint in the kernel and an exact replay must know
// (page-allocator.md 25.1): recordings show the first three by kprobes at the
// entry of decay_pcp_high(), drain_pages_zone() and drain_zone_pages().
struct DecayPcpHighProbe {
  // Index in AllocatorState::zones.
  int zone = 0;
  CpuId cpu{};
  // Before the decay.
  int high = 0;
};
struct DrainPagesZoneProbe {
  int zone = 0;
  CpuId cpu{};
};
struct DrainZonePagesProbe {
  int zone = 0;
  CpuId cpu{};
};
// A page that a bulk allocation took from a per-cpu list, which has no event
// (page-allocator.md 15.1).
struct BulkAllocProbe {
  Pfn pfn{};
  Migratetype migratetype;
  Gfp gfp{};
};

// Receives the events of one machine whose tracepoint is enabled.
class TraceSink {
 public:
  virtual ~TraceSink() = default;
  virtual void OnEvent(const ExecutionContext&, const MmPageAlloc&) {}
  virtual void OnEvent(const ExecutionContext&, const MmPageFree&) {}
  virtual void OnEvent(const ExecutionContext&, const MmPageFreeBatched&) {}
  virtual void OnEvent(const ExecutionContext&, const MmPageAllocZoneLocked&) {}
  virtual void OnEvent(const ExecutionContext&, const MmPagePcpuDrain&) {}
  virtual void OnEvent(const ExecutionContext&, const MmPageAllocExtfrag&) {}
  virtual void OnProbe(const ExecutionContext&, const DecayPcpHighProbe&) {}
  virtual void OnProbe(const ExecutionContext&, const DrainPagesZoneProbe&) {}
  virtual void OnProbe(const ExecutionContext&, const DrainZonePagesProbe&) {}
  virtual void OnProbe(const ExecutionContext&, const BulkAllocProbe&) {}
};

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_TRACEPOINTS_H_

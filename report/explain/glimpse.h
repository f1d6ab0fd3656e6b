#ifndef PAGELAB_REPORT_EXPLAIN_GLIMPSE_H_
#define PAGELAB_REPORT_EXPLAIN_GLIMPSE_H_

#include <array>
#include <cstdint>
#include <vector>

#include "pagelab/alloc/allocator_state.h"
#include "pagelab/report/explain/block_moves.h"

namespace pagelab {

// The numbers that decide about per-cpu lists, without the lists.
struct PcpTuning {
  int32_t count = 0;
  int32_t high = 0;
  int32_t high_min = 0;
  int32_t high_max = 0;
  int32_t batch = 1;
  int16_t free_count = 0;
  uint8_t alloc_factor = 0;
  uint8_t flags = 0;

  static PcpTuning Of(const PerCpuPages& pcp);
  // Without pages, for the allocator's own arithmetic.
  void CopyTo(PerCpuPages& pcp) const;
};

// What a zone looks like between two operations, in a few numbers: an event is
// seen when its operation is half done, and what it decided by is gone.
struct ZoneGlimpse {
  int64_t free_pages = 0;
  FreeBlocksByOrder nr_free{};
};

class Glimpse {
 public:
  // Looks at the state now. Reuses its memory.
  void Take(const AllocatorState& state);
  // A free is about to change what CPU `cpu` has of the zone to this.
  void Note(const AllocatorState& state, const Zone& zone, CpuId cpu,
            const PcpTuning& tuning);

  const ZoneGlimpse& zone(const Zone& zone) const { return zones_[zone.id]; }
  const PcpTuning& pcp(const AllocatorState& state, const Zone& zone,
                       CpuId cpu) const;
  bool is_taken() const { return !zones_.empty(); }

 private:
  // By Zone::id, and with the CPU.
  std::vector<ZoneGlimpse> zones_;
  std::vector<PcpTuning> pcps_;
};

}  // namespace pagelab

#endif  // PAGELAB_REPORT_EXPLAIN_GLIMPSE_H_

#include "pagelab/alloc/pcp_tuning.h"

namespace pagelab {
namespace {

// A drain after a burst of high-order frees, and the most a tick takes off.
int BigBatch(const PerCpuPages& pcp) { return pcp.batch << 5; }

void LowerHighBy(PerCpuPages& pcp, int pages) {
  pcp.high = std::max(pcp.high - pages, pcp.high_min);
}

}  // namespace

int NrPcpAlloc(const AllocatorPolicy& policy, const Zone& zone,
               PerCpuPages& pcp, Order order) {
  const int base = pcp.batch;
  int high = ClampPcpHigh(pcp);
  if (high < base) return 1;

  int batch = order == Order(0) ? base << pcp.alloc_factor : base;
  if (pcp.high_min != pcp.high_max && (zone.flags & kZoneBelowHigh) == 0) {
    high = std::min(high + batch, pcp.high_max);
    pcp.high = high;
  }
  if (order == Order(0)) {
    const int most = std::max(high - pcp.count - base, base);
    if (batch <= most && pcp.alloc_factor < policy.pcp_batch_scale_max) {
      ++pcp.alloc_factor;
    }
    batch = std::min(batch, most);
  }
  if (batch > 1) batch = std::max(batch >> order.value(), 2);
  return batch;
}

int NrPcpHigh(const Zone& zone, PerCpuPages& pcp, bool free_high) {
  const int high = ClampPcpHigh(pcp);
  const int batch = pcp.batch;
  if (high == 0) return 0;
  if (free_high) {
    LowerHighBy(pcp, BigBatch(pcp));
    return 0;
  }
  if ((zone.flags & kZoneReclaimActive) != 0) {
    LowerHighBy(pcp, std::max<int>(pcp.free_count, batch));
    return std::min(batch << 2, pcp.high);
  }
  if (pcp.high_min == pcp.high_max) return high;
  if ((zone.flags & kZoneBelowHigh) != 0) {
    LowerHighBy(pcp, std::max<int>(pcp.free_count, batch));
    return std::max(pcp.count, pcp.high_min);
  }
  if (pcp.count >= high) {
    const int need = pcp.free_count + batch;
    if (pcp.high < need)
      pcp.high = std::clamp(need, pcp.high_min, pcp.high_max);
  }
  return high;
}

int NrPcpFree(const PerCpuPages& pcp, int high, bool free_high) {
  if (free_high) return std::min(pcp.count, BigBatch(pcp));
  if (high < pcp.batch) return 1;
  const int least = pcp.batch;
  const int most = high - pcp.batch;
  if (pcp.free_count >= most) return most;
  return std::max<int>(pcp.free_count, least);
}

}  // namespace pagelab

#ifndef PAGELAB_REPORT_EXPLAIN_WATERMARK_SUM_H_
#define PAGELAB_REPORT_EXPLAIN_WATERMARK_SUM_H_

#include <cstdint>
#include <string>

#include "pagelab/alloc/allocator_state.h"
#include "pagelab/alloc/watermark.h"

namespace pagelab {

// The watermark test of a zone, item by item, in pages (page-allocator.md
// 13.3).
struct WatermarkSum {
  Order order;
  int64_t free = 0;
  // What the request cannot have of it.
  int64_t own_block = 0;
  int64_t highatomic = 0;
  int64_t cma = 0;
  int64_t usable = 0;

  Watermark watermark = Watermark::kMin;
  // With the boost, and without what the request's flags take off it.
  int64_t mark = 0;
  int64_t boost = 0;
  int64_t discount = 0;
  int64_t lowmem_reserve = 0;

  // More than the mark and the reserve are left.
  bool is_enough = false;
  // There is a block of the order, of a type that the request may have.
  bool has_block = false;

  int64_t limit() const { return mark - discount + lowmem_reserve; }
};

// What WatermarkOk() adds up for such a request. `flags` name the mark.
WatermarkSum SumOf(const AllocatorPolicy& policy, const Zone& zone,
                   const WatermarkQuery& query, int64_t free);

// The zone's own mark, with its boost, and the pages it counts as free.
WatermarkSum SumOf(const AllocatorPolicy& policy, const Zone& zone, Order order,
                   int highest_zoneidx, AllocFlags flags);

// "1,024 free pages - 3 more of its own block = 1,021 > 12 (watermark low) +
// 0".
std::string SumText(const WatermarkSum& sum);

// "min", "low", "high", "promo".
std::string_view ToString(Watermark watermark);

// "DMA", or "DMA of node 1" where there are several.
std::string ZoneText(const AllocatorState& state, const Zone& zone);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_EXPLAIN_WATERMARK_SUM_H_

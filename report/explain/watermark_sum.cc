#include "pagelab/report/explain/watermark_sum.h"

#include <algorithm>
#include <limits>

#include "fmt/format.h"
#include "pagelab/base/text.h"

namespace pagelab {
namespace {

std::string PagesText(int64_t pages) {
  return pages < 0 ? "-" + Grouped(static_cast<uint64_t>(-pages))
                   : Grouped(static_cast<uint64_t>(pages));
}

// By how much the reserves that the flags open lower the mark: the test itself
// says which limit it compares with, for a page at a time and no reserve.
int64_t DiscountOf(const AllocatorPolicy& policy, const Zone& zone,
                   const WatermarkQuery& query) {
  if (!query.flags.HasAny(alloc_flag::kReserves)) return 0;
  WatermarkQuery page = query;
  page.order = Order(0);
  const int64_t unusable = UnusableFree(policy, zone, page);
  const int64_t reserve = zone.lowmem_reserve[query.highest_zoneidx];
  // The least number of free pages that passes.
  int64_t fails = -1;
  int64_t passes = std::max<int64_t>(query.mark, 0) + 1;
  while (passes - fails > 1) {
    const int64_t middle = fails + (passes - fails) / 2;
    const bool ok =
        WatermarkOk(policy, zone, page, middle + reserve + unusable);
    (ok ? passes : fails) = middle;
  }
  return query.mark - (passes - 1);
}

}  // namespace

WatermarkSum SumOf(const AllocatorPolicy& policy, const Zone& zone,
                   const WatermarkQuery& query, int64_t free) {
  WatermarkSum sum{.order = query.order, .free = free};
  sum.own_block = static_cast<int64_t>(query.order.pages()) - 1;
  if (!query.flags.HasAny(alloc_flag::kReserves)) {
    sum.highatomic = zone.nr_free_highatomic;
  }
  const int64_t unusable = UnusableFree(policy, zone, query);
  sum.cma = unusable - sum.own_block - sum.highatomic;
  sum.usable = free - unusable;
  sum.watermark = query.flags.watermark();
  sum.mark = query.mark;
  sum.boost = query.mark - zone.watermark[static_cast<int>(sum.watermark)];
  sum.discount = DiscountOf(policy, zone, query);
  sum.lowmem_reserve = zone.lowmem_reserve[query.highest_zoneidx];
  sum.is_enough = sum.usable > sum.limit();
  sum.has_block =
      WatermarkOk(policy, zone, query, std::numeric_limits<int64_t>::max() / 2);
  return sum;
}

WatermarkSum SumOf(const AllocatorPolicy& policy, const Zone& zone, Order order,
                   int highest_zoneidx, AllocFlags flags) {
  const WatermarkQuery query{.order = order,
                             .mark = zone.WatermarkPages(flags.watermark()),
                             .highest_zoneidx = highest_zoneidx,
                             .flags = flags};
  return SumOf(policy, zone, query,
               static_cast<int64_t>(zone.StatPages(ZoneStat::kFreePages)));
}

std::string SumText(const WatermarkSum& sum) {
  std::string out = fmt::format("{} pages free", PagesText(sum.free));
  bool is_sum = false;
  const auto subtract = [&](int64_t pages, std::string_view what) {
    if (pages == 0) return;
    out += fmt::format(" - {} {}", PagesText(pages), what);
    is_sum = true;
  };
  subtract(sum.own_block, "(the block's other pages)");
  subtract(sum.highatomic, "(highatomic reserve)");
  subtract(sum.cma, "(CMA)");
  if (is_sum) out += fmt::format(" = {}", PagesText(sum.usable));
  out += sum.is_enough ? " > " : " <= ";
  out += fmt::format("{} ({} watermark", PagesText(sum.mark),
                     ToString(sum.watermark));
  if (sum.boost != 0) {
    out += fmt::format(", {} of it boost", PagesText(sum.boost));
  }
  out += ")";
  if (sum.discount != 0) {
    out +=
        fmt::format(" - {} (opened to this request)", PagesText(sum.discount));
  }
  if (sum.lowmem_reserve != 0) {
    out += fmt::format(" + {} (lowmem_reserve)", PagesText(sum.lowmem_reserve));
  }
  if (sum.discount != 0 || sum.lowmem_reserve != 0) {
    out += fmt::format(" = {}", PagesText(sum.limit()));
  }
  return out;
}

std::string_view ToString(Watermark watermark) {
  switch (watermark) {
    case Watermark::kMin:
      return "min";
    case Watermark::kLow:
      return "low";
    case Watermark::kHigh:
      return "high";
    case Watermark::kPromo:
      return "promo";
  }
  __builtin_unreachable();
}

std::string ZoneText(const AllocatorState& state, const Zone& zone) {
  std::string out(ToString(zone.type));
  if (state.nr_online_nodes() > 1) {
    out += fmt::format(" of node {}", zone.node.value());
  }
  return out;
}

}  // namespace pagelab

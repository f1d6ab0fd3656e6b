// Why a request got nothing: page-allocator.md 13.3 and 14.

#include "fmt/format.h"
#include "pagelab/alloc/pcp_tuning.h"
#include "pagelab/base/text.h"
#include "pagelab/report/explain/alloc_sentences.h"
#include "pagelab/report/explain/request_view.h"
#include "pagelab/report/explain/watermark_sum.h"
#include "pagelab/report/pfn_text.h"

namespace pagelab {
namespace {

// Free blocks of a zone that are too small for a request, and those that are of
// no use to it.
struct FreeInZone {
  uint64_t pages = 0;
  uint64_t blocks = 0;
  int largest = -1;
  // "2 of HighAtomic, 1 of CMA".
  std::string forbidden;
};

FreeInZone LookAt(const Zone& zone, Order wanted) {
  FreeInZone seen;
  for (int order = 0; order < kNrPageOrders; ++order) {
    const uint64_t blocks = zone.free_area[order].nr_free;
    if (blocks == 0) continue;
    seen.pages += blocks * Order(order).pages();
    seen.blocks += blocks;
    seen.largest = order;
  }
  for (const Migratetype type :
       {Migratetype::kHighAtomic, Migratetype::kCma, Migratetype::kIsolate}) {
    if (zone.listed_orders[Index(type)] >> wanted.value() == 0) continue;
    seen.forbidden += fmt::format("{}{}", seen.forbidden.empty() ? "" : " and ",
                                  ToString(type));
  }
  return seen;
}

std::string NoBlockText(const Zone& zone, const WatermarkSum& sum) {
  const FreeInZone free = LookAt(zone, sum.order);
  if (!free.forbidden.empty()) {
    return fmt::format(
        "blocks of order {} or larger are free only as {}, "
        "which are not for this request",
        sum.order.value(), free.forbidden);
  }
  if (free.blocks == 0) return "no block is free at all";
  return fmt::format(
      "no block of order {} or larger is free: the {} free pages lie in {}, "
      "the largest of order {}",
      sum.order.value(), Grouped(free.pages), Counted(free.blocks, "block"),
      free.largest);
}

Sentence ZoneSentence(const SeenAllocation& seen, const RequestView& view,
                      const Zone& zone) {
  const bool ignores_marks = view.slow_flags.HasAny(alloc_flag::kNoWatermarks);
  const WatermarkSum sum = SumOf(seen.state.policy, zone, seen.event.order,
                                 view.control.highest_zoneidx, view.slow_flags);
  std::string text =
      fmt::format("Zone {}: {}", ZoneText(seen.state, zone), SumText(sum));
  if (!sum.is_enough && !ignores_marks) {
    text += ": too few pages";
    if (sum.own_block > 0 && !sum.has_block) {
      text += ", and " + NoBlockText(zone, sum);
    }
  } else if (!sum.has_block) {
    text += fmt::format(
        ": {}, but {}",
        ignores_marks ? "no mark counts for this request" : "enough pages",
        NoBlockText(zone, sum));
  } else {
    text += ": it would pass now; the memory came back after the last attempt";
  }
  const auto listed = static_cast<int64_t>(LookAt(zone, Order(0)).pages);
  if (listed != sum.free) {
    text += fmt::format(
        ". The test goes by the zone's counter; the lists hold {} pages, and "
        "the difference is what CPUs have not added yet or what is isolated",
        Grouped(static_cast<uint64_t>(listed)));
  }
  return {text + ".", "__zone_watermark_ok()",
          listed == sum.free ? "page-allocator.md 13.3"
                             : "page-allocator.md 13.3, 20.2"};
}

Sentence MovableSentence(const SeenAllocation& seen) {
  return {fmt::format("The order is the obstacle, not the amount. Smaller "
                      "requests would be served; a block of order {} comes "
                      "back only if its neighbours are freed or moved away.",
                      seen.event.order.value()),
          "", ""};
}

// What keeps the out-of-memory killer from a request; empty: nothing that its
// event tells.
std::string WhyNobodyIsKilled(const SeenAllocation& seen) {
  const Gfp gfp = seen.event.gfp;
  if (seen.event.order > kCostlyOrder) {
    return fmt::format("order {} is above PAGE_ALLOC_COSTLY_ORDER, 3",
                       seen.event.order.value());
  }
  if (gfp.Has(gfp::kRetryMayfail)) return "__GFP_RETRY_MAYFAIL";
  if (gfp.Has(gfp::kThisnode)) return "__GFP_THISNODE";
  if (ViewOf(seen).control.highest_zoneidx < Index(ZoneType::kNormal)) {
    return "its highest zone is below Normal";
  }
  return "";
}

Sentence WhyGivenUp(const SeenAllocation& seen) {
  const Gfp gfp = seen.event.gfp;
  Sentence sentence{"", "__alloc_pages_slowpath()", "page-allocator.md 14"};
  if (!gfp.Has(gfp::kDirectReclaim)) {
    sentence.text =
        "The request must not wait (no __GFP_DIRECT_RECLAIM): nothing is "
        "reclaimed or compacted for it, kswapd at most is woken, and it fails "
        "at once.";
  } else if (seen.state.pressure == nullptr) {
    sentence.text =
        "Nobody gets memory back here: the scenario has only the allocator, "
        "without a kernel around it that could reclaim, compact or kill. "
        "Differs from Linux.";
  } else if (seen.context.task->memalloc) {
    sentence.text =
        "The task is reclaiming itself (PF_MEMALLOC), so that it may use the "
        "reserves but not reclaim again.";
  } else if (gfp.Has(gfp::kNoretry)) {
    sentence.text =
        "__GFP_NORETRY: one round of reclaim and compaction, then it fails "
        "rather than disturb others.";
  } else if (seen.event.order > kCostlyOrder && !gfp.Has(gfp::kRetryMayfail)) {
    sentence.text = fmt::format(
        "Order {} is above PAGE_ALLOC_COSTLY_ORDER (3) and the request does "
        "not say __GFP_RETRY_MAYFAIL: one round of reclaim and compaction, "
        "then it fails, and nobody is killed for it.",
        seen.event.order.value());
  } else {
    const std::string spared = WhyNobodyIsKilled(seen);
    sentence.text =
        "Reclaim and compaction were tried again until they made no more "
        "progress";
    if (spared.empty()) {
      sentence.text +=
          ", and killing a process did not help either or was not allowed.";
    } else {
      sentence.text +=
          "; nobody is killed for such a request (" + spared + ").";
      sentence.spec += ", 17.6";
    }
  }
  return sentence;
}

}  // namespace

std::vector<Sentence> SlowPathSentences(const SeenAllocation& seen) {
  const SlowPathTrail& trail = seen.trail;
  std::vector<Sentence> out;
  if (trail.is_empty()) return out;
  std::string text = "The fast path found no block (watermark low)";
  if (trail.direct_reclaims > 0) {
    text += fmt::format(
        "; the task reclaimed memory itself ({}: {} scanned, {} freed)",
        Counted(trail.direct_reclaims, "time"), Counted(trail.scanned, "page"),
        Grouped(trail.reclaimed));
  }
  if (trail.compactions > 0) {
    text += fmt::format(
        "; it waited for compaction ({}, {} with a block in the end)",
        Counted(trail.compactions, "time"), Grouped(trail.compactions_served));
  }
  if (trail.kills > 0) {
    text += fmt::format("; the out-of-memory killer ended {}",
                        Counted(trail.kills, "task"));
  }
  out.push_back(
      {text + ".", "__alloc_pages_slowpath()", "page-allocator.md 14, 17"});
  return out;
}

std::vector<Sentence> FailureSentences(const SeenAllocation& seen) {
  const RequestView view = ViewOf(seen);
  std::vector<Sentence> out = RequestSentences(seen);
  uint64_t free = 0;
  uint64_t managed = 0;
  for (const Zone& zone : seen.state.all_zones()) {
    free += LookAt(zone, Order(0)).pages;
    managed += zone.managed.value();
  }
  out.push_back({fmt::format("It gets nothing, although {} of {} pages of the "
                             "machine are free.",
                             Grouped(free), Grouped(managed)),
                 "", ""});
  bool is_scattered = false;
  for (const Zoneref& ref : view.control.zonelist) {
    if (ref.zone_index > view.control.highest_zoneidx) continue;
    out.push_back(ZoneSentence(seen, view, *ref.zone));
    const WatermarkSum sum =
        SumOf(seen.state.policy, *ref.zone, seen.event.order,
              view.control.highest_zoneidx, view.slow_flags);
    is_scattered |= sum.is_enough && !sum.has_block;
  }
  if (is_scattered) out.push_back(MovableSentence(seen));
  for (Sentence& sentence : SlowPathSentences(seen)) {
    out.push_back(std::move(sentence));
  }
  out.push_back(WhyGivenUp(seen));
  return out;
}

std::string FailureLine(const SeenAllocation& seen) {
  const RequestView view = ViewOf(seen);
  std::string why = "no zone may serve it";
  for (const Zoneref& ref : view.control.zonelist) {
    if (ref.zone_index > view.control.highest_zoneidx) continue;
    const WatermarkSum sum =
        SumOf(seen.state.policy, *ref.zone, seen.event.order,
              view.control.highest_zoneidx, view.slow_flags);
    const std::string zone = ZoneText(seen.state, *ref.zone);
    if (!sum.has_block && seen.event.order > Order(0)) {
      why = fmt::format("{} has {} pages free, but no block of order {}", zone,
                        Grouped(LookAt(*ref.zone, Order(0)).pages),
                        seen.event.order.value());
    } else {
      why = fmt::format("{}: {}", zone, SumText(sum));
    }
    break;
  }
  return fmt::format("order {}, {}, for {} fails: {}", seen.event.order.value(),
                     ToString(seen.event.migratetype),
                     seen.context.task->comm_text(), why);
}

}  // namespace pagelab

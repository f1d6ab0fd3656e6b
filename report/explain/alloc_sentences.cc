#include "pagelab/report/explain/alloc_sentences.h"

#include <algorithm>
#include <iterator>

#include "fmt/format.h"
#include "pagelab/alloc/pcp_tuning.h"
#include "pagelab/base/text.h"
#include "pagelab/report/explain/request_view.h"
#include "pagelab/report/explain/watermark_sum.h"
#include "pagelab/report/pfn_text.h"

namespace pagelab {
namespace {

void Append(std::vector<Sentence>& to, std::vector<Sentence> from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()),
            std::make_move_iterator(from.end()));
}

// How the block left the allocator's lists.
enum class Way : uint8_t { kHit, kRefill, kBuddy, kUnseen };

Way WayOf(const SeenAllocation& seen, const Zone& zone) {
  const std::vector<Take>& takes = seen.operation.takes;
  const bool is_pcp_order = IsPcpOrder(seen.state.policy, seen.event.order);
  const bool is_own = !takes.empty() &&
                      takes.front().block.pfn == seen.event.pfn &&
                      takes.front().block.order == seen.event.order;
  if (!is_own) return is_pcp_order ? Way::kHit : Way::kUnseen;
  const bool is_refill = is_pcp_order &&
                         takes.front().block.type != Migratetype::kHighAtomic &&
                         !zone.pcp[seen.context.cpu.value()].locked;
  return is_refill ? Way::kRefill : Way::kBuddy;
}

// --- zones ---

// Has nothing that the first attempt would give, which breaks into no pageblock
// of another type.
bool WouldFragment(const AllocatorState& state, const RequestView& view,
                   const Zone& zone) {
  if (!view.fast_flags.HasAny(alloc_flag::kNofragment)) return false;
  const int order = view.control.order.value();
  const int pageblock_order = state.memory->geometry().pageblock_order;
  if (zone.listed_orders[Index(view.control.type)] >> order != 0) return false;
  unsigned others = 0;
  for (int type = 0; type < kMigratePcpTypes; ++type) {
    others |= zone.listed_orders[type];
  }
  return others >> std::max(order, pageblock_order) == 0;
}

// `flags`: of the attempt that found the block.
Sentence SkippedSentence(const SeenAllocation& seen, const RequestView& view,
                         const Zone& zone, AllocFlags flags) {
  const AllocatorState& state = seen.state;
  const WatermarkSum sum = SumOf(state.policy, zone, seen.event.order,
                                 view.control.highest_zoneidx, flags);
  const std::string name = ZoneText(state, zone);
  if (!sum.is_enough) {
    return {fmt::format("Zone {} is passed over: {}.", name, SumText(sum)),
            "zone_watermark_fast()", "page-allocator.md 13.3, 13.4"};
  }
  if (!sum.has_block) {
    return {fmt::format("Zone {} is passed over: {}, but no block of order {} "
                        "is free.",
                        name, SumText(sum), seen.event.order.value()),
            "__zone_watermark_ok()", "page-allocator.md 13.3"};
  }
  if (flags.value() == view.fast_flags.value() &&
      WouldFragment(state, view, zone)) {
    return {fmt::format("Zone {} has enough, but would have to break into a "
                        "pageblock of another migratetype: the first attempt "
                        "avoids that and goes on to the next zone.",
                        name),
            "alloc_flags_nofragment(), ALLOC_NOFRAGMENT",
            "page-allocator.md 13.4"};
  }
  return {fmt::format("Zone {} was not used: the request named another node, "
                      "or memory came back to it meanwhile.",
                      name),
          "", ""};
}

int64_t FreeBefore(const SeenAllocation& seen, const Zone& zone) {
  const OpenAllocation& operation = seen.operation;
  if (operation.before.is_taken() && !operation.takes.empty() &&
      !operation.before_is_vague) {
    return operation.before.zone(zone).free_pages;
  }
  return static_cast<int64_t>(zone.StatPages(ZoneStat::kFreePages));
}

// The test of the zone that served, before it did.
WatermarkSum ChosenSum(const SeenAllocation& seen, const RequestView& view,
                       AllocFlags flags) {
  const Zone& zone = *view.zone;
  return SumOf(seen.state.policy, zone,
               {.order = seen.event.order,
                .mark = zone.WatermarkPages(flags.watermark()),
                .highest_zoneidx = view.control.highest_zoneidx,
                .flags = flags},
               FreeBefore(seen, zone));
}

// The strictest test of those made that it passes.
Sentence ChosenSentence(const SeenAllocation& seen, const RequestView& view) {
  const Zone& zone = *view.zone;
  const std::string name = ZoneText(seen.state, zone);
  const auto sum_of = [&](AllocFlags flags) {
    return ChosenSum(seen, view, flags);
  };
  const AllocFlags high =
      view.fast_flags.Without(AllocFlags(3)).With(alloc_flag::kWmarkHigh);
  std::string note;
  WatermarkSum sum = sum_of(high);
  if ((zone.flags & kZoneBelowHigh) != 0 || !sum.is_enough) {
    sum = sum_of(view.fast_flags);
    note = " It is below its high watermark, so that the low one counts.";
  }
  if (!sum.is_enough) {
    sum = sum_of(view.slow_flags);
    note =
        " The first attempt asked for the low watermark and failed; the "
        "slow path is content with less.";
  }
  if (sum.is_enough) {
    return {fmt::format("Zone {} passes: {}.{}", name, SumText(sum), note),
            "zone_watermark_fast()", "page-allocator.md 13.3, 13.4"};
  }
  if (view.slow_flags.HasAny(alloc_flag::kNoWatermarks)) {
    return {fmt::format("Zone {} serves it below all watermarks, which do not "
                        "count for this task: {}.",
                        name, SumText(sum)),
            "__gfp_pfmemalloc_flags()", "page-allocator.md 14"};
  }
  return {fmt::format("Zone {} served it; by now {}.", name, SumText(sum)),
          "zone_watermark_fast()", "page-allocator.md 13.3"};
}

std::vector<Sentence> ZoneSentences(const SeenAllocation& seen,
                                    const RequestView& view) {
  std::vector<Sentence> out;
  const AllocFlags flags = ChosenSum(seen, view, view.fast_flags).is_enough
                               ? view.fast_flags
                               : view.slow_flags;
  for (const Zoneref& ref : view.control.zonelist) {
    if (ref.zone == view.zone) break;
    if (ref.zone_index > view.control.highest_zoneidx) continue;
    out.push_back(SkippedSentence(seen, view, *ref.zone, flags));
  }
  out.push_back(ChosenSentence(seen, view));
  return out;
}

// --- per-cpu lists ---

std::string ListText(const SeenAllocation& seen) {
  return fmt::format("CPU {}'s list for {}, order {}", seen.context.cpu.value(),
                     ToString(seen.event.migratetype),
                     seen.event.order.value());
}

const FreeList& PcpListOf(const SeenAllocation& seen, const Zone& zone) {
  const int index = PcpListIndex(seen.event.order, seen.event.migratetype);
  return zone.pcp[seen.context.cpu.value()].lists[static_cast<size_t>(index)];
}

std::string TuningText(const PerCpuPages& pcp) {
  return fmt::format("count {}, high {}, batch {}", pcp.count, pcp.high,
                     pcp.batch);
}

std::vector<Sentence> HitSentences(const SeenAllocation& seen,
                                   const Zone& zone) {
  const FreeList& list = PcpListOf(seen, zone);
  const auto left =
      static_cast<uint64_t>(std::distance(list.begin(), list.end()));
  std::vector<Sentence> out;
  out.push_back(
      {fmt::format(
           "{} is not empty: its head {} is taken, and {}. No buddy "
           "list is touched. All lists of the CPU for zone {} now: "
           "{}.",
           ListText(seen), PfnText(seen.event.pfn),
           left == 0 ? std::string("the list is empty then")
                     : fmt::format("{} on it",
                                   left == 1 ? std::string("1 block stays")
                                             : Grouped(left) + " blocks stay"),
           ZoneText(seen.state, zone),
           TuningText(zone.pcp[seen.context.cpu.value()])),
       "rmqueue_pcplist()", "page-allocator.md 12.3"});
  if (seen.origin == nullptr) return out;
  if (seen.origin->kind == PcpOrigin::Kind::kFreed) {
    out.push_back({fmt::format("It was at the head because it was freed last, "
                               "by {} at event {}: frames come back to the "
                               "head of the list, still warm in the cache.",
                               seen.origin->comm, seen.origin->event),
                   "free_unref_page_commit()", "page-allocator.md 12.6"});
  } else {
    out.push_back({fmt::format("It came onto the list with a refill, at event "
                               "{} for {}; a refill adds at the tail, so that "
                               "its blocks leave in the order in which they "
                               "came.",
                               seen.origin->event, seen.origin->comm),
                   "rmqueue_bulk()", "page-allocator.md 12.3"});
  }
  return out;
}

// How many blocks the refill was to bring, by the allocator's own arithmetic on
// what was there before; 0: not known.
int AskedFor(const SeenAllocation& seen, const Zone& zone) {
  const OpenAllocation& operation = seen.operation;
  if (!operation.before.is_taken() || operation.before_is_vague) return 0;
  PerCpuPages pcp;
  operation.before.pcp(seen.state, zone, seen.context.cpu).CopyTo(pcp);
  const int asked = NrPcpAlloc(seen.state.policy, zone, pcp, seen.event.order);
  const auto got = static_cast<int>(operation.takes.size());
  return asked >= got ? asked : 0;
}

// Where the number comes from.
std::string WhyThatMany(const PcpTuning& before, Order order, int asked) {
  if (order > Order(0)) {
    return before.batch == 1
               ? std::string("batch is 1")
               : fmt::format("batch {} >> order {}, but 2 at least",
                             before.batch, order.value());
  }
  const int doubled = before.batch << before.alloc_factor;
  return fmt::format(
      "batch {} << alloc_factor {}, which each refill raises and each free "
      "halves{}",
      before.batch, before.alloc_factor,
      asked < doubled ? ", but no more than high leaves room for" : "");
}

Sentence RefillSentence(const SeenAllocation& seen, const Zone& zone) {
  const OpenAllocation& operation = seen.operation;
  const auto got = static_cast<int>(operation.takes.size());
  const int asked = AskedFor(seen, zone);
  std::string text =
      fmt::format("{} is empty: refill of {} from the buddy lists of zone {}",
                  ListText(seen), Counted(static_cast<uint64_t>(got), "block"),
                  ZoneText(seen.state, zone));
  if (asked > 0) {
    text += fmt::format(
        " ({})",
        WhyThatMany(operation.before.pcp(seen.state, zone, seen.context.cpu),
                    seen.event.order, asked));
  }
  if (asked > got) {
    text += fmt::format("; it asked for {}, but they have no more", asked);
  }
  text += got > 1 ? ". The first of them is handed out." : ".";
  return {std::move(text), "rmqueue_bulk(), nr_pcp_alloc()",
          "page-allocator.md 12.3, 12.4"};
}

// "0x40 to 0x4f, 0x80": the blocks in the order in which they were taken.
std::string RangesText(const std::vector<Take>& takes, size_t first) {
  constexpr int kMostRanges = 6;
  std::string out;
  int ranges = 0;
  for (size_t i = first; i < takes.size();) {
    size_t end = i + 1;
    const PageCount step(takes[i].block.order.pages());
    while (end < takes.size() &&
           takes[end].block.pfn == takes[end - 1].block.pfn + step) {
      ++end;
    }
    if (++ranges > kMostRanges) return out + ", ...";
    out += (out.empty() ? "" : ", ") + PfnText(takes[i].block.pfn);
    if (end > i + 1) out += " to " + PfnText(takes[end - 1].block.pfn);
    i = end;
  }
  return out;
}

Sentence RestOfRefill(const std::vector<Take>& takes) {
  uint64_t fallbacks = 0;
  for (size_t i = 1; i < takes.size(); ++i) {
    fallbacks += takes[i].fallback.has_value() ? 1 : 0;
  }
  std::string text = fmt::format(
      "The other {} of the refill {} on the list: {}",
      takes.size() == 2 ? "block" : Counted(takes.size() - 1, "block"),
      takes.size() == 2 ? "stays" : "stay", RangesText(takes, 1));
  if (fallbacks > 0) {
    text += fmt::format("; {} of them by fallback", Grouped(fallbacks));
  }
  return {text + ".", "rmqueue_bulk()", "page-allocator.md 12.3"};
}

std::vector<Sentence> BuddySentences(const SeenAllocation& seen,
                                     const Zone& zone) {
  std::string why;
  if (!IsPcpOrder(seen.state.policy, seen.event.order)) {
    why = fmt::format("Order {} has no per-cpu list", seen.event.order.value());
  } else if (zone.pcp[seen.context.cpu.value()].locked) {
    why = "The lock of the per-cpu lists is taken";
  } else {
    why = ListText(seen) + " is empty, and a refill found nothing";
  }
  std::vector<Sentence> out = {
      {why + ": the block comes straight from the buddy lists.",
       "rmqueue_buddy()", "page-allocator.md 9.4, 12.1"}};
  Append(out, TakeSentences(seen.state, zone, seen.operation.takes.front()));
  return out;
}

// A block of another type, although the first attempt wants none.
std::vector<Sentence> SecondAttempt(const SeenAllocation& seen) {
  const std::vector<Take>& takes = seen.operation.takes;
  const RequestView view = ViewOf(seen);
  if (takes.empty() || !takes.front().fallback.has_value() ||
      takes.front().block.pfn != seen.event.pfn ||
      !view.fast_flags.HasAny(alloc_flag::kNofragment) ||
      takes.front().fallback->event.fallback_order >=
          seen.state.memory->pageblock_order()) {
    return {};
  }
  return {
      {"The first attempt, which breaks into no pageblock of another "
       "migratetype, found nothing in any zone; this is the second one, "
       "which may.",
       "get_page_from_freelist(), ALLOC_NOFRAGMENT",
       "page-allocator.md 13.2, 13.4"}};
}

std::vector<Sentence> WaySentences(const SeenAllocation& seen,
                                   const Zone& zone) {
  const std::vector<Take>& takes = seen.operation.takes;
  switch (WayOf(seen, zone)) {
    case Way::kHit:
      return HitSentences(seen, zone);
    case Way::kBuddy:
      return BuddySentences(seen, zone);
    case Way::kRefill: {
      std::vector<Sentence> out = {RefillSentence(seen, zone)};
      Append(out, TakeSentences(seen.state, zone, takes.front()));
      if (takes.size() > 1) out.push_back(RestOfRefill(takes));
      return out;
    }
    case Way::kUnseen:
      break;
  }
  return {
      {"How the block left the free lists has no event of its own.", "", ""}};
}

}  // namespace

std::vector<Sentence> AllocationSentences(const SeenAllocation& seen) {
  const RequestView view = ViewOf(seen);
  std::vector<Sentence> out = RequestSentences(seen);
  Append(out, SlowPathSentences(seen));
  Append(out, SecondAttempt(seen));
  Append(out, ZoneSentences(seen, view));
  Append(out, WaySentences(seen, *view.zone));
  if (seen.state.PageblockType(seen.event.pfn) == Migratetype::kHighAtomic &&
      view.slow_flags.HasAny(alloc_flag::kHighatomic)) {
    out.push_back(
        {"Its pageblock is in the reserve for high-order atomic "
         "requests.",
         "reserve_highatomic_pageblock()", "page-allocator.md 11"});
  }
  return out;
}

std::string AllocationLine(const SeenAllocation& seen) {
  const Zone& zone =
      seen.state.ZoneOf(*seen.state.memory->PageAt(seen.event.pfn));
  std::string out = fmt::format(
      "{}, {}, for {}: ", BlockText(seen.event.pfn, seen.event.order),
      ToString(seen.event.migratetype), seen.context.task->comm_text());
  const std::vector<Take>& takes = seen.operation.takes;
  switch (WayOf(seen, zone)) {
    case Way::kHit:
      return out +
             fmt::format("the head of CPU {}'s list", seen.context.cpu.value());
    case Way::kRefill:
      return out + fmt::format("CPU {}'s list empty, refill of {}; {}",
                               seen.context.cpu.value(), takes.size(),
                               TakeLine(takes.front()));
    case Way::kBuddy:
      return out + "from the buddy lists; " + TakeLine(takes.front());
    case Way::kUnseen:
      break;
  }
  return out + "handed over without an event";
}

}  // namespace pagelab

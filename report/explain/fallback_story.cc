#include "pagelab/report/explain/fallback_story.h"

#include <algorithm>

#include "fmt/format.h"
#include "pagelab/alloc/fallback.h"
#include "pagelab/alloc/free_area_ops.h"
#include "pagelab/base/text.h"
#include "pagelab/report/explain/block_moves.h"
#include "pagelab/report/explain/watermark_sum.h"
#include "pagelab/report/pfn_text.h"

namespace pagelab {
namespace {

// The pageblock of `pfn`. `taken`: frames that were free when it was asked.
ClaimCount CountFor(const AllocatorState& state, const Zone& zone, Pfn pfn,
                    Migratetype wanted, Migratetype type, PfnRange taken) {
  const PfnRange pageblock = PageblockOf(state, pfn);
  const PageblockCounts counts = CountPageblock(state, zone, pageblock);
  ClaimCount count{.pageblock = pageblock.begin,
                   .pages = static_cast<int64_t>(pageblock.size().value()),
                   .free = counts.free,
                   .movable = counts.movable,
                   .is_whole = IsMovablePageblock(zone, pageblock)};
  if (pageblock.Contains(taken.begin)) {
    count.free += static_cast<int64_t>(taken.size().value());
  }
  if (wanted == Migratetype::kMovable) {
    count.alike = count.movable;
  } else if (type == Migratetype::kMovable) {
    count.alike = count.other();
  }
  return count;
}

// The blocks that the search for a pageblock to claim met, largest first,
// before it came to order `end`.
std::vector<PassedOver> PassedOverAbove(const AllocatorState& state,
                                        const Zone& zone, Order end,
                                        Migratetype wanted, PfnRange taken) {
  std::vector<PassedOver> passed;
  for (int order = kMaxPageOrder; order > end.value(); --order) {
    const Fallback fallback =
        FindSuitableFallback(state, zone, Order(order), wanted, false);
    if (!fallback.found) continue;
    if (!fallback.can_claim) break;
    const Page& head = zone.free_area[order].list(fallback.type).front();
    const ListedBlock block{state.memory->PfnOf(&head), Order(order),
                            fallback.type};
    passed.push_back(
        {block, CountFor(state, zone, block.pfn, wanted, block.type, taken)});
  }
  return passed;
}

std::string CountText(const ClaimCount& count, Migratetype wanted) {
  if (!count.is_whole) {
    return fmt::format("pageblock {} does not lie in the zone as a whole",
                       PfnText(count.pageblock));
  }
  std::string out =
      fmt::format("of the {} pages of pageblock {}, {} were free", count.pages,
                  PfnText(count.pageblock), count.free);
  if (wanted == Migratetype::kMovable) {
    out += fmt::format(", {} in use and movable", count.movable);
  } else if (count.alike > 0) {
    out += fmt::format(", {} in use and not movable", count.alike);
  }
  return out + fmt::format(": {} + {} {} {}", count.free, count.alike,
                           count.is_enough() ? ">=" : "<", count.threshold());
}

// Small Movable requests claim nothing (page-allocator.md 10.2).
bool MayClaim(const AllocatorState& state, const MmPageAllocExtfrag& event) {
  return event.alloc_migratetype != Migratetype::kMovable ||
         event.fallback_order.value() >=
             state.memory->geometry().pageblock_order / 2 ||
         state.policy.page_group_by_mobility_disabled;
}

std::string TypesText(Migratetype wanted) {
  switch (wanted) {
    case Migratetype::kUnmovable:
      return "Reclaimable, then Movable";
    case Migratetype::kMovable:
      return "Reclaimable, then Unmovable";
    default:
      return "Unmovable, then Movable";
  }
}

Sentence OwnListsEmpty(const AllocatorState& state, const Zone& zone,
                       const FallbackStory& story) {
  return {fmt::format(
              "Zone {} has no free {} block of order {} or larger, so another "
              "migratetype must help out: {}.",
              ZoneText(state, zone), ToString(story.event.alloc_migratetype),
              story.event.alloc_order.value(),
              TypesText(story.event.alloc_migratetype)),
          "__rmqueue(), fallbacks[]", "page-allocator.md 9.3, 10.1"};
}

Sentence PassedOverSentence(const PassedOver& passed, Migratetype wanted) {
  return {fmt::format("{} block {} was looked at first, as the search for a "
                      "pageblock to claim begins with the largest, and left "
                      "alone: {}.",
                      ToString(passed.block.type),
                      BlockText(passed.block.pfn, passed.block.order),
                      CountText(passed.count, wanted)),
          "__rmqueue_claim(), try_to_claim_block()",
          "page-allocator.md 10.3, 10.4"};
}

Sentence ClaimedSentence(const FallbackStory& story) {
  const MmPageAllocExtfrag& event = story.event;
  const char* const which = story.passed_over.empty() ? "largest" : "next";
  if (story.kind == FallbackStory::Kind::kClaimedBlock) {
    return {fmt::format("The {} {} block is of order {}, a whole pageblock or "
                        "more, so it becomes {} as it is, without counting.",
                        which, ToString(event.fallback_migratetype),
                        event.fallback_order.value(),
                        ToString(event.alloc_migratetype)),
            "try_to_claim_block()", "page-allocator.md 10.4"};
  }
  return {
      fmt::format("The {} {} block is of order {}. At least half of its "
                  "pageblock is free or used alike ({}), so the pageblock is "
                  "claimed: it is {} from now on, with all its free blocks, "
                  "and the request is served from them.",
                  which, ToString(event.fallback_migratetype),
                  event.fallback_order.value(),
                  CountText(*story.count, event.alloc_migratetype),
                  ToString(event.alloc_migratetype)),
      "try_to_claim_block(), __move_freepages_block()",
      "page-allocator.md 10.3, 10.4"};
}

Sentence WhyNotClaimed(const FallbackStory& story) {
  const MmPageAllocExtfrag& event = story.event;
  const Sentence rule{"", "__rmqueue_claim(), find_suitable_fallback()",
                      "page-allocator.md 10.2, 10.4"};
  Sentence sentence = rule;
  if (story.goes_on_stealing) {
    sentence.text =
        "The block before it in this refill was stolen, so this one is too, "
        "without a new look for a pageblock to claim.";
    sentence.kernel_function = "__rmqueue(), RMQUEUE_STEAL";
    sentence.spec = "page-allocator.md 9.3";
  } else if (!story.count.has_value()) {
    sentence.text = fmt::format(
        "No pageblock may be claimed for it: a Movable request takes part of "
        "another type's pageblock without harm, and re-types one only for the "
        "sake of a block of at least half the pageblock order. The largest "
        "there is is of order {}.",
        event.fallback_order.value());
  } else {
    sentence.text =
        fmt::format("The pageblock around it was not claimed: {}.",
                    CountText(*story.count, event.alloc_migratetype));
    sentence.kernel_function = "try_to_claim_block()";
    sentence.spec = "page-allocator.md 10.3, 10.4";
  }
  return sentence;
}

Sentence StolenSentence(const FallbackStory& story) {
  const MmPageAllocExtfrag& event = story.event;
  std::string text = fmt::format(
      "So only a block is taken, the smallest that will do: {} block {}. Its "
      "pageblock stays {} and now holds {} pages as well",
      ToString(event.fallback_migratetype),
      BlockText(event.pfn, event.fallback_order),
      ToString(event.fallback_migratetype), ToString(event.alloc_migratetype));
  text += event.alloc_order < event.fallback_order
              ? fmt::format(
                    "; what is left of the block goes back to the {} "
                    "lists.",
                    ToString(event.fallback_migratetype))
              : std::string(".");
  return {std::move(text), "__rmqueue_steal()", "page-allocator.md 10.5"};
}

}  // namespace

FallbackStory StoryOf(const AllocatorState& state, const Zone& zone,
                      const MmPageAllocExtfrag& event, bool claim_moved_blocks,
                      bool stole_before) {
  using Kind = FallbackStory::Kind;
  FallbackStory story;
  story.event = event;
  story.is_early_policy = state.policy.fallback == FallbackPolicy::kEarly612;
  const PfnRange taken{event.pfn,
                       event.pfn + PageCount(event.alloc_order.pages())};
  if (claim_moved_blocks) {
    story.kind = Kind::kClaimedPageblock;
  } else if (event.fallback_order >= state.memory->pageblock_order()) {
    story.kind = event.change_ownership ? Kind::kClaimedBlock : Kind::kStolen;
  }
  story.goes_on_stealing =
      stole_before && story.kind == Kind::kStolen && !story.is_early_policy;
  if (story.kind == Kind::kClaimedBlock || story.goes_on_stealing) return story;
  if (!story.is_early_policy) {
    story.passed_over = PassedOverAbove(state, zone, event.fallback_order,
                                        event.alloc_migratetype, taken);
  }
  if (MayClaim(state, event)) {
    story.count = CountFor(state, zone, event.pfn, event.alloc_migratetype,
                           event.fallback_migratetype, taken);
  }
  return story;
}

std::vector<Sentence> FallbackSentences(const AllocatorState& state,
                                        const Zone& zone,
                                        const FallbackStory& story) {
  std::vector<Sentence> out = {OwnListsEmpty(state, zone, story)};
  constexpr size_t kShown = 3;
  for (size_t i = 0; i < std::min(kShown, story.passed_over.size()); ++i) {
    out.push_back(PassedOverSentence(story.passed_over[i],
                                     story.event.alloc_migratetype));
  }
  if (story.passed_over.size() > kShown) {
    out.push_back(
        {fmt::format("{} more were left alone for the same reason.",
                     Counted(story.passed_over.size() - kShown, "block")),
         "", ""});
  }
  if (story.kind != FallbackStory::Kind::kStolen) {
    out.push_back(ClaimedSentence(story));
    return out;
  }
  out.push_back(WhyNotClaimed(story));
  out.push_back(StolenSentence(story));
  return out;
}

std::string FallbackLine(const FallbackStory& story) {
  const MmPageAllocExtfrag& event = story.event;
  std::string out = fmt::format(
      "fallback: {} takes {} from {} {} block of order {}",
      ToString(event.alloc_migratetype),
      BlockText(event.pfn, event.alloc_order),
      event.fallback_migratetype == Migratetype::kUnmovable ? "an" : "a",
      ToString(event.fallback_migratetype), event.fallback_order.value());
  switch (story.kind) {
    case FallbackStory::Kind::kClaimedBlock:
      return out + ", claimed whole";
    case FallbackStory::Kind::kClaimedPageblock:
      return out + fmt::format(
                       ", its pageblock is claimed ({} free + {} alike "
                       ">= {})",
                       story.count->free, story.count->alike,
                       story.count->threshold());
    case FallbackStory::Kind::kStolen:
      break;
  }
  if (!story.count.has_value()) return out + ", stolen";
  if (!story.count->is_whole) {
    return out + ", stolen: the pageblock is not wholly in the zone";
  }
  return out + fmt::format(
                   ", stolen: pageblock not claimed ({} free + {} "
                   "alike < {})",
                   story.count->free, story.count->alike,
                   story.count->threshold());
}

}  // namespace pagelab

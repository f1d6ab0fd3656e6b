#include "pagelab/report/explain/free_sentences.h"

#include <algorithm>

#include "fmt/format.h"
#include "pagelab/base/text.h"
#include "pagelab/report/explain/watermark_sum.h"
#include "pagelab/report/pfn_text.h"

namespace pagelab {
namespace {

// The merge, and where its result is put.
Sentence MergeSentence(const BlockMerge& merge, std::string_view stop) {
  std::string text = MergeText(merge, stop);
  text[0] = 'I';
  text +=
      fmt::format(". {} goes to the {} of the {} list of order {}",
                  PfnText(merge.result.pfn), merge.at_tail ? "tail" : "head",
                  ToString(merge.result.type), merge.result.order.value());
  text += merge.at_tail
              ? ", as the block beside its parent is free already: left alone "
                "it may merge further soon."
              : ".";
  return {std::move(text), "__free_one_page()", "page-allocator.md 8.1"};
}

Sentence DrainedSentence(const SeenFree& seen) {
  std::string blocks;
  constexpr size_t kShown = 6;
  for (size_t i = 0; i < std::min(kShown, seen.drained.size()); ++i) {
    blocks += (i == 0 ? "" : ", ") + PfnText(seen.drained[i].pfn);
  }
  if (seen.drained.size() > kShown) {
    blocks += fmt::format(" and {} more", seen.drained.size() - kShown);
  }
  return {fmt::format("Drained, the oldest of the list first: {}. The events "
                      "mm_page_pcpu_drain that follow tell what each merges "
                      "with.",
                      blocks),
          "free_pcppages_bulk()", "page-allocator.md 12.7"};
}

}  // namespace

std::string MergeLine(const BlockMerge& merge) {
  std::string out;
  for (const ListedBlock& buddy : merge.buddies) {
    out += (out.empty() ? "merges with " : ", ") + PfnText(buddy.pfn);
  }
  if (out.empty()) return out;
  return out + " to " + BlockText(merge.result.pfn, merge.result.order);
}

std::vector<Sentence> FreeSentences(const AllocatorState& state,
                                    const SeenFree& seen) {
  const FreeForecast& forecast = seen.forecast;
  std::vector<Sentence> out;
  out.push_back(
      {fmt::format("{} on CPU {} frees {} ({}) of zone {}; the pageblock "
                   "around it is {}.",
                   seen.comm, seen.cpu.value(),
                   BlockText(forecast.block.pfn, forecast.block.order),
                   Counted(forecast.block.order.pages(), "page"),
                   ZoneText(state, *forecast.zone),
                   ToString(forecast.block.type)),
       "free_pages_prepare()", "page-allocator.md 8.3"});
  if (seen.is_batched) {
    out.push_back(
        {seen.commit_event != 0
             ? fmt::format("It is one of a batch of folios that are freed "
                           "together: so far it is only prepared, and event {} "
                           "(mm_page_free_batched) puts it on a list.",
                           seen.commit_event)
             : std::string("It is only prepared so far: freed in a batch of "
                           "folios, or kept off the lists."),
         "free_unref_folios()", "page-allocator.md 12.8"});
    return out;
  }
  if (!seen.is_direct) {
    out.push_back(CommitSentence(forecast, seen.cpu));
    if (!seen.drained.empty()) out.push_back(DrainedSentence(seen));
    return out;
  }
  out.push_back(PastPcpSentence(forecast));
  const std::vector<BlockMerge>& merges = forecast.merges;
  if (merges.size() > 1) {
    out.push_back({fmt::format("A block above the pageblock order comes back "
                               "as its {} pageblocks, one after the other.",
                               merges.size()),
                   "split_large_buddy()", "page-allocator.md 8.2"});
  }
  out.push_back(MergeSentence(merges.back(), forecast.stop));
  return out;
}

std::string FreeLine(const SeenFree& seen) {
  const FreeForecast& forecast = seen.forecast;
  const std::string start =
      fmt::format("{} frees {}: ", seen.comm,
                  BlockText(forecast.block.pfn, forecast.block.order));
  if (seen.is_batched) return start + "waits in a batch of folios";
  if (!seen.is_direct) {
    std::string out = fmt::format(
        "{}to the head of CPU {}'s {} list, {} pages now", start,
        seen.cpu.value(), ToString(forecast.list_type),
        forecast.before.count + static_cast<int>(forecast.block.order.pages()));
    if (forecast.drained == 0) {
      return out + fmt::format(", below high {}", forecast.high);
    }
    return out + fmt::format("; high is {}, {} drained", forecast.high,
                             forecast.drained);
  }
  const std::string merged = forecast.merges.empty()
                                 ? std::string()
                                 : MergeLine(forecast.merges.back());
  return start + (merged.empty() ? "to the buddy lists, no merge" : merged);
}

std::vector<Sentence> DrainSentences(const SeenDrain& seen) {
  std::vector<Sentence> out;
  const std::string block = BlockText(seen.block.pfn, seen.block.order);
  if (seen.cause != 0) {
    out.push_back(
        {fmt::format(
             "{} leaves its per-cpu list for the buddy lists of zone {}: the "
             "free of event {} filled the CPU's lists up to high{}. Drained is "
             "from the tail, where a list's oldest is.",
             block, ZoneText(seen.state, seen.zone), seen.cause,
             seen.left > 0
                 ? fmt::format(", and {} to follow",
                               seen.left == 1
                                   ? "1 page is"
                                   : fmt::format("{} pages are", seen.left))
                 : std::string()),
         "free_pcppages_bulk()", "page-allocator.md 12.7"});
  } else {
    out.push_back(
        {fmt::format("{} leaves its per-cpu list for the buddy lists of zone "
                     "{}. No free filled the list: it is emptied by the vmstat "
                     "worker (high decays, or the pages of another node "
                     "expire) or because somebody has all lists drained.",
                     block, ZoneText(seen.state, seen.zone)),
         "decay_pcp_high(), drain_zone_pages(), drain_pages_zone()",
         "page-allocator.md 12.9"});
  }
  out.push_back(MergeSentence(seen.merge,
                              WhyNoFurther(seen.state, seen.zone, seen.merge)));
  return out;
}

std::string DrainLine(const SeenDrain& seen) {
  const std::string merged = MergeLine(seen.merge);
  return fmt::format("{} leaves its per-cpu list: {}",
                     BlockText(seen.block.pfn, seen.block.order),
                     merged.empty() ? "no free buddy, no merge" : merged);
}

}  // namespace pagelab

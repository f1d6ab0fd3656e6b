// Why and how a block left the free lists: page-allocator.md 9 and 10.

#include "fmt/format.h"
#include "pagelab/report/explain/alloc_sentences.h"
#include "pagelab/report/explain/watermark_sum.h"
#include "pagelab/report/pfn_text.h"

namespace pagelab {
namespace {

// "order 2", "orders 2 and 3", "orders 2 to 5".
std::string OrdersText(int first, int last) {
  if (first == last) return fmt::format("order {}", first);
  return fmt::format("orders {} {} {}", first, last == first + 1 ? "and" : "to",
                     last);
}

std::string_view WhyThatList(const Take& take) {
  switch (take.block.type) {
    case Migratetype::kHighAtomic:
      return " The request may use the reserve for high-order atomic requests.";
    case Migratetype::kCma:
      return " Movable requests may use CMA, and do when the Movable lists are "
             "empty or more than half of what is free is CMA.";
    default:
      return "";
  }
}

Sentence FoundSentence(const AllocatorState& state, const Zone& zone,
                       const Take& take) {
  const ListedBlock& source = take.split.source;
  const int wanted = take.block.order.value();
  const int found = source.order.value();
  std::string text;
  if (found > wanted) {
    text = fmt::format("The {} lists of {} in zone {} are empty; ",
                       ToString(take.block.type), OrdersText(wanted, found - 1),
                       ZoneText(state, zone));
  }
  text += fmt::format(
      "{} head of the {} list of order {}{} is block {}.",
      found > wanted ? "the" : "The", ToString(take.block.type), found,
      found > wanted ? std::string() : " in zone " + ZoneText(state, zone),
      PfnText(source.pfn));
  text += WhyThatList(take);
  return {std::move(text), "__rmqueue_smallest()", "page-allocator.md 9.2"};
}

}  // namespace

std::vector<Sentence> TakeSentences(const AllocatorState& state,
                                    const Zone& zone, const Take& take) {
  std::vector<Sentence> out;
  if (take.fallback.has_value()) {
    out = FallbackSentences(state, zone, *take.fallback);
  }
  if (!take.fallback.has_value() ||
      take.fallback->kind == FallbackStory::Kind::kClaimedPageblock) {
    out.push_back(FoundSentence(state, zone, take));
  }
  const BlockSplit& split = take.split;
  if (split.remainders.empty() && split.guards.empty()) {
    out.push_back({fmt::format("It has the wanted size: block {} is taken "
                               "whole, nothing is split.",
                               BlockText(take.block.pfn, take.block.order)),
                   "", ""});
  } else {
    std::string text = SplitText(split);
    text[0] = 'B';
    out.push_back({fmt::format("{}; {} is left.", text,
                               BlockText(take.block.pfn, take.block.order)),
                   "expand()", "page-allocator.md 9.1"});
  }
  return out;
}

std::string TakeLine(const Take& take) {
  const BlockSplit& split = take.split;
  if (split.remainders.empty() && split.guards.empty()) {
    return fmt::format("{} leaves the {} list whole",
                       BlockText(take.block.pfn, take.block.order),
                       ToString(split.source.type));
  }
  std::string out =
      fmt::format("{} block {} split", ToString(split.source.type),
                  BlockText(split.source.pfn, split.source.order));
  std::string_view comma = ": ";
  for (const ListedBlock& rest : split.remainders) {
    out += fmt::format("{}{} to order {}", comma, PfnText(rest.pfn),
                       rest.order.value());
    comma = ", ";
  }
  for (const ListedBlock& guard : split.guards) {
    out += fmt::format("{}{} a guard", comma, PfnText(guard.pfn));
    comma = ", ";
  }
  return out +
         fmt::format(", {} taken", BlockText(take.block.pfn, take.block.order));
}

}  // namespace pagelab

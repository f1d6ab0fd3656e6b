// Blocks that leave the free lists, and the requests that they are for.

#include <utility>

#include "fmt/format.h"
#include "pagelab/report/explain/alloc_sentences.h"
#include "pagelab/report/explain/explainer_impl.h"

namespace pagelab {

void Explainer::Impl::BeginOperation(OpenAllocation& operation) {
  if (!operation.takes.empty()) return;
  operation.before = glimpse_;
  operation.before_is_vague = glimpse_is_vague_;
}

void Explainer::Impl::WaitForAllocation(const AllocatorEvent& event,
                                        const ExecutionContext& context) {
  if (!IsWanted(event.number)) return;
  const size_t level = LevelOf(context);
  waiting_takes_.push_back(
      {Begin(event), level, operations_[level].takes.size() - 1});
}

void Explainer::Impl::On(const AllocatorEvent& event,
                         const ExecutionContext& context,
                         const MmPageAllocZoneLocked& fields) {
  OpenAllocation& operation = operations_[LevelOf(context)];
  BeginOperation(operation);
  const Zone& zone = ZoneAt(fields.pfn);
  const ListedBlock block{fields.pfn, fields.order, fields.migratetype};
  operation.takes.push_back(
      {.first_event = event.number,
       .last_event = event.number,
       .block = block,
       .split = SplitOf(state_, zone, block,
                        glimpse_.is_taken() && !glimpse_is_vague_
                            ? &glimpse_.zone(zone).nr_free
                            : nullptr),
       .fallback = std::nullopt});
  origins_[fields.pfn.value()] = {PcpOrigin::Kind::kRefilled, event.number,
                                  event.comm};
  WaitForAllocation(event, context);
}

void Explainer::Impl::On(const AllocatorEvent& event,
                         const ExecutionContext& context,
                         const MmPageAllocExtfrag& fields) {
  OpenAllocation& operation = operations_[LevelOf(context)];
  BeginOperation(operation);
  const Zone& zone = ZoneAt(fields.pfn);
  std::vector<Take>& takes = operation.takes;
  const bool moved_blocks = !takes.empty() &&
                            takes.back().last_event + 1 == event.number &&
                            takes.back().block.pfn == fields.pfn &&
                            !takes.back().fallback.has_value();
  const size_t before = takes.size() - (moved_blocks ? 1 : 0);
  const bool stole_before =
      before > 0 && takes[before - 1].fallback.has_value() &&
      takes[before - 1].fallback->kind == FallbackStory::Kind::kStolen;
  FallbackStory story =
      StoryOf(state_, zone, fields, moved_blocks, stole_before);
  if (!moved_blocks) {
    const bool is_claimed = story.kind == FallbackStory::Kind::kClaimedBlock;
    takes.push_back(
        {.first_event = event.number,
         .last_event = event.number,
         .block = {fields.pfn, fields.alloc_order, fields.fallback_migratetype},
         .split = SplitFrom(
             state_,
             {fields.pfn, fields.fallback_order, fields.fallback_migratetype},
             fields.alloc_order,
             is_claimed ? fields.alloc_migratetype
                        : fields.fallback_migratetype),
         .fallback = std::nullopt});
  }
  takes.back().last_event = event.number;
  takes.back().fallback = std::move(story);
  origins_[fields.pfn.value()] = {PcpOrigin::Kind::kRefilled, event.number,
                                  event.comm};
  WaitForAllocation(event, context);
}

void Explainer::Impl::Give(WaitingTake& waiting, const AllocatorEvent* served) {
  const OpenAllocation& operation = operations_[waiting.level];
  const Take& take = operation.takes[waiting.index];
  Explanation& explanation = waiting.explanation;
  explanation.split = take.split;
  explanation.line =
      take.fallback.has_value() ? FallbackLine(*take.fallback) : TakeLine(take);
  const size_t count = operation.takes.size();
  std::string place = fmt::format(
      "Block {} of {} that {}: ", waiting.index + 1, count,
      count == 1 ? "leaves the free lists" : "leave the free lists together");
  if (served != nullptr) {
    place += fmt::format(
        "they are for the allocation of event {} ({} of order {} for {})",
        served->number, served->As<MmPageAlloc>()->failed ? "none" : "a block",
        EventOrder(*served).value(), served->comm);
    if (count == 1) place.replace(place.find("they are"), 8, "it is");
    if (count > 1) {
      place += ", which gets the first; the others stay on the per-cpu list";
    }
  } else {
    place +=
        "no allocation event follows, as for requests in bulk and for the "
        "first of several attempts";
  }
  explanation.sentences.push_back({place + ".",
                                   count > 1 ? "rmqueue_bulk()" : "rmqueue()",
                                   "page-allocator.md 12.3, 13.4"});
  for (Sentence& sentence :
       TakeSentences(state_, ZoneAt(take.block.pfn), take)) {
    explanation.sentences.push_back(std::move(sentence));
  }
  sink_(std::move(explanation));
}

void Explainer::Impl::EndOperation(size_t level, const AllocatorEvent* served) {
  OpenAllocation& operation = operations_[level];
  if (operation.takes.empty()) return;
  for (WaitingTake& waiting : waiting_takes_) {
    if (waiting.level == level) Give(waiting, served);
  }
  std::erase_if(waiting_takes_, [level](const WaitingTake& waiting) {
    return waiting.level == level;
  });
  operation.Clear();
}

void Explainer::Impl::On(const AllocatorEvent& event,
                         const ExecutionContext& context,
                         const MmPageAlloc& fields) {
  const size_t level = LevelOf(context);
  const OpenAllocation& operation = operations_[level];
  const auto origin =
      fields.failed ? origins_.end() : origins_.find(fields.pfn.value());
  if (IsWanted(event.number)) {
    SeenAllocation seen{
        .state = state_,
        .context = context,
        .event = fields,
        .operation = operation,
        .trail = SlowPathTrail::Between(last_vm_, state_.events),
        .origin = origin == origins_.end() ? nullptr : &origin->second};
    if (level > 0) seen.trail = {};
    Explanation explanation = Begin(event);
    if (fields.failed) {
      explanation.sentences = FailureSentences(seen);
      explanation.line = FailureLine(seen);
    } else {
      explanation.sentences = AllocationSentences(seen);
      explanation.line = AllocationLine(seen);
      if (!operation.takes.empty() &&
          operation.takes.front().block.pfn == fields.pfn) {
        explanation.split = operation.takes.front().split;
      }
    }
    EndOperation(level, &event);
    sink_(std::move(explanation));
  } else {
    EndOperation(level, &event);
  }
  if (origin != origins_.end()) origins_.erase(origin);
  if (level == 0) last_vm_ = state_.events;
}

}  // namespace pagelab

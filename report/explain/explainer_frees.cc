// Blocks that come back.

#include <algorithm>
#include <utility>

#include "pagelab/report/explain/explainer_impl.h"

namespace pagelab {

void Explainer::Impl::NoteFree(const AllocatorEvent& event,
                               const ExecutionContext& context, Pfn pfn,
                               Order order) {
  last_free_ = {.number = event.number,
                .level = LevelOf(context),
                .pfn = pfn,
                .order = order,
                .cpu = event.cpu,
                .forecast = ForecastFree(state_, event.cpu, pfn, order,
                                         IsWanted(event.number))};
  if (last_free_.forecast.way == FreeForecast::Way::kPcp) {
    origins_[pfn.value()] = {PcpOrigin::Kind::kFreed, event.number, event.comm};
  }
  if (!IsWanted(event.number)) return;
  waiting_frees_.push_back({.explanation = Begin(event),
                            .seen = {.cpu = event.cpu,
                                     .comm = event.comm,
                                     .forecast = last_free_.forecast}});
}

void Explainer::Impl::On(const AllocatorEvent& event,
                         const ExecutionContext& context,
                         const MmPageFree& fields) {
  NoteFree(event, context, fields.pfn, fields.order);
}

void Explainer::Impl::On(const AllocatorEvent& event,
                         const ExecutionContext& context,
                         const MmPageFreeBatched& fields) {
  for (WaitingFree& waiting : waiting_frees_) {
    if (waiting.seen.is_batched &&
        waiting.seen.forecast.block.pfn == fields.pfn) {
      waiting.seen.commit_event = event.number;
      Give(waiting);
    }
  }
  std::erase_if(waiting_frees_, [](const WaitingFree& waiting) {
    return waiting.seen.commit_event != 0;
  });
  NoteFree(event, context, fields.pfn,
           state_.memory->PageAt(fields.pfn)->order());
}

// Prepared, and on no list yet. What page_owner allocates meanwhile is not seen
// here.
bool Explainer::Impl::IsInBatch(const LastFree& free) const {
  const Page& page = *state_.memory->PageAt(free.pfn);
  return page.state == PageState::kAllocated && page.refcount == 0;
}

bool Explainer::Impl::IsOnPcp(const LastFree& free,
                              const AllocatorEvent* next) const {
  if (free.forecast.way != FreeForecast::Way::kPcp) return false;
  const PageState page_state = state_.memory->PageAt(free.pfn)->state;
  if (page_state == PageState::kPcp || next == nullptr) return true;
  // Gone again from there.
  if (EventPfn(*next) == free.pfn) return true;
  return page_state == PageState::kAllocated;
}

void Explainer::Impl::SettleLastFree(const AllocatorEvent* next) {
  LastFree free = std::exchange(last_free_, {});
  const bool is_batched = IsInBatch(free);
  const bool is_direct = !is_batched && !IsOnPcp(free, next);
  // Only those who cut off a part of a block free a page past the lists, and
  // to the tail.
  if (is_direct && free.forecast.way == FreeForecast::Way::kPcp) {
    for (BlockMerge& merge : free.forecast.merges) merge.at_tail = true;
  }
  if (is_batched || is_direct) {
    due_ = {};
    if (is_direct) origins_.erase(free.pfn.value());
  }
  for (WaitingFree& waiting : waiting_frees_) {
    if (waiting.is_settled) continue;
    waiting.is_settled = true;
    waiting.seen.forecast = free.forecast;
    waiting.seen.is_batched = is_batched;
    waiting.seen.is_direct = is_direct;
  }
  FinishFrees(next);
}

void Explainer::Impl::FinishFrees(const AllocatorEvent* next) {
  const bool may_drain =
      next != nullptr && next->As<MmPagePcpuDrain>() != nullptr;
  const bool may_commit =
      next != nullptr &&
      (next->As<MmPageFree>() != nullptr ||
       next->As<MmPageFreeBatched>() != nullptr || may_drain);
  std::erase_if(waiting_frees_, [&](WaitingFree& waiting) {
    if (!waiting.is_settled) return false;
    const bool waits = waiting.seen.is_batched
                           ? may_commit
                           : !waiting.seen.is_direct && may_drain &&
                                 waiting.seen.forecast.drained > 0;
    if (waits) return false;
    Give(waiting);
    return true;
  });
}

void Explainer::Impl::Give(WaitingFree& waiting) {
  Explanation& explanation = waiting.explanation;
  explanation.line = FreeLine(waiting.seen);
  explanation.sentences = FreeSentences(state_, waiting.seen);
  if (waiting.seen.is_direct) {
    explanation.merges = waiting.seen.forecast.merges;
  }
  sink_(std::move(explanation));
}

void Explainer::Impl::On(const AllocatorEvent& event,
                         const ExecutionContext& /*context*/,
                         const MmPagePcpuDrain& fields) {
  const Zone& zone = ZoneAt(fields.pfn);
  const int pages = static_cast<int>(fields.order.pages());
  uint64_t cause = 0;
  if (due_.pages > 0 && due_.zone == &zone && due_.cpu == event.cpu) {
    cause = due_.cause;
    due_.pages -= pages;
  } else {
    due_ = {};
  }
  for (WaitingFree& waiting : waiting_frees_) {
    if (waiting.explanation.event.number == cause) {
      waiting.seen.drained.push_back(
          {fields.pfn, fields.order, fields.migratetype});
    }
  }
  origins_.erase(fields.pfn.value());
  if (!IsWanted(event.number)) return;
  const ListedBlock block{fields.pfn, fields.order, fields.migratetype};
  std::optional<BlockMerge> merge =
      MergeOf(state_, zone, fields.pfn, fields.order);
  if (!merge.has_value()) merge = BlockMerge{.freed = block, .result = block};
  const SeenDrain seen{.state = state_,
                       .zone = zone,
                       .block = block,
                       .merge = *merge,
                       .cause = cause,
                       .left = std::max(due_.pages, 0)};
  Explanation explanation = Begin(event);
  explanation.line = DrainLine(seen);
  explanation.sentences = DrainSentences(seen);
  explanation.merges = {*std::move(merge)};
  sink_(std::move(explanation));
}

}  // namespace pagelab

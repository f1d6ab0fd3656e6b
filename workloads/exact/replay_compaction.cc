// Blocks that compaction takes, and contiguous ranges: page-allocator.md 16,
// 17.2, 25.6.

#include <utility>

#include "pagelab/alloc/free_area_ops.h"
#include "pagelab/alloc/isolation.h"
#include "pagelab/workloads/exact/exact_replay.h"

namespace pagelab {

void ExactReplay::Isolate(uint64_t index) {
  const RecordedEvent& event = events_[index];
  if (event.extra == 0) return;
  Page& page = *allocator_state_.memory->PageAt(event.frame());
  Zone& zone = allocator_state_.ZoneOf(page);
  if (!IsFreeBlock(page, event.block_order(), zone)) {
    Diverge(index, "no free block of this order there");
    return;
  }
  if (event.Has(RecordedEvent::kFastSearch)) {
    RotateListTo(allocator_state_, page);
    state_.counts.Note(Applied::kRotations);
  }
  IsolateFreeBlock(allocator_state_, CpuId(event.cpu), page);
  state_.counts.Note(Applied::kIsolatedBlocks);
  for (OpenContigRange& range : state_.contig) {
    if (range.pid != event.pid || !range.taking) continue;
    if (!range.taken) range.taken_begin = event.frame();
    range.taken = true;
    range.taken_end = event.frame() + PageCount(event.block_order().pages());
  }
}

void ExactReplay::Putback(uint64_t index) {
  const RecordedEvent& event = events_[index];
  Page& page = *allocator_state_.memory->PageAt(event.frame());
  if (page.state != PageState::kPrivate ||
      page.order() != event.block_order()) {
    return;
  }
  PutbackIsolatedBlock(allocator_, CpuId(event.cpu), page, event.block_order());
  state_.counts.Note(Applied::kPutbacks);
}

void ExactReplay::BeginContigRange(uint64_t index, uint64_t info) {
  const RecordedEvent& event = events_[index];
  for (const OpenContigRange& open : state_.contig) {
    if (open.pid == event.pid) return;
  }
  const Order order = allocator_state_.memory->pageblock_order();
  const PageCount step(order.pages());
  OpenContigRange range;
  range.pid = event.pid;
  range.range = {Pfn(events_[info].pfn), Pfn(events_[info].extra)};
  const Pfn begin = AlignDown(range.range.begin, order);
  const Pfn end = AlignDown(range.range.end + step - PageCount(1), order);
  ExecutionContext context = ContextFor(event, CpuId(event.cpu));
  for (Pfn pfn = begin; pfn < end; pfn += step) {
    range.types.push_back(
        static_cast<uint8_t>(allocator_state_.PageblockType(pfn)));
  }
  Begin(index, index + 1, index + 1);
  const Pfn last = end - step;
  IsolatePageblock(allocator_, context, begin);
  if (last > begin) IsolatePageblock(allocator_, context, last);
  for (Pfn pfn = begin + step; pfn < last; pfn += step) {
    IsolatePageblock(allocator_, context, pfn);
  }
  state_.contig.push_back(std::move(range));
  state_.counts.Note(Applied::kContigRanges);
}

// Follows an open range: after the blocks were taken come the frees of what
// is too much, then the pageblocks return to their types.
void ExactReplay::NoteContigFree(const RecordedEvent& event) {
  for (size_t i = 0; i < state_.contig.size(); ++i) {
    OpenContigRange& range = state_.contig[i];
    if (range.pid != event.pid || !range.taking ||
        event.level != InterruptLevel::kTask) {
      continue;
    }
    uint64_t next = state_.position + 1;
    next = NextOf(ContextOf(event), next, Limit(next));
    const bool takes_on = next != events_.size() &&
                          events_[next].kind == RecordedKind::kIsolateFreePage;
    if (event.kind == RecordedKind::kIsolateFreePage && !takes_on) {
      range.frees_left = 0;
      if (range.taken_begin < range.range.begin) {
        range.frees_left += (range.range.begin - range.taken_begin).value();
      }
      if (range.range.end < range.taken_end) {
        range.frees_left += (range.taken_end - range.range.end).value();
      }
    } else if (event.kind == RecordedKind::kPageFree && range.frees_left > 0) {
      --range.frees_left;
    }
    if (takes_on || (range.taken && range.frees_left > 0)) continue;
    EndContigRange(range);
    state_.contig.erase(state_.contig.begin() + static_cast<ptrdiff_t>(i));
    return;
  }
}

void ExactReplay::EndContigRange(OpenContigRange& range) {
  const RecordedEvent& event = events_[state_.position];
  ExecutionContext context = ContextFor(event, CpuId(event.cpu));
  const Order order = allocator_state_.memory->pageblock_order();
  Pfn pfn = AlignDown(range.range.begin, order);
  for (const uint8_t type : range.types) {
    UnisolatePageblock(allocator_, context, pfn,
                       static_cast<Migratetype>(type));
    pfn += PageCount(order.pages());
  }
}

}  // namespace pagelab

#include "pagelab/workloads/replay/redrive.h"

#include <algorithm>

#include "pagelab/alloc/page_allocator.h"
#include "pagelab/workloads/memory_stats.h"

namespace pagelab {

Redrive::Redrive(Machine& machine, const RedriveOptions& options)
    : machine_(machine),
      options_(options),
      stacks_(machine.symbols()),
      start_(machine.clock().now()) {
  context_.task = &task_;
  context_.stack_kind = StackKind::kScripted;
}

void Redrive::Apply(const TraceEvent& event) {
  AdvanceClock(event.time);
  switch (event.kind) {
    case TraceEventKind::kPageAlloc:
      return Alloc(event);
    case TraceEventKind::kPageFree:
      return Free(event);
    case TraceEventKind::kProbe:
      return NoteProbe(event);
    default:
      return;
  }
}

void Redrive::AdvanceClock(const TraceTime& time) {
  uint64_t now = time.value;
  if (time.is_ticks() && options_.ticks_per_second != 1'000'000'000) {
    const uint64_t rate = options_.ticks_per_second;
    now = now / rate * 1'000'000'000 + now % rate * 1'000'000'000 / rate;
  }
  if (!started_) {
    started_ = true;
    first_time_ = now;
  }
  if (now > first_time_) {
    machine_.clock().AdvanceTo(start_ + Nanoseconds(now - first_time_));
  }
}

void Redrive::SetContext(const TraceEvent& event) {
  context_.cpu = CpuId(event.cpu.value() % machine_.state().nr_cpus);
  context_.level = event.level;
  context_.now = machine_.clock().now();
  context_.frames = stacks_.Resolve(event);
  if (task_.pid != event.pid || comm_ != event.comm) SetTask(event);
  task_.tgid = event.tgid < 0 ? event.pid : event.tgid;
}

void Redrive::SetTask(const TraceEvent& event) {
  comm_ = event.comm;
  task_.pid = event.pid;
  if (event.comm == "<idle>") {
    // The tracer's name for what the kernel calls otherwise.
    task_.set_comm("swapper/" + std::to_string(event.cpu.value()));
  } else {
    task_.set_comm(event.comm);
  }
}

void Redrive::Alloc(const TraceEvent& event) {
  if (event.allocation_failed()) {
    ++counts_.failed_in_recording;
    return;
  }
  if (!event.pfn.IsAlignedTo(event.order)) {
    ++counts_.misaligned;
    return;
  }
  SetContext(event);
  const absl::Span<FrameEntry> frames = frames_.Block(event.pfn, event.order);
  FreeForgotten(event.pfn, frames);
  Page* page = machine_.allocator().AllocPages(
      context_, {.gfp = event.gfp, .order = event.order, .node = NodeId()});
  if (page == nullptr) {
    ++counts_.failed_here;
    std::fill(frames.begin(), frames.end(), FrameEntry::Missing());
    return;
  }
  Pfn pfn = machine_.memory().PfnOf(page);
  if (event.gfp.Has(gfp::kMovable)) {
    page->flags = page->flags.With(kUserPage);
    CountUserPages(machine_, pfn, PageCount(frames.size()), StatChange::kAdd);
  }
  ++counts_.allocations;
  counts_.pages_allocated += frames.size();
  counts_.same_frame += pfn == event.pfn;
  for (FrameEntry& frame : frames) {
    frame = FrameEntry::Held(pfn, event.order);
    ++pfn;
  }
}

void Redrive::FreeForgotten(Pfn head, absl::Span<FrameEntry> frames) {
  const bool any =
      std::any_of(frames.begin(), frames.end(),
                  [](const FrameEntry& frame) { return frame.held(); });
  if (!any) [[likely]]
    return;
  ++counts_.missed_frees;
  const Order order = frames.front().order();
  if (frames.front().held() && order.pages() > frames.size()) {
    frames = frames_.Block(AlignDown(head, order), order);
  }
  FreeHeld(frames);
}

void Redrive::Free(const TraceEvent& event) {
  if (GoesToCompactor(event)) {
    ++counts_.skipped_compactor;
    return;
  }
  if (!event.pfn.IsAlignedTo(event.order)) {
    ++counts_.misaligned;
    return;
  }
  const absl::Span<FrameEntry> frames = frames_.Block(event.pfn, event.order);
  const FrameEntry first = frames.front();
  SetContext(event);
  if (first.held() && first.order() > event.order) {
    SplitAround(event.pfn, event.order);
    ++counts_.partial_frees;
  }
  const PageCount freed = FreeHeld(frames);
  if (freed == PageCount(0)) return CountSkipped(first.state());
  ++counts_.frees;
  counts_.pages_freed += freed.value();
}

PageCount Redrive::FreeHeld(absl::Span<FrameEntry> frames) {
  PageCount freed;
  for (size_t i = 0; i < frames.size();) {
    if (!frames[i].held()) {
      frames[i++] = FrameEntry::Free();
      continue;
    }
    const Order order = frames[i].order();
    FreeBlock(frames[i].pfn(), order);
    freed += PageCount(order.pages());
    const size_t end = i + order.pages();
    while (i < end) frames[i++] = FrameEntry::Free();
  }
  return freed;
}

void Redrive::SplitAround(Pfn head, Order order) {
  const FrameEntry first = frames_.Block(head, order).front();
  const Pfn whole_head = AlignDown(head, first.order());
  const absl::Span<FrameEntry> whole = frames_.Block(whole_head, first.order());
  const Pfn pfn = whole.front().pfn();
  const PageCount pages(whole.size());
  CountUserPages(machine_, pfn, pages, StatChange::kRemove);
  Page* page = machine_.memory().PageAt(pfn);
  machine_.allocator().SplitPage(page, first.order(), order);
  for (uint64_t i = 0; i < pages.value(); i += order.pages()) {
    CountUserPages(machine_, pfn + PageCount(i), PageCount(order.pages()),
                   StatChange::kAdd);
  }
  Pfn each = pfn;
  for (FrameEntry& frame : whole) {
    frame = FrameEntry::Held(each, order);
    ++each;
  }
}

void Redrive::FreeBlock(Pfn head, Order order) {
  Page* page = machine_.memory().PageAt(head);
  CountUserPages(machine_, head, PageCount(order.pages()), StatChange::kRemove);
  page->flags = page->flags.Without(page_flag::kLru);
  machine_.allocator().FreePages(context_, page, order);
}

void Redrive::CountSkipped(FrameEntry::State state) {
  switch (state) {
    case FrameEntry::State::kUnseen:
      ++counts_.skipped_unseen;
      return;
    case FrameEntry::State::kMissing:
      ++counts_.skipped_failed;
      return;
    case FrameEntry::State::kFree:
    case FrameEntry::State::kHeld:
      ++counts_.skipped_free;
      return;
  }
}

void Redrive::NoteProbe(const TraceEvent& event) {
  if (event.name != "compaction_free") return;
  const size_t cpu = static_cast<size_t>(event.cpu.value());
  if (cpu >= compactor_frees_.size()) compactor_frees_.resize(cpu + 1);
  compactor_frees_[cpu] = {true, event.pid, event.level};
}

bool Redrive::GoesToCompactor(const TraceEvent& event) {
  const size_t cpu = static_cast<size_t>(event.cpu.value());
  if (cpu >= compactor_frees_.size()) return false;
  CompactorFree& last = compactor_frees_[cpu];
  if (!last.pending || last.pid != event.pid || last.level != event.level) {
    return false;
  }
  last.pending = false;
  return true;
}

}  // namespace pagelab

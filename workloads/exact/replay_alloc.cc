// Allocations: page-allocator.md 13, 14, 19.1 and 25.3.

#include <algorithm>

#include "fmt/format.h"
#include "pagelab/alloc/free_area_ops.h"
#include "pagelab/alloc/pcp_tuning.h"
#include "pagelab/alloc/slow_path_flags.h"
#include "pagelab/workloads/exact/exact_replay.h"

namespace pagelab {

AllocControl ExactReplay::ControlOf(CpuId cpu,
                                    const AllocRequest& request) const {
  ExecutionContext context;
  context.cpu = cpu;
  return ControlFor(allocator_state_, context, request, request.gfp);
}

// The page of a refill's owner is the first one taken: the list was empty.
// Nearly always the owner is printed next in the same context; on several CPUs
// its task may have moved on before it printed.
uint64_t ExactReplay::OwnerOf(uint64_t run) const {
  const RecordedEvent& first = events_[run];
  const RecordedContext context = ContextOf(first);
  const uint64_t end = Limit(run);
  uint64_t owner = run;
  do {
    owner = NextOf(context, owner + 1, end);
  } while (owner != events_.size() && events_[owner].is_refill());
  const bool found = owner != events_.size() &&
                     (events_[owner].kind == RecordedKind::kPageAlloc ||
                      events_[owner].kind == RecordedKind::kBulkPage);
  if (allocator_state_.nr_cpus == 1) return found ? owner : events_.size();
  if (found &&
      (events_[owner].pfn == first.pfn || OuterOf(owner) != events_.size())) {
    return owner;
  }
  const uint64_t near = std::min(end, run + kPrintedWithin);
  for (uint64_t i = run + 1; i < near; ++i) {
    const RecordedEvent& event = events_[i];
    if (event.pfn != first.pfn || IsDone(i)) continue;
    if (event.kind == RecordedKind::kPageFree) break;
    if (event.kind == RecordedKind::kPageAlloc && event.pid == first.pid &&
        event.level == first.level) {
      return i;
    }
  }
  return found ? owner : events_.size();
}

// A run of refill events: the allocation that they belong to is simulated now,
// so that what comes in between sees the refilled list.
void ExactReplay::Refill(uint64_t index) {
  ForceUnreserve(index);
  LeaveSharedPageset(index);
  const uint64_t owner = OwnerOf(index);
  if (owner == events_.size()) {
    BulkRefill(index);
    return;
  }
  const uint64_t outer = OuterOf(owner);
  if (outer != events_.size()) {
    state_.counts.Note(Applied::kNestedOuterFirst);
    state_.done.Add(outer);
    Serve(outer, index);
    if (divergence_.has_value() || IsDone(owner)) return;
  }
  // The rest of the run, if there is one, is the nested one's.
  state_.done.Add(owner);
  if (events_[owner].kind == RecordedKind::kBulkPage) {
    BulkPage(owner, index);
  } else if (events_[owner].failed_allocation()) {
    AllocFailed(owner);
  } else {
    Serve(owner, index);
  }
}

void ExactReplay::BulkRefill(uint64_t index) {
  const RecordedEvent& event = events_[index];
  if (event.kind != RecordedKind::kPageAllocZoneLocked || event.order != 0) {
    Diverge(index, "nobody who would take it");
    return;
  }
  const Page& page = *allocator_state_.memory->PageAt(event.frame());
  Zone& zone = allocator_state_.ZoneOf(page);
  PerCpuPages& pcp = zone.pcp[event.cpu];
  const Migratetype type = allocator_state_.PageblockType(event.frame());
  const Migratetype wanted = PcpTypeOf(type);
  Begin(index, index, Limit(index));
  ExecutionContext context = ContextFor(event, CpuId(event.cpu));
  const PcpRefill refill{
      .list = PcpListIndex(Order(0), wanted),
      .nr_blocks = NrPcpAlloc(allocator_state_.policy, zone, pcp, Order(0)),
      .type = wanted,
      .flags = alloc_flag::kWmarkLow.With(CmaFlag(allocator_state_, wanted))};
  allocator_.RefillPcp(context, zone, pcp, refill);
  state_.counts.Note(Applied::kBulkRefills);
}

// One page of a bulk allocation: off the list, without the rest of an
// allocation (page-allocator.md 15.1).
void ExactReplay::BulkPage(uint64_t index, uint64_t run) {
  const RecordedEvent& event = events_[index];
  const Migratetype type = RequestType(allocator_state_.policy, event.mask());
  Zone& zone =
      allocator_state_.ZoneOf(*allocator_state_.memory->PageAt(event.frame()));
  BeginAlloc(index, run);
  ExecutionContext context = ContextFor(event, CpuId(event.cpu));
  Page* page = allocator_.PopFromPcp(
      context, zone, Order(0), type,
      alloc_flag::kWmarkLow.With(CmaFlag(allocator_state_, type)));
  ++state_.counts.allocations;
  state_.counts.Note(Applied::kBulkPages);
  wrong_page_ = page;
  if (divergence_.has_value()) return;
  if (page == nullptr) {
    Diverge(index, "no page");
  } else if (allocator_state_.memory->PfnOf(page) != event.frame()) {
    DivergeByPage(index, *page);
  } else {
    page->state = PageState::kAllocated;
    ++state_.counts.exact;
  }
}

void ExactReplay::Alloc(uint64_t index) {
  const RecordedEvent& event = events_[index];
  if (event.failed_allocation()) [[unlikely]] {
    AllocFailed(index);
    return;
  }
  if (IsInterrupt(event)) [[unlikely]] {
    PopInterruptedFirst(index, BurstAt(index));
  }
  const uint64_t outer = OuterOf(index);
  if (outer != events_.size()) [[unlikely]] {
    state_.counts.Note(Applied::kNestedOuterFirst);
    state_.done.Add(outer);
    Serve(outer, outer);
    if (divergence_.has_value()) return;
  }
  Serve(index, index);
}

void ExactReplay::BeginAlloc(uint64_t index, uint64_t run) {
  Begin(index, run, index);
  operation_.context = ContextOf(events_[run]);
}

void ExactReplay::Serve(uint64_t index, uint64_t run) {
  const RecordedEvent& event = events_[index];
  BeginAlloc(index, run);
  if (run == index && TakeCaptured(index)) return;
  const Source source = FindSource(index, run);
  if (divergence_.has_value()) return;
  BeginAlloc(index, run);
  Page* page = Attempt(event, source);
  ++state_.counts.allocations;
  wrong_page_ = page;
  if (divergence_.has_value()) return;
  const Page* recorded = allocator_state_.memory->PageAt(event.frame());
  if (page == recorded) [[likely]] {
    ++state_.counts.exact;
    return;
  }
  if (page == nullptr) {
    Diverge(index, "no page");
    return;
  }
  DivergeByPage(index, *page);
}

// The task whose slow path this allocation ends.
SlowTask* ExactReplay::PendingTaskOf(const RecordedEvent& event) {
  constexpr uint32_t kZonesAndTypes = 0x1f;
  if (event.level != InterruptLevel::kTask) return nullptr;
  SlowTask* slow = SlowTaskOf(event.pid);
  const bool ends = slow != nullptr && slow->pending && !slow->in_reclaim &&
                    slow->order == event.block_order() &&
                    ((slow->gfp.value() ^ event.gfp) & kZonesAndTypes) == 0;
  return ends ? slow : nullptr;
}

Page* ExactReplay::Attempt(const RecordedEvent& event, const Source& source) {
  ExecutionContext context = ContextFor(event, source.cpu);
  const AllocControl ac =
      ControlOf(CpuId(event.cpu), event.request(source.node));
  if (ac.zonelist.empty()) return nullptr;
  PerCpuPages* held = nullptr;
  if (source.held) {
    Page& page = *allocator_state_.memory->PageAt(event.frame());
    held = &allocator_state_.ZoneOf(page).pcp[source.cpu.value()];
    held->locked = true;
  }
  SlowTask* pending = PendingTaskOf(event);
  Page* page = nullptr;
  if (pending == nullptr) {
    const Node& node = NodeFor(allocator_state_, context, source.node);
    page = allocator_.GetPageFromFreelist(
        context, ac, FastPathFlags(RouteFor(node, ac.gfp), ac.gfp));
  }
  if (page == nullptr) {
    page = allocator_.GetPageFromFreelist(context, ac,
                                          SlowPathFlags(allocator_state_, ac));
  }
  if (page == nullptr) page = AttemptReserves(context, ac, event);
  if (held != nullptr) held->locked = false;
  if (pending != nullptr) pending->End();
  return page;
}

Page* ExactReplay::AttemptReserves(ExecutionContext& context,
                                   const AllocControl& ac,
                                   const RecordedEvent& event) {
  SlowTask* slow = SlowTaskOf(event.pid);
  task_.memalloc = event.Has(RecordedEvent::kByKswapd) ||
                   (slow != nullptr && slow->in_reclaim);
  task_.oom_victim = slow != nullptr && slow->oom_victim;
  const AllocFlags slow_flags = SlowPathFlags(allocator_state_, ac);
  const AllocFlags rest =
      CmaFlag(allocator_state_, ac.type)
          .With(AllocFlags(slow_flags.value() & alloc_flag::kKswapd.value()));
  AllocFlags reserves = ReserveFlags(context, ac.gfp);
  task_.memalloc = false;
  task_.oom_victim = false;
  if (reserves.value() != 0) {
    Page* page =
        allocator_.GetPageFromFreelist(context, ac, reserves.With(rest));
    if (page != nullptr || event.failed_allocation()) return page;
  }
  if (event.failed_allocation()) return nullptr;
  // It did get a page: it had rights that the recording does not show.
  const Page& recorded = *allocator_state_.memory->PageAt(event.frame());
  const Zone* own = &allocator_state_.ZoneOf(recorded);
  reserves = PeekZone(ac, alloc_flag::kOom.With(rest)) == own
                 ? alloc_flag::kOom
                 : alloc_flag::kNoWatermarks;
  state_.counts.Note(Applied::kAssumedReserves);
  return allocator_.GetPageFromFreelist(context, ac, reserves.With(rest));
}

void ExactReplay::DivergeByPage(uint64_t index, const Page& page) {
  const Pfn pfn = allocator_state_.memory->PfnOf(&page);
  Diverge(index, fmt::format("page frame {:#x}", pfn.value()), pfn);
}

// A direct compactor gets the block that its own frees merge to without it
// ever being listed (page-allocator.md 17.4).
bool ExactReplay::TakeCaptured(uint64_t index) {
  const RecordedEvent& event = events_[index];
  SlowTask* slow = PendingTaskOf(event);
  if (slow == nullptr || !slow->compacting) return false;
  Page& page = *allocator_state_.memory->PageAt(event.frame());
  Zone& zone = allocator_state_.ZoneOf(page);
  if (!IsFreeBlock(page, event.block_order(), zone)) return false;
  const Migratetype type = allocator_state_.PageblockType(event.frame());
  RemoveFromFreeList(zone, page, event.block_order(), type);
  AccountFreePages(zone, CpuId(event.cpu),
                   -static_cast<int64_t>(event.block_order().pages()), type);
  page.state = PageState::kAllocated;
  slow->End();
  ++state_.counts.allocations;
  ++state_.counts.exact;
  state_.counts.Note(Applied::kCapturedBlocks);
  return true;
}

void ExactReplay::AllocFailed(uint64_t index) {
  const RecordedEvent& event = events_[index];
  ++state_.counts.failed_allocations;
  SlowTask* slow = PendingTaskOf(event);
  if (slow != nullptr) {
    slow->End();
    ++state_.counts.failed_unknown;
    return;
  }
  Begin(index, std::min(state_.position, index), index);
  Page* page = Attempt(event, {.cpu = CpuId(event.cpu), .node = NodeId()});
  wrong_page_ = page;
  if (divergence_.has_value()) return;
  if (page == nullptr) {
    ++state_.counts.failed_alike;
    return;
  }
  DivergeByPage(index, *page);
}

}  // namespace pagelab

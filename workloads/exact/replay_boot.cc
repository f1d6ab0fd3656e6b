// A machine that boots while it is recorded: page-allocator.md 25.8.

#include "pagelab/alloc/limits.h"
#include "pagelab/alloc/pcp_tuning.h"
#include "pagelab/workloads/exact/exact_replay.h"

namespace pagelab {
namespace {

// Frames given back in a row, one by one, from which on they are taken for
// memory that boot had reserved.
constexpr uint64_t kLeastReservedRun = 8;
// Larger than any cache: that CPUs report theirs is all that counts here.
constexpr int64_t kPlentyOfCache = int64_t{1} << 30;

bool HasBootPagesets(const AllocatorState& state) {
  for (int i = 0; i < state.nr_zones; ++i) {
    const Zone& zone = state.zones[i];
    if (!zone.populated()) continue;
    if (zone.pcp[0].high_max != 0 || zone.pcp[0].batch != 1) return false;
  }
  return true;
}

}  // namespace

void ExactReplay::FindBootStage() {
  if (HasBootPagesets(allocator_state_)) {
    state_.boot = LimitsStage::kSharedPageset;
    booted_here_ = true;
  }
}

// The stages have no event of their own.
void ExactReplay::AdvanceBoot() {
  using enum LimitsStage;
  switch (state_.boot) {
    case kSharedPageset:
      SetupPerCpuPagesets(allocator_state_);
      state_.boot = kPagesets;
      break;
    case kPagesets:
      InitPerZoneWatermarks(allocator_state_);
      state_.boot = kWatermarks;
      break;
    case kWatermarks:
      RaiseMinFreeForHugePages(allocator_state_);
      state_.boot = kHugePages;
      break;
    case kHugePages:
      allocator_state_.policy.cache_slice_pages = kPlentyOfCache;
      ApplyCacheInfo(allocator_state_);
      state_.boot = kDone;
      break;
    case kDone:
      return;
  }
  state_.boot_since = state_.position;
  state_.counts.Note(Applied::kBootLimits);
}

// The shared pageset takes one block at a time and keeps none.
void ExactReplay::LeaveSharedPageset(uint64_t index) {
  if (state_.boot != LimitsStage::kSharedPageset) return;
  const RecordedEvent& event = events_[index];
  const RecordedContext context = ContextOf(event);
  if (event.is_refill()) {
    const uint64_t next = NextOf(context, index + 1, Limit(index));
    if (next != events_.size() && events_[next].is_refill()) AdvanceBoot();
    return;
  }
  if (!IsPcpOrder(allocator_state_.policy, event.block_order())) return;
  if (NextDrainOf(context, index + 1) == events_.size()) AdvanceBoot();
}

// Memory that boot had reserved joins the zone frame by frame
// (free_reserved_area, page-allocator.md 5.5).
void ExactReplay::NoteReservedFree(uint64_t index, const Page& page) {
  const RecordedEvent& event = events_[index];
  const bool may_be = event.order == 0 &&
                      event.kind == RecordedKind::kPageFree &&
                      page.state == PageState::kNone;
  if (!may_be || event.pfn != state_.reserved_next) state_.reserved_run = 0;
  if (!may_be) return;
  state_.reserved_next = event.pfn + 1;
  ++state_.reserved_run;
  Zone& zone = allocator_state_.ZoneOf(page);
  if (state_.reserved_run == kLeastReservedRun) {
    // The boot thread gives back a little before the first initcall; all else,
    // the initrd first, goes after those that set limits.
    while (event.pid != 0 && state_.boot != LimitsStage::kDone) AdvanceBoot();
    zone.managed += PageCount(kLeastReservedRun);
  } else if (state_.reserved_run > kLeastReservedRun) {
    zone.managed += PageCount(1);
  }
}

}  // namespace pagelab

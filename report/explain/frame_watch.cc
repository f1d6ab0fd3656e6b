#include "pagelab/report/explain/frame_watch.h"

#include <cstring>

#include "fmt/format.h"
#include "pagelab/report/explain/block_moves.h"
#include "pagelab/report/pfn_text.h"

namespace pagelab {
namespace {

bool IsSame(const std::optional<PageOwnerRecord>& a,
            const std::optional<PageOwnerRecord>& b) {
  if (a.has_value() != b.has_value()) return false;
  return !a.has_value() || std::memcmp(&*a, &*b, sizeof(*a)) == 0;
}

std::string EventChapter(const AllocatorEvent& event) {
  const std::string block = BlockText(EventPfn(event), EventOrder(event));
  if (const auto* alloc = event.As<MmPageAlloc>()) {
    const std::string gfp = ToString(alloc->gfp);
    return fmt::format("allocated: block {}, {}, {}", block,
                       ToString(alloc->migratetype),
                       gfp.empty() ? "no gfp flags" : gfp);
  }
  if (event.As<MmPageFree>() != nullptr) {
    return fmt::format("freed: block {}", block);
  }
  if (event.As<MmPageFreeBatched>() != nullptr) {
    return "put on a list, with the rest of its batch";
  }
  if (event.As<MmPagePcpuDrain>() != nullptr) {
    return fmt::format("drained from the per-cpu list: block {}", block);
  }
  if (const auto* fallback = event.As<MmPageAllocExtfrag>()) {
    return fmt::format("taken from the {} lists for {}: block {}",
                       ToString(fallback->fallback_migratetype),
                       ToString(fallback->alloc_migratetype), block);
  }
  return fmt::format("taken off the free lists: block {}", block);
}

// What changed in a record behind the events' back.
std::string RecordChapter(const PageOwner& owner, const PageOwnerRecord& before,
                          const PageOwnerRecord& after) {
  const auto& reasons = owner.text().migrate_reasons;
  const auto reason = static_cast<size_t>(after.last_migrate_reason);
  if (after.last_migrate_reason >= 0 && reason < reasons.size() &&
      before.last_migrate_reason != after.last_migrate_reason) {
    return fmt::format(
        "another frame's contents move here ({}), with the record of {}/{}",
        reasons[reason], after.comm_text(), after.pid);
  }
  if (before.ts_nsec != after.ts_nsec) {
    return fmt::format(
        "recorded for {}/{} without an allocation event: order {}, mask {:#x}",
        after.comm_text(), after.pid, after.order, after.gfp_mask);
  }
  if (before.order != after.order) {
    return fmt::format("its block is split into blocks of order {}",
                       after.order);
  }
  if (before.handle != after.handle) {
    return "its contents move away; the record takes over the stack of the "
           "frame that they move to";
  }
  return "";
}

// Only the stack was exchanged, as for a frame whose contents moved away.
bool IsOtherStack(const PageOwnerRecord& before, const PageOwnerRecord& after) {
  return before.handle != after.handle && before.ts_nsec == after.ts_nsec &&
         before.order == after.order &&
         before.last_migrate_reason == after.last_migrate_reason;
}

// The first frame of the block that `pfn` is in: free blocks that nobody
// touched yet are one extent, a run of them.
Pfn HeadOf(const FrameExtent& extent, Pfn pfn) {
  return extent.kind == FrameExtent::Kind::kBuddy ? AlignDown(pfn, extent.order)
                                                  : extent.range.begin;
}

// Of the list that a free block is on; any other extent has none.
Migratetype ListTypeOf(const AllocatorState& state, const FrameExtent& extent,
                       Pfn pfn) {
  return extent.kind == FrameExtent::Kind::kBuddy
             ? state.PageblockType(HeadOf(extent, pfn))
             : Migratetype::kUnmovable;
}

}  // namespace

std::string UseText(const AllocatorState& state, Pfn pfn) {
  const FrameExtent extent = ExtentAt(state, pfn);
  const Pfn head = HeadOf(extent, pfn);
  const std::string block = BlockText(head, extent.order);
  switch (extent.kind) {
    case FrameExtent::Kind::kInvalid:
      return "no memory";
    case FrameExtent::Kind::kReserved:
      return "reserved: firmware, boot memory or a hole";
    case FrameExtent::Kind::kBuddy:
      return fmt::format("free: in block {} of the {} lists", block,
                         ToString(state.PageblockType(head)));
    case FrameExtent::Kind::kPcp:
      return fmt::format("on a per-cpu list: in block {}", block);
    case FrameExtent::Kind::kAllocated:
      return fmt::format("in use: in block {}", block);
    case FrameExtent::Kind::kPrivate:
      return fmt::format(
          "taken off the lists, owned by nobody yet: in block "
          "{}",
          block);
    case FrameExtent::Kind::kGuard:
      return fmt::format("a guard: in block {}", block);
  }
  __builtin_unreachable();
}

FrameWatch::FrameWatch(Machine& machine, Pfn pfn)
    : machine_(machine), pfn_(pfn), use_(ExtentAt(machine.state(), pfn)) {
  list_type_ = ListTypeOf(machine.state(), use_, pfn);
  was_memory_ = use_.kind != FrameExtent::Kind::kInvalid;
  if (machine.page_owner() != nullptr) {
    record_ = machine.page_owner()->EntryAt(pfn).record;
  }
  Add(nullptr, false, "at the start: " + UseText(machine.state(), pfn));
}

bool FrameWatch::Covers(const AllocatorEvent& event) const {
  const auto* alloc = event.As<MmPageAlloc>();
  if (alloc != nullptr && alloc->failed) return false;
  const Pfn head = EventPfn(event);
  return head <= pfn_ && pfn_ < head + PageCount(EventOrder(event).pages());
}

void FrameWatch::Add(const AllocatorEvent* event, bool has_event,
                     std::string text) {
  FrameStory::Chapter chapter{.has_event = has_event, .text = std::move(text)};
  if (event != nullptr) {
    chapter.event = event->number;
    if (has_event) {
      chapter.who = fmt::format("{}/{}", event->comm, event->pid);
    }
  }
  chapters_.push_back(std::move(chapter));
}

void FrameWatch::SeeUse(const AllocatorEvent* event, bool is_named) {
  const AllocatorState& state = machine_.state();
  const FrameExtent use = ExtentAt(state, pfn_);
  const Migratetype type = ListTypeOf(state, use, pfn_);
  const bool is_same =
      use.kind == use_.kind && use.order == use_.order && type == list_type_;
  use_ = use;
  list_type_ = type;
  was_memory_ |= use.kind != FrameExtent::Kind::kInvalid;
  if (is_same) return;
  // What the frame's own event does is said by it, but for where a free ends.
  if (is_named && use.kind != FrameExtent::Kind::kBuddy) return;
  // In the middle of an operation.
  if (!is_named && use.kind == FrameExtent::Kind::kReserved) return;
  Add(event, false, UseText(state, pfn_));
}

void FrameWatch::SeeRecord(const AllocatorEvent* event, bool is_own) {
  const PageOwner* owner = machine_.page_owner();
  if (owner == nullptr) return;
  std::optional<PageOwnerRecord> record = owner->EntryAt(pfn_).record;
  if (IsSame(record, record_)) return;
  const bool is_anew = !record_.has_value() || !record.has_value() ||
                       record_->ts_nsec != record->ts_nsec;
  if (is_anew) has_other_stack_ = false;
  if (!is_own && record_.has_value() && record.has_value()) {
    has_other_stack_ |= IsOtherStack(*record_, *record);
    std::string text = RecordChapter(*owner, *record_, *record);
    if (!text.empty()) {
      if (is_anew) unsettled_ = chapters_.size();
      Add(event, false, std::move(text));
    }
  }
  record_ = record;
}

// An allocation is recorded before its event, and what page_owner itself
// allocates for the record comes between the two: the chapter about a record
// without an event was premature if that event comes now.
void FrameWatch::Settle(const AllocatorEvent& event) {
  if (!unsettled_.has_value()) return;
  if (event.As<MmPageAlloc>() != nullptr && record_.has_value() &&
      EventOrder(event).value() == record_->order) {
    chapters_.erase(chapters_.begin() +
                    static_cast<std::ptrdiff_t>(*unsettled_));
  }
  unsettled_.reset();
}

void FrameWatch::See(const AllocatorEvent* event) {
  const bool is_named = event != nullptr && Covers(*event);
  const bool is_free = is_named && (event->As<MmPageFree>() != nullptr ||
                                    event->As<MmPageFreeBatched>() != nullptr);
  // The event of a free comes before what it does to the record.
  SeeRecord(event, (is_named && !is_free) || was_freed_);
  if (is_named) {
    Settle(*event);
    Add(event, true, EventChapter(*event));
  }
  SeeUse(event, is_named || was_named_);
  was_named_ = is_named;
  was_freed_ = is_free;
}

}  // namespace pagelab

// Boot: the special stacks and the pages that were allocated before tracking.

#include <algorithm>
#include <string>
#include <vector>

#include "pagelab/alloc/page_walk.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/owner/page_owner.h"

namespace pagelab {
namespace {

constexpr size_t kZoneNameWidth = 8;

std::string EarlyPagesLine(const Zone& zone, uint64_t count) {
  std::string line = "Node ";
  AppendSigned(line, zone.node.value());
  line += ", zone ";
  const std::string_view name = ToString(zone.type);
  line.append(kZoneNameWidth - std::min(kZoneNameWidth, name.size()), ' ');
  line += name;
  line += ": page owner found early allocated ";
  AppendDecimal(line, count);
  line += " pages";
  return line;
}

// Neither free in the zone nor reserved. Per-cpu lists and guards count as in
// use: the kernel does not see that their pages are free.
bool IsInUse(FrameExtent::Kind kind) {
  return kind == FrameExtent::Kind::kAllocated ||
         kind == FrameExtent::Kind::kPcp ||
         kind == FrameExtent::Kind::kPrivate ||
         kind == FrameExtent::Kind::kGuard;
}

}  // namespace

// Kernel counterpart: init_page_owner() (page-ext-owner-depot.md 2).
absl::Status PageOwner::Init(ExecutionContext& context) {
  if (!enabled_) return absl::OkStatus();
  offset_ = *page_ext_.OffsetOf(client_);
  PAGELAB_ASSIGN_OR_RETURN(alloc_frames_, Intern(profile_.alloc_frames));
  PAGELAB_ASSIGN_OR_RETURN(free_frames_, Intern(profile_.free_frames));
  PAGELAB_ASSIGN_OR_RETURN(dummy_,
                           RegisterStack(context, profile_.dummy_stack));
  PAGELAB_ASSIGN_OR_RETURN(failure_,
                           RegisterStack(context, profile_.failure_stack));
  PAGELAB_ASSIGN_OR_RETURN(early_,
                           RegisterStack(context, profile_.early_stack));
  InitEarlyPages(context);
  list_.stacks = {failure_, dummy_};
  for (StackHandle stack : list_.stacks) {
    if (stack.valid()) depot_.SetRefcount(stack, 1);
  }
  inited_ = true;
  return hooks_.Add(HookPlace::kPageOwner, *this);
}

absl::StatusOr<std::vector<SimAddress>> PageOwner::Intern(
    const std::vector<std::string>& names) {
  std::vector<SimAddress> frames;
  for (const std::string& name : names) {
    PAGELAB_ASSIGN_OR_RETURN(const SimAddress frame,
                             symbols_.InternFrame(name));
    frames.push_back(frame);
  }
  return frames;
}

absl::StatusOr<StackHandle> PageOwner::RegisterStack(
    ExecutionContext& context, const std::vector<std::string>& names) {
  PAGELAB_ASSIGN_OR_RETURN(const std::vector<SimAddress> frames, Intern(names));
  return depot_.Save(context, frames, gfp::kKernel);
}

void PageOwner::InitEarlyPages(ExecutionContext& context) {
  for (const Zone& zone : state_.all_zones()) {
    if (!zone.populated()) continue;
    log_.Printk(EarlyPagesLine(zone, InitEarlyPagesOfZone(context, zone)));
  }
}

// Section 5. Goes extent by extent, so that untouched memory costs nothing.
uint64_t PageOwner::InitEarlyPagesOfZone(ExecutionContext& context,
                                         const Zone& zone) {
  const Task& task = *context.task;
  uint64_t count = 0;
  for (Pfn pfn = zone.span.begin; pfn < zone.span.end;) {
    const FrameExtent extent = ExtentAt(state_, pfn);
    const Pfn end = std::min(extent.range.end, zone.span.end);
    if (!IsInUse(extent.kind) ||
        state_.memory->PageAt(extent.range.begin)->zone != zone.id) {
      pfn = end;
      continue;
    }
    for (; pfn < end; ++pfn) {
      std::byte* entry = page_ext_.Lookup(pfn);
      // Zones may overlap.
      if (entry == nullptr || (FlagsOf(entry) & kPageExtOwner) != 0) continue;
      PageOwnerRecord& record = RecordOf(entry);
      record.order = 0;
      record.last_migrate_reason = static_cast<int16_t>(MigrateReason::kNone);
      record.gfp_mask = 0;
      record.handle = early_.value();
      record.ts_nsec = context.now.value();
      record.comm = task.comm;
      record.pid = task.pid;
      record.tgid = task.tgid;
      FlagsOf(entry) |= kPageExtOwner | kPageExtOwnerAllocated;
      ++count;
    }
  }
  return count;
}

}  // namespace pagelab

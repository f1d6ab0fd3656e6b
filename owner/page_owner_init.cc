// Boot: the special stacks and the pages that were allocated before tracking.

#include <algorithm>
#include <string>
#include <vector>

#include "pagelab/alloc/page_walk.h"
#include "pagelab/base/check.h"
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
  if (!rules().inside_page_ext) offset_ = *page_ext_.OffsetOf(client_);
  PAGELAB_CHECK_LE(offset_ + record_size_, page_ext_.entry_size());
  PAGELAB_RETURN_IF_ERROR(InternProfile());
  if (!has_inline_frames()) {
    PAGELAB_ASSIGN_OR_RETURN(dummy_,
                             RegisterStack(context, profile_.dummy_stack));
    PAGELAB_ASSIGN_OR_RETURN(failure_,
                             RegisterStack(context, profile_.failure_stack));
    if (rules().registers_early_stack) {
      PAGELAB_ASSIGN_OR_RETURN(early_,
                               RegisterStack(context, profile_.early_stack));
    }
  }
  if (!rules().walks_before_key) PAGELAB_RETURN_IF_ERROR(TurnOn());
  InitEarlyPages(context);
  if (rules().counts_stacks) {
    list_.stacks = {failure_, dummy_};
    for (StackHandle stack : list_.stacks) {
      if (stack.valid()) depot_.SetRefcount(stack, 1);
    }
  }
  return rules().walks_before_key ? TurnOn() : absl::OkStatus();
}

absl::Status PageOwner::TurnOn() {
  inited_ = true;
  return hooks_.Add(HookPlace::kPageOwner, *this);
}

absl::Status PageOwner::InternProfile() {
  OwnFrames& alloc = own_[static_cast<size_t>(Event::kAlloc)];
  OwnFrames& free = own_[static_cast<size_t>(Event::kFree)];
  PAGELAB_ASSIGN_OR_RETURN(alloc.frames, Intern(profile_.alloc_frames));
  PAGELAB_ASSIGN_OR_RETURN(free.frames, Intern(profile_.free_frames));
  PAGELAB_ASSIGN_OR_RETURN(alloc.nested, Intern(profile_.nested_alloc_frames));
  PAGELAB_ASSIGN_OR_RETURN(free.nested, Intern(profile_.nested_free_frames));
  PAGELAB_ASSIGN_OR_RETURN(early_frames_, Intern(profile_.early_stack));
  // The address that the capturing function returns to: the hook's.
  if (rules().guard == RecursionGuard::kAddressTwice) {
    alloc.guard_address = alloc.frames[profile_.tracker_frames];
  } else if (rules().guard == RecursionGuard::kAddressOnce) {
    alloc.guard_address = alloc.nested.back();
    free.guard_address = free.nested.back();
  }
  return absl::OkStatus();
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
  if (!rules().registers_early_stack && !has_inline_frames()) {
    early_ = SaveTrace(context, own_[static_cast<size_t>(Event::kAlloc)],
                       early_frames_, Gfp());
  }
  for (const Zone& zone : state_.all_zones()) {
    if (!zone.populated()) continue;
    log_.Printk(EarlyPagesLine(zone, InitEarlyPagesOfZone(context, zone)));
  }
}

// Section 5. Goes extent by extent, so that untouched memory costs nothing.
uint64_t PageOwner::InitEarlyPagesOfZone(ExecutionContext& context,
                                         const Zone& zone) {
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
      if (entry == nullptr || (FlagsOf(entry) & rules().owner_bit) != 0) {
        continue;
      }
      RecordEarly(entry, context);
      ++count;
    }
  }
  return count;
}

}  // namespace pagelab

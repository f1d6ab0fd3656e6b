#include "pagelab/owner/owner_walk.h"

#include <algorithm>

namespace pagelab {
namespace {

using Kind = FrameExtent::Kind;

std::optional<Kind> InUseKind(PageState state) {
  switch (state) {
    case PageState::kAllocated:
      return Kind::kAllocated;
    case PageState::kPcp:
      return Kind::kPcp;
    case PageState::kPrivate:
      return Kind::kPrivate;
    case PageState::kGuard:
      return Kind::kGuard;
    default:
      return std::nullopt;
  }
}

}  // namespace

void OwnerWalk::Locate(Pfn pfn) {
  if (memory_.IsValid(pfn)) {
    const Page* page = memory_.PageAt(pfn);
    if (const std::optional<Kind> kind = InUseKind(page->state)) {
      extent_ = {
          *kind, {pfn, pfn + PageCount(page->order().pages())}, page->order()};
      return;
    }
  }
  extent_ = ExtentAt(owner_.state(), pfn);
}

// Tails are not, and in versions with a stack depot nothing without a stack.
bool OwnerWalk::IsShown(Pfn pfn, const PageOwnerRecord& record) const {
  return (!owner_.profile().rules.records_tails ||
          pfn.IsAlignedTo(Order(record.order))) &&
         (record.handle != 0 || owner_.has_inline_frames());
}

std::optional<OwnerWalk::Item> OwnerWalk::Find(Pfn pfn) {
  const Pfn end = memory_.max_pfn();
  while (pfn < end) {
    if (!extent_.range.Contains(pfn)) Locate(pfn);
    if (extent_.kind == Kind::kInvalid || extent_.kind == Kind::kReserved) {
      pfn = extent_.range.end;
      continue;
    }
    // A free block is recognised by its head only: from its middle on, the
    // kernel looks at page after page.
    if (extent_.kind == Kind::kBuddy && pfn.IsAlignedTo(extent_.order)) {
      pfn = extent_.range.end;
      continue;
    }
    if (owner_.IsAllocatedAt(pfn)) {
      std::optional<Item> item(
          {pfn, owner_.RecordAt(pfn), memory_.PageAt(extent_.range.begin)});
      if (IsShown(pfn, item->record)) return item;
    }
    ++pfn;
  }
  return std::nullopt;
}

}  // namespace pagelab

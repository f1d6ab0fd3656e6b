// What kernel versions decide about recording, as data.

#ifndef PAGELAB_OWNER_OWNER_RULES_H_
#define PAGELAB_OWNER_OWNER_RULES_H_

#include <cstdint>

namespace pagelab {

// Which of record_layouts.h a version keeps.
enum class RecordLayout : uint8_t { k319, k45, k47, k48, k510, k63, k612 };

// Whether records of that layout hold their frames.
constexpr bool HasInlineFrames(RecordLayout layout) {
  return layout <= RecordLayout::k47;
}

// How the tracker notices that it is tracking what it allocates itself
// (page-ext-owner-depot.md 4.6).
enum class RecursionGuard : uint8_t {
  // It allocates nothing.
  kNone,
  // The trace begins with the tracker itself, and its address is in there for
  // the second time.
  kAddressTwice,
  // The trace begins at the tracker's caller, and its address is in there.
  kAddressOnce,
  // The task says so.
  kTaskMark,
};

// What becomes of the records of a block that is split (4.3).
enum class SplitRule : uint8_t {
  // Each page is recorded anew with order 0 and no mask.
  // Differs from Linux: with the stack of the block, not of who splits it.
  kRecordAnew,
  // The same, with the mask of the block.
  kRecordAnewWithMask,
  // Each page gets the head's record with order 0.
  kCopyHead,
  // Each page's record gets the new order.
  kSetOrder,
};

// The rules of 6.12 (page-ext-owner-depot.md 4, 5).
struct OwnerRules {
  RecordLayout layout = RecordLayout::k612;
  RecursionGuard guard = RecursionGuard::kTaskMark;
  SplitRule split = SplitRule::kSetOrder;
  // The record is part of struct page_ext, not a client's own bytes.
  bool inside_page_ext = false;
  // Bits of the flags word (1.3). No bit for "allocated": a free clears the
  // one that says that there is a record.
  uint64_t owner_bit = 1u << 0;
  uint64_t allocated_bit = 1u << 1;
  // All pages of a block have a record, not its head alone.
  bool records_tails = true;
  // A free for which no stack could be saved leaves the page "allocated".
  bool free_needs_handle = true;
  // A migration takes the record along, and of all pages; the old block then
  // gets the stack that the new one was allocated with (4.4).
  bool migrates = true;
  bool migrates_tails = true;
  bool swaps_handles = true;
  // Each stack knows its base pages, and there is page_owner_stacks (7).
  bool counts_stacks = true;
  // Early pages share a stack that is registered for them, instead of being
  // recorded by who finds them; and they are recorded before the key is on.
  bool registers_early_stack = true;
  bool walks_before_key = true;

  // Whether records are kept per page after a free.
  constexpr bool tracks_frees() const { return allocated_bit != 0; }
  constexpr uint64_t set_bits() const { return owner_bit | allocated_bit; }
};

}  // namespace pagelab

#endif  // PAGELAB_OWNER_OWNER_RULES_H_

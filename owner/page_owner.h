#ifndef PAGELAB_OWNER_PAGE_OWNER_H_
#define PAGELAB_OWNER_PAGE_OWNER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pagelab/alloc/allocator_state.h"
#include "pagelab/alloc/hooks.h"
#include "pagelab/alloc/page_source.h"
#include "pagelab/alloc/types.h"
#include "pagelab/owner/page_owner_profile.h"
#include "pagelab/owner/record.h"
#include "pagelab/pageext/hook_chain.h"
#include "pagelab/pageext/page_ext.h"
#include "pagelab/stackdepot/handle.h"
#include "pagelab/stackdepot/host_stack.h"
#include "pagelab/stackdepot/stack_depot.h"
#include "pagelab/stackdepot/symbol_table.h"

namespace pagelab {

// Records who allocated each page: a client of page_ext that the allocator
// calls on every allocation and free. What a record holds and which rules it
// follows, the profile says.
//
//  O1  Every page of a block that has a record of its own holds the same one
//      after its allocation.
//  O2  Nothing is recorded for pages of sections without a page_ext table.
//  O3  What the tracker allocates itself carries the dummy stack.
//  O4  A listed stack's depot count less one is the number of base pages that
//      are attributed to it.
//
// Thread-compatible: one machine, one thread.
//
// Kernel counterpart: mm/page_owner.c. Sections are page-ext-owner-depot.md's.
class PageOwner : public AllocationHooks {
 public:
  // All outlive it.
  struct Dependencies {
    AllocatorState& state;
    HookChain& hooks;
    PageExt& page_ext;
    StackDepot& depot;
    SymbolTable& symbols;
    PageSource& pages;
    KernelLog& log;
  };

  // The tracker that keeps the profile's records. Registers itself with
  // page_ext. `enabled` is the boot parameter page_owner=.
  static std::unique_ptr<PageOwner> Create(
      const Dependencies& dependencies, bool enabled,
      const PageOwnerProfile& profile = {});
  // Detaches from the allocator.
  ~PageOwner() override;
  PageOwner(const PageOwner&) = delete;
  PageOwner& operator=(const PageOwner&) = delete;

  // For requests of StackKind::kHost; without this they have no stack.
  void UseHostStacks(const HostStacks& host) { host_ = host; }

  // The static key: off until page_ext has run Init().
  bool inited() const { return inited_; }
  // Late initcall: says so when page_owner is off.
  void LateInit();

  // AllocationHooks, section 8.
  void OnDumpPage(Pfn pfn, std::string& out) override;
  bool StopsBulk() const override { return true; }

  // The stack that an allocation, or a free, in this context is recorded with.
  // Whoever asks again and again from one place may put the answer into
  // ExecutionContext::interned instead.
  StackHandle InternAlloc(ExecutionContext& context, Gfp gfp);
  StackHandle InternFree(ExecutionContext& context);

  // --- what the files read ---

  // What page_ext knows of a page.
  struct Entry {
    // Without, the page is in no section with a table.
    std::optional<PageOwnerRecord> record;
    bool is_recorded = false;
    bool is_allocated = false;
    bool recorded() const { return is_recorded; }
    bool allocated() const { return is_allocated; }
  };
  Entry EntryAt(Pfn pfn) const;
  // The same in two steps, for those who look at many pages: whether the page
  // has a record of an allocation that was not freed, and what is in it.
  bool IsAllocatedAt(Pfn pfn) const {
    const std::byte* entry = page_ext_.Peek(pfn);
    return entry != nullptr &&
           (*reinterpret_cast<const uint64_t*>(entry) & set_bits_) == set_bits_;
  }
  // REQUIRES: IsAllocatedAt(pfn).
  PageOwnerRecord RecordAt(Pfn pfn) const {
    return Decode(page_ext_.Peek(pfn) + offset_);
  }
  // The frames that the record itself holds, in versions without a depot.
  virtual absl::Span<const SimAddress> InlineFramesAt(Pfn pfn) const = 0;
  // Records hold their frames, and no handles.
  bool has_inline_frames() const {
    return HasInlineFrames(profile_.rules.layout);
  }
  // Whether the record is that of a page allocated before the tracker started.
  bool IsEarly(Pfn pfn, const PageOwnerRecord& record) const;
  const PageOwnerProfile& profile() const { return profile_; }

  // Stacks that were ever counted, the order of page_owner_stacks reversed.
  absl::Span<const StackHandle> listed_stacks() const { return list_.stacks; }
  // Base pages attributed to the stack now.
  int64_t BasePagesOf(StackHandle stack) const;
  // page_owner_stacks/count_threshold.
  uint64_t count_threshold() const { return count_threshold_; }
  void set_count_threshold(uint64_t threshold) { count_threshold_ = threshold; }
  // A line for each frame, as the kernel version prints them.
  void AppendStack(std::string& out, StackHandle handle) const;
  // Of the allocation that is recorded.
  void AppendStackOf(std::string& out, Pfn pfn,
                     const PageOwnerRecord& record) const;
  void AppendFrames(std::string& out,
                    absl::Span<const SimAddress> frames) const;

  const OwnerTextProfile& text() const { return *profile_.text; }
  StackHandle dummy_handle() const { return dummy_; }
  StackHandle failure_handle() const { return failure_; }
  StackHandle early_handle() const { return early_; }
  const AllocatorState& state() const { return state_; }
  // Pages that hold nodes of the list of stacks.
  PageCount list_pages() const { return PageCount(list_.pages); }

  // Everything outside the simulated memory and the depot, to come back to.
  struct Checkpoint;
  Checkpoint Save() const;
  void Restore(const Checkpoint& checkpoint);

 protected:
  // The mask of the stack that a free saves.
  static constexpr Gfp kFreeStackGfp = gfp::kNowait.With(gfp::kNowarn);

  // Who is recorded: of an allocation, a free, or early boot.
  enum class Event : uint8_t { kAlloc, kFree };

  PageOwner(const Dependencies& dependencies, bool enabled,
            const PageOwnerProfile& profile, uint32_t record_size);

  // The version's record as the one all readers know; what the version does
  // not have is 0, no reason, and no handle.
  virtual PageOwnerRecord Decode(const std::byte* record) const = 0;
  // Records `pfn` as allocated before anybody watched.
  virtual void RecordEarly(std::byte* entry,
                           const ExecutionContext& context) = 0;

  // The handle to record, section 4.6.
  StackHandle SaveStack(ExecutionContext& context, Event event, Gfp gfp) {
    if (context.task->in_tracker) [[unlikely]] {
      return dummy_;
    }
    if (context.stack_kind == StackKind::kInterned) {
      return StackHandle(context.interned);
    }
    return SaveNewStack(context, event, gfp);
  }
  // The frames of an allocation: the allocator's own, then the callers.
  size_t CaptureAlloc(const ExecutionContext& context,
                      absl::Span<SimAddress> frames) const;
  // Section 7.1. False, with nothing done, where there is more to it than a
  // sum.
  bool CountPages(StackHandle stack, int32_t nr_base_pages) {
    int32_t* count = depot_.CountOf(stack);
    if (count == nullptr || *count <= 0 || *count >= kManyPages) [[unlikely]] {
      return false;
    }
    *count += nr_base_pages;
    return true;
  }
  bool UncountPages(StackHandle stack, int32_t nr_base_pages) {
    int32_t* count = depot_.CountOf(stack);
    if (stack == early_ || count == nullptr || *count <= nr_base_pages)
        [[unlikely]] {
      return false;
    }
    *count -= nr_base_pages;
    return true;
  }
  void CountPagesSlowly(ExecutionContext& context, StackHandle stack, Gfp gfp,
                        int32_t nr_base_pages);
  void UncountPagesSlowly(StackHandle stack, int32_t nr_base_pages);

  static uint64_t& FlagsOf(std::byte* entry) {
    return *reinterpret_cast<uint64_t*>(entry);
  }
  std::byte* RecordIn(std::byte* entry) const { return entry + offset_; }
  // fn(std::byte* entry) for each of `pages` pages from `head` on, whose entry
  // is `entry`, up to one that has none.
  template <typename Fn>
  void ForEachEntry(std::byte* entry, Pfn head, uint64_t pages, Fn&& fn);
  // How many pages of a block have a record.
  uint64_t RecordedPages(Order order) const {
    return uint64_t{1} << (order.value() & tail_mask_);
  }

  const OwnerRules& rules() const { return profile_.rules; }
  uint64_t set_bits() const { return set_bits_; }
  PageExt& page_ext() { return page_ext_; }
  const PageExt& page_ext() const { return page_ext_; }
  uint32_t record_offset() const { return offset_; }
  absl::Span<const SimAddress> early_frames() const { return early_frames_; }

 private:
  // The list of stacks. Its nodes live in slab pages of which only the number
  // is modelled.
  struct StackList {
    std::vector<StackHandle> stacks;
    uint64_t pages = 0;
    uint32_t free_nodes = 0;
  };
  // Interned frames of the profile, by Event.
  struct OwnFrames {
    std::vector<SimAddress> frames;
    std::vector<SimAddress> nested;
    // What a guard looks for.
    SimAddress guard_address = 0;
  };

  // Counts beyond are looked at one by one before they overflow.
  static constexpr int32_t kManyPages = 1 << 30;

  absl::Status Init(ExecutionContext& context);
  absl::Status InternProfile();
  absl::StatusOr<std::vector<SimAddress>> Intern(
      const std::vector<std::string>& names);
  absl::StatusOr<StackHandle> RegisterStack(
      ExecutionContext& context, const std::vector<std::string>& names);
  absl::Status TurnOn();
  void InitEarlyPages(ExecutionContext& context);
  uint64_t InitEarlyPagesOfZone(ExecutionContext& context, const Zone& zone);

  size_t CaptureCallers(const ExecutionContext& context,
                        absl::Span<SimAddress> frames) const;
  StackHandle SaveNewStack(ExecutionContext& context, Event event, Gfp gfp);
  StackHandle SaveTrace(ExecutionContext& context, const OwnFrames& own,
                        absl::Span<const SimAddress> trace, Gfp gfp);
  void AddToList(ExecutionContext& context, StackHandle stack, Gfp gfp);

  AllocatorState& state_;
  HookChain& hooks_;
  PageExt& page_ext_;
  StackDepot& depot_;
  SymbolTable& symbols_;
  PageSource& pages_;
  KernelLog& log_;
  HostStacks host_;
  PageOwnerProfile profile_;
  bool enabled_;
  bool inited_ = false;
  PageExt::ClientId client_ = 0;
  uint32_t offset_ = 0;
  const uint32_t record_size_;
  // What the hot path needs of the rules; all ones where tails have records.
  int tail_mask_;
  uint64_t set_bits_;

  std::array<OwnFrames, 2> own_;
  std::vector<SimAddress> early_frames_;
  StackHandle dummy_;
  StackHandle failure_;
  StackHandle early_;
  StackList list_;
  uint64_t count_threshold_ = 0;
};

template <typename Fn>
void PageOwner::ForEachEntry(std::byte* entry, Pfn head, uint64_t pages,
                             Fn&& fn) {
  if (pages == 1) [[likely]] {
    fn(entry);
    return;
  }
  const uint64_t section_mask = state_.memory->pages_per_section().value() - 1;
  for (uint64_t i = 1;; ++i) {
    fn(entry);
    if (i == pages) return;
    entry += page_ext_.entry_size();
    const Pfn pfn = head + PageCount(i);
    // Only on machines whose sections are smaller than the largest block.
    if ((pfn.value() & section_mask) == 0) [[unlikely]] {
      entry = page_ext_.Lookup(pfn);
      if (entry == nullptr) return;
    }
  }
}

struct PageOwner::Checkpoint {
  bool inited = false;
  uint32_t offset = 0;
  StackHandle dummy;
  StackHandle failure;
  StackHandle early;
  StackList list;
  uint64_t count_threshold = 0;
};

}  // namespace pagelab

#endif  // PAGELAB_OWNER_PAGE_OWNER_H_

#ifndef PAGELAB_OWNER_PAGE_OWNER_H_
#define PAGELAB_OWNER_PAGE_OWNER_H_

#include <cstddef>
#include <cstdint>
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
#include "pagelab/stackdepot/unwinder.h"

namespace pagelab {

// Records who allocated each page: a client of page_ext that the allocator
// calls on every allocation and free.
//
//  O1  Every page of a block holds the same record after its allocation.
//  O2  Nothing is recorded for pages of sections without a page_ext table.
//  O3  While the task's mark is set, nothing of this class allocates: what is
//      allocated then carries the dummy stack.
//  O4  A listed stack's depot count less one is the number of base pages that
//      are attributed to it.
//
// Thread-compatible: one machine, one thread.
//
// Kernel counterpart: mm/page_owner.c. Sections are page-ext-owner-depot.md's.
class PageOwner final : public AllocationHooks {
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

  // Registers itself with page_ext. `enabled` is the boot parameter
  // page_owner=.
  PageOwner(const Dependencies& dependencies, bool enabled,
            const PageOwnerProfile& profile = {});
  // Detaches from the allocator.
  ~PageOwner() override;
  PageOwner(const PageOwner&) = delete;
  PageOwner& operator=(const PageOwner&) = delete;

  // How requests of StackKind::kHost get their stack; without this they have
  // none. Both outlive it.
  struct HostStacks {
    const Unwinder* unwinder = nullptr;
    const HostStackTranslator* translator = nullptr;
  };
  void UseHostStacks(const HostStacks& host) { host_ = host; }

  // The static key: off until page_ext has run Init().
  bool inited() const { return inited_; }
  // Late initcall: says so when page_owner is off.
  void LateInit();

  // AllocationHooks. Sections 4.1 to 4.4 and 8.
  void OnAlloc(ExecutionContext& context, Pfn head, Order order,
               Gfp gfp) override;
  void OnFree(ExecutionContext& context, Pfn head, Order order) override;
  void OnSplit(Pfn head, Order old_order, Order new_order) override;
  void OnMigrate(ExecutionContext& context, Pfn from, Pfn to) override;
  void OnMigrateReason(Pfn head, MigrateReason reason) override;
  void OnDumpPage(Pfn pfn, std::string& out) override;
  bool StopsBulk() const override { return true; }

  // --- what the files read ---

  // The record of a page and its bits of the shared flags word.
  struct Entry {
    uint64_t flags = 0;
    const PageOwnerRecord* record = nullptr;
    bool recorded() const { return (flags & kPageExtOwner) != 0; }
    bool allocated() const { return (flags & kPageExtOwnerAllocated) != 0; }
  };
  // Null record: no page_ext there.
  Entry EntryAt(Pfn pfn) const {
    const std::byte* entry = page_ext_.Peek(pfn);
    if (entry == nullptr) return {};
    return {*reinterpret_cast<const uint64_t*>(entry),
            reinterpret_cast<const PageOwnerRecord*>(entry + offset_)};
  }

  // Stacks that were ever counted, the order of page_owner_stacks reversed.
  absl::Span<const StackHandle> listed_stacks() const { return list_.stacks; }
  // Base pages attributed to the stack now.
  int64_t BasePagesOf(StackHandle stack) const;
  // page_owner_stacks/count_threshold.
  uint64_t count_threshold() const { return count_threshold_; }
  void set_count_threshold(uint64_t threshold) { count_threshold_ = threshold; }
  // "name+0x../0x.." lines as printk's " %pS".
  void AppendStack(std::string& out, StackHandle handle) const;

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

 private:
  // The list of stacks. Its nodes live in slab pages of which only the number
  // is modelled.
  struct StackList {
    std::vector<StackHandle> stacks;
    uint64_t pages = 0;
    uint32_t free_nodes = 0;
  };

  absl::Status Init(ExecutionContext& context);
  absl::StatusOr<std::vector<SimAddress>> Intern(
      const std::vector<std::string>& names);
  absl::StatusOr<StackHandle> RegisterStack(
      ExecutionContext& context, const std::vector<std::string>& names);
  void InitEarlyPages(ExecutionContext& context);
  uint64_t InitEarlyPagesOfZone(ExecutionContext& context, const Zone& zone);

  StackHandle SaveStack(ExecutionContext& context,
                        absl::Span<const SimAddress> own_frames, Gfp gfp);
  size_t Capture(const ExecutionContext& context,
                 absl::Span<SimAddress> frames) const;
  void CountPages(ExecutionContext& context, StackHandle stack, Gfp gfp,
                  uint64_t nr_base_pages);
  void UncountPages(StackHandle stack, uint64_t nr_base_pages);
  void AddToList(ExecutionContext& context, StackHandle stack, Gfp gfp);

  static uint64_t& FlagsOf(std::byte* entry) {
    return *reinterpret_cast<uint64_t*>(entry);
  }
  PageOwnerRecord& RecordOf(std::byte* entry) const {
    return *reinterpret_cast<PageOwnerRecord*>(entry + offset_);
  }
  // fn(std::byte* entry) for each of 2^order pages that have one.
  template <typename Fn>
  void ForEachEntry(Pfn head, Order order, Fn&& fn);

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

  std::vector<SimAddress> alloc_frames_;
  std::vector<SimAddress> free_frames_;
  StackHandle dummy_;
  StackHandle failure_;
  StackHandle early_;
  StackList list_;
  uint64_t count_threshold_ = 0;
};

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

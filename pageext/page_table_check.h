#ifndef PAGELAB_PAGEEXT_PAGE_TABLE_CHECK_H_
#define PAGELAB_PAGEEXT_PAGE_TABLE_CHECK_H_

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "pagelab/alloc/allocator_state.h"
#include "pagelab/alloc/hooks.h"
#include "pagelab/alloc/kernel_log.h"
#include "pagelab/pageext/hook_chain.h"
#include "pagelab/pageext/page_ext.h"

namespace pagelab {

// What a page table entry points at.
enum class MappingKind : uint8_t { kAnonymous, kFile };

// Finds pages that user space reaches and should not: counts for each page how
// many page table entries map it as anonymous memory and how many as a file.
//
//  C1  A page is mapped as one kind at a time.
//  C2  An anonymous page with a writable mapping has no other one.
//  C3  A page that is handed out or freed is mapped nowhere.
//
// What breaks one of them is reported in the kernel's log: "kernel BUG at
// mm/page_table_check.c!" and a line that says which page and why.
// Thread-compatible.
//
// Differs from Linux: there the machine dies, and the report has the number of
// a source line instead of words. Here a mapping that breaks a rule is refused,
// the counts of a page that breaks C3 are set to 0, and the machine goes on. A
// page without an entry in page_ext is not looked at.
//
// Kernel counterpart: mm/page_table_check.c (page-ext-owner-depot.md 1.1).
class PageTableCheck final : public AllocationHooks {
 public:
  // All outlive it.
  struct Dependencies {
    AllocatorState& state;
    HookChain& hooks;
    PageExt& page_ext;
    KernelLog& log;
  };
  // What page_ext keeps for each page.
  struct Counts {
    int32_t anon = 0;
    int32_t file = 0;
    friend bool operator==(const Counts&, const Counts&) = default;
  };
  // Entries for `pages` frames in a row.
  struct Mapping {
    Pfn begin;
    PageCount pages{1};
    MappingKind kind = MappingKind::kAnonymous;
    bool writable = false;
  };

  // Registers itself with page_ext. `enabled` is the boot parameter
  // page_table_check=.
  PageTableCheck(const Dependencies& dependencies, bool enabled);
  // Detaches from the allocator.
  ~PageTableCheck() override;
  PageTableCheck(const PageTableCheck&) = delete;
  PageTableCheck& operator=(const PageTableCheck&) = delete;

  // Off until page_ext has run Init().
  bool active() const { return active_; }

  // Entries were made, or taken away; `writable` says nothing then. False: it
  // was reported, and nothing is counted. Nothing happens while inactive.
  bool Map(const Mapping& mapping);
  bool Unmap(const Mapping& mapping);

  // REQUIRES: active().
  Counts CountsOf(Pfn pfn) const;

  // AllocationHooks: C3.
  void OnAlloc(ExecutionContext& context, Pfn head, Order order,
               Gfp gfp) override;
  void OnFree(ExecutionContext& context, Pfn head, Order order) override;
  // The page tables that mapped the old block map the new one.
  void OnMigrate(ExecutionContext& context, Pfn from, Pfn to) override;

 private:
  absl::Status Init();
  void SetCounts(Pfn pfn, Counts counts);
  void CheckZero(Pfn head, Order order, std::string_view when);
  void Report(Pfn pfn, Counts counts, std::string_view why);

  AllocatorState& state_;
  HookChain& hooks_;
  PageExt& page_ext_;
  KernelLog& log_;
  bool enabled_;
  bool active_ = false;
  PageExt::ClientId client_ = 0;
  uint32_t offset_ = 0;
};
static_assert(sizeof(PageTableCheck::Counts) == 8);

}  // namespace pagelab

#endif  // PAGELAB_PAGEEXT_PAGE_TABLE_CHECK_H_

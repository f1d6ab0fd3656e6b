#ifndef PAGELAB_ALLOC_HOOKS_H_
#define PAGELAB_ALLOC_HOOKS_H_

#include <cstdint>
#include <string>

#include "pagelab/alloc/execution_context.h"
#include "pagelab/alloc/gfp.h"
#include "pagelab/alloc/migrate_reason.h"
#include "pagelab/alloc/types.h"

namespace pagelab {

// What happened to a guard (guard_page.h).
enum class GuardChange : uint8_t { kSet, kCleared };

// What may watch allocations. Called only while the allocation hook key is on
// (hook_keys.h) and the machine has hooks attached, at the points where the
// kernel calls page tracking (page-ext-owner-depot.md 4).
class AllocationHooks {
 public:
  virtual ~AllocationHooks() = default;

  // The block was just taken off the lists; its tracepoint has not fired yet.
  virtual void OnAlloc(ExecutionContext& context, Pfn head, Order order,
                       Gfp gfp) = 0;
  // The block is about to go back; mm_page_free has fired.
  virtual void OnFree(ExecutionContext& context, Pfn head, Order order) = 0;
  // The block is not compound and somebody holds a second reference: its first
  // page stays allocated, the others are freed next, piece by piece.
  virtual void OnFreeAllButFirst(Pfn /*head*/, Order /*order*/) {}
  // An allocated block of `old_order` became blocks of `new_order`.
  virtual void OnSplit(Pfn /*head*/, Order /*old_order*/, Order /*new_order*/) {
  }
  // The block at `from` moved to the one at `to`, which was allocated for it;
  // `from` is freed afterwards.
  virtual void OnMigrate(ExecutionContext& /*context*/, Pfn /*from*/,
                         Pfn /*to*/) {}
  // Said of the new block when the move is over.
  virtual void OnMigrateReason(Pfn /*head*/, MigrateReason /*reason*/) {}
  // Frames became a guard, or are none any more.
  virtual void OnGuard(Pfn /*head*/, Order /*order*/, GuardChange /*change*/) {}
  // Appends what is known of the frame to the text of a bug report, whole
  // lines, each ending in a newline.
  virtual void OnDumpPage(Pfn /*pfn*/, std::string& /*out*/) {}
  // While it watches, bulk requests take the ordinary way, page by page
  // (page-allocator.md 15.1).
  virtual bool StopsBulk() const { return false; }
};

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_HOOKS_H_

#ifndef PAGELAB_PAGEEXT_HOOK_CHAIN_H_
#define PAGELAB_PAGEEXT_HOOK_CHAIN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "pagelab/alloc/allocator_state.h"
#include "pagelab/alloc/hooks.h"

namespace pagelab {

// In which order watchers are told: that of the calls in the kernel's
// post_alloc_hook() (page-ext-owner-depot.md 4.1).
// Differs from Linux: of a free too, where the kernel unmaps and poisons last.
// None of them looks at what another one does.
enum class HookPlace : uint8_t {
  kDebugPagealloc,
  kPagePoison,
  kPageOwner,
  kPageTableCheck,
  kAllocTag,
  kPageIdle,
};

// All watchers of one machine's allocations behind the two sites that the hot
// path has (DESIGN.md decision 7). A watcher that is alone is attached itself,
// so that it costs one indirect call; several are called through the chain.
// Thread-compatible.
class HookChain final : public AllocationHooks {
 public:
  // `state` outlives it.
  explicit HookChain(AllocatorState& state) : state_(state) {}
  // Detaches.
  ~HookChain() override;
  HookChain(const HookChain&) = delete;
  HookChain& operator=(const HookChain&) = delete;

  // REQUIRES: `hooks` is not in the chain; it outlives its time there.
  // The error is that of AttachHooks().
  absl::Status Add(HookPlace place, AllocationHooks& hooks);
  // Nothing happens if it is not in the chain.
  void Remove(AllocationHooks& hooks);

  // AllocationHooks: each watcher in its place.
  void OnAlloc(ExecutionContext& context, Pfn head, Order order,
               Gfp gfp) override;
  void OnFree(ExecutionContext& context, Pfn head, Order order) override;
  void OnFreeAllButFirst(Pfn head, Order order) override;
  void OnSplit(Pfn head, Order old_order, Order new_order) override;
  void OnMigrate(ExecutionContext& context, Pfn from, Pfn to) override;
  void OnMigrateReason(Pfn head, MigrateReason reason) override;
  void OnGuard(Pfn head, Order order, GuardChange change) override;
  void OnDumpPage(Pfn pfn, std::string& out) override;
  // If one of them does.
  bool StopsBulk() const override;

 private:
  struct Link {
    HookPlace place;
    AllocationHooks* hooks;
  };

  absl::Status Attach();

  AllocatorState& state_;
  std::vector<Link> links_;
};

}  // namespace pagelab

#endif  // PAGELAB_PAGEEXT_HOOK_CHAIN_H_

#include "pagelab/pageext/hook_chain.h"

#include <algorithm>

#include "pagelab/alloc/hook_keys.h"
#include "pagelab/base/check.h"

namespace pagelab {

HookChain::~HookChain() {
  if (!links_.empty()) DetachHooks(state_);
}

absl::Status HookChain::Add(HookPlace place, AllocationHooks& hooks) {
  const auto at =
      std::find_if(links_.begin(), links_.end(),
                   [place](const Link& link) { return link.place >= place; });
  PAGELAB_CHECK(at == links_.end() || at->place != place);
  const auto added = links_.insert(at, {place, &hooks});
  const absl::Status attached = Attach();
  if (!attached.ok()) links_.erase(added);
  return attached;
}

void HookChain::Remove(AllocationHooks& hooks) {
  const auto at =
      std::find_if(links_.begin(), links_.end(),
                   [&hooks](const Link& link) { return link.hooks == &hooks; });
  if (at == links_.end()) return;
  links_.erase(at);
  if (links_.empty()) {
    DetachHooks(state_);
  } else {
    state_.hooks = links_.size() == 1 ? links_.front().hooks : this;
  }
}

absl::Status HookChain::Attach() {
  AllocationHooks& first = links_.size() == 1
                               ? *links_.front().hooks
                               : static_cast<AllocationHooks&>(*this);
  if (state_.hooks == nullptr) return AttachHooks(state_, first);
  state_.hooks = &first;
  return absl::OkStatus();
}

void HookChain::OnAlloc(ExecutionContext& context, Pfn head, Order order,
                        Gfp gfp) {
  for (const Link& link : links_)
    link.hooks->OnAlloc(context, head, order, gfp);
}

void HookChain::OnFree(ExecutionContext& context, Pfn head, Order order) {
  for (const Link& link : links_) link.hooks->OnFree(context, head, order);
}

void HookChain::OnFreeAllButFirst(Pfn head, Order order) {
  for (const Link& link : links_) link.hooks->OnFreeAllButFirst(head, order);
}

void HookChain::OnSplit(Pfn head, Order old_order, Order new_order) {
  for (const Link& link : links_) {
    link.hooks->OnSplit(head, old_order, new_order);
  }
}

void HookChain::OnMigrate(ExecutionContext& context, Pfn from, Pfn to) {
  for (const Link& link : links_) link.hooks->OnMigrate(context, from, to);
}

void HookChain::OnMigrateReason(Pfn head, MigrateReason reason) {
  for (const Link& link : links_) link.hooks->OnMigrateReason(head, reason);
}

void HookChain::OnGuard(Pfn head, Order order, GuardChange change) {
  for (const Link& link : links_) link.hooks->OnGuard(head, order, change);
}

void HookChain::OnDumpPage(Pfn pfn, std::string& out) {
  for (const Link& link : links_) link.hooks->OnDumpPage(pfn, out);
}

bool HookChain::StopsBulk() const {
  return std::any_of(links_.begin(), links_.end(),
                     [](const Link& link) { return link.hooks->StopsBulk(); });
}

}  // namespace pagelab

// Users of pages that remember what they were told: for tests of reclaim and
// migration below the simulated kernel.

#ifndef PAGELAB_TEST_SUPPORT_FAKE_PAGE_USERS_H_
#define PAGELAB_TEST_SUPPORT_FAKE_PAGE_USERS_H_

#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "pagelab/alloc/allocator_state.h"
#include "pagelab/alloc/page_users.h"

namespace pagelab {

// Pages are `pinned` or `refusing` by number; everything else may move, and
// clean pages of files go when they are asked to, if `evicts`.
class FakePageUsers final : public PageUsers {
 public:
  explicit FakePageUsers(AllocatorState& state) : state_(state) {
    state.users = this;
  }
  ~FakePageUsers() override { state_.users = nullptr; }
  FakePageUsers(const FakePageUsers&) = delete;
  FakePageUsers& operator=(const FakePageUsers&) = delete;

  int TakeReferences(Page&) override { return 0; }
  Eviction Evict(ExecutionContext&, Page& folio) override {
    if (!evicts) return Eviction::kBusy;
    folio.pte = 0;
    folio.refcount = 1;
    evicted.push_back(PfnOf(folio));
    return Eviction::kFreed;
  }
  PageCount ShrinkSlab(ExecutionContext&, NodeId, int) override {
    return PageCount(0);
  }
  bool IsPinned(const Page& folio) const override {
    return pinned.contains(PfnOf(folio));
  }
  bool Move(ExecutionContext&, Page& from, Page& to) override {
    if (refusing.contains(PfnOf(from))) return false;
    moves.emplace_back(PfnOf(from), PfnOf(to));
    return true;
  }
  void ForEachProcess(
      absl::FunctionRef<void(const OomCandidate&)>) const override {}
  void Kill(ExecutionContext&, Task&) override {}
  void Spend(ExecutionContext& context, Nanoseconds duration) override {
    context.now += duration;
    spent += duration;
  }

  // From where to where, in the order of the moves.
  std::vector<std::pair<uint64_t, uint64_t>> moves;
  std::vector<uint64_t> evicted;
  std::set<uint64_t> pinned;
  std::set<uint64_t> refusing;
  bool evicts = false;
  Nanoseconds spent;

 private:
  uint64_t PfnOf(const Page& page) const {
    return state_.memory->PfnOf(&page).value();
  }

  AllocatorState& state_;
};

}  // namespace pagelab

#endif  // PAGELAB_TEST_SUPPORT_FAKE_PAGE_USERS_H_

#ifndef PAGELAB_REPORT_EXPLAIN_EXPLAINER_IMPL_H_
#define PAGELAB_REPORT_EXPLAIN_EXPLAINER_IMPL_H_

#include <array>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "pagelab/report/explain/explainer.h"
#include "pagelab/report/explain/free_sentences.h"
#include "pagelab/report/explain/operation.h"

namespace pagelab {

// Events come when their operations are half done. What an event needs of those
// before it is kept (operations_, last_free_, due_, origins_), what it needs of
// those after it makes it wait (waiting_takes_, waiting_frees_).
class Explainer::Impl {
 public:
  Impl(const AllocatorState& state, EventWindow window, Sink sink)
      : state_(state), window_(window), sink_(std::move(sink)) {}

  void Begin() {
    glimpse_.Take(state_);
    last_vm_ = state_.events;
  }

  void See(const AllocatorEvent& event, const ExecutionContext& context);
  void Finish();
  bool is_done() const {
    return number_ >= window_.last && waiting_takes_.empty() &&
           waiting_frees_.empty();
  }

 private:
  struct WaitingTake {
    Explanation explanation;
    size_t level;
    size_t index;
  };
  struct WaitingFree {
    Explanation explanation;
    SeenFree seen;
    // Whether it is known where it went.
    bool is_settled = false;
  };
  // A free whose block is not on a list yet.
  struct LastFree {
    uint64_t number = 0;
    size_t level = 0;
    Pfn pfn;
    Order order;
    CpuId cpu;
    FreeForecast forecast;
  };
  // Pages that the last free sends back to the buddy lists.
  struct Due {
    const Zone* zone = nullptr;
    CpuId cpu;
    int pages = 0;
    uint64_t cause = 0;
  };

  bool IsWanted(uint64_t number) const {
    return window_.first <= number && number <= window_.last;
  }
  const Zone& ZoneAt(Pfn pfn) const {
    return state_.ZoneOf(*state_.memory->PageAt(pfn));
  }
  Explanation Begin(const AllocatorEvent& event) const {
    Explanation explanation;
    explanation.event = event;
    explanation.event_text = EventText(event, state_.memory->pageblock_order());
    return explanation;
  }

  void On(const AllocatorEvent&, const ExecutionContext&, const MmPageAlloc&);
  void On(const AllocatorEvent&, const ExecutionContext&,
          const MmPageAllocZoneLocked&);
  void On(const AllocatorEvent&, const ExecutionContext&,
          const MmPageAllocExtfrag&);
  void On(const AllocatorEvent&, const ExecutionContext&, const MmPageFree&);
  void On(const AllocatorEvent&, const ExecutionContext&,
          const MmPageFreeBatched&);
  void On(const AllocatorEvent&, const ExecutionContext&,
          const MmPagePcpuDrain&);

  // Says where the block of the last free went, now that the next event is
  // here; null: the run is over.
  void SettleLastFree(const AllocatorEvent* next);
  bool IsOnPcp(const LastFree& free, const AllocatorEvent* next) const;
  bool IsInBatch(const LastFree& free) const;
  void FinishFrees(const AllocatorEvent* next);
  void Give(WaitingFree& waiting);
  void NoteFree(const AllocatorEvent& event, const ExecutionContext& context,
                Pfn pfn, Order order);
  void BeginOperation(OpenAllocation& operation);
  void WaitForAllocation(const AllocatorEvent& event,
                         const ExecutionContext& context);
  // `served`: by which mm_page_alloc; null: none.
  void EndOperation(size_t level, const AllocatorEvent* served);
  void Give(WaitingTake& waiting, const AllocatorEvent* served);

  const AllocatorState& state_;
  EventWindow window_;
  Sink sink_;
  uint64_t number_ = 0;

  std::array<OpenAllocation, 2> operations_;
  // As the last event left things, but for what its operation still did.
  Glimpse glimpse_;
  bool glimpse_is_vague_ = false;
  VmEvents last_vm_;
  LastFree last_free_;
  Due due_;
  absl::flat_hash_map<uint64_t, PcpOrigin> origins_;

  std::vector<WaitingTake> waiting_takes_;
  std::vector<WaitingFree> waiting_frees_;
};

// Whether page_owner allocates for itself while it records: such operations
// happen inside others.
inline size_t LevelOf(const ExecutionContext& context) {
  return context.task->in_tracker ? 1 : 0;
}

}  // namespace pagelab

#endif  // PAGELAB_REPORT_EXPLAIN_EXPLAINER_IMPL_H_

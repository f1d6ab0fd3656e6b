#ifndef PAGELAB_REPORT_EXERCISE_EXERCISE_RECORDER_H_
#define PAGELAB_REPORT_EXERCISE_EXERCISE_RECORDER_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pagelab/alloc/allocator_state.h"
#include "pagelab/alloc/tracepoints.h"
#include "pagelab/report/exercise/exercise_run.h"

namespace pagelab {

// The lists of a zone and of its CPU 0.
ListedState ListedStateOf(const AllocatorState& state, const Zone& zone);

// The listed block that has `frame` in it.
struct ExerciseBlock {
  Pfn pfn;
  Order order;
  Migratetype type;
};
std::optional<ExerciseBlock> FindBlock(const std::vector<ExerciseList>& lists,
                                       Pfn frame);

// Puts together what happens in an operation: from the tracepoints, and from
// the lists before and after each of them, which show the splits and merges
// that have no tracepoint. It decides nothing.
class ExerciseRecorder final : public TraceSink {
 public:
  ExerciseRecorder(const AllocatorState& state, const Zone& zone)
      : state_(state), zone_(zone), seen_(ListedStateOf(state, zone)) {}

  // Around each operation.
  void Begin(size_t operation) { operation_ = operation; }
  void End();

  std::vector<ExplainedStep> TakeSteps() { return std::move(steps_); }

  void OnEvent(const ExecutionContext&, const MmPageAlloc& event) override;
  void OnEvent(const ExecutionContext&, const MmPageFree& event) override;
  void OnEvent(const ExecutionContext&,
               const MmPageAllocZoneLocked& event) override;
  void OnEvent(const ExecutionContext&, const MmPagePcpuDrain& event) override;
  void OnEvent(const ExecutionContext&,
               const MmPageAllocExtfrag& event) override;

 private:
  void Add(const ExerciseStep& step, std::string why);
  // The take and the splits of a block of `order` that has left the free lists
  // of `type`, where a fallback found it or the type's own search.
  enum class FoundBy : uint8_t { kSmallest, kFallback };
  void AddTake(const ExerciseBlock& taken, FoundBy found_by);
  // The merges of a block that has come to them, and the end of the list to
  // which the result went.
  void AddMerges(Pfn pfn, Order order);
  void NotePlace(const ExerciseBlock& block);
  // Where a request that was served got its block.
  std::string AllocReason(const MmPageAlloc& event) const;

  const AllocatorState& state_;
  const Zone& zone_;
  ListedState seen_;
  // Before the last take.
  ListedState before_take_;
  size_t operation_ = 0;
  std::vector<ExplainedStep> steps_;
  // Where the steps of the last take begin, and its frame.
  size_t last_take_ = 0;
  std::optional<Pfn> last_taken_;
  // Freed, and not yet seen on a list.
  std::optional<std::pair<Pfn, Order>> freed_;
};

}  // namespace pagelab

#endif  // PAGELAB_REPORT_EXERCISE_EXERCISE_RECORDER_H_

#ifndef PAGELAB_WORKLOADS_SHRINK_CONDITION_WATCH_H_
#define PAGELAB_WORKLOADS_SHRINK_CONDITION_WATCH_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pagelab/alloc/tracepoints.h"
#include "pagelab/sim/machine.h"
#include "pagelab/workloads/shrink/condition.h"

namespace pagelab {

// Looks at a running machine until it shows a condition.
class ConditionWatch final : public TraceSink {
 public:
  // Begins. The machine must stay where it is, and nobody else may attach to
  // its tracepoints. An error where an event has a name that is none.
  static absl::StatusOr<std::unique_ptr<ConditionWatch>> Start(
      Machine& machine, const Condition& condition);
  // Detaches.
  ~ConditionWatch() override;
  ConditionWatch(const ConditionWatch&) = delete;
  ConditionWatch& operator=(const ConditionWatch&) = delete;

  bool shown() const { return shown_; }
  // Allocations, tried or given, and frees so far.
  uint64_t operations() const { return operations_; }
  // The run is over: looks at what has no event.
  absl::Status Finish();

  void OnEvent(const ExecutionContext&, const MmPageAlloc&) override;
  void OnEvent(const ExecutionContext&, const MmPageFree&) override;
  void OnEvent(const ExecutionContext&, const MmPageFreeBatched&) override;
  void OnEvent(const ExecutionContext&, const MmPageAllocZoneLocked&) override;
  void OnEvent(const ExecutionContext&, const MmPagePcpuDrain&) override;
  void OnEvent(const ExecutionContext&, const MmPageAllocExtfrag&) override;

 private:
  // An atom of the condition, and whether its event happened.
  struct Watched {
    const ConditionAtom* atom;
    bool happened = false;
    bool now = false;
  };
  using Case = std::vector<Watched>;

  ConditionWatch(Machine& machine, const Condition& condition);
  absl::Status CheckNames();
  // Every atom of that kind for which `matches` holds happens now.
  template <typename Matches>
  void Happen(ConditionAtom::Kind kind, Matches&& matches);
  void HappenEvent(std::string_view name);
  void LookForOom();
  void Decide();
  bool Shows(const Case& cases) const;
  bool StateHolds(const ConditionAtom& atom) const;
  absl::StatusOr<std::map<std::string, uint64_t>> Counters();

  Machine& machine_;
  std::vector<Case> cases_;
  // Of /proc/vmstat; empty unless some event is one.
  std::map<std::string, uint64_t> counters_;
  bool wants_oom_ = false;
  size_t log_lines_ = 0;
  uint64_t operations_ = 0;
  bool shown_ = false;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_SHRINK_CONDITION_WATCH_H_

// What the tasks of a running scenario share; internal to the runner.

#ifndef PAGELAB_WORKLOADS_RUN_STATE_H_
#define PAGELAB_WORKLOADS_RUN_STATE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "pagelab/alloc/execution_context.h"
#include "pagelab/base/random.h"
#include "pagelab/sim/machine.h"
#include "pagelab/stackdepot/host_stack.h"
#include "pagelab/workloads/block_list.h"
#include "pagelab/workloads/conclusion/conclusion.h"
#include "pagelab/workloads/event_queue.h"
#include "pagelab/workloads/kernel/kernel_path.h"
#include "pagelab/workloads/kernel/page_use.h"
#include "pagelab/workloads/kernel/world.h"
#include "pagelab/workloads/runner.h"
#include "pagelab/workloads/scenario.h"

namespace pagelab {

// A task of the scenario as the machine knows it.
struct RunningTask {
  const ScenarioTask* spec = nullptr;
  Task* task = nullptr;
  Random random{0};
  // For allocations that name neither a stack nor a call.
  std::vector<SimAddress> own_stack;
  // Blocks with a lifetime but without a handle.
  size_t anonymous_handle = 0;
  // Null where the scenario has no steps of the kernel around the allocator.
  Process* process = nullptr;
};

// The machine, the handles and the report of a run, and the operations on
// them that steps are made of.
class RunState {
 public:
  RunState(Machine& machine, const Scenario& scenario,
           const RunOptions& options);
  // Takes its call stacks away from the machine again.
  ~RunState();
  RunState(const RunState&) = delete;
  RunState& operator=(const RunState&) = delete;

  // Makes the tasks and the call stacks.
  absl::Status Prepare();

  Nanoseconds now() const { return machine_.clock().now(); }
  uint64_t Draw(RunningTask& task, const Quantity& quantity);
  size_t HandleOf(const std::string& name);
  BlockList& handle(size_t index) { return handles_[index]; }
  std::vector<RunningTask>& tasks() { return tasks_; }
  const std::vector<RunningTask>& tasks() const { return tasks_; }
  EventQueue& events() { return events_; }
  RunReport& report() { return report_; }
  const Scenario& scenario() const { return scenario_; }

  // One allocation of `step`, with everything that hangs on it; false when
  // memory is out, which is counted.
  bool Allocate(size_t task_index, const AllocStep& step, uint64_t count);
  // Frees a block that was taken from its handle, as `step` wants it; a block
  // whose lifetime is over has no step.
  void Free(size_t task_index, const Block& block, const FreeStep* step);
  absl::Status Access(size_t task_index, const Step& at,
                      const AccessStep& step);
  void Expire(const Event& event);
  void Split(const std::string& handle);
  // migrate_steps.cc.
  void Migrate(size_t task_index, const MigrateStep& step);
  void Drain(size_t task_index);
  absl::Status TakeOffline(const Step& at, const MemcgOfflineStep& step);
  absl::Status Capture(const CaptureStep& step);
  absl::Status Read(const Step& at, const ReadStep& step);
  absl::Status Write(const Step& at, const WriteStep& step);
  // Use of memory: user_page_steps.cc.
  absl::Status Touch(size_t task_index, const Step& at, const TouchStep& step);
  absl::Status Shrink(size_t task_index, const Step& at,
                      const ShrinkStep& step);
  absl::Status Map(size_t task_index, const Step& at, const MapStep& step);
  absl::Status Unmap(size_t task_index, const Step& at, const UnmapStep& step);

  // The kernel around the allocator. REQUIRES: some step needs it.
  KernelWorld& world() { return *world_; }
  bool has_world() const { return world_.has_value(); }
  Process& ProcessOf(size_t task_index) { return *tasks_[task_index].process; }
  // The task's process has neither ended nor been killed.
  bool IsAlive(size_t task_index) const {
    const Process* process = tasks_[task_index].process;
    return process == nullptr || process->alive;
  }
  void CountOperation();
  // What happened in the world goes into the report.
  void CountWorld();
  // The run is over: its conclusion goes into the report.
  absl::Status Conclude();

  // An error about something that was written in the scenario.
  absl::Status ErrorAt(TextPosition position, std::string_view what) const;

 private:
  absl::Status PrepareStacks();
  // The blocks that were there before the scenario.
  absl::Status PrepareStart();
  absl::Status PrepareTask(const ScenarioTask& spec);
  absl::Status CheckSteps(const std::vector<Step>& steps) const;
  absl::Status CheckCapture(const Step& step, const CaptureStep& capture) const;
  absl::Status CheckAlloc(const Step& step, const AllocStep& alloc) const;
  absl::Status CheckMigrate(const Step& step, const MigrateStep& migrate) const;
  // Says whether it moved; then `block` is where it is now.
  bool MoveBlock(size_t task_index, const MigrateStep& step, Block& block);
  ExecutionContext ContextFor(size_t task_index);
  AllocRequest RequestFor(RunningTask& task, const AllocStep& step) const;
  // The ways to get memory: each appends to `blocks`, and says false when
  // there is not enough.
  using Blocks = std::vector<KernelRequest::Allocated>;
  bool AllocateByCall(size_t task_index, const AllocStep& step,
                      const AllocRequest& request, Blocks& blocks);
  bool AllocateBulk(ExecutionContext& context, const AllocRequest& request,
                    uint64_t count, Blocks& blocks);
  bool AllocateBlock(ExecutionContext& context, const AllocRequest& request,
                     Blocks& blocks);
  // An error where a block is no user memory.
  absl::StatusOr<std::vector<Block>> UserBlocks(size_t task_index,
                                                const Step& at,
                                                const BlockChoice& choice);
  void Keep(size_t task_index, const AllocStep& step, const Blocks& blocks);
  // Gives the pages back; false when the allocator refuses.
  bool GiveBack(size_t task_index, const Block& block, const FreeStep* step);
  void LeaveUse(Pfn head, Order order);
  // What the kernel counts the block as; forgotten with this.
  PageUse TakeUse(Pfn head);
  // The allocator agrees that the block is allocated, and as it was handed out.
  bool IsWhole(const Block& block) const;
  // Some of its frames hold what the simulated kernel keeps for itself.
  bool HoldsKernelData(const Block& block) const;
  bool IsMemory(PfnRange range) const;
  void CountFailure(size_t task_index, const AllocRequest& request);
  void MakeWorld();

  Machine& machine_;
  const Scenario& scenario_;
  const RunOptions& options_;
  // For the machine's page_owner, as long as this lives.
  std::optional<HostStackTranslator> translator_;
  std::optional<KernelWorld> world_;
  std::optional<Conclusion> conclusion_;
  std::vector<RunningTask> tasks_;
  // Resolved Scenario::stacks.
  std::vector<std::vector<SimAddress>> stacks_;
  // By the head of the block: what the kernel counts it as, where it does.
  absl::flat_hash_map<uint64_t, PageUse> uses_;
  std::map<std::string, size_t> handle_index_;
  std::vector<BlockList> handles_;
  EventQueue events_;
  std::map<std::string, uint64_t> capture_times_;
  uint64_t next_serial_ = 1;
  uint64_t operations_ = 0;
  RunReport report_;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_RUN_STATE_H_

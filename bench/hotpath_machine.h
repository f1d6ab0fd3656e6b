#ifndef PAGELAB_BENCH_HOTPATH_MACHINE_H_
#define PAGELAB_BENCH_HOTPATH_MACHINE_H_

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pagelab/bench/hotpath_variants.h"
#include "pagelab/sim/machine.h"
#include "pagelab/stackdepot/host_stack.h"

namespace pagelab {

// The one machine that every variant works on, so that where its data lies is
// no difference between them. Booted with page_owner=on; what is "off" runs
// with the hooks detached, which turns the process's keys off. Only one such
// machine may live at a time, and no other with hooks. Thread-compatible.
class HotpathMachine {
 public:
  static constexpr std::string_view kName = "qemu-2g";

  static absl::StatusOr<std::unique_ptr<HotpathMachine>> Boot();
  ~HotpathMachine();
  HotpathMachine(const HotpathMachine&) = delete;
  HotpathMachine& operator=(const HotpathMachine&) = delete;

  // Runs `work` at the end of a chain of simulated kernel functions, the same
  // that the given and the interned stack have.
  void Run(absl::FunctionRef<void()> work);

  // Attaches or detaches the hooks and says where stacks come from.
  absl::Status Switch(OwnerMode owner);
  // With the per-cpu lists taken, every request goes to the buddy lists.
  void BypassPerCpuLists(bool bypass);
  TrafficSource source() { return {machine_.state(), context_}; }
  // Of the recorded stack, without page_owner's own.
  size_t nr_frames() const { return frames_.size(); }
  // The handle of the stack that the page's allocation was recorded with; 0
  // without a record.
  uint32_t StackOf(const Page& page);

  // Everything allocated and linked, to come back to.
  void Save();
  // REQUIRES: Save().
  absl::Status Restore();

 private:
  explicit HotpathMachine(Machine machine);
  absl::Status PrepareStacks();
  absl::Status Attach();
  void Detach();

  Machine machine_;
  std::optional<HostStackTranslator> translator_;
  AllocationHooks* hooks_;
  ExecutionContext context_;
  std::vector<SimAddress> frames_;
  Machine::CheckpointPtr saved_;
};

}  // namespace pagelab

#endif  // PAGELAB_BENCH_HOTPATH_MACHINE_H_

#ifndef PAGELAB_ALLOC_RECLAIM_OOM_REPORT_H_
#define PAGELAB_ALLOC_RECLAIM_OOM_REPORT_H_

#include "absl/types/span.h"
#include "pagelab/alloc/allocator_state.h"
#include "pagelab/alloc/kernel_log.h"
#include "pagelab/alloc/reclaim/oom.h"

namespace pagelab {

// What the out-of-memory killer prints, in the order of a recorded 6.12.
// Kernel counterpart: dump_header().
class OomReport {
 public:
  OomReport(const AllocatorState& state, const OomReportNames& names,
            KernelLog& log)
      : state_(state), names_(names), log_(log) {}

  struct Situation {
    const ExecutionContext& context;
    Gfp gfp;
    Order order;
    absl::Span<const OomCandidate> processes;
    // Null: the whole machine.
    const MemcgOom* group = nullptr;
  };
  // Who asked, the state of memory, all processes.
  void Header(const Situation& situation);
  // "oom-kill:constraint=...".
  void Victim(const OomCandidate& victim, const MemcgOom* group);
  // "Out of memory: Killed process ...".
  void Killed(const OomCandidate& victim, bool in_group);
  // "oom_reaper: reaped process ...", with what is left of it.
  void Reaped(const OomCandidate& rest);
  // `panics`: the kernel would stop here.
  void NobodyToKill(bool panics);

 private:
  void Stack(const ExecutionContext& context, uint32_t uid);
  void Tasks(absl::Span<const OomCandidate> processes);

  const AllocatorState& state_;
  const OomReportNames& names_;
  KernelLog& log_;
};

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_RECLAIM_OOM_REPORT_H_

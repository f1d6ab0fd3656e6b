#ifndef PAGELAB_ALLOC_RECLAIM_OOM_H_
#define PAGELAB_ALLOC_RECLAIM_OOM_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "absl/types/span.h"
#include "pagelab/alloc/alloc_flags.h"
#include "pagelab/alloc/allocator_state.h"
#include "pagelab/alloc/execution_context.h"
#include "pagelab/alloc/page_users.h"

namespace pagelab {

// oom_score_adj of those who are never killed.
inline constexpr int kOomScoreAdjMin = -1000;

// How much killing the process would bring, out of `total` pages of memory and
// swap; nothing where it must not be killed. Kernel counterpart: oom_badness().
std::optional<int64_t> OomBadness(const OomCandidate& process, PageCount total);

// What the report says that the allocator does not know.
struct OomReportNames {
  // "6.12.117 #2", as in "Not tainted 6.12.117 #2 ". May be empty.
  std::string release;
  // "name+0x1f/0x90" for an address; without it there is no call trace.
  std::function<std::string(SimAddress)> symbol;
};

// A memory cgroup at its limit.
struct MemcgOom {
  // "/jobs".
  std::string_view path;
  PageCount usage{};
  PageCount limit{};
  uint64_t failcnt = 0;
  // The charge that failed.
  Gfp gfp{};
  Order order{};
  // Its processes, and those of groups below it.
  absl::Span<const OomCandidate> processes{};
};

// Kills a process to get memory, and says so in the kernel's log
// (page-allocator.md 17.6). REQUIRES: the state has users.
//
// Kernel counterpart: out_of_memory().
class OomKiller {
 public:
  OomKiller(AllocatorState& state, const OomReportNames& names,
            ReportLimit& limit)
      : state_(state), names_(names), limit_(limit) {}

  // True: there was progress, or somebody who dies already is to be waited
  // for. Kernel counterpart: __alloc_pages_may_oom() from its conditions on.
  bool OutOfMemory(ExecutionContext& context, const AllocControl& ac);
  bool MemcgOutOfMemory(ExecutionContext& context, const MemcgOom& group);

 private:
  struct Failure;
  bool KillOne(ExecutionContext& context, const Failure& failure);
  void Kill(ExecutionContext& context, const Failure& failure,
            const OomCandidate& victim);
  bool ReportAllowed(Nanoseconds now);

  AllocatorState& state_;
  const OomReportNames& names_;
  ReportLimit& limit_;
};

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_RECLAIM_OOM_H_

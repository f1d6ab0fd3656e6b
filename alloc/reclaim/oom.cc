#include "pagelab/alloc/reclaim/oom.h"

#include <limits>
#include <vector>

#include "pagelab/alloc/pcp_tuning.h"
#include "pagelab/alloc/reclaim/node_balance.h"
#include "pagelab/alloc/reclaim/oom_report.h"
#include "pagelab/alloc/stat_totals.h"

namespace pagelab {
namespace {

// Ten reports in five seconds.
constexpr uint32_t kReportBurst = 10;
constexpr Nanoseconds kReportInterval{5'000'000'000};

int64_t RssOf(const OomCandidate& process) {
  return process.anon_rss + process.file_rss + process.shmem_rss;
}

std::vector<OomCandidate> AllProcesses(const PageUsers& users) {
  std::vector<OomCandidate> all;
  users.ForEachProcess(
      [&all](const OomCandidate& process) { all.push_back(process); });
  return all;
}

// Somebody was killed, and is not gone yet.
bool SomebodyDies(absl::Span<const OomCandidate> processes) {
  for (const OomCandidate& process : processes) {
    if (process.task->oom_victim && RssOf(process) > 0) return true;
  }
  return false;
}

// The highest score; of equals the last, as the kernel's list has them.
const OomCandidate* SelectBadProcess(absl::Span<const OomCandidate> processes,
                                     PageCount total) {
  const OomCandidate* chosen = nullptr;
  int64_t most = std::numeric_limits<int64_t>::min();
  for (const OomCandidate& process : processes) {
    const std::optional<int64_t> points = OomBadness(process, total);
    if (!points.has_value() || *points < most || process.task->oom_victim) {
      continue;
    }
    chosen = &process;
    most = *points;
  }
  return chosen;
}

}  // namespace

std::optional<int64_t> OomBadness(const OomCandidate& process,
                                  PageCount total) {
  if (process.oom_score_adj == kOomScoreAdjMin) return std::nullopt;
  const int64_t pages =
      RssOf(process) + process.swap_entries +
      process.page_table_bytes / static_cast<int64_t>(kPageSize);
  return pages +
         process.oom_score_adj * (static_cast<int64_t>(total.value()) / 1000);
}

// What ran out, for whom.
struct OomKiller::Failure {
  Gfp gfp;
  Order order;
  PageCount total;
  absl::Span<const OomCandidate> processes;
  // Null: the whole machine.
  const MemcgOom* group = nullptr;
};

bool OomKiller::OutOfMemory(ExecutionContext& context, const AllocControl& ac) {
  if (ac.order > kCostlyOrder || ac.gfp.Has(gfp::kRetryMayfail) ||
      ac.gfp.Has(gfp::kThisnode) ||
      ac.highest_zoneidx < Index(ZoneType::kNormal)) {
    return false;
  }
  // Who dies anyway needs no other victim, and who may not enter file systems
  // cannot tell what others could still write back.
  if (context.task->oom_victim || !ac.gfp.Has(gfp::kFs)) {
    state_.users->Spend(context, kTick);
    return true;
  }
  const std::vector<OomCandidate> processes = AllProcesses(*state_.users);
  return KillOne(context,
                 {.gfp = ac.gfp,
                  .order = ac.order,
                  .total = TotalManaged(state_) + state_.users->Swap().total,
                  .processes = processes});
}

bool OomKiller::MemcgOutOfMemory(ExecutionContext& context,
                                 const MemcgOom& group) {
  if (context.task->oom_victim) return true;
  return KillOne(context, {.gfp = group.gfp,
                           .order = group.order,
                           .total = group.limit,
                           .processes = group.processes,
                           .group = &group});
}

bool OomKiller::KillOne(ExecutionContext& context, const Failure& failure) {
  if (SomebodyDies(failure.processes)) {
    state_.users->Spend(context, kTick);
    return true;
  }
  const OomCandidate* victim =
      SelectBadProcess(failure.processes, failure.total);
  if (state_.log != nullptr && ReportAllowed(context.now)) {
    OomReport report(state_, names_, *state_.log);
    report.Header({.context = context,
                   .gfp = failure.gfp,
                   .order = failure.order,
                   .processes = failure.processes,
                   .group = failure.group});
    if (victim == nullptr) {
      report.NobodyToKill(failure.group == nullptr);
    } else {
      report.Victim(*victim, failure.group);
    }
  }
  if (victim == nullptr) return false;
  Kill(context, failure, *victim);
  return true;
}

void OomKiller::Kill(ExecutionContext& context, const Failure& failure,
                     const OomCandidate& victim) {
  state_.events.Count(VmEvent::kOomKill);
  if (state_.log != nullptr) {
    OomReport(state_, names_, *state_.log)
        .Killed(victim, failure.group != nullptr);
  }
  Task& task = *victim.task;
  task.oom_victim = true;
  state_.users->Kill(context, task);
  OomCandidate rest{.task = &task};
  for (const OomCandidate& process : AllProcesses(*state_.users)) {
    if (process.task == &task) rest = process;
  }
  if (state_.log != nullptr && RssOf(rest) < RssOf(victim)) {
    OomReport(state_, names_, *state_.log).Reaped(rest);
  }
  state_.users->Spend(context, kTick);
}

bool OomKiller::ReportAllowed(Nanoseconds now) {
  const bool first = limit_.shown == 0 && limit_.suppressed == 0;
  if (first || now > limit_.window_end) {
    limit_ = {.window_end = now + kReportInterval};
  }
  if (limit_.shown == kReportBurst) {
    ++limit_.suppressed;
    return false;
  }
  ++limit_.shown;
  return true;
}

}  // namespace pagelab

#include "pagelab/alloc/reclaim/oom_report.h"

#include <fmt/format.h>

#include "pagelab/alloc/alloc_failure.h"
#include "pagelab/alloc/show_mem.h"

namespace pagelab {
namespace {

int64_t Kilobytes(int64_t pages) { return pages * (kPageSize / 1024); }

int64_t RssOf(const OomCandidate& process) {
  return process.anon_rss + process.file_rss + process.shmem_rss;
}

// The process of a task; all zero where it is none of them.
OomCandidate ProcessOf(absl::Span<const OomCandidate> processes,
                       const Task* task) {
  for (const OomCandidate& process : processes) {
    if (process.task == task) return process;
  }
  return {};
}

}  // namespace

void OomReport::Header(const Situation& situation) {
  const Task& task = *situation.context.task;
  const OomCandidate asking = ProcessOf(situation.processes, &task);
  log_.Printk(fmt::format(
      "{} invoked oom-killer: gfp_mask={:#x}({}), order={}, oom_score_adj={}",
      task.comm_text(), situation.gfp.value(), ToString(situation.gfp),
      situation.order.value(), asking.oom_score_adj));
  Stack(situation.context, asking.uid);
  if (situation.group == nullptr) {
    ShowMem(state_, situation.context.cpu, log_);
  } else {
    const MemcgOom& group = *situation.group;
    log_.Printk(fmt::format(
        "memory: usage {}kB, limit {}kB, failcnt {}",
        Kilobytes(static_cast<int64_t>(group.usage.value())),
        Kilobytes(static_cast<int64_t>(group.limit.value())), group.failcnt));
  }
  Tasks(situation.processes);
}

// Kernel counterpart: dump_stack().
void OomReport::Stack(const ExecutionContext& context, uint32_t uid) {
  std::string line = fmt::format(
      "CPU: {} UID: {} PID: {} Comm: {} Not tainted ", context.cpu.value(), uid,
      context.task->pid, context.task->comm_text());
  if (!names_.release.empty()) line += names_.release + ' ';
  log_.Printk(line);
  if (names_.symbol == nullptr || context.frames.empty()) return;
  log_.Printk("Call Trace:");
  log_.Printk(" <TASK>");
  for (const SimAddress address : context.frames) {
    log_.Printk("  " + names_.symbol(address));
  }
  log_.Printk(" </TASK>");
}

// Kernel counterpart: dump_tasks().
void OomReport::Tasks(absl::Span<const OomCandidate> processes) {
  log_.Printk("Tasks state (memory values in pages):");
  log_.Printk(
      "[  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem "
      "pgtables_bytes swapents oom_score_adj name");
  for (const OomCandidate& process : processes) {
    log_.Printk(fmt::format(
        "[{:7}] {:5} {:5} {:8} {:8} {:8} {:8} {:9} {:8} {:8}         {:5} {}",
        process.task->pid, process.uid, process.task->tgid, process.total_vm,
        RssOf(process), process.anon_rss, process.file_rss, process.shmem_rss,
        process.page_table_bytes, process.swap_entries, process.oom_score_adj,
        process.task->comm_text()));
  }
}

void OomReport::Victim(const OomCandidate& victim, const MemcgOom* group) {
  const std::string where =
      group == nullptr
          ? "global_oom,task_memcg=/"
          : fmt::format("oom_memcg={},task_memcg={}", group->path, group->path);
  log_.Printk(fmt::format(
      "oom-kill:constraint={},nodemask=(null),cpuset=/,mems_allowed={},{},"
      "task={},pid={},uid={}",
      group == nullptr ? "CONSTRAINT_NONE" : "CONSTRAINT_MEMCG",
      MemsAllowed(state_), where, victim.task->comm_text(), victim.task->pid,
      victim.uid));
}

void OomReport::Killed(const OomCandidate& victim, bool in_group) {
  log_.Printk(fmt::format(
      "{}: Killed process {} ({}) total-vm:{}kB, anon-rss:{}kB, "
      "file-rss:{}kB, shmem-rss:{}kB, UID:{} pgtables:{}kB oom_score_adj:{}",
      in_group ? "Memory cgroup out of memory" : "Out of memory",
      victim.task->pid, victim.task->comm_text(), Kilobytes(victim.total_vm),
      Kilobytes(victim.anon_rss), Kilobytes(victim.file_rss),
      Kilobytes(victim.shmem_rss), victim.uid, victim.page_table_bytes >> 10,
      victim.oom_score_adj));
}

void OomReport::Reaped(const OomCandidate& rest) {
  log_.Printk(fmt::format(
      "oom_reaper: reaped process {} ({}), now anon-rss:{}kB, file-rss:{}kB, "
      "shmem-rss:{}kB",
      rest.task->pid, rest.task->comm_text(), Kilobytes(rest.anon_rss),
      Kilobytes(rest.file_rss), Kilobytes(rest.shmem_rss)));
}

void OomReport::NobodyToKill(bool panics) {
  log_.Printk("Out of memory and no killable processes...");
  if (!panics) return;
  // Differs from Linux: which stops here; a scenario goes on, and its request
  // fails.
  log_.Printk("Kernel panic - not syncing: System is deadlocked on memory");
}

}  // namespace pagelab

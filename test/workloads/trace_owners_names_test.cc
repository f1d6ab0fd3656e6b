// Tasks and stacks of a recording.

#include <algorithm>
#include <string>
#include <vector>

#include "pagelab/test/support/catch.h"
#include "pagelab/test/workloads/trace_owners_support.h"
#include "pagelab/workloads/trace_owners/stack_names.h"
#include "pagelab/workloads/trace_owners/stack_table.h"
#include "pagelab/workloads/trace_owners/task_table.h"

namespace pagelab {
namespace {

const TracedTask& OwnerOf(const TraceOwners& owners, uint64_t pfn) {
  return owners.task(owners.Find(Pfn(pfn)).record->task);
}

TEST_CASE("TaskTable: idle tasks have the kernel's names",
          "[workloads][trace_owners]") {
  TraceText trace;
  trace.Task("<idle>", 0).Cpu(0).Alloc(0x10, 0).Cpu(3).Alloc(0x11, 0);
  trace.Task("<...>", 99).Alloc(0x12, 0);
  const TraceOwners owners = OwnersOf(trace);
  CHECK(OwnerOf(owners, 0x10).comm == "swapper/0");
  CHECK(OwnerOf(owners, 0x11).comm == "swapper/3");
  CHECK(OwnerOf(owners, 0x11).comm_is_known());
  CHECK_FALSE(OwnerOf(owners, 0x12).comm_is_known());
}

TEST_CASE("TaskTable: a rename corrects what the tracer prints",
          "[workloads][trace_owners]") {
  // The tracer knows only the last name of pid 7, and prints it everywhere.
  TraceText trace;
  trace.Task("ls", 7).Alloc(0x10, 0);
  trace.Line("task_rename: pid=7 oldcomm=sh newcomm=my ls oom_score_adj=0");
  trace.Alloc(0x11, 0);
  trace.Line("task_rename: pid=7 oldcomm=my ls newcomm=ls oom_score_adj=0");
  trace.Alloc(0x12, 0);
  trace.Task("other", 8).Alloc(0x13, 0);
  const TraceOwners owners = OwnersOf(trace);
  CHECK(OwnerOf(owners, 0x10).comm == "sh");
  CHECK(OwnerOf(owners, 0x11).comm == "my ls");
  CHECK(OwnerOf(owners, 0x12).comm == "ls");
  CHECK(OwnerOf(owners, 0x12).comm_is_exact);
  CHECK(OwnerOf(owners, 0x13).comm == "other");
  CHECK_FALSE(OwnerOf(owners, 0x13).comm_is_exact);
}

TEST_CASE("TaskTable: a new task has the name it was made with",
          "[workloads][trace_owners]") {
  TraceText trace;
  trace.Task("old", 7).Alloc(0x10, 0);
  trace.Task("sh", 5).Line(
      "task_newtask: pid=7 comm=sh clone_flags=1200000 oom_score_adj=0");
  trace.Task("old", 7).Alloc(0x11, 0);
  const TraceOwners owners = OwnersOf(trace);
  CHECK(OwnerOf(owners, 0x10).comm == "old");
  CHECK(OwnerOf(owners, 0x11).comm == "sh");
}

TEST_CASE("TaskTable: texts that are not the events' change nothing",
          "[workloads][trace_owners]") {
  TraceText trace;
  trace.Task("ls", 7).Alloc(0x10, 0);
  for (const char* text :
       {"task_rename: pid=7", "task_rename: oldcomm=a newcomm=b",
        "task_rename: pid=x oldcomm=a newcomm=b oom_score_adj=0",
        "task_rename: pid=7 oldcomm=a oom_score_adj=0 newcomm=b",
        "task_newtask: pid=7 clone_flags=0 comm=x",
        "task_newtask: pid=0 comm=x clone_flags=0"}) {
    trace.Line(text);
  }
  trace.Alloc(0x11, 0);
  const TraceOwners owners = OwnersOf(trace);
  CHECK(OwnerOf(owners, 0x10).comm == "ls");
  CHECK(OwnerOf(owners, 0x11).comm == "ls");
  CHECK_FALSE(OwnerOf(owners, 0x11).comm_is_exact);
}

std::string Kept(std::string_view recorded) {
  StackTable stacks;
  return stacks.stack(stacks.Intern(recorded)).text;
}

TEST_CASE("StackTable: begins behind the tracer", "[workloads][trace_owners]") {
  CHECK(Kept(" => trace_event_raw_event_mm_page_alloc\n"
             " => __alloc_pages_noprof\n"
             " => vfs_write\n") ==
        " __alloc_pages_noprof+0x0/0x0\n vfs_write+0x0/0x0\n");
  CHECK(Kept(" => __traceiter_mm_page_alloc\n"
             " => 0\n"
             " => __alloc_pages\n") == " __alloc_pages+0x0/0x0\n");
  CHECK(Kept("") == "");
}

TEST_CASE("StackTable: keeps offsets and modules that were recorded",
          "[workloads][trace_owners]") {
  CHECK(Kept(" => __alloc_pages_noprof+0x1ad/0x1160\n"
             " => nicdrv_poll+0x1b7/0x3d0 [nicdrv]\n") ==
        " __alloc_pages_noprof+0x1ad/0x1160\n"
        " nicdrv_poll+0x1b7/0x3d0 [nicdrv]\n");
}

// page-ext-owner-depot.md 10.5: the frame of the entry is the last one.
TEST_CASE("StackTable: ends at the entry of an interrupt or exception",
          "[workloads][trace_owners]") {
  CHECK(Kept(" => __alloc_pages_noprof\n"
             " => sysvec_apic_timer_interrupt\n"
             " => asm_sysvec_apic_timer_interrupt\n"
             " => interrupted\n") ==
        " __alloc_pages_noprof+0x0/0x0\n"
        " sysvec_apic_timer_interrupt+0x0/0x0\n"
        " asm_sysvec_apic_timer_interrupt+0x0/0x0\n");
  CHECK(
      Kept(" => exc_page_fault\n => asm_exc_page_fault\n => __put_user_4\n") ==
      " exc_page_fault+0x0/0x0\n asm_exc_page_fault+0x0/0x0\n");
  CHECK(Kept(" => handle_softirqs\n => run_ksoftirqd\n") ==
        " handle_softirqs+0x0/0x0\n run_ksoftirqd+0x0/0x0\n");
}

TEST_CASE("StackTable: is as deep as page_owner's",
          "[workloads][trace_owners]") {
  std::string recorded = " => trace_event_raw_event_mm_page_alloc\n";
  for (int i = 0; i < 20; ++i) recorded += " => f" + std::to_string(i) + "\n";
  const std::string kept = Kept(recorded);
  CHECK(std::count(kept.begin(), kept.end(), '\n') == StackTable::kMaxFrames);
  CHECK(kept.ends_with(" f14+0x0/0x0\n"));
}

TEST_CASE("StackTable: the same stack has the same number",
          "[workloads][trace_owners]") {
  StackTable stacks;
  const uint32_t a = stacks.Intern(" => a\n => b\n");
  const uint32_t b = stacks.Intern(" => b\n");
  CHECK(a != b);
  CHECK(stacks.Intern(" => a\n => b\n") == a);
  // Different before the interrupt only.
  const uint32_t c = stacks.Intern(" => asm_exc_page_fault\n => x\n");
  CHECK(stacks.Intern(" => asm_exc_page_fault\n => y\n") == c);
  CHECK(stacks.size() == 3);

  std::vector<uint32_t> marks = {0, 0, 1, 1};
  stacks.KeepMarked(absl::MakeSpan(marks));
  CHECK(marks == std::vector<uint32_t>{0, 0, 1, 2});
  CHECK(stacks.stack(1).text == " b+0x0/0x0\n");
  CHECK(stacks.Intern(" => b\n") == 1);
  CHECK(stacks.Intern(" => a\n => b\n") == 3);
}

TEST_CASE("SameCallChain: compares names from the allocator's entry upward",
          "[workloads][trace_owners]") {
  const std::string traced =
      " __alloc_pages_noprof+0x0/0x0\n pte_alloc_one+0x0/0x0\n";
  CHECK(
      SameCallChain(" get_page_from_freelist+0x523/0x1780\n"
                    " __alloc_pages_noprof+0x1ad/0x1160\n"
                    " pte_alloc_one+0x16/0x60\n",
                    traced));
  CHECK(
      SameCallChain(" post_alloc_hook+0x1/0x2\n"
                    " get_page_from_freelist+0x523/0x1780\n"
                    " __alloc_pages_noprof+0x1ad/0x1160\n"
                    " pte_alloc_one+0x16/0x60\n",
                    traced));
  CHECK_FALSE(
      SameCallChain(" get_page_from_freelist+0x523/0x1780\n"
                    " __alloc_pages_noprof+0x1ad/0x1160\n"
                    " pmd_alloc_one+0x16/0x60\n",
                    traced));
  CHECK_FALSE(SameCallChain(" __alloc_pages_noprof+0x1ad/0x1160\n", traced));
  CHECK_FALSE(SameCallChain("", traced));
}

TEST_CASE("SameCallChain: a stack that was cut agrees as far as it goes",
          "[workloads][trace_owners]") {
  std::string dumped =
      " get_page_from_freelist+0x1/0x2\n __alloc_pages_noprof+0x1/0x2\n";
  std::string traced = " __alloc_pages_noprof+0x0/0x0\n";
  for (int i = 0; i < 13; ++i) {
    const std::string name = " f" + std::to_string(i);
    dumped += name + "+0x1/0x2\n";
    traced += name + "+0x0/0x0\n";
  }
  CHECK(SameCallChain(dumped, traced));
  // Not cut: 15 frames of 16.
  CHECK_FALSE(SameCallChain(dumped, traced.substr(0, traced.rfind(" f12"))));
  CHECK(SameCallChain(dumped + " last+0x1/0x2\n", traced + " last+0x0/0x0\n"));
  CHECK_FALSE(SameCallChain(dumped + " last+0x1/0x2\n", traced));
}

}  // namespace
}  // namespace pagelab

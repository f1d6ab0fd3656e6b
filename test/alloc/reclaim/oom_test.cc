#include "pagelab/alloc/reclaim/oom.h"

#include <algorithm>

#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/reclaim_world.h"

namespace pagelab {
namespace {

using Lines = std::vector<std::string>;

bool OutOfMemory(ReclaimWorld& world, Gfp gfp = gfp::kKernel, int order = 0) {
  return world.reclaim.OutOfMemory(world.machine.context,
                                   world.ControlOf(gfp, order));
}

// The lines that contain `text`.
Lines Logged(const ReclaimWorld& world, const std::string& text) {
  Lines found;
  for (const std::string& line : world.machine.log.lines) {
    if (line.find(text) != std::string::npos) found.push_back(line);
  }
  return found;
}

TEST_CASE(
    "OomBadness: resident, swapped and page-table pages, and what the "
    "process was given",
    "[alloc][reclaim][oom]") {
  OomCandidate process{.anon_rss = 100,
                       .file_rss = 20,
                       .shmem_rss = 3,
                       .swap_entries = 1000,
                       .page_table_bytes = 8191};
  CHECK(OomBadness(process, PageCount(5000)) == 1124);
  process.oom_score_adj = 500;
  // 5999 / 1000 is 5 pages a point.
  CHECK(OomBadness(process, PageCount(5999)) == 1124 + 2500);
  process.oom_score_adj = -999;
  CHECK(OomBadness(process, PageCount(5999)) == 1124 - 4995);
  process.oom_score_adj = -1000;
  CHECK(OomBadness(process, PageCount(5999)) == std::nullopt);
}

TEST_CASE("Oom: the highest score dies, of equals the last",
          "[alloc][reclaim][oom]") {
  ReclaimWorld world;
  world.users.AddProcess("protected", 10, 500, -1000);
  world.users.AddProcess("small", 11, 5);
  world.users.AddProcess("big", 12, 50);
  world.users.AddProcess("twin", 13, 50);
  const int64_t free = world.FreePages();
  CHECK(OutOfMemory(world));
  CHECK(world.users.killed == std::vector<int32_t>{13});
  world.machine.allocator->DrainAllPages(world.machine.context);
  CHECK(world.FreePages() >= free + 50);
  CHECK(world.Count(VmEvent::kOomKill) == 1);
  CHECK(OutOfMemory(world));
  CHECK(OutOfMemory(world));
  CHECK(world.users.killed == std::vector<int32_t>{13, 12, 11});
  CHECK(world.Verified() == "");
  SECTION("nobody is left: the request fails") {
    CHECK_FALSE(OutOfMemory(world));
    CHECK(Logged(world, "Out of memory and no killable processes...").size() ==
          1);
    CHECK(Logged(world,
                 "Kernel panic - not syncing: System is deadlocked on "
                 "memory")
              .size() == 1);
    CHECK(world.Count(VmEvent::kOomKill) == 3);
  }
}

TEST_CASE("Oom: not for every request", "[alloc][reclaim][oom]") {
  ReclaimWorld world;
  world.users.AddProcess("big", 12, 50);
  CHECK_FALSE(OutOfMemory(world, gfp::kKernel, 4));
  CHECK_FALSE(OutOfMemory(world, gfp::kKernel.With(gfp::kRetryMayfail)));
  CHECK_FALSE(OutOfMemory(world, gfp::kKernel.With(gfp::kThisnode)));
  CHECK_FALSE(OutOfMemory(world, gfp::kKernel.With(gfp::kDma32)));
  CHECK(world.users.spent == 0);
  // Others may still write files back, for which this one may not ask.
  CHECK(OutOfMemory(world, gfp::kNofs));
  CHECK(world.users.spent == 1'000'000);
  // Who dies has only to go on.
  world.machine.task.oom_victim = true;
  CHECK(OutOfMemory(world));
  CHECK(world.users.killed.empty());
  CHECK(world.machine.log.lines.empty());
}

TEST_CASE("Oom: waits for a victim that is not gone yet",
          "[alloc][reclaim][oom]") {
  ReclaimWorld world;
  world.users.dies_slowly = true;
  Task& big = world.users.AddProcess("big", 12, 50);
  world.users.AddProcess("small", 11, 5);
  CHECK(OutOfMemory(world));
  CHECK(big.oom_victim);
  CHECK(OutOfMemory(world));
  CHECK(world.users.killed == std::vector<int32_t>{12});
  CHECK(Logged(world, "oom_reaper").empty());
  // What cannot be freed of it does not hold up the next.
  world.users.ProcessOf(big).anon_rss = 0;
  CHECK(OutOfMemory(world));
  CHECK(world.users.killed == std::vector<int32_t>{12, 11});
}

// The processes of the recorded machine steal2.
void AddRecordedProcesses(ReclaimWorld& world) {
  const auto add = [&world](const char* name, const OomCandidate& numbers,
                            int32_t pid) -> Task& {
    Task& task = world.users.AddProcess(name, pid, 0, numbers.oom_score_adj);
    OomCandidate& process = world.users.ProcessOf(task);
    process = numbers;
    process.task = &task;
    return task;
  };
  add("wl",
      {.total_vm = 26362,
       .anon_rss = 25612,
       .shmem_rss = 131,
       .page_table_bytes = 241664,
       .oom_score_adj = -1000},
      53);
  add("sh", {.total_vm = 565, .shmem_rss = 363, .page_table_bytes = 40960}, 54);
  add("fragger",
      {.total_vm = 154874,
       .anon_rss = 143872,
       .shmem_rss = 131,
       .page_table_bytes = 1200128},
      55);
  add("wl", {.total_vm = 250, .shmem_rss = 131, .page_table_bytes = 40960}, 57);
}

TEST_CASE("Oom: the recorded report, line for line", "[alloc][reclaim][oom]") {
  ReclaimWorld world;
  AddRecordedProcesses(world);
  world.machine.task.set_comm("fragger");
  world.machine.task.pid = 55;
  const OomReportNames names{
      .release = "6.12.117 #2", .symbol = [](SimAddress address) {
        return address == 1 ? "__handle_mm_fault+0x1619/0x1d50"
                            : "handle_mm_fault+0x13e/0x290";
      }};
  const SimAddress frames[] = {1, 2};
  world.machine.context.frames = frames;
  ReportLimit limit;
  OomKiller killer(*world.machine.state, names, limit);
  CHECK(killer.OutOfMemory(world.machine.context,
                           world.ControlOf(Gfp(0x140dca))));
  const Lines& lines = world.machine.log.lines;
  const Lines head(lines.begin(), lines.begin() + 8);
  CHECK(head ==
        Lines{"fragger invoked oom-killer: gfp_mask=0x140dca("
              "GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO), order=0, "
              "oom_score_adj=0",
              "CPU: 0 UID: 0 PID: 55 Comm: fragger Not tainted 6.12.117 #2 ",
              "Call Trace:", " <TASK>", "  __handle_mm_fault+0x1619/0x1d50",
              "  handle_mm_fault+0x13e/0x290", " </TASK>", "Mem-Info:"});
  const auto tasks = std::find(lines.begin(), lines.end(),
                               "Tasks state (memory values in pages):");
  REQUIRE(tasks != lines.end());
  CHECK(Lines(tasks + 1, lines.end()) ==
        Lines{"[  pid  ]   uid  tgid total_vm      rss rss_anon rss_file "
              "rss_shmem pgtables_bytes swapents oom_score_adj name",
              "[     53]     0    53    26362    25743    25612        0       "
              "131   241664        0         -1000 wl",
              "[     54]     0    54      565      363        0        0       "
              "363    40960        0             0 sh",
              "[     55]     0    55   154874   144003   143872        0       "
              "131  1200128        0             0 fragger",
              "[     57]     0    57      250      131        0        0       "
              "131    40960        0             0 wl",
              "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,"
              "mems_allowed=0,global_oom,task_memcg=/,task=fragger,pid=55,"
              "uid=0",
              "Out of memory: Killed process 55 (fragger) total-vm:619496kB, "
              "anon-rss:575488kB, file-rss:0kB, shmem-rss:524kB, UID:0 "
              "pgtables:1172kB oom_score_adj:0",
              "oom_reaper: reaped process 55 (fragger), now anon-rss:0kB, "
              "file-rss:0kB, shmem-rss:0kB"});
}

TEST_CASE("Oom: ten reports in five seconds", "[alloc][reclaim][oom]") {
  ReclaimWorld world;
  for (int i = 0; i < 14; ++i) world.users.AddProcess("p", 100 + i, 2);
  for (int i = 0; i < 12; ++i) CHECK(OutOfMemory(world));
  CHECK(Logged(world, "invoked oom-killer").size() == 10);
  CHECK(Logged(world, "Killed process").size() == 12);
  world.machine.context.now += Nanoseconds(5'000'000'001);
  CHECK(OutOfMemory(world));
  CHECK(Logged(world, "invoked oom-killer").size() == 11);
}

TEST_CASE("Oom: a memory cgroup kills its own", "[alloc][reclaim][oom]") {
  ReclaimWorld world;
  world.users.AddProcess("outside", 10, 100);
  Task& inside = world.users.AddProcess("inside", 11, 20);
  const OomCandidate members[] = {world.users.ProcessOf(inside)};
  const MemcgOom group{.path = "/jobs",
                       .usage = PageCount(20),
                       .limit = PageCount(20),
                       .failcnt = 3,
                       .gfp = gfp::kKernelAccount,
                       .processes = members};
  CHECK(world.reclaim.MemcgOutOfMemory(world.machine.context, group));
  CHECK(world.users.killed == std::vector<int32_t>{11});
  CHECK(Logged(world, "memory: usage 80kB, limit 80kB, failcnt 3").size() == 1);
  CHECK(Logged(world, "Mem-Info").empty());
  CHECK(Logged(world, "oom-kill:").front() ==
        "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,"
        "mems_allowed=0,oom_memcg=/jobs,task_memcg=/jobs,task=inside,pid=11,"
        "uid=0");
  CHECK(Logged(world, "Killed").front() ==
        "Memory cgroup out of memory: Killed process 11 (inside) "
        "total-vm:80kB, anon-rss:80kB, file-rss:0kB, shmem-rss:0kB, UID:0 "
        "pgtables:0kB oom_score_adj:0");
  SECTION("with nobody to kill nothing panics") {
    CHECK_FALSE(world.reclaim.MemcgOutOfMemory(
        world.machine.context, {.path = "/jobs", .limit = PageCount(20)}));
    CHECK(Logged(world, "no killable processes").size() == 1);
    CHECK(Logged(world, "panic").empty());
  }
}

}  // namespace
}  // namespace pagelab

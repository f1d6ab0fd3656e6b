// Memory profiling of scenarios: which places /proc/allocinfo has, and what it
// counts for them.

#include "pagelab/workloads/code_tags.h"

#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/workloads/run_support.h"
#include "pagelab/workloads/kernel/kernel_path.h"
#include "pagelab/workloads/kernel/source_places.h"

namespace pagelab {
namespace {

MachineConfig Profiled() {
  MachineConfig config = SmallMachine();
  config.command_line = "page_owner=on sysctl.vm.mem_profiling=1";
  return config;
}

// Lines of /proc/allocinfo with `text` in them, without blanks at the ends.
std::vector<std::string> LinesWith(Machine& machine, std::string_view text) {
  const std::string all = KernelFile(machine, "/proc/allocinfo");
  std::vector<std::string> found;
  for (absl::string_view line : absl::StrSplit(all, '\n')) {
    if (line.find(text.data(), 0, text.size()) == absl::string_view::npos) {
      continue;
    }
    found.emplace_back(absl::StripAsciiWhitespace(line));
  }
  return found;
}

using Lines = std::vector<std::string>;

TEST_CASE("CodeTags: each simulated function has a file of the kernel",
          "[workloads][code_tags]") {
  Machine machine = *Machine::Boot(SmallMachine());
  for (const SourcePlace& place : KernelSourcePlaces()) {
    CHECK(place.line > 0);
    machine.call_sites().AddSource(place.function, place.module, place.file,
                                   place.line);
  }
  for (const KernelFunction& function : KernelFunctions()) {
    CAPTURE(function.name);
    CHECK(machine.call_sites().HasSource(function.name, function.module));
  }
}

TEST_CASE("CodeTags: all places are there before they allocate",
          "[workloads][code_tags]") {
  RunWorld world(Profiled());
  world.MustRun("{}");
  Machine& machine = world.machine();
  CHECK(LinesWith(machine, "func:__filemap_get_folio") ==
        Lines{"0        0 mm/filemap.c:1919 func:__filemap_get_folio"});
  CHECK(LinesWith(machine, "func:page_cache_ra_unbounded") ==
        Lines{"0        0 mm/readahead.c:247 func:page_cache_ra_unbounded"});
  CHECK(LinesWith(machine, "func:new_slab").size() == 1);
  // A task, what it has besides, and its stack.
  CHECK(LinesWith(machine, "func:copy_process").size() == 3);
  CHECK(LinesWith(machine, "func:mm_init").empty());
  CHECK(LinesWith(machine, "_noprof").empty());
  CHECK(LinesWith(machine, "unknown").empty());
  // Modules come last.
  const std::string all = KernelFile(machine, "/proc/allocinfo");
  const size_t nicdrv = all.find(
      "           0        0 drivers/net/ethernet/nicdrv/nicdrv.c:145 "
      "[nicdrv] func:nicdrv_alloc_rx_buffers \n");
  REQUIRE(nicdrv != std::string::npos);
  CHECK_THAT(all.substr(nicdrv), ContainsText("[labdrv] func:labdrv_ioctl \n"));
  CHECK(all.ends_with("[labdrv] func:labdrv_ioctl \n"));
}

TEST_CASE("CodeTags: a call is counted for the function that allocates",
          "[workloads][code_tags]") {
  RunWorld world(Profiled());
  world.MustRun(R"({"tasks": [{"name": "a", "steps": [
      {"alloc": {"call": "handle_mm_fault", "count": 5, "as": "heap"}},
      {"alloc": {"call": "do_huge_pmd_anonymous_page", "order": 4}},
      {"alloc": {"call": "unix_dgram_sendmsg"}},
      {"alloc": {"call": "filemap_read", "count": 3}},
      {"free": {"handle": "heap", "count": 1}}]}]})");
  const AllocTagging& tags = world.machine().alloc_tagging();
  using Counters = AllocTagging::Counters;
  CHECK(tags.CountersOf("__handle_mm_fault") == Counters{4 * 4096, 4});
  CHECK(tags.CountersOf("do_huge_pmd_anonymous_page") ==
        Counters{16 * 4096, 1});
  CHECK(tags.CountersOf("page_cache_ra_unbounded") == Counters{3 * 4096, 3});
  // The slab of the buffer, and page_owner's list.
  CHECK(tags.CountersOf("new_slab").bytes ==
        8 * 4096 + static_cast<int64_t>(
                       world.machine().page_owner()->list_pages().bytes()));
  CHECK(tags.CountersOf("unknown") == Counters());
}

TEST_CASE("CodeTags: frames of a scenario are places in its file",
          "[workloads][code_tags]") {
  RunWorld world(Profiled());
  world.MustRun(R"({
  "stacks": {
    "probe": ["alloc_pages_mpol_noprof",
      "drv_fill+0x1c/0x80 [drv]",
      "drv_probe+0x40/0x90 [drv]"],
    "kernel": ["do_wp_page"]
  },
  "tasks": [
    {"name": "first", "steps": [{"alloc": {"stack": "probe", "count": 2}}]},
    {"name": "second", "steps": [{"alloc": {"order": 1}},
                                 {"alloc": {"stack": "kernel"}}]}
  ]})");
  Machine& machine = world.machine();
  CHECK(LinesWith(machine, "[drv]") ==
        Lines{"8192        2 test.json:4 [drv] func:drv_fill"});
  CHECK(LinesWith(machine, "[scenario]") ==
        Lines{"0        0 test.json:9 [scenario] func:first_thread",
              "8192        1 test.json:10 [scenario] func:second_thread"});
  // A function of the simulated kernel stays where it is.
  CHECK(LinesWith(machine, "func:do_wp_page") ==
        Lines{"4096        1 mm/memory.c:3647 func:do_wp_page"});
}

TEST_CASE("CodeTags: generated call sites have lines of their own",
          "[workloads][code_tags]") {
  RunWorld world(Profiled());
  world.MustRun(R"({"tasks": [{"name": "a", "steps": [
      {"alloc": {"call": "sitegen_alloc", "count": 20}}]}]})");
  CHECK(LinesWith(world.machine(), "drivers/misc/sitegen.c:").size() >= 19);
  CHECK(world.machine().alloc_tagging().CountersOf("sitegen_alloc") ==
        AllocTagging::Counters{20 * 4096, 20});
}

TEST_CASE("CodeTags: a split and its frees end at nothing",
          "[workloads][code_tags]") {
  RunWorld world(Profiled());
  const std::string alloc =
      R"({"tasks": [{"name": "a", "steps": [
          {"alloc": {"order": 3, "count": 2, "as": "x"}}, {"split": "x"},
          {"alloc": {"exact_pages": 5, "as": "exact"}})";
  world.MustRun(alloc + "]}]}");
  CHECK(world.machine().alloc_tagging().CountersOf("a_thread") ==
        AllocTagging::Counters{21 * 4096, 21});

  RunWorld freed(Profiled());
  freed.MustRun(alloc + R"(, {"free": "x"}, {"free": "exact"}]}]})");
  CHECK(freed.machine().alloc_tagging().CountersOf("a_thread") ==
        AllocTagging::Counters());
}

}  // namespace
}  // namespace pagelab

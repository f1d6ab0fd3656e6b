// Memory that is used after it was freed: the steps, what the debugging
// switches make of it, and the built-in scenario.

#include <string>
#include <vector>

#include "pagelab/alloc/page_walk.h"
#include "pagelab/alloc/verify.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/workloads/run_support.h"
#include "pagelab/workloads/library.h"
#include "pagelab/workloads/scenario_language.h"
#include "pagelab/workloads/summary.h"

namespace pagelab {
namespace {

MachineConfig With(std::string_view command_line) {
  MachineConfig config = SmallMachine();
  config.command_line = "page_owner=on ";
  config.command_line += command_line;
  return config;
}

// The log's lines from the first with `text` on, without time stamps.
std::vector<std::string> LogFrom(const Machine& machine,
                                 std::string_view text) {
  constexpr size_t kStamp = std::string_view("[    0.000000] ").size();
  std::vector<std::string> lines;
  for (const std::string& line : machine.dmesg()) {
    if (lines.empty() && line.find(text) == std::string::npos) continue;
    lines.push_back(line.substr(kStamp));
  }
  return lines;
}

size_t LinesWith(const Machine& machine, std::string_view text) {
  size_t count = 0;
  for (const std::string& line : machine.dmesg()) {
    count += line.find(text) != std::string::npos ? 1 : 0;
  }
  return count;
}

// Frames in use that have `value` at `offset`.
std::vector<Pfn> FramesWith(const Machine& machine, uint64_t offset,
                            int value) {
  const PhysicalMemory& memory = *machine.state().memory;
  std::vector<Pfn> frames;
  for (Pfn pfn(0); pfn < memory.max_pfn(); ++pfn) {
    if (!memory.IsValid(pfn) ||
        memory.ByteAt(pfn, offset) != static_cast<std::byte>(value)) {
      continue;
    }
    if (ExtentAt(machine.state(), pfn).kind == FrameExtent::Kind::kAllocated) {
      frames.push_back(pfn);
    }
  }
  return frames;
}

// What the driver keeps lies between, so that its free pages do not merge and
// are the first ones to be had.
constexpr std::string_view kUseAfterFree = R"({"tasks": [
    {"name": "driver", "steps": [
      {"repeat": {"times": 8, "steps": [
        {"alloc": {"as": "kept"}}, {"alloc": {"as": "ring"}}]}},
      {"free": {"handle": "ring", "dangling": "stale"}},
      {"access": {"handle": "stale", "write": true, "offset": 100,
                  "length": 2, "value": 66}}]},
    {"name": "victim", "start": "1ms", "steps": [{"alloc": {"count": 300}}]}]})";

TEST_CASE(
    "UseAfterFree: without a switch nobody notices, and the next owner "
    "has the damage",
    "[workloads][use_after_free]") {
  RunWorld world(With(""));
  const RunReport report = world.MustRun(kUseAfterFree);
  CHECK(report.use_after_frees == 0);
  CHECK(LinesWith(world.machine(), "BUG:") == 0);
  CHECK(LinesWith(world.machine(), "pagealloc") == 0);
  const std::vector<Pfn> damaged = FramesWith(world.machine(), 100, 66);
  REQUIRE(damaged.size() == 1);
  CHECK(world.machine().memory().ByteAt(damaged[0], 102) == std::byte{0});
}

TEST_CASE(
    "UseAfterFree: debug_pagealloc stops the write and tells whose it "
    "was",
    "[workloads][use_after_free]") {
  RunWorld world(With("debug_pagealloc=on"));
  const RunReport report = world.MustRun(kUseAfterFree);
  CHECK(report.use_after_frees == 1);
  CHECK(LinesWith(world.machine(), "#PF: supervisor write access") == 1);
  CHECK(LinesWith(world.machine(), "used by driver, pid 100") == 1);
  CHECK(LinesWith(world.machine(), "page_owner tracks the page as freed") == 1);
  CHECK(FramesWith(world.machine(), 100, 66).empty());
}

TEST_CASE("UseAfterFree: page_poison finds it when the page is allocated again",
          "[workloads][use_after_free]") {
  RunWorld world(With("page_poison=1"));
  const RunReport report = world.MustRun(kUseAfterFree);
  CHECK(report.use_after_frees == 1);
  const std::vector<std::string> log =
      LogFrom(world.machine(), "pagealloc: memory corruption");
  REQUIRE(log.size() > 5);
  CHECK(log[1].substr(16) ==
        ": 42 42                                            BB");
  CHECK(LinesWith(world.machine(), "page last free pid 100 tgid 100") == 1);
  // The victim gets the page as it is.
  const std::vector<Pfn> damaged = FramesWith(world.machine(), 100, 66);
  REQUIRE(damaged.size() == 1);
  CHECK(world.machine().memory().ByteAt(damaged[0], 102) == std::byte{0xaa});
}

TEST_CASE("UseAfterFree: access to a block that is allocated is silent",
          "[workloads][use_after_free]") {
  RunWorld world(With("debug_pagealloc=on page_poison=1"));
  const RunReport report = world.MustRun(R"({"tasks": [
      {"name": "driver", "steps": [
        {"alloc": {"order": 1, "as": "ring"}},
        {"access": {"handle": "ring"}},
        {"access": {"handle": "ring", "write": true, "offset": 4095,
                    "length": 2, "value": 7}}]}]})");
  CHECK(report.use_after_frees == 0);
  CHECK(LinesWith(world.machine(), "BUG:") == 0);
  const std::vector<Pfn> ring = FramesWith(world.machine(), 4095, 7);
  REQUIRE(ring.size() == 1);
  CHECK(FramesWith(world.machine(), 0, 7) ==
        std::vector<Pfn>{ring[0] + PageCount(1)});
}

TEST_CASE("UseAfterFree: a read faults too, and each block on its own",
          "[workloads][use_after_free]") {
  RunWorld world(With("debug_pagealloc=on"));
  const RunReport report = world.MustRun(R"({"tasks": [
      {"name": "driver", "steps": [
        {"alloc": {"count": 5, "as": "ring"}},
        {"free": {"handle": "ring", "count": 4, "dangling": "stale"}},
        {"access": {"handle": "stale", "count": 3}},
        {"access": {"handle": "stale", "count": 9}},
        {"access": {"handle": "ring", "count": 9}}]}]})");
  CHECK(report.use_after_frees == 3 + 4);
  CHECK(LinesWith(world.machine(), "#PF: supervisor read access") == 7);
  CHECK(LinesWith(world.machine(), "error_code(0x0000)") == 7);
}

TEST_CASE("UseAfterFree: beyond the end of a block is whoever is there",
          "[workloads][use_after_free]") {
  constexpr std::string_view kOverrun = R"({"tasks": [
      {"name": "driver", "steps": [
        {"alloc": {"count": 64, "as": "ring"}},
        {"access": {"handle": "ring", "count": 64, "write": true,
                    "offset": 4094, "length": 4, "value": 7}}]}]})";
  // Mostly another page of the ring, and nobody notices.
  RunWorld world(With("debug_pagealloc=on"));
  CHECK(world.MustRun(kOverrun).use_after_frees < 8);
  CHECK(FramesWith(world.machine(), 4095, 7).size() == 64);
  CHECK(FramesWith(world.machine(), 1, 7).size() > 56);
  // Mostly a guard.
  RunWorld guarded(With("debug_pagealloc=on debug_guardpage_minorder=1"));
  CHECK(guarded.MustRun(kOverrun).use_after_frees > 56);
  CHECK(LinesWith(guarded.machine(), "page_type: f3(guard)") > 56);
  CHECK(FramesWith(guarded.machine(), 1, 7).size() < 8);
}

TEST_CASE("UseAfterFree: there is nothing beyond the end of memory",
          "[workloads][use_after_free]") {
  RunWorld world;
  const absl::Status status = world.Run(R"({"tasks": [
      {"name": "driver", "steps": [
        {"alloc": {"order": 10, "as": "ring"}},
        {"repeat": {"times": 9, "steps": [{"alloc": {"order": 9, "as": "ring"}}]}},
        {"access": {"handle": "ring", "count": 9, "offset": 4194303,
                    "length": 4194304}}]}]})");
  const std::string message(status.message());
  CHECK(message.starts_with(
      "test.json:5:9: byte 8388606 from the start of a block at 0x"));
  CHECK(message.ends_with(" is beyond the end of memory"));
}

TEST_CASE("UseAfterFree: a value needs a write, a handle somebody who fills it",
          "[workloads][use_after_free]") {
  const auto message = [](const std::string& step) {
    return std::string(
        ParseScenario("t.json",
                      R"({"tasks": [{"name": "a", "steps": [)" + step + "]}]}")
            .status()
            .message());
  };
  CHECK(
      message(R"({"alloc": {"as": "x"}},
                   {"access": {"handle": "x", "value": 3}})") ==
      "t.json:2:56: tasks[0].steps[1].access: \"value\" needs \"write\": true");
  CHECK(message(R"({"access": {"handle": "nobody"}})") != "");
  CHECK(message(R"({"alloc": {"as": "x"}},
                   {"free": {"handle": "x", "dangling": "y"}},
                   {"access": {"handle": "y"}})") == "");
}

TEST_CASE("UseAfterFree: freeing twice is the allocator's to report",
          "[workloads][use_after_free]") {
  RunWorld world;
  const RunReport report = world.MustRun(R"({"tasks": [
      {"name": "driver", "steps": [
        {"alloc": {"as": "ring"}},
        {"alloc": {"exact_pages": 3, "as": "exact"}},
        {"free": {"handle": "ring", "dangling": "stale"}},
        {"free": {"handle": "exact", "dangling": "stale-exact"}},
        {"free": "stale"}, {"free": "stale-exact"}]}]})");
  // One for the page, one for each of the three.
  CHECK(LinesWith(world.machine(), "BUG: Bad page state in process driver") ==
        4);
  CHECK(LinesWith(world.machine(), "page dumped because: nonzero _refcount") ==
        4);
  CHECK(report.counts.frees == 2);
  CHECK(report.counts.pages_freed == 4);
  CHECK(report.use_after_frees == 0);
  CHECK(Verify(world.machine().state()).empty());
}

TEST_CASE("UseAfterFree: a second free takes the page from its next owner",
          "[workloads][use_after_free]") {
  RunWorld world;
  const RunReport report = world.MustRun(R"({"tasks": [
      {"name": "driver", "steps": [
        {"alloc": {"as": "ring"}},
        {"free": {"handle": "ring", "dangling": "stale"}},
        {"wait": "2ms"}, {"free": "stale"}]},
      {"name": "victim", "start": "1ms", "steps": [
        {"alloc": {"gfp": "GFP_HIGHUSER_MOVABLE", "as": "other"}},
        {"alloc": {"as": "mine"}},
        {"wait": "5ms"}, {"split": "mine"}, {"free": "mine"},
        {"free": "other"}]}]})");
  // The driver's second free goes through; the victim's own is the one that
  // is refused.
  CHECK(report.counts.frees == 3);
  CHECK(LinesWith(world.machine(), "BUG: Bad page state in process victim") ==
        1);
  CHECK(Verify(world.machine().state()).empty());
}

TEST_CASE("UseAfterFree: what is dangling is not split",
          "[workloads][use_after_free]") {
  RunWorld world(With("debug_pagealloc=on"));
  const RunReport report = world.MustRun(R"({"tasks": [
      {"name": "driver", "steps": [
        {"alloc": {"order": 2, "as": "ring"}},
        {"free": {"handle": "ring", "dangling": "stale"}},
        {"split": "stale"},
        {"access": {"handle": "stale", "count": 4}}]}]})");
  CHECK(report.use_after_frees == 1);
  CHECK(Verify(world.machine().state()).empty());
}

// --- the built-in scenario ---

struct ScenarioRun {
  explicit ScenarioRun(std::string_view more) {
    auto scenario = LoadScenario("use-after-free");
    INFO(scenario.status().ToString());
    REQUIRE(scenario.ok());
    auto config = MachineFor(*scenario, "");
    REQUIRE(config.ok());
    config->command_line += " ";
    config->command_line += more;
    auto booted = Machine::Boot(*config);
    REQUIRE(booted.ok());
    machine = *std::move(booted);
    auto ran = RunScenario(*machine, *scenario, {});
    INFO(ran.status().ToString());
    REQUIRE(ran.ok());
    report = *std::move(ran);
  }

  std::optional<Machine> machine;
  RunReport report;
};

using Lines = std::vector<std::string>;

Lines OwnerLines() {
  return {"page_owner tracks the page as freed",
          "page last allocated via order 0, migratetype Unmovable, gfp_mask "
          "0xcc0(GFP_KERNEL), pid 412, tgid 412 (ip), ts 2500000000, free_ts "
          "2505004000",
          " get_page_from_freelist+0x523/0x1780",
          " __alloc_pages_noprof+0x1ad/0x1160",
          " nicdrv_setup_ring+0x3f/0x120 [nicdrv]",
          " nicdrv_open+0x88/0x210 [nicdrv]",
          " __dev_open+0xf2/0x1b0",
          "page last free pid 412 tgid 412 stack trace:",
          " free_unref_page+0x2c1/0x3f0",
          " nicdrv_free_ring+0x29/0x60 [nicdrv]",
          " nicdrv_close+0x51/0xd0 [nicdrv]",
          " __dev_close_many+0xa4/0x120"};
}

TEST_CASE("ScenarioLibrary: use-after-free faults, and dmesg names who freed",
          "[workloads][scenarios]") {
  ScenarioRun run("");
  CHECK(run.report.use_after_frees == 1);
  Lines expected = {
      "BUG: unable to handle page fault for address: ffff888000648100",
      "#PF: supervisor write access in kernel mode",
      "#PF: error_code(0x0002) - not-present page",
      "page: refcount:0 mapcount:0 mapping:0000000000000000 index:0x0 "
      "pfn:0x648",
      "flags: 0xfffc0000000000(node=0|zone=0|lastcpupid=0x3fff)",
      "raw: 00fffc0000000000 dead000000000100 dead000000000122 "
      "0000000000000000",
      "raw: 0000000000000000 0000000000000000 00000000ffffffff "
      "0000000000000000",
      "page dumped because: used by ksoftirqd/0, pid 15, while it is not "
      "mapped"};
  const Lines owner = OwnerLines();
  expected.insert(expected.end(), owner.begin(), owner.end());
  CHECK(LogFrom(*run.machine, "BUG:") == expected);
  for (const auto& [name, value] : CountsOf(run.report)) {
    if (name == "use_after_frees") CHECK(value == 1);
  }
  CHECK(CountsOf(run.report).back().first == "use_after_frees");
}

TEST_CASE(
    "ScenarioLibrary: use-after-free with page_poison damages a page, "
    "found later",
    "[workloads][scenarios]") {
  ScenarioRun run("debug_pagealloc=off page_poison=1");
  CHECK(run.report.use_after_frees == 1);
  Lines expected = {
      "pagealloc: memory corruption",
      "ffff888000648100: 42 42 42 42 42 42 42 42 42 42 42 42 42 42 42 42  "
      "BBBBBBBBBBBBBBBB",
      "ffff888000648110: 42 42 42 42 42 42 42 42                          "
      "BBBBBBBB",
      "page: refcount:1 mapcount:0 mapping:0000000000000000 index:0x0 "
      "pfn:0x648",
      "flags: 0xfffc0000000000(node=0|zone=0|lastcpupid=0x3fff)",
      "raw: 00fffc0000000000 dead000000000100 dead000000000122 "
      "0000000000000000",
      "raw: 0000000000000000 0000000000000000 00000001ffffffff "
      "0000000000000000",
      "page dumped because: pagealloc: corrupted page details"};
  const Lines owner = OwnerLines();
  expected.insert(expected.end(), owner.begin(), owner.end());
  CHECK(LogFrom(*run.machine, "pagealloc:") == expected);
}

TEST_CASE("ScenarioLibrary: use-after-free without switches says nothing",
          "[workloads][scenarios]") {
  ScenarioRun run("debug_pagealloc=off");
  CHECK(run.report.use_after_frees == 0);
  CHECK(LinesWith(*run.machine, "BUG:") == 0);
  CHECK(LinesWith(*run.machine, "pagealloc:") == 0);
}

}  // namespace
}  // namespace pagelab

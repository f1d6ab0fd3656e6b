#include <algorithm>
#include <cstdlib>
#include <map>

#include "fmt/format.h"
#include "pagelab/alloc/verify.h"
#include "pagelab/base/input_stream.h"
#include "pagelab/base/text.h"
#include "pagelab/owner/dump/owner_dump_reader.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/recordings.h"
#include "pagelab/test/support/temporary_directory.h"
#include "pagelab/test/workloads/run_support.h"
#include "pagelab/workloads/library.h"
#include "pagelab/workloads/runner.h"
#include "pagelab/workloads/scenario_language.h"
#include "pagelab/workloads/snapshot/snapshot_machine.h"

namespace pagelab {
namespace {

constexpr std::string_view kDump =
    "Page allocated via order 0, mask 0x0(), pid 0, tgid 0 (swapper), ts 5 ns\n"
    "PFN 0x100 type Unmovable Block 0 type Unmovable Flags "
    "0x100000000000000(node=0|zone=1|lastcpupid=0x0)\n"
    " register_early_stack+0x2b/0x60\n"
    "\n"
    "Page allocated via order 2, mask 0xcc0(GFP_KERNEL), pid 7, tgid 6 "
    "(driver), ts 2000 ns\n"
    "PFN 0x204 type Unmovable Block 1 type Unmovable Flags "
    "0x100000000000000(node=0|zone=1|lastcpupid=0x0)\n"
    " get_page_from_freelist+0x523/0x1780\n"
    " drv_probe+0x40/0x90 [drv]\n"
    "\n"
    "Page allocated via order 0, mask "
    "0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP), pid 9, tgid 9 (a program), ts "
    "1000 ns\n"
    "PFN 0x408 type Movable Block 2 type Movable Flags "
    "0x10000002000003c(uptodate|lru|swapbacked|node=0|zone=1|lastcpupid=0x0)\n"
    " shmem_alloc_folio+0x97/0xb0\n"
    "Page has been migrated, last migrate reason: compaction\n"
    "\n";

// A machine of 4 MiB of frames 0x100 to 0x1100, started from a dump.
struct StartedRun {
  std::unique_ptr<Machine> machine;
  RunReport report;
};

absl::StatusOr<StartedRun> Run(const std::string& scenario_file,
                               const std::string& text) {
  PAGELAB_ASSIGN_OR_RETURN(const Scenario scenario,
                           ParseScenario(scenario_file, text));
  PAGELAB_ASSIGN_OR_RETURN(MachineConfig config, MachineFor(scenario, ""));
  if (scenario.command_line.empty()) config.command_line += " page_owner=on";
  PAGELAB_ASSIGN_OR_RETURN(Machine machine, Machine::Boot(config));
  StartedRun run;
  run.machine = std::make_unique<Machine>(std::move(machine));
  PAGELAB_ASSIGN_OR_RETURN(run.report, RunScenario(*run.machine, scenario, {}));
  return run;
}

StartedRun MustRun(const std::string& scenario_file, const std::string& text) {
  absl::StatusOr<StartedRun> run = Run(scenario_file, text);
  INFO(run.status().ToString());
  REQUIRE(run.ok());
  return *std::move(run);
}

std::string ErrorOf(const std::string& scenario_file, const std::string& text) {
  const absl::StatusOr<StartedRun> run = Run(scenario_file, text);
  return run.ok() ? "fine" : std::string(FromAbsl(run.status().message()));
}

// Four pageblocks' machine: frames 1 to 0x9f and 0x100 to 0xfff.
constexpr std::string_view kMachine =
    R"("machine": {"memory_map": [{"begin": "0x100000", "end": "0x1100000"}],
        "reserve_memmap": false,
        "reserved": [{"what": "kernel image", "address": "0x800000",
                      "bytes": "0x10000"}]})";

std::string WithDump(std::string_view steps = "") {
  return fmt::format(
      "{{{}, \"from\": {{\"page_owner\": \"po.txt\"}}, \"tasks\": [{{\"name\": "
      "\"t\", \"steps\": [{}]}}]}}",
      kMachine, steps);
}

TEST_CASE("StartFrom: a dump's blocks are where it says, with their owners",
          "[workloads][start]") {
  const TemporaryDirectory directory;
  directory.WriteFile("po.txt", kDump);
  StartedRun run = MustRun(directory.File("s.json"), WithDump());
  CHECK(Verify(run.machine->state()) == std::vector<std::string>());
  const std::string dump =
      KernelFile(*run.machine, "/sys/kernel/debug/page_owner");
  CHECK_THAT(dump, ContainsText(
                       "order 2, mask 0xcc0(GFP_KERNEL), pid 7, tgid 6 "
                       "(driver), ts 2000 ns\nPFN 0x204 type Unmovable Block 1 "
                       "type Unmovable"));
  CHECK_THAT(dump, ContainsText(" get_page_from_freelist+0x523/0x1780\n"
                                " drv_probe+0x40/0x90 [drv]\n\n"));
  CHECK_THAT(dump, ContainsText("(a program), ts 1000 ns\nPFN 0x408 type "
                                "Movable Block 2 type Movable"));
  CHECK_THAT(dump, ContainsText("uptodate|lru|swapbacked"));
  CHECK_THAT(dump, ContainsText("shmem_alloc_folio+0x97/0xb0\nPage has been "
                                "migrated, last migrate reason: compaction\n"));
  const AllocatorState& state = run.machine->state();
  CHECK(state.PageblockType(Pfn(0x204)) == Migratetype::kUnmovable);
  CHECK(state.PageblockType(Pfn(0x408)) == Migratetype::kMovable);
}

TEST_CASE(
    "StartFrom: what is left is free in the largest blocks, as boot "
    "links them",
    "[workloads][start]") {
  const TemporaryDirectory directory;
  directory.WriteFile("po.txt", kDump);
  const std::string text =
      R"({"command_line": "page_owner=off", )" + WithDump().substr(1);
  StartedRun run = MustRun(directory.File("s.json"), text);
  const Zone* zone = run.machine->state().FindZone(Pfn(0x204));
  std::vector<uint64_t> heads;
  for (const Page& page : zone->free_area[9].list(Migratetype::kMovable)) {
    heads.push_back(run.machine->memory().PfnOf(&page).value());
  }
  // 0x800 begins a block of order 10 that the kernel image is in.
  CHECK(std::is_sorted(heads.begin(), heads.end()));
  CHECK(std::find(heads.begin(), heads.end(), 0x600) != heads.end());
  const Page& buddy = *run.machine->memory().PageAt(Pfn(0x200));
  CHECK(buddy.state == PageState::kBuddy);
  CHECK(buddy.order() == Order(2));
  CHECK(run.machine->memory().PageAt(Pfn(0x208))->order() == Order(3));
}

TEST_CASE("StartFrom: steps free and migrate what was there",
          "[workloads][start]") {
  const TemporaryDirectory directory;
  directory.WriteFile("po.txt", kDump);
  SECTION("oldest first, by the dump's times") {
    StartedRun run =
        MustRun(directory.File("s.json"),
                WithDump(R"({"free": {"handle": "initial", "count": 1}})"));
    CHECK(run.report.counts.frees == 1);
    CHECK(run.report.counts.pages_freed == 1);
    CHECK(run.machine->memory().PageAt(Pfn(0x408))->state !=
          PageState::kAllocated);
    CHECK(run.machine->memory().PageAt(Pfn(0x204))->state ==
          PageState::kAllocated);
  }
  SECTION("pages on an LRU list move, others stay") {
    StartedRun run = MustRun(directory.File("s.json"),
                             WithDump(R"({"migrate": {"handle": "initial"}},
                            {"free": {"handle": "initial"}}, {"drain": {}})"));
    CHECK(run.report.counts.frees == 2);
    CHECK(run.report.counts.pages_freed == 5);
    CHECK(Verify(run.machine->state()) == std::vector<std::string>());
  }
  SECTION("a handle may have another name") {
    std::string text = WithDump(R"({"free": {"handle": "old"}})");
    text.replace(text.find("\"po.txt\""), 8, R"("po.txt", "as": "old")");
    CHECK(MustRun(directory.File("s.json"), text).report.counts.frees == 2);
  }
}

TEST_CASE("StartFrom: the simulated kernel's pages come from the early ones",
          "[workloads][start]") {
  const TemporaryDirectory directory;
  directory.WriteFile("po.txt", kDump);
  StartedRun run = MustRun(directory.File("s.json"), WithDump());
  const std::string dump =
      KernelFile(*run.machine, "/sys/kernel/debug/page_owner");
  CHECK_THAT(dump, ContainsText("PFN 0x100 type"));
  CHECK(RecordsWith(dump, "PFN 0x100 ") == 1);
}

TEST_CASE("StartFrom: a dump that cannot be is an error with its line",
          "[workloads][start]") {
  const TemporaryDirectory directory;
  const std::string scenario = directory.File("s.json");
  const auto with = [&](std::string_view from, std::string_view to) {
    std::string dump(kDump);
    dump.replace(dump.find(from), from.size(), to);
    directory.WriteFile("po.txt", dump);
    return ErrorOf(scenario, WithDump());
  };
  const std::string file = directory.File("po.txt");
  CHECK(with("PFN 0x408", "PFN 0x206") ==
        file +
            ":11:1: PFN 0x206 of order 0 is in use already, by the block of "
            "order 2 at PFN 0x204 in line 6");
  CHECK(with("PFN 0x204", "PFN 0x205") ==
        file +
            ":6:1: a block of order 2 cannot be at PFN 0x205: expected a "
            "multiple of 4 below 0x400000000");
  CHECK(with("PFN 0x408", "PFN 0x804") ==
        file +
            ":11:1: PFN 0x804 of order 0 is in use, but machine 's' "
            "reserves pfn 0x804 for 'kernel image'");
  CHECK(with("PFN 0x408", "PFN 0x9408") ==
        file +
            ":11:1: PFN 0x9408 of order 0 is in use, but machine 's' has no "
            "memory at pfn 0x9408; its memory ends at 0x1100");
}

TEST_CASE("StartFrom: without a machine, one is made for the dump",
          "[workloads][start]") {
  const TemporaryDirectory directory;
  directory.WriteFile("po.txt", kDump);
  const auto scenario = ParseScenario(directory.File("s.json"),
                                      R"({"from": {"page_owner": "po.txt"}})");
  REQUIRE(scenario.ok());
  const auto config = MachineFor(*scenario, "");
  INFO(config.status().ToString());
  REQUIRE(config.ok());
  REQUIRE(config->memory_map.size() == 1);
  CHECK(config->memory_map[0].range == AddressRange{0, uint64_t{1} << 27});
  CHECK_THAT(config->differs_from_linux,
             ContainsText("as large as its highest PFN 0x408 needs"));
  auto machine = Machine::Boot(*config);
  REQUIRE(machine.ok());
  CHECK(Verify(machine->state()) == std::vector<std::string>());
}

TEST_CASE("StartFrom: the scenario says what it starts from, exactly one file",
          "[workloads][start]") {
  const auto error = [](std::string_view text) {
    return std::string(
        FromAbsl(ParseScenario("s.json", text).status().message()));
  };
  CHECK(error(R"({"from": {}})") ==
        "s.json:1:10: from: needs \"snapshot\" or \"page_owner\"");
  CHECK(error(R"({"from": {"snapshot": "a", "page_owner": "b"}})") ==
        "s.json:1:10: from: \"snapshot\" and \"page_owner\" exclude each "
        "other");
  CHECK_THAT(
      error(R"({"from": {"snapshot": "a", "as": "x"}})"),
      ContainsText("a snapshot tells which memory is in use, not whose"));
  CHECK_THAT(error(R"({"from": {"snapshot": "a"}, "tasks": [{"name": "t",
                       "steps": [{"free": {"handle": "initial"}}]}]})"),
             ContainsText("no handle is called \"initial\""));
  const TemporaryDirectory directory;
  directory.WriteFile("po.txt", kDump);
  CHECK_THAT(
      ErrorOf(directory.File("s.json"), R"({"from": {"snapshot": "po.txt"}})"),
      ContainsText("po.txt is no snapshot: its first line is not"));
}

TEST_CASE("StartFrom: the snapshot of a simulated machine starts one like it",
          "[workloads][start]") {
  const std::string name = GENERATE("numa-2n", "tiny-16m", "qemu-2g-2cpu");
  CAPTURE(name);
  const TemporaryDirectory directory;
  // page_owner takes pages for itself, whenever it needs them.
  const std::string tasks = R"("command_line": "page_owner=off",
      "tasks": [{"name": "t", "steps": [
      {"alloc": {"count": 700, "as": "h"}},
      {"alloc": {"order": 3, "count": 30, "as": "h"}},
      {"free": {"handle": "h", "pick": "random", "probability": 0.5}}]}])";
  StartedRun first =
      MustRun("s.json", "{\"machine\": \"" + name + "\", " + tasks + "}");
  const AllocatorSnapshot snapshot =
      SnapshotOf(first.machine->state(), {.now = first.machine->clock().now()});
  directory.WriteFile("snap.txt", SnapshotText(snapshot));
  StartedRun second = MustRun(directory.File("s.json"),
                              R"({"command_line": "page_owner=off",
                                  "from": {"snapshot": "snap.txt"}})");
  CHECK(Verify(second.machine->state()) == std::vector<std::string>());
  const SnapshotDifference difference =
      CompareSnapshots(snapshot, SnapshotOf(second.machine->state(), {}));
  CHECK(difference.lines == std::vector<std::string>());
  CHECK(difference.undecided == std::vector<std::string>());
  CHECK(difference.lists_compared > 20);
  // The same requests get the same pages.
  Scenario again = *ParseScenario("s.json", "{" + tasks + "}");
  Scenario other = again;
  REQUIRE(RunScenario(*first.machine, again, {}).ok());
  REQUIRE(RunScenario(*second.machine, other, {}).ok());
  CHECK(CompareSnapshots(SnapshotOf(first.machine->state(), {}),
                         SnapshotOf(second.machine->state(), {}))
            .lists_differing == 0);
}

// --- real recordings ---

std::string Recording(std::string_view file) {
  const std::string folder = RecordingsFolder();
  return folder.empty() ? "" : folder + "/" + std::string(file);
}

// pfn -> what is compared of a record. Early records left out.
std::map<uint64_t, std::string> RecordsOf(InputStream& input) {
  std::map<uint64_t, std::string> records;
  OwnerDumpReader reader(input);
  OwnerDumpRecord record;
  while (reader.Next(record)) {
    if (record.gfp.value() == 0) continue;
    records[record.pfn.value()] = fmt::format(
        "order {} gfp {:#x} pid {} tgid {} comm {} ts {} type {} block {} "
        "flags {} migrated {}\n{}",
        record.order.value(), record.gfp.value(), record.pid, record.tgid,
        record.comm, record.ts_nsec.value_or(0), record.type, record.block_type,
        record.flag_names, record.migrate_reason, record.stack);
  }
  INFO(reader.status().ToString());
  REQUIRE(reader.status().ok());
  return records;
}

TEST_CASE("StartFrom: a recorded dump comes out again, record by record",
          "[workloads][start][recorded]") {
  const std::string machine = GENERATE("\"machine\": \"qemu-2g\", ", "");
  const std::string file = Recording("mixed/page_owner.txt.xz");
  if (file.empty()) return;
  StartedRun run = MustRun(
      "s.json",
      fmt::format("{{{}\"from\": {{\"page_owner\": \"{}\"}}}}", machine, file));
  CHECK(Verify(run.machine->state()) == std::vector<std::string>());
  auto recorded = InputStream::Open(file);
  REQUIRE(recorded.ok());
  const auto expected = RecordsOf(**recorded);
  auto dumped = InputStream::FromString(
      "simulated", KernelFile(*run.machine, "/sys/kernel/debug/page_owner"));
  REQUIRE(dumped.ok());
  auto actual = RecordsOf(**dumped);
  REQUIRE(expected.size() > 70000);
  size_t differing = 0;
  for (const auto& [pfn, record] : expected) {
    const auto found = actual.find(pfn);
    REQUIRE(found != actual.end());
    differing += found->second == record ? 0 : 1;
    if (differing == 1 && found->second != record) {
      CHECK(found->second == record);
    }
    actual.erase(found);
  }
  CHECK(differing == 0);
  // What the simulated stack depot took for its own.
  CHECK(actual.size() < 200);
}

TEST_CASE(
    "StartFrom: a recorded snapshot is the allocator's state, and a "
    "scenario runs on it",
    "[workloads][start][recorded]") {
  const std::string name =
      GENERATE("pressure/snap_T0.txt.xz", "small4g/snap_T0.txt.xz",
               "smp2/snap_T0.txt.xz", "cma/snap_T0.txt.xz");
  CAPTURE(name);
  const std::string file = Recording(name);
  if (file.empty()) return;
  const auto scenario = ParseScenario("s.json", fmt::format(R"({{
      "from": {{"snapshot": "{}"}},
      "tasks": [{{"name": "t", "steps": [
          {{"alloc": {{"count": 3000, "as": "h"}}}},
          {{"alloc": {{"order": 9, "gfp": "GFP_TRANSHUGE_LIGHT",
                      "count": 20, "as": "h"}}}},
          {{"free": {{"handle": "h", "probability": 0.5}}}}]}}]}})",
                                                            file));
  REQUIRE(scenario.ok());
  auto config = MachineFor(*scenario, "");
  REQUIRE(config.ok());
  config->command_line = "page_owner=on";
  auto machine = Machine::Boot(*config);
  INFO(machine.status().ToString());
  REQUIRE(machine.ok());
  CHECK(Verify(machine->state()) == std::vector<std::string>());
  auto input = InputStream::Open(file);
  REQUIRE(input.ok());
  const auto snapshot = ReadSnapshot(**input);
  REQUIRE(snapshot.ok());
  const SnapshotDifference difference =
      CompareSnapshots(*snapshot, TakeSnapshot(machine->state(), *snapshot));
  CHECK(difference.lines == std::vector<std::string>());
  CHECK(difference.lists_compared > 50);
  for (const SnapshotZone& zone : snapshot->zones) {
    if (!zone.populated) continue;
    const Zone& ours =
        machine->state().zones[zone.node.value() * kMaxNrZones + zone.index];
    CHECK(ours.managed == zone.managed);
  }
  const auto report = RunScenario(*machine, *scenario, {});
  INFO(report.status().ToString());
  REQUIRE(report.ok());
  CHECK(report->counts.allocations == 3020);
  CHECK(Verify(machine->state()) == std::vector<std::string>());
}

TEST_CASE("StartFrom: a snapshot of another machine is refused",
          "[workloads][start][recorded]") {
  const std::string file = Recording("small4g/snap_T0.txt.xz");
  if (file.empty()) return;
  CHECK_THAT(ErrorOf("s.json", fmt::format(R"({{"machine": "qemu-2g",
                                      "from": {{"snapshot": "{}"}}}})",
                                           file)),
             ContainsText("are free, but machine 'qemu-2g' "));
}

}  // namespace
}  // namespace pagelab

// Each built-in scenario shows what its description promises.

#include "pagelab/alloc/verify.h"
#include "pagelab/base/output_stream.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/temporary_directory.h"
#include "pagelab/test/workloads/run_support.h"
#include "pagelab/workloads/library.h"
#include "pagelab/workloads/top_owners.h"
#include "pagelab/workloads/where/where_sheet.h"

namespace pagelab {
namespace {

struct LibraryRun {
  explicit LibraryRun(std::string_view name) {
    auto scenario = LoadScenario(name);
    INFO(scenario.status().ToString());
    REQUIRE(scenario.ok());
    auto config = MachineFor(*scenario, "");
    REQUIRE(config.ok());
    config->command_line += " page_owner=on";
    auto booted = Machine::Boot(*config);
    REQUIRE(booted.ok());
    machine = *std::move(booted);
    RunOptions options;
    options.on_capture = [this](std::string_view capture) {
      captures[std::string(capture)] = KernelFile(*machine, "/proc/buddyinfo");
      meminfo[std::string(capture)] = KernelFile(*machine, "/proc/meminfo");
      return absl::OkStatus();
    };
    auto ran = RunScenario(*machine, *scenario, options);
    INFO(ran.status().ToString());
    REQUIRE(ran.ok());
    report = *std::move(ran);
    owners = SummarizeOwners(*machine, 10);
  }

  std::optional<Machine> machine;
  std::map<std::string, std::string> captures;
  std::map<std::string, std::string> meminfo;
  RunReport report;
  OwnerOverview owners;
};

// They are all alike.
std::string WithoutEarlyPages(std::string_view dump) {
  std::string kept;
  while (!dump.empty()) {
    const std::string_view record = dump.substr(0, dump.find("\n\n") + 2);
    if (record.find("register_early_stack") == std::string_view::npos) {
      kept += record;
    }
    dump.remove_prefix(record.size());
  }
  return kept;
}

TEST_CASE("ScenarioLibrary: every scenario says what it shows",
          "[workloads][scenarios]") {
  REQUIRE(BuiltinScenarios().size() >= 6);
  for (const LibraryEntry& entry : BuiltinScenarios()) {
    CAPTURE(entry.name);
    const auto scenario = LoadScenario(entry.name);
    INFO(scenario.status().ToString());
    REQUIRE(scenario.ok());
    CHECK(scenario->description.size() > 40);
    CHECK(entry.text.size() < 4096);
  }
}

TEST_CASE("ScenarioLibrary: driver-leak shows the driver first",
          "[workloads][scenarios]") {
  const LibraryRun run("driver-leak");
  REQUIRE_FALSE(run.owners.top.empty());
  CHECK(run.owners.top[0].frame ==
        "nicdrv_alloc_rx_buffers+0x5d/0x1a0 [nicdrv]");
  CHECK(run.owners.top[0].comm == "ksoftirqd/0");
  CHECK(run.owners.top[0].pages > run.owners.early_pages);
  CHECK(run.report.counts.failures == 0);
}

TEST_CASE("ScenarioLibrary: memory-hog takes all, and sshd cannot fork",
          "[workloads][scenarios]") {
  const LibraryRun run("memory-hog");
  CHECK(run.owners.top.at(0).comm == "hog");
  CHECK(run.report.tasks.at(0).name == "sshd");
  CHECK(run.report.tasks.at(0).counts.failures == 3);
  bool warned = false;
  for (const std::string& line : run.machine->dmesg()) {
    warned |= line.find("page allocation failure") != std::string::npos;
  }
  CHECK(warned);
}

TEST_CASE("ScenarioLibrary: early-pages has early pages and nothing else",
          "[workloads][scenarios]") {
  const LibraryRun run("early-pages");
  CHECK(run.owners.top.empty());
  // As in the recorded boot of the same machine (page-ext-owner-depot.md 3.2).
  CHECK(run.owners.early_pages == PageCount(9296));
}

TEST_CASE("ScenarioLibrary: fragmentation leaves half free, in small pieces",
          "[workloads][scenarios]") {
  LibraryRun run("fragmentation");
  const uint64_t freed = run.report.tasks.at(0).counts.pages_freed;
  CHECK(freed > 1000);
  CHECK(run.report.tasks.at(1).counts.failures == 1);
  CHECK(run.report.tasks.at(1).counts.pages_allocated < freed / 4);
  CHECK(run.captures.at("full") != run.captures.at("holes"));
}

TEST_CASE("ScenarioLibrary: depot-exhausted ends with unknown owners",
          "[workloads][scenarios]") {
  const LibraryRun run("depot-exhausted");
  CHECK(run.owners.top.at(0).frame == "(unknown: the stack depot was full)");
  CHECK(run.owners.top.at(0).pages > PageCount(100));
}

TEST_CASE("ScenarioLibrary: hello fits a screen", "[workloads][scenarios]") {
  LibraryRun run("hello");
  CHECK(run.owners.pages < PageCount(64));
  CHECK(run.report.counts.failures == 1);
  const std::string buddyinfo = KernelFile(*run.machine, "/proc/buddyinfo");
  CHECK(std::count(buddyinfo.begin(), buddyinfo.end(), '\n') == 1);
}

TEST_CASE("ScenarioLibrary: hotplug ends as it began",
          "[workloads][scenarios]") {
  LibraryRun run("hotplug");
  Machine& machine = *run.machine;
  CHECK(run.report.counts.failures == 0);
  // 512 pages of struct page and 576 of page_ext came with each block, and
  // went with it: 16 sections of boot memory have their tables.
  CHECK(KernelFile(machine, "/proc/vmstat").find("\nnr_memmap_pages 9216\n") !=
        std::string::npos);
  CHECK(KernelFile(machine, "/sys/devices/system/memory/memory32/state") ==
        "offline\n");
  CHECK(machine.page_ext()->total_bytes() == 16 * 2359296);
  CHECK(run.captures.at("before").find("Normal") == std::string::npos);
  CHECK(run.captures.at("plugged").find("Normal") != std::string::npos);
  CHECK(KernelFile(machine, "/proc/buddyinfo").find("Normal") ==
        std::string::npos);
  CHECK(Verify(machine.state()).empty());
}

TEST_CASE("ScenarioLibrary: unaccounted has a driver that no line shows",
          "[workloads][scenarios]") {
  LibraryRun run("unaccounted");
  const auto meminfo = [&](const std::string& text) {
    auto parsed = Meminfo::Parse(text, "meminfo");
    REQUIRE(parsed.ok());
    return *parsed;
  };
  const Meminfo before = meminfo(run.meminfo.at("before"));
  const Meminfo after = meminfo(KernelFile(*run.machine, "/proc/meminfo"));
  for (const std::string_view label :
       {"MemTotal", "Buffers", "Cached", "AnonPages", "Slab", "SReclaimable",
        "PageTables", "VmallocUsed", "KernelStack", "Percpu", "Shmem"}) {
    CAPTURE(label);
    CHECK(before.Kilobytes(label) == after.Kilobytes(label));
  }
  // 30,000 pages, and what page_owner and the per-cpu lists took meanwhile.
  const int64_t grown = UnaccountedKilobytes(after, KernelStacks::kVmalloced) -
                        UnaccountedKilobytes(before, KernelStacks::kVmalloced);
  CHECK(grown >= 30000 * 4 - 4 * 512);
  CHECK(grown <= 30000 * 4 + 4 * 512);
  auto sheet = WhereOf(*run.machine, {});
  REQUIRE(sheet.ok());
  CHECK(sheet->on_no_line.at(0).what ==
        "taken by alloc_pages: nicdrv_alloc_rx_buffers [nicdrv]");
  CHECK(sheet->on_no_line.at(0).pages == 30000);
}

// The same from every compiler and optimisation: the frozen file was written
// by gcc -O2, and the call chains in it are those of the host's stack.
TEST_CASE("ScenarioLibrary: a frozen dump comes out byte by byte",
          "[workloads][scenarios][golden]") {
  const std::string golden = std::string(PAGELAB_TEST_DATA_DIR) + "/golden/";
  LibraryRun run(golden + "calls.json");
  const std::string dump = WithoutEarlyPages(
      KernelFile(*run.machine, "/sys/kernel/debug/page_owner"));
  const std::string frozen = FileContents(golden + "calls.page_owner");
  REQUIRE_FALSE(frozen.empty());
  CHECK(dump == frozen);
}

}  // namespace
}  // namespace pagelab

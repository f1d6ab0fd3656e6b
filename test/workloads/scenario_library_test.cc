// Each built-in scenario shows what its description promises.

#include "pagelab/base/output_stream.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/temporary_directory.h"
#include "pagelab/test/workloads/run_support.h"
#include "pagelab/workloads/library.h"
#include "pagelab/workloads/top_owners.h"

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

TEST_CASE("ScenarioLibrary: memcg shows who pays", "[workloads][scenarios]") {
  LibraryRun run("memcg");
  const std::string dump =
      KernelFile(*run.machine, "/sys/kernel/debug/page_owner");
  // It is the last line of a record.
  const auto records = [&dump](const std::string& line) {
    size_t count = 0;
    const std::string wanted = "\n" + line + "\n\n";
    for (size_t at = 0; (at = dump.find(wanted, at)) != std::string::npos;) {
      ++count;
      ++at;
    }
    return count;
  };
  CHECK(records("Charged to memcg app.slice") == 40);
  CHECK(records("Charged (via objcg) to memcg app.slice") == 6);
  CHECK(records("Slab cache page") == 3);
  CHECK(records("Charged to offline memcg job-7") == 60);
  CHECK(records("Charged (via objcg) to offline memcg job-7") == 1);
  // bash is in the root group.
  CHECK(RecordsWith(dump, "\nCharged ") == 107);
}

TEST_CASE("ScenarioLibrary: hello fits a screen", "[workloads][scenarios]") {
  LibraryRun run("hello");
  CHECK(run.owners.pages < PageCount(64));
  CHECK(run.report.counts.failures == 1);
  const std::string buddyinfo = KernelFile(*run.machine, "/proc/buddyinfo");
  CHECK(std::count(buddyinfo.begin(), buddyinfo.end(), '\n') == 1);
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

TEST_CASE("ScenarioLibrary: migration keeps owners and says why",
          "[workloads][scenarios]") {
  LibraryRun run("migration");
  const std::string dump =
      KernelFile(*run.machine, "/sys/kernel/debug/page_owner");
  for (int i = 0; i < kMigrateReasons; ++i) {
    const std::string line =
        "\nPage has been migrated, last migrate reason: " +
        std::string(ToString(static_cast<MigrateReason>(i))) + "\n";
    CAPTURE(line);
    const size_t at = dump.find(line);
    REQUIRE(at != std::string::npos);
    CHECK(dump.find(line, at + 1) == std::string::npos);
    const size_t begin = dump.rfind("\n\n", at);
    CHECK_THAT(dump.substr(begin, at - begin),
               ContainsText(" __handle_mm_fault+"));
  }
  // Each stack has the pages that its records have: 9 and 512, and none of the
  // targets' own stack.
  const std::string stacks = KernelFile(
      *run.machine, "/sys/kernel/debug/page_owner_stacks/show_stacks");
  CHECK_THAT(stacks, ContainsText("nr_base_pages: 9\n"));
  CHECK_THAT(stacks, ContainsText("nr_base_pages: 512\n"));
  CHECK(stacks.find("kmigrated") == std::string::npos);
}

}  // namespace
}  // namespace pagelab

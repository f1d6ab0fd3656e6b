// Each built-in scenario shows what its description promises.

#include <bit>
#include <iterator>
#include <set>
#include <string>
#include <string_view>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "pagelab/alloc/stat_totals.h"
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

// Bits in the bitmap of page_idle.
uint64_t IdlePages(Machine& machine) {
  uint64_t idle = 0;
  for (const char c : KernelFile(machine, "/sys/kernel/mm/page_idle/bitmap")) {
    idle += static_cast<uint64_t>(std::popcount(static_cast<uint8_t>(c)));
  }
  return idle;
}

// On free lists and per-cpu lists.
uint64_t FreePages(const Machine& machine) {
  uint64_t pages = 0;
  for (const Zone& zone : machine.state().all_zones()) {
    if (!zone.populated()) continue;
    for (int cpu = 0; cpu < machine.state().nr_cpus; ++cpu) {
      pages += static_cast<uint64_t>(zone.pcp[cpu].count);
    }
  }
  return pages + TotalOf(machine.state(), ZoneStat::kFreePages);
}

struct LibraryRun {
  explicit LibraryRun(std::string_view name,
                      const std::string& command_line = "") {
    auto scenario = LoadScenario(name);
    INFO(scenario.status().ToString());
    REQUIRE(scenario.ok());
    auto config = MachineFor(*scenario, "");
    REQUIRE(config.ok());
    config->command_line += " page_owner=on " + command_line;
    auto booted = Machine::Boot(*config);
    REQUIRE(booted.ok());
    machine = *std::move(booted);
    RunOptions options;
    options.on_capture = [this](std::string_view capture) {
      captures[std::string(capture)] = KernelFile(*machine, "/proc/buddyinfo");
      idle[std::string(capture)] = IdlePages(*machine);
      free_pages[std::string(capture)] = FreePages(*machine);
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
  std::map<std::string, uint64_t> idle;
  std::map<std::string, uint64_t> free_pages;
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
    CHECK(scenario->conclusion.find('{') != std::string::npos);
    CHECK(entry.text.size() < 8192);
  }
}

// Runs a folder's scenarios. One test a folder: all of them in one take minutes
// under sanitizers.
void CheckEnds(std::string_view folder) {
  size_t nr_scenarios = 0;
  for (const LibraryEntry& entry : BuiltinScenarios()) {
    if (entry.folder != folder) continue;
    ++nr_scenarios;
    CAPTURE(entry.name);
    const LibraryRun run(entry.name);
    CHECK(run.report.conclusion.find('{') == std::string::npos);
    CHECK(run.report.conclusion.find_first_of("0123456789") !=
          std::string::npos);
    CHECK(run.report.conclusion.find("(no such line)") == std::string::npos);
    for (const std::string& finding : Verify(run.machine->state())) {
      FAIL_CHECK(finding);
    }
  }
  CHECK(nr_scenarios > 0);
}

constexpr std::string_view kFolders[] = {
    "basics", "fitted",    "fragmentation", "kernel-memory",
    "leaks",  "migration", "numa",          "pressure"};

TEST_CASE("ScenarioLibrary: the folders are those tested below",
          "[workloads][scenarios]") {
  std::set<std::string_view> folders;
  for (const LibraryEntry& entry : BuiltinScenarios()) {
    folders.insert(entry.folder);
  }
  CHECK(folders ==
        std::set<std::string_view>(std::begin(kFolders), std::end(kFolders)));
}

TEST_CASE("ScenarioLibrary: basics ends with what it showed",
          "[workloads][scenarios]") {
  CheckEnds("basics");
}

TEST_CASE("ScenarioLibrary: fitted ends with what it showed",
          "[workloads][scenarios]") {
  CheckEnds("fitted");
}

TEST_CASE("ScenarioLibrary: fragmentation ends with what it showed",
          "[workloads][scenarios]") {
  CheckEnds("fragmentation");
}

TEST_CASE("ScenarioLibrary: kernel-memory ends with what it showed",
          "[workloads][scenarios]") {
  CheckEnds("kernel-memory");
}

TEST_CASE("ScenarioLibrary: leaks ends with what it showed",
          "[workloads][scenarios]") {
  CheckEnds("leaks");
}

TEST_CASE("ScenarioLibrary: migration ends with what it showed",
          "[workloads][scenarios]") {
  CheckEnds("migration");
}

TEST_CASE("ScenarioLibrary: numa ends with what it showed",
          "[workloads][scenarios]") {
  CheckEnds("numa");
}

TEST_CASE("ScenarioLibrary: pressure ends with what it showed",
          "[workloads][scenarios]") {
  CheckEnds("pressure");
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

// page_owner knows every page's stack, memory profiling only the place that
// allocated it: they count the same.
TEST_CASE("ScenarioLibrary: allocinfo names the leaking driver, as page_owner",
          "[workloads][scenarios][code_tags]") {
  LibraryRun run("driver-leak", "sysctl.vm.mem_profiling=1");
  int64_t most = -1;
  std::string top;
  const std::string all = KernelFile(*run.machine, "/proc/allocinfo");
  std::vector<absl::string_view> lines = absl::StrSplit(all, '\n');
  REQUIRE(lines.size() > 20);
  // Behind the header; the last one is empty.
  for (size_t i = 2; i + 1 < lines.size(); ++i) {
    const std::vector<absl::string_view> words =
        absl::StrSplit(lines[i], ' ', absl::SkipEmpty());
    int64_t bytes = 0;
    REQUIRE(absl::SimpleAtoi(words[0], &bytes));
    if (bytes <= most) continue;
    most = bytes;
    top = std::string(words[words.size() - 1]);
  }
  CHECK(top == "func:nicdrv_alloc_rx_buffers");
  const OwnerOverview owners = SummarizeOwners(*run.machine, 10);
  REQUIRE_FALSE(owners.top.empty());
  CHECK(owners.top[0].frame == "nicdrv_alloc_rx_buffers+0x5d/0x1a0 [nicdrv]");
  CHECK(most == static_cast<int64_t>(owners.top[0].pages.bytes()));
  CHECK(most > int64_t{10000} * 4096);

  // So it is for those who give back what they take.
  const std::string dump =
      KernelFile(*run.machine, "/sys/kernel/debug/page_owner");
  const AllocTagging& tags = run.machine->alloc_tagging();
  for (const std::string function :
       {"page_cache_ra_unbounded", "__filemap_get_folio"}) {
    CAPTURE(function);
    const uint64_t pages = RecordsWith(dump, "\n " + function + "+");
    CHECK(pages > 0);
    CHECK(tags.CountersOf(function) ==
          AllocTagging::Counters{static_cast<int64_t>(pages * kPageSize),
                                 static_cast<int64_t>(pages)});
  }
}

TEST_CASE("ScenarioLibrary: idle-pages finds the working set, and spares it",
          "[workloads][scenarios]") {
  LibraryRun run("idle-pages");
  // 1000 pages of heap and 400 of files, less 250 and 100 that were used.
  CHECK(run.idle.at("idle") == 1050);
  // Looking changes nothing of that.
  CHECK(run.idle.at("looked") == 1050);
  // The heap is Young: the first pass takes none of it.
  CHECK(run.free_pages.at("spared") == run.free_pages.at("looked"));
  CHECK(run.report.tasks.at(1).counts.pages_freed == 750);
  // Less what page_owner takes to remember who freed them.
  CHECK(run.free_pages.at("reclaimed") >= run.free_pages.at("spared") + 740);
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
  const int64_t grown = UnaccountedKilobytes(after, StackMemory::kVmalloced) -
                        UnaccountedKilobytes(before, StackMemory::kVmalloced);
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
    const size_t before = dump.rfind("\n\n", at);
    const size_t begin = before == std::string::npos ? 0 : before;
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

// The records of the dump whose stack has `function`.
std::vector<std::string> RecordsFrom(std::string_view dump,
                                     std::string_view function) {
  std::vector<std::string> records;
  while (!dump.empty()) {
    const std::string_view record = dump.substr(0, dump.find("\n\n") + 2);
    if (record.find(function) != std::string_view::npos) {
      records.emplace_back(record);
    }
    dump.remove_prefix(record.size());
  }
  return records;
}

TEST_CASE("ScenarioLibrary: split leaves records of order 0, five exact ones",
          "[workloads][scenarios]") {
  LibraryRun run("split");
  const std::string dump =
      KernelFile(*run.machine, "/sys/kernel/debug/page_owner");
  const auto ring = RecordsFrom(dump, "drv_split_ring+");
  const auto exact = RecordsFrom(dump, "drv_exact+");
  const auto huge = RecordsFrom(dump, "do_huge_pmd_anonymous_page+");
  CHECK(ring.size() == 8);
  // Of a block of eight; the other three went back.
  CHECK(exact.size() == 5);
  CHECK(huge.size() == 512);
  for (const auto& records : {ring, exact, huge}) {
    for (const std::string& record : records) {
      CHECK(record.rfind("Page allocated via order 0, ", 0) == 0);
    }
  }
  // The counts know of no split.
  const std::string stacks = KernelFile(
      *run.machine, "/sys/kernel/debug/page_owner_stacks/show_stacks");
  for (const char* count :
       {"nr_base_pages: 8\n", "nr_base_pages: 5\n", "nr_base_pages: 512\n"}) {
    CHECK_THAT(stacks, ContainsText(count));
  }
}

// What the last part of pagetypeinfo says, of one zone, told from the records:
// pageblocks by their type that hold a page of another.
std::map<std::string, uint64_t> MixedBlocksOf(std::string_view dump) {
  std::map<uint64_t, std::string> mixed;
  for (const std::string& record : RecordsFrom(dump, "PFN 0x")) {
    const size_t line = record.find("PFN 0x");
    const std::vector<std::string> words = absl::StrSplit(
        record.substr(line, record.find('\n', line) - line), ' ');
    // PFN 0x1000 type Unmovable Block 8 type Movable Flags ...
    if (words[3] != words[7]) mixed[std::stoull(words[5])] = words[7];
  }
  std::map<std::string, uint64_t> counts;
  for (const auto& [block, type] : mixed) ++counts[type];
  return counts;
}

TEST_CASE("ScenarioLibrary: mixed-blocks counts pageblocks of two kinds",
          "[workloads][scenarios]") {
  LibraryRun run("mixed-blocks");
  const std::string text = KernelFile(*run.machine, "/proc/pagetypeinfo");
  const std::vector<std::string> lines = absl::StrSplit(text, '\n');
  const std::vector<std::string> numbers =
      absl::StrSplit(lines[lines.size() - 2], ' ', absl::SkipEmpty());
  // Node 0, zone DMA 1 5 0 0 0 0
  REQUIRE(numbers.size() == 10);
  std::map<std::string, uint64_t> expected =
      MixedBlocksOf(KernelFile(*run.machine, "/sys/kernel/debug/page_owner"));
  CHECK(numbers[4] == "1");
  CHECK(numbers[5] == "5");
  CHECK(expected["Unmovable"] == 1);
  CHECK(expected["Movable"] == 5);
}

TEST_CASE("ScenarioLibrary: page-frag-leak keeps a block for each packet",
          "[workloads][scenarios]") {
  LibraryRun run("page-frag-leak");
  REQUIRE_FALSE(run.owners.top.empty());
  CHECK(run.owners.top[0].frame == "nicdrv_receive+0x8d/0x2c0 [nicdrv]");
  CHECK(run.report.counts.failures == 0);
  const uint64_t held =
      run.report.counts.pages_allocated - run.report.counts.pages_freed;
  CHECK(run.owners.top[0].pages == PageCount(held));
  // 200 packets are expected; blocks of 8 pages, a few of which two share.
  CHECK(held % 8 == 0);
  CHECK(held > 160 * 8);
  CHECK(held < 250 * 8);
}

TEST_CASE("ScenarioLibrary: page-cache is dirty, then written, then gone",
          "[workloads][scenarios]") {
  LibraryRun run("page-cache");
  const auto line = [&run](const std::string& capture,
                           const std::string& label) {
    const std::string& text = run.meminfo[capture];
    const size_t at = text.find("\n" + label + ":");
    REQUIRE(at != std::string::npos);
    return std::stoull(text.substr(at + label.size() + 2));
  };
  // 2,000 files of 20 KiB, read twice; 2,000 of 12 KiB, written once.
  CHECK(line("built", "Active(file)") == 40'000);
  CHECK(line("built", "Inactive(file)") == 24'000);
  CHECK(line("built", "Shmem") == 20'480);
  CHECK(line("built", "Dirty") == 64'000);
  CHECK(line("written", "Dirty") > 100'000);
  CHECK(line("clean", "Dirty") == 0);
  CHECK(line("clean", "Writeback") == 0);
  CHECK(line("clean", "Cached") == 64'000 + 20'480 + 409'600);
  const std::string end = KernelFile(*run.machine, "/proc/meminfo");
  CHECK_THAT(end, ContainsText("\nCached:            20480 kB"));
}

TEST_CASE("ScenarioLibrary: early-pages finds what the recorded boot found",
          "[workloads][scenarios]") {
  // dmesg of the recorded 2 GiB machine with one CPU.
  LibraryRun run("early-pages");
  std::vector<std::string> lines;
  for (const std::string& line : run.machine->dmesg()) {
    if (line.find("early allocated") != std::string::npos) {
      lines.push_back(line.substr(line.find(']') + 2));
    }
  }
  CHECK(lines == std::vector<std::string>{
                     "Node 0, zone      DMA: page owner found early allocated "
                     "0 pages",
                     "Node 0, zone    DMA32: page owner found early allocated "
                     "9296 pages"});
}

TEST_CASE("ScenarioLibrary: kernel-build's pools are the tracker's own",
          "[workloads][scenarios]") {
  LibraryRun run("kernel-build");
  const std::string dump =
      KernelFile(*run.machine, "/sys/kernel/debug/page_owner");
  size_t pages = 0;
  for (const std::string& record :
       RecordsFrom(dump, " register_dummy_stack+")) {
    const bool pool =
        record.rfind("Page allocated via order 2, mask 0x92cc0(", 0) == 0;
    const bool node =
        record.rfind("Page allocated via order 0, mask 0xd2cc0(", 0) == 0;
    CHECK((pool || node));
    pages += pool ? 4 : 1;
  }
  // 20 pools, two of them early; 8 slab pages of list nodes.
  CHECK(pages == 18 * 4 + 8);
  CHECK(run.machine->stack_depot().pages_held() == PageCount(80));
}

}  // namespace
}  // namespace pagelab

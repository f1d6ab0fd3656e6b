#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "pagelab/alloc/stat_totals.h"
#include "pagelab/base/input_stream.h"
#include "pagelab/owner/own_frame.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/recordings.h"
#include "pagelab/test/workloads/run_support.h"
#include "pagelab/workloads/library.h"
#include "pagelab/workloads/where/where_sheet.h"

namespace pagelab {
namespace {

// The composed file of text-formats.md 8.
constexpr std::string_view kComposed =
    "MemTotal:        8048312 kB\n"
    "MemFree:         1203344 kB\n"
    "MemAvailable:    5120044 kB\n"
    "Buffers:          210332 kB\n"
    "Cached:          3550208 kB\n"
    "SwapCached:            0 kB\n"
    "Active:          2100400 kB\n"
    "Inactive:        3100120 kB\n"
    "AnonPages:       1450200 kB\n"
    "Mapped:           410332 kB\n"
    "Shmem:             80396 kB\n"
    "KReclaimable:     300120 kB\n"
    "Slab:             420200 kB\n"
    "SReclaimable:     299800 kB\n"
    "SUnreclaim:       120400 kB\n"
    "KernelStack:       14336 kB\n"
    "PageTables:        28200 kB\n"
    "SecPageTables:         0 kB\n"
    "Bounce:                0 kB\n"
    "VmallocTotal:   34359738367 kB\n"
    "VmallocUsed:       40960 kB\n"
    "Percpu:             9216 kB\n"
    "HugePages_Total:       0\n"
    "Hugetlb:               0 kB\n";

constexpr std::string_view kZoneinfo =
    "Node 0, zone   Normal\n"
    "  pages free     300836\n"
    "  pagesets\n"
    "    cpu: 0\n"
    "              count: 100\n"
    "              high:  378\n"
    "    cpu: 1\n"
    "              count: 23\n";

// Whose frames are "a+0x1/0x2".
std::string Record(int order, std::string_view frames) {
  return "Page allocated via order " + std::to_string(order) +
         ", mask 0xcc0(GFP_KERNEL), pid 1, tgid 1 (x), ts 1 ns\n"
         "PFN 0x100 type Unmovable Block 0 type Unmovable Flags 0x0()\n" +
         std::string(frames) + "\n";
}

OwnerTotals TotalsOf(const std::string& dump) {
  auto input = InputStream::FromString("dump", dump);
  REQUIRE(input.ok());
  auto totals = TotalOwners(**input);
  INFO(totals.status().ToString());
  REQUIRE(totals.ok());
  return *std::move(totals);
}

WhereFiles Composed() {
  WhereFiles files;
  files.meminfo = {"meminfo", std::string(kComposed)};
  files.zoneinfo = {"zoneinfo", std::string(kZoneinfo)};
  return files;
}

WhereSheet MustMake(const WhereFiles& files, const OwnerTotals* owners,
                    const WhereOptions& options = {}) {
  auto sheet = MakeWhereSheet(files, owners, options);
  INFO(sheet.status().ToString());
  REQUIRE(sheet.ok());
  return *std::move(sheet);
}

// -1 where there is no such part.
int64_t PagesOf(const WhereSheet& sheet, std::string_view what) {
  for (const auto* group : {&sheet.free, &sheet.accounted, &sheet.on_no_line}) {
    for (const WherePart& part : *group) {
      if (part.what == what) return part.pages;
    }
  }
  return -1;
}

Machine RunLibrary(std::string_view name) {
  auto scenario = LoadScenario(name);
  REQUIRE(scenario.ok());
  auto config = MachineFor(*scenario, "");
  REQUIRE(config.ok());
  config->command_line += " page_owner=on";
  auto machine = Machine::Boot(*config);
  REQUIRE(machine.ok());
  const auto ran = RunScenario(*machine, *scenario, {});
  INFO(ran.status().ToString());
  REQUIRE(ran.ok());
  return *std::move(machine);
}

Meminfo MeminfoOf(Machine& machine) {
  auto meminfo =
      Meminfo::Parse(KernelFile(machine, "/proc/meminfo"), "meminfo");
  REQUIRE(meminfo.ok());
  return *std::move(meminfo);
}

}  // namespace

TEST_CASE("Where: what meminfo leaves is the worked value",
          "[workloads][where]") {
  const auto meminfo = Meminfo::Parse(kComposed, "meminfo");
  REQUIRE(meminfo.ok());
  CHECK(UnaccountedKilobytes(*meminfo, StackMemory::kVmalloced) == 1135332);
  CHECK(UnaccountedKilobytes(*meminfo, StackMemory::kPages) == 1120996);
}

TEST_CASE("Where: a stack's innermost telling frame says what it is for",
          "[workloads][where]") {
  struct Row {
    FrameList frames;
    MemoryClass expected;
  };
  const std::vector<Row> rows = {
      {{"get_page_from_freelist+0x1/0x2", "new_slab+0x1/0x2",
        "__d_alloc+0x1/0x2"},
       MemoryClass::kSlab},
      // A file's page, although a page fault asked for it.
      {{"__filemap_get_folio+0x1/0x2", "handle_mm_fault+0x1/0x2"},
       MemoryClass::kFiles},
      {{"vma_alloc_folio_noprof+0x1/0x2", "do_wp_page+0x1/0x2"},
       MemoryClass::kAnon},
      {{"pte_alloc_one+0x19/0x60", "__pte_alloc+0x25/0x160"},
       MemoryClass::kPageTables},
      // The kernel's own, and top levels, are not counted.
      {{"pte_alloc_one_kernel+0x1/0x2", "__pte_alloc_kernel+0x1/0x2"},
       MemoryClass::kDirect},
      {{"get_free_pages_noprof+0x1/0x2", "pgd_alloc+0x1/0x2"},
       MemoryClass::kDirect},
      {{"__vmalloc_node_range_noprof+0x1/0x2",
        "alloc_thread_stack_node+0x1/0x2", "copy_process+0x1/0x2"},
       MemoryClass::kVmalloc},
      {{"alloc_thread_stack_node+0x1/0x2", "copy_process+0x1/0x2"},
       MemoryClass::kKernelStack},
      {{"pcpu_populate_chunk.constprop.0+0x1/0x2"}, MemoryClass::kPercpu},
      {{"alloc_buddy_hugetlb_folio.isra.0+0x1/0x2"}, MemoryClass::kHugetlb},
      {{"register_early_stack+0x1/0x2", "init_page_owner+0x1/0x2"},
       MemoryClass::kEarly},
      {{"init_section_page_ext+0x1/0x2"}, MemoryClass::kMemmap},
      {{"nicdrv_alloc_rx_buffers+0x5d/0x1a0 [nicdrv]"}, MemoryClass::kDirect},
      {{}, MemoryClass::kDirect},
  };
  for (const Row& row : rows) {
    CAPTURE(row.frames);
    CHECK(ClassOfStack(row.frames) == row.expected);
  }
  CHECK(FunctionOf("nicdrv_alloc_rx_buffers+0x5d/0x1a0 [nicdrv]") ==
        "nicdrv_alloc_rx_buffers [nicdrv]");
  CHECK(FunctionOf("f+0x1/0x2") == "f");
  CHECK(FunctionOf("0xffffffff81000000") == "0xffffffff81000000");
}

TEST_CASE("Where: a page on an LRU list is user memory, whoever took it",
          "[workloads][where]") {
  CHECK(ClassOfFlags("") == MemoryClass::kDirect);
  CHECK(ClassOfFlags("uptodate|node=0|zone=1") == MemoryClass::kDirect);
  CHECK(ClassOfFlags("uptodate|lru|swapbacked|zone=1") == MemoryClass::kAnon);
  CHECK(ClassOfFlags("dirty|lru|swapbacked") == MemoryClass::kFiles);
  CHECK(ClassOfFlags("lru") == MemoryClass::kFiles);
  std::string dump = Record(0, " splice+0x1/0x2\n");
  dump.replace(dump.find("0x0()"), 5, "0x28(uptodate|lru|zone=1)");
  const OwnerTotals owners = TotalsOf(dump);
  CHECK(owners.direct.empty());
  CHECK(owners.pages[Index(MemoryClass::kFiles)] == 1);
}

TEST_CASE("Where: the sheet adds up to MemTotal, to the page",
          "[workloads][where]") {
  const OwnerTotals owners = TotalsOf(
      Record(0, " new_slab+0x1/0x2\n __d_alloc+0x1/0x2\n") +
      Record(3, " ring+0x1/0x2 [nicdrv]\n") +
      Record(0, " ring+0x9/0x20 [nicdrv]\n") +
      Record(2, " register_dummy_stack+0x1/0x2\n init_page_owner+0x1/0x2\n") +
      Record(1, " register_early_stack+0x1/0x2\n") +
      Record(10, " balloon+0x1/0x2\n"));
  CHECK(owners.records == 6);
  const WhereSheet sheet = MustMake(Composed(), &owners);
  CHECK(sheet.total == 8048312 / 4);
  CHECK(sheet.Sum() == sheet.total);
  CHECK(PagesOf(sheet, "free blocks") == 1203344 / 4);
  CHECK(PagesOf(sheet, "free, on per-cpu lists") == 123);
  CHECK(PagesOf(sheet, "Cached") == 3550208 / 4);
  CHECK(PagesOf(sheet, "KReclaimable other than slab") == 320 / 4);
  CHECK(PagesOf(sheet, "Bounce") == -1);
  CHECK(PagesOf(sheet, "KernelStack") == -1);
  CHECK(PagesOf(sheet, "taken by alloc_pages: balloon") == 1024);
  CHECK(PagesOf(sheet, "taken by alloc_pages: ring [nicdrv]") == 9);
  CHECK(PagesOf(sheet, "taken by alloc_pages: (page_owner itself)") == 4);
  CHECK(PagesOf(sheet,
                "from before page_owner started, its own tables "
                "(page_ext) included") == 2);
  CHECK(PagesOf(sheet, "no owner known") ==
        1135332 / 4 - 123 - 1024 - 9 - 4 - 2);
  for (const WherePart& part : sheet.accounted) {
    if (part.what == "Slab") CHECK(part.recorded == 1);
  }
}

TEST_CASE("Where: buddyinfo counts free pages, vmstat the tables",
          "[workloads][where]") {
  WhereFiles files = Composed();
  files.buddyinfo = {"buddyinfo",
                     "Node 0, zone   Normal      5      2      0      1\n"};
  files.vmstat = {"vmstat", "nr_free_pages 1\nnr_memmap_pages 576\n"};
  const OwnerTotals owners =
      TotalsOf(Record(9, " register_early_stack+0x1/0x2\n") +
               Record(6, " register_early_stack+0x1/0x2\n") +
               Record(2, " register_early_stack+0x1/0x2\n"));
  const WhereSheet sheet = MustMake(files, &owners);
  CHECK(PagesOf(sheet, "free blocks") == 5 + 4 + 8);
  CHECK(PagesOf(sheet, "page_ext, memmap (nr_memmap_pages)") == 576);
  // 580 early pages, of which page_ext has 576.
  CHECK(PagesOf(sheet, "from before page_owner started") == 4);
  CHECK(sheet.Sum() == sheet.total);
}

TEST_CASE("Where: kernel stacks are where the files say",
          "[workloads][where]") {
  WhereFiles files = Composed();
  CHECK(MustMake(files, nullptr).stacks == StackMemory::kVmalloced);
  const WhereSheet asked =
      MustMake(files, nullptr, {.stacks = StackMemory::kPages});
  CHECK(PagesOf(asked, "KernelStack") == 14336 / 4);
  CHECK(asked.unaccounted_kilobytes == 1120996);
  CHECK(asked.Sum() == asked.total);
  // Stacks that page_owner saw come from the page allocator.
  std::string dump;
  for (int i = 0; i < 512; ++i) {
    dump += Record(2, " alloc_thread_stack_node+0x1/0x2\n");
  }
  const OwnerTotals owners = TotalsOf(dump);
  CHECK(MustMake(files, &owners).stacks == StackMemory::kPages);
  // VmallocUsed cannot hold them.
  const size_t at = files.meminfo.text.find("40960 kB");
  files.meminfo.text.replace(at, 5, " 8192");
  CHECK(MustMake(files, nullptr).stacks == StackMemory::kPages);
}

TEST_CASE("Where: without page_owner nobody is named", "[workloads][where]") {
  const WhereSheet sheet = MustMake(Composed(), nullptr);
  REQUIRE(sheet.on_no_line.size() == 1);
  CHECK(sheet.on_no_line[0].what == "on no line (no page_owner)");
  CHECK(sheet.on_no_line[0].pages == 1135332 / 4 - 123);
  CHECK(sheet.Sum() == sheet.total);
}

TEST_CASE("Where: --top joins the others", "[workloads][where]") {
  const OwnerTotals owners =
      TotalsOf(Record(3, " a+0x1/0x2\n") + Record(2, " b+0x1/0x2\n") +
               Record(1, " c+0x1/0x2\n"));
  const WhereSheet sheet = MustMake(Composed(), &owners, {.top = 1});
  CHECK(sheet.owners == 3);
  CHECK(PagesOf(sheet, "taken by alloc_pages: a") == 8);
  CHECK(PagesOf(sheet, "taken by alloc_pages: b") == -1);
  CHECK(PagesOf(sheet, "taken by alloc_pages: 2 more owners") == 6);
}

TEST_CASE("Where: files that are something else are refused",
          "[workloads][where]") {
  const auto error = [](WhereFiles files) {
    return std::string(MakeWhereSheet(files, nullptr, {}).status().message());
  };
  WhereFiles files = Composed();
  files.meminfo.text = "MemTotal: 100 kB\nhello\n";
  CHECK(error(files) ==
        "meminfo:2:1: not a line of /proc/meminfo: \"Label: number kB\"");
  files.meminfo.text = "MemTotal: 100 kB\n";
  CHECK(error(files) ==
        "meminfo: no \"MemFree:\" line; it must be a copy of /proc/meminfo");
  files.meminfo.text = "MemTotal: many kB\n";
  CHECK(error(files) == "meminfo:1:1: \"many\" is not a count of pages");
  files = Composed();
  files.zoneinfo.text = "";
  CHECK(error(files).find("zoneinfo: no \"Node 0, zone\" line") == 0);
  files = Composed();
  files.buddyinfo = {"buddyinfo", "1 2 3\n"};
  CHECK(error(files).find("buddyinfo:1:1: not a line of /proc/buddyinfo") == 0);
  files.buddyinfo.reset();
  files.vmstat = {"vmstat", "nr_memmap_pages many\n"};
  CHECK(error(files) == "vmstat:1:1: \"many\" is not a count of pages");
}

TEST_CASE("Where: kernel paths are counted as the kernel counts them",
          "[workloads][where]") {
  RunWorld world;
  const auto kilobytes = [&](std::string_view label) {
    return MeminfoOf(world.machine()).Kilobytes(label);
  };
  const auto all = [&] {
    std::vector<int64_t> values;
    for (const std::string_view label :
         {"SReclaimable", "SUnreclaim", "PageTables", "KernelStack",
          "VmallocUsed"}) {
      values.push_back(kilobytes(label));
    }
    return values;
  };
  const std::vector<int64_t> nothing(5, 0);
  REQUIRE(all() == nothing);
  struct Row {
    std::string call;
    std::vector<int64_t> expected;
  };
  // fork: a slab of 8 pages, a stack of 4, a page table of 1 and a top-level
  // one of 2 that nobody counts. Sockets: a slab of 8.
  const std::vector<Row> rows = {
      {"__d_alloc", {8, 0, 0, 0, 0}},
      {"kmem_cache_alloc_noprof", {0, 8, 0, 0, 0}},
      {"unix_dgram_sendmsg", {0, 64, 0, 0, 0}},
      {"__pte_alloc", {0, 0, 8, 0, 0}},
      {"__vmalloc_node_noprof", {0, 0, 0, 0, 8}},
      {"kernel_clone", {0, 64, 8, 32, 32}},
      {"pipe_write", nothing},
      {"nicdrv_alloc_rx_buffers", nothing},
      {"handle_mm_fault", nothing},
  };
  for (const Row& row : rows) {
    CAPTURE(row.call);
    world.MustRun(R"({"tasks": [{"name": "t", "steps": [
      {"alloc": {"call": ")" +
                  row.call + R"(", "count": 2, "as": "a"}}]}]})");
    CHECK(all() == row.expected);
    const std::string vmstat = KernelFile(world.machine(), "/proc/vmstat");
    CHECK(vmstat.find("\nnr_kernel_stack " + std::to_string(row.expected[3]) +
                      "\n") != std::string::npos);
    CHECK(vmstat.find("\nnr_page_table_pages " +
                      std::to_string(row.expected[2] / 4) + "\n") !=
          std::string::npos);
    // A new world; and there, what is freed is not counted any more.
    world = RunWorld();
    world.MustRun(R"({"tasks": [{"name": "t", "steps": [
      {"alloc": {"call": ")" +
                  row.call + R"(", "count": 2, "as": "a"}},
      {"free": "a"}]}]})");
    CHECK(all() == nothing);
    world = RunWorld();
  }
}

TEST_CASE("Where: a run's memory is explained to the last page",
          "[workloads][where]") {
  const std::string name =
      GENERATE("unaccounted", "driver-leak", "hotplug", "early-pages", "hello",
               "fragmentation", "memory-hog", "depot-exhausted");
  CAPTURE(name);
  Machine machine = RunLibrary(name);
  auto sheet = WhereOf(machine, {.top = 100});
  REQUIRE(sheet.ok());
  CHECK(static_cast<uint64_t>(sheet->total) ==
        TotalManaged(machine.state()).value());
  CHECK(sheet->Sum() == sheet->total);
  CHECK(PagesOf(*sheet, "no owner known") == 0);
  // Each figure of the kernel is what page_owner has seen of it.
  for (const WherePart& part : sheet->accounted) {
    CAPTURE(part.what);
    if (part.recorded.has_value()) CHECK(*part.recorded == part.pages);
  }
}

TEST_CASE("Where: the table and the JSON say the same", "[workloads][where]") {
  const OwnerTotals owners = TotalsOf(Record(10, " balloon+0x1/0x2\n") +
                                      Record(0, " new_slab+0x1/0x2\n"));
  const WhereSheet sheet = MustMake(Composed(), &owners);
  const std::string text = WhereText(sheet);
  CHECK_THAT(text,
             ContainsText("   2,012,078       8,048,312  100.0  MemTotal"));
  CHECK_THAT(text, ContainsText("       1,024           4,096    0.1    taken "
                                "by alloc_pages: balloon\n"));
  CHECK_THAT(text, ContainsText("     105,050         420,200    5.2    Slab  "
                                "(page_owner: 1)\n"));
  CHECK_THAT(text, ContainsText("meminfo alone leaves 1135332 kB"));
  const auto json = nlohmann::json::parse(WhereJson(sheet));
  CHECK(json["total_pages"] == 2012078);
  CHECK(json["on_no_line"][0]["pages"] == 1024);
  int64_t sum = 0;
  for (const char* group : {"free", "accounted", "on_no_line"}) {
    for (const auto& part : json[group]) {
      sum += part["pages"].get<int64_t>();
    }
  }
  CHECK(sum == 2012078);
}

// Dumps were read some moments before the other files, and Percpu has 53 pages
// a CPU of boot memory that MemTotal has not: less than 200 pages of hundreds
// of thousands remain.
TEST_CASE("Where: recorded machines are explained but for a few pages",
          "[workloads][where][recordings]") {
  for (const std::string& dump : RecordedFiles("page_owner.txt")) {
    const std::string folder = std::filesystem::path(dump).parent_path();
    if (!std::filesystem::exists(folder + "/meminfo.txt")) continue;
    CAPTURE(folder);
    const auto read = [&](const std::string& name) {
      auto text = ReadWholeFile(folder + "/" + name);
      REQUIRE(text.ok());
      return WhereFiles::Text{name, *std::move(text)};
    };
    WhereFiles files;
    files.meminfo = read("meminfo.txt");
    files.zoneinfo = read("zoneinfo.txt");
    files.buddyinfo = read("buddyinfo.txt");
    files.vmstat = read("vmstat.txt");
    auto input = InputStream::Open(dump);
    REQUIRE(input.ok());
    const auto owners = TotalOwners(**input);
    REQUIRE(owners.ok());
    const WhereSheet sheet = MustMake(files, &*owners);
    CHECK(sheet.Sum() == sheet.total);
    CHECK(sheet.stacks == StackMemory::kVmalloced);
    // 80 early pages are not page_ext's, 84 with two CPUs.
    const int64_t early = PagesOf(sheet, "from before page_owner started");
    CHECK(early >= 80);
    CHECK(early <= 84);
    CHECK(std::abs(PagesOf(sheet, "no owner known")) < 200);
    for (const WherePart& part : sheet.accounted) {
      CAPTURE(part.what, part.pages);
      if (part.what != "Cached" && part.what != "Slab") continue;
      CHECK(std::abs(*part.recorded - part.pages) < 50);
    }
  }
}

}  // namespace pagelab

// The clients of page_ext on a booted machine: who is there, what each needs,
// and their files.

#include <algorithm>
#include <string>
#include <vector>

#include "pagelab/alloc/lru.h"
#include "pagelab/alloc/verify.h"
#include "pagelab/base/output_stream.h"
#include "pagelab/sim/machine.h"
#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;
constexpr uint64_t kPagesPerSection = 32768;

MachineConfig ConfigOf(const std::string& command_line) {
  MachineConfig config;
  config.name = "test";
  config.memory_map = {{{0, 256 * kMiB}, true}};
  config.command_line = command_line;
  return config;
}

Machine Booted(const MachineConfig& config) {
  absl::StatusOr<Machine> machine = Machine::Boot(config);
  INFO(machine.status().ToString());
  REQUIRE(machine.ok());
  return *std::move(machine);
}

Machine Booted(const std::string& command_line) {
  return Booted(ConfigOf(command_line));
}

// How many lines of the log have `text` in them.
size_t LogLines(const Machine& machine, std::string_view text) {
  return static_cast<size_t>(
      std::count_if(machine.dmesg().begin(), machine.dmesg().end(),
                    [text](const std::string& line) {
                      return line.find(text) != std::string::npos;
                    }));
}

std::string DumpOf(Machine& machine, std::string_view path) {
  auto file = machine.File(path);
  REQUIRE(file.ok());
  StringOutput out;
  REQUIRE((*file)->Dump(out).ok());
  return out.text();
}

absl::StatusOr<size_t> WriteTo(Machine& machine, std::string_view path,
                               std::string_view text, uint64_t position = 0) {
  auto file = machine.File(path);
  REQUIRE(file.ok());
  REQUIRE((*file)->Seek(position).ok());
  return (*file)->Write(text);
}

std::string MessageOf(const absl::Status& status) {
  return std::string(status.message());
}

Page* AllocFrom(Machine& machine, const std::string& frame, Order order) {
  ExecutionContext context = machine.ContextOf(machine.boot_task());
  const absl::StatusOr<SimAddress> address =
      machine.symbols().InternFrame(frame);
  REQUIRE(address.ok());
  context.frames = absl::MakeConstSpan(&*address, 1);
  Page* page = machine.AllocPages(context, gfp::kHighuserMovable, order);
  REQUIRE(page != nullptr);
  return page;
}

constexpr PageFlags kAnon =
    page_flag::kUptodate.With(page_flag::kLru).With(page_flag::kSwapbacked);

TEST_CASE("PageExtClients: the entry is as large as those who need it",
          "[sim][page_ext_clients]") {
  // page-ext-owner-depot.md 1.2.
  struct Row {
    const char* command_line;
    uint32_t entry;
  };
  const std::vector<Row> rows = {
      {"page_owner=on", 72},
      {"page_owner=on sysctl.vm.mem_profiling=1", 80},
      {"page_owner=on sysctl.vm.mem_profiling=0", 80},
      {"page_owner=on sysctl.vm.mem_profiling=1 page_table_check=on", 88},
      {"page_owner=on page_table_check=1", 80},
      {"sysctl.vm.mem_profiling=1", 8},
      {"sysctl.vm.mem_profiling=y page_table_check=y", 16},
      {"page_table_check=on", 8},
  };
  for (const Row& row : rows) {
    CAPTURE(row.command_line);
    Machine machine = Booted(row.command_line);
    REQUIRE(machine.page_ext() != nullptr);
    CHECK(machine.page_ext()->entry_size() == row.entry);
    const uint64_t bytes = 2 * kPagesPerSection * row.entry;
    CHECK(LogLines(machine, "allocated " + std::to_string(bytes) +
                                " bytes of page_ext") == 1);
    CHECK(machine.page_ext()->nr_memmap_pages().bytes() == bytes);
    CHECK(Verify(machine.state()).empty());
  }
}

TEST_CASE("PageExtClients: nobody needs it, and there is nothing",
          "[sim][page_ext_clients]") {
  const std::string none =
      "page_owner=off page_table_check=off sysctl.vm.mem_profiling=never";
  for (const std::string& line : {std::string(), none}) {
    Machine machine = Booted(line);
    CHECK(machine.page_ext() == nullptr);
    CHECK(LogLines(machine, "page_ext") == 0);
    CHECK(DumpOf(machine, "/proc/vmstat").find("nr_memmap_pages 0\n") !=
          std::string::npos);
    CHECK(machine.state().hooks == nullptr);
  }
}

TEST_CASE("PageExtClients: they are listed in the kernel's order",
          "[sim][page_ext_clients]") {
  const auto names = [](const MachineConfig& config) {
    Machine machine = Booted(config);
    std::vector<std::string> list;
    REQUIRE(machine.page_ext() != nullptr);
    for (const PageExtClient& client : machine.page_ext()->clients()) {
      list.push_back(client.name + (client.need() ? " needed" : ""));
      CHECK(client.init != nullptr);
    }
    return list;
  };
  CHECK(names(ConfigOf("page_owner=on")) ==
        std::vector<std::string>{"page_owner needed", "page_alloc_tagging",
                                 "page_table_check"});
  MachineConfig config = ConfigOf("");
  config.page_idle = PageIdleForm::kPageExt;
  CHECK(names(config) ==
        std::vector<std::string>{"page_owner", "page_idle needed",
                                 "page_alloc_tagging", "page_table_check"});
}

TEST_CASE("PageExtClients: the 32-bit build has 4 bytes for page_idle alone",
          "[sim][page_ext_clients]") {
  MachineConfig config = ConfigOf("");
  config.page_idle = PageIdleForm::kPageExt;
  Machine machine = Booted(config);
  REQUIRE(machine.page_ext() != nullptr);
  CHECK(machine.page_ext()->entry_size() == 4);
  CHECK(LogLines(machine, "allocated 262144 bytes of page_ext") == 1);
  Page* page = AllocFrom(machine, "f+0x10/0x20", Order(0));
  page->flags = kAnon;
  const Pfn pfn = machine.memory().PfnOf(page);
  CHECK(*WriteTo(machine, "/sys/kernel/mm/page_idle/bitmap",
                 std::string(8, '\xff'), pfn.value() / 64 * 8) == 8);
  CHECK(machine.page_idle().IsIdle(pfn));
  CHECK(page->flags == kAnon);
}

TEST_CASE("PageExtClients: the 32-bit build lacks the others",
          "[sim][page_ext_clients]") {
  for (const char* line :
       {"page_owner=on", "page_table_check=on", "sysctl.vm.mem_profiling=0"}) {
    MachineConfig config = ConfigOf(line);
    config.page_idle = PageIdleForm::kPageExt;
    const absl::StatusOr<Machine> machine = Machine::Boot(config);
    REQUIRE_FALSE(machine.ok());
    CHECK(MessageOf(machine.status()) ==
          "machine 'test': page_idle \"page_ext\" is a 32-bit build, which has "
          "no page_owner, page_table_check or memory profiling here; boot with "
          "page_owner=off page_table_check=off sysctl.vm.mem_profiling=never, "
          "or use page_idle \"page_flags\"");
  }
}

TEST_CASE("PageExtClients: the bitmap moves at most a page a call",
          "[sim][page_ext_clients]") {
  Machine machine = Booted("");
  auto file = machine.File("/sys/kernel/mm/page_idle/bitmap");
  REQUIRE(file.ok());
  // 256 MiB are 65536 frames.
  std::string buffer(8192, '\x55');
  CHECK(*(*file)->Read(absl::MakeSpan(buffer)) == 4096);
  CHECK(*(*file)->Read(absl::MakeSpan(buffer)) == 4096);
  CHECK(*(*file)->Read(absl::MakeSpan(buffer)) == 0);
  REQUIRE((*file)->Seek(4096).ok());
  CHECK(*(*file)->Write(std::string(8192, '\xff')) == 4096);
  CHECK(MessageOf((*file)->Write(std::string(8, '\xff')).status()) ==
        "ENXIO: offset 8192 is behind the last frame of memory, whose bit is "
        "in byte 8191");
  REQUIRE((*file)->Seek(3).ok());
  CHECK(MessageOf((*file)->Read(absl::MakeSpan(buffer)).status())
            .starts_with("EINVAL: offset 3"));
  CHECK(DumpOf(machine, "/sys/kernel/mm/page_idle/bitmap") ==
        std::string(8192, '\0'));
}

TEST_CASE("PageExtClients: mem_profiling is read and written as a sysctl",
          "[sim][page_ext_clients]") {
  constexpr std::string_view kPath = "/proc/sys/vm/mem_profiling";
  Machine machine = Booted("sysctl.vm.mem_profiling=0");
  CHECK(DumpOf(machine, kPath) == "0\n");
  AllocFrom(machine, "f+0x10/0x20", Order(0));
  CHECK(*WriteTo(machine, kPath, "1\n") == 2);
  CHECK(DumpOf(machine, kPath) == "1\n");
  AllocFrom(machine, "g+0x10/0x20", Order(0));
  CHECK(machine.alloc_tagging().CountersOf("f").calls == 0);
  CHECK(machine.alloc_tagging().CountersOf("g").calls == 1);
  for (const char* bad : {"2", "-1", "on", "1 1", "\n"}) {
    CAPTURE(bad);
    CHECK(MessageOf(WriteTo(machine, kPath, bad).status())
              .starts_with("EINVAL: must be 0 or 1, got \""));
  }
  CHECK(*WriteTo(machine, kPath, "0", 1) == 1);
  CHECK(DumpOf(machine, kPath) == "1\n");
  CHECK(*WriteTo(machine, kPath, "0") == 1);
  CHECK(DumpOf(machine, kPath) == "0\n");

  auto file = machine.File(kPath);
  std::string buffer(10, '\0');
  CHECK(*(*file)->Read(absl::MakeSpan(buffer)) == 2);
  CHECK(*(*file)->Read(absl::MakeSpan(buffer)) == 0);
}

TEST_CASE("PageExtClients: what is never profiled cannot be turned on",
          "[sim][page_ext_clients]") {
  for (const char* line : {"",
                           "sysctl.vm.mem_profiling=1 "
                           "sysctl.vm.mem_profiling=never"}) {
    Machine machine = Booted(line);
    CHECK(MessageOf(
              WriteTo(machine, "/proc/sys/vm/mem_profiling", "1").status()) ==
          "EACCES: memory profiling is off for good; boot with "
          "sysctl.vm.mem_profiling=0 or =1");
    CHECK(DumpOf(machine, "/proc/sys/vm/mem_profiling") == "0\n");
    CHECK(DumpOf(machine, "/proc/allocinfo") ==
          "allocinfo - version: 1.0\n"
          "#     <size>  <calls> <tag info>\n"
          "           0        0 mm/page_ext.c:270 func:alloc_page_ext \n"
          "           0        0 lib/stackdepot.c:627 "
          "func:stack_depot_save_flags \n"
          "           0        0 mm/slub.c:2404 func:new_slab \n");
  }
}

TEST_CASE("PageExtClients: page_owner's own pages are not its callers'",
          "[sim][page_ext_clients]") {
  Machine machine = Booted("page_owner=on sysctl.vm.mem_profiling=1");
  const auto depot = [&machine] {
    return machine.alloc_tagging().CountersOf("stack_depot_save_flags");
  };
  const auto before = depot();
  for (int i = 0; i < 2000; ++i) {
    AllocFrom(machine, "f" + std::to_string(i) + "+0x10/0x20", Order(0));
  }
  CHECK(machine.alloc_tagging().CountersOf("f7") ==
        AllocTagging::Counters{4096, 1});
  CHECK(depot().calls > before.calls);
  // Pools of four pages, and pages of list nodes.
  CHECK(depot().bytes == depot().calls * 4 * 4096);
  CHECK(machine.alloc_tagging().CountersOf("new_slab").bytes ==
        static_cast<int64_t>(machine.page_owner()->list_pages().bytes()));
}

TEST_CASE("PageExtClients: a bulk request stays one beside memory profiling",
          "[sim][page_ext_clients]") {
  for (const bool owner : {false, true}) {
    Machine machine = Booted(std::string("sysctl.vm.mem_profiling=1 ") +
                             (owner ? "page_owner=on" : ""));
    ExecutionContext context = machine.ContextOf(machine.boot_task());
    std::vector<Page*> pages(10);
    // Only page_owner has pages come one by one.
    CHECK(machine.allocator().AllocPagesBulk(
              context, {.gfp = gfp::kHighuserMovable}, absl::MakeSpan(pages)) ==
          (owner ? 1u : 10u));
  }
}

TEST_CASE("PageExtClients: a block whose first page is held stays counted",
          "[sim][page_ext_clients]") {
  Machine machine = Booted("sysctl.vm.mem_profiling=1 page_table_check=on");
  Page* page = AllocFrom(machine, "f+0x10/0x20", Order(3));
  ++page->refcount;
  ExecutionContext context = machine.ContextOf(machine.boot_task());
  CHECK(machine.FreePages(context, page, Order(3)));
  CHECK(machine.alloc_tagging().CountersOf("f") ==
        AllocTagging::Counters{4096, 1});
  CHECK(machine.FreePages(context, page, Order(0)));
  CHECK(machine.alloc_tagging().CountersOf("f") == AllocTagging::Counters());
  CHECK(LogLines(machine, "kernel BUG") == 0);
}

TEST_CASE("PageExtClients: a checkpoint holds what all of them know",
          "[sim][page_ext_clients]") {
  Machine machine =
      Booted("page_owner=on sysctl.vm.mem_profiling=1 page_table_check=on");
  Page* page = AllocFrom(machine, "f+0x10/0x20", Order(2));
  page->flags = page->flags.With(kAnon).Without(page_flag::kLru);
  AddToLru(machine.state(), *page, PageCount(4));
  page->pte = page_pte::kMapped;
  const Pfn pfn = machine.memory().PfnOf(page);
  REQUIRE(machine.page_table_check().Map(
      {pfn, PageCount(4), MappingKind::kAnonymous, true}));
  REQUIRE(WriteTo(machine, "/sys/kernel/mm/page_idle/bitmap",
                  std::string(8, '\xff'), pfn.value() / 64 * 8)
              .ok());
  const std::string allocinfo = DumpOf(machine, "/proc/allocinfo");
  const std::string bitmap = DumpOf(machine, "/sys/kernel/mm/page_idle/bitmap");
  const Machine::CheckpointPtr saved = machine.Save();

  AllocFrom(machine, "later+0x10/0x20", Order(0));
  page->pte |= page_pte::kAccessed;
  machine.page_idle().MarkAccessed(pfn);
  CHECK(machine.page_table_check().Unmap(
      {pfn, PageCount(4), MappingKind::kAnonymous}));
  page->pte = 0;
  RemoveFromLru(machine.state(), *page, PageCount(4));
  ExecutionContext context = machine.ContextOf(machine.boot_task());
  REQUIRE(machine.FreePages(context, page, Order(2)));
  REQUIRE(WriteTo(machine, "/proc/sys/vm/mem_profiling", "0").ok());
  REQUIRE(DumpOf(machine, "/proc/allocinfo") != allocinfo);
  REQUIRE(DumpOf(machine, "/sys/kernel/mm/page_idle/bitmap") != bitmap);

  machine.Restore(*saved);
  CHECK(DumpOf(machine, "/proc/allocinfo") == allocinfo);
  CHECK(DumpOf(machine, "/sys/kernel/mm/page_idle/bitmap") == bitmap);
  CHECK(DumpOf(machine, "/proc/sys/vm/mem_profiling") == "1\n");
  CHECK(page->pte == page_pte::kMapped);
  CHECK(machine.page_table_check().CountsOf(pfn) ==
        PageTableCheck::Counts{1, 0});
  CHECK(Verify(machine.state()).empty());
  // The tag of a symbol that the checkpoint does not know is gone with it.
  AllocFrom(machine, "other+0x10/0x20", Order(0));
  CHECK(machine.alloc_tagging().CountersOf("other").calls == 1);
  CHECK(machine.alloc_tagging().CountersOf("later").calls == 0);
}

}  // namespace
}  // namespace pagelab

// The files of a booted machine, opened by path.

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "pagelab/sim/files/registry.h"
#include "pagelab/sim/machine.h"
#include "pagelab/test/sim/recorded_files.h"
#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

Machine BootMachine(const std::string& command_line) {
  MachineConfig config;
  config.name = "test";
  config.memory_map = {{{0, uint64_t{256} << 20}, true}};
  config.command_line = command_line;
  absl::StatusOr<Machine> machine = Machine::Boot(config);
  REQUIRE(machine.ok());
  return *std::move(machine);
}

std::unique_ptr<SimFile> Open(Machine& machine, std::string_view path) {
  absl::StatusOr<std::unique_ptr<SimFile>> file = machine.File(path);
  REQUIRE(file.ok());
  return *std::move(file);
}

std::string ReadAll(SimFile& file) {
  std::string text;
  std::vector<char> buffer(4096);
  for (;;) {
    const auto got = file.Read(absl::MakeSpan(buffer));
    REQUIRE(got.ok());
    if (*got == 0) return text;
    text.append(buffer.data(), *got);
  }
}

std::string DumpOf(SimFile& file) {
  StringOutput out;
  REQUIRE(file.Dump(out).ok());
  return out.text();
}

std::string DumpOf(Machine& machine, std::string_view path) {
  return DumpOf(*Open(machine, path));
}

std::string OpenError(Machine& machine, std::string_view path) {
  const auto file = machine.File(path);
  REQUIRE_FALSE(file.ok());
  CHECK(file.status().code() == absl::StatusCode::kNotFound);
  return std::string(file.status().message());
}

// Of order 0; leaves pages on a per-cpu list.
void AllocOne(Machine& machine) {
  ExecutionContext context = machine.ContextOf(machine.boot_task());
  REQUIRE(machine.AllocPages(context, gfp::kKernel, Order(0)) != nullptr);
}

uint64_t PcpPages(const Machine& machine) {
  uint64_t pages = 0;
  for (const Zone& zone : machine.state().all_zones()) {
    if (!zone.populated()) continue;
    for (int cpu = 0; cpu < machine.state().nr_cpus; ++cpu) {
      pages += static_cast<uint64_t>(zone.pcp[cpu].count);
    }
  }
  return pages;
}

bool IsWriteOnly(const std::string& path) {
  return path == "/proc/sys/vm/compact_memory";
}

TEST_CASE("SimFiles: all of them open, and are named in order",
          "[sim][files]") {
  Machine machine = BootMachine("page_owner=on");
  AllocOne(machine);
  const std::vector<std::string> paths = Machine::FilePaths();
  CHECK(std::is_sorted(paths.begin(), paths.end()));
  CHECK(paths.size() == 16);
  for (const std::string& path : paths) {
    CAPTURE(path);
    CHECK(DumpOf(machine, path).empty() == IsWriteOnly(path));
  }
}

TEST_CASE("SimFiles: an unknown path names the nearest one", "[sim][files]") {
  Machine machine = BootMachine("page_owner=on");
  CHECK(OpenError(machine, "/proc/budyinfo") ==
        "no file \"/proc/budyinfo\" in the simulated kernel (did you mean "
        "\"/proc/buddyinfo\"?)");
  CHECK(OpenError(machine, "x") == "no file \"x\" in the simulated kernel");
}

TEST_CASE("SimFiles: files of what is off do not exist", "[sim][files]") {
  Machine machine = BootMachine("stack_depot_disable=on");
  CHECK(OpenError(machine, "/sys/kernel/debug/page_owner") ==
        "/sys/kernel/debug/page_owner does not exist: page tracking is off; "
        "boot with page_owner=on");
  CHECK(OpenError(machine, "/sys/kernel/debug/page_owner_stacks/show_stacks") !=
        "");
  CHECK(OpenError(machine, "/sys/kernel/debug/stackdepot/stats") ==
        "/sys/kernel/debug/stackdepot/stats does not exist: the machine was "
        "booted with stack_depot_disable=on");
  CHECK(DumpOf(machine, "/proc/pagetypeinfo").find("mixed") ==
        std::string::npos);
}

TEST_CASE("SimFiles: the numbers of a machine agree with each other",
          "[sim][files]") {
  Machine machine = BootMachine("page_owner=on");
  const auto number = [&machine](std::string_view path, std::string_view name) {
    for (const std::string& line : LinesOf(DumpOf(machine, path))) {
      const std::vector<std::string> words = WordsOf(line);
      if (words[0] == name) return std::stoull(words[1]);
    }
    FAIL("no such line: " << name);
    return 0ull;
  };
  // Two sections of 128 MiB: a page of struct page for 64 pages, and the
  // tables of page_ext.
  CHECK(number("/proc/vmstat", "nr_memmap_boot_pages") == 2 * 512);
  CHECK(number("/proc/vmstat", "nr_memmap_pages") ==
        machine.page_ext()->nr_memmap_pages().value());
  CHECK(number("/proc/vmstat", "nr_memmap_pages") > 0);
  CHECK(number("/proc/meminfo", "MemFree:") ==
        4 * number("/proc/vmstat", "nr_free_pages"));
  CHECK(number("/proc/meminfo", "DirectMap2M:") == (256 - 2) * 1024);
  CHECK(number("/proc/meminfo", "CommitLimit:") ==
        number("/proc/meminfo", "MemTotal:") / 2);
}

TEST_CASE(
    "SimFiles: reading pagetypeinfo drains the per-cpu lists, dumping "
    "it does not",
    "[sim][files]") {
  Machine machine = BootMachine("page_owner=on");
  AllocOne(machine);
  const uint64_t held = PcpPages(machine);
  REQUIRE(held > 0);
  const auto file = Open(machine, "/proc/pagetypeinfo");
  const std::string dump = DumpOf(*file);
  CHECK(PcpPages(machine) == held);
  CHECK(ReadAll(*file) == dump);
  CHECK(PcpPages(machine) == 0);
  CHECK(DumpOf(*file) != dump);
}

TEST_CASE("SimFiles: without page tracking pagetypeinfo drains nothing",
          "[sim][files]") {
  Machine machine = BootMachine("");
  AllocOne(machine);
  const uint64_t held = PcpPages(machine);
  REQUIRE(held > 0);
  ReadAll(*Open(machine, "/proc/pagetypeinfo"));
  CHECK(PcpPages(machine) == held);
}

TEST_CASE("SimFiles: page_owner gives a record a read, and the same as a dump",
          "[sim][files]") {
  Machine machine = BootMachine("page_owner=on");
  ExecutionContext context = machine.ContextOf(machine.boot_task());
  Page* page = machine.AllocPages(context, gfp::kKernel, Order(2));
  REQUIRE(page != nullptr);
  const Pfn pfn = machine.memory().PfnOf(page);
  const auto file = Open(machine, "/sys/kernel/debug/page_owner");
  CHECK(ReadAll(*file) == DumpOf(*file));
  REQUIRE(file->Seek(pfn.value()).ok());
  std::vector<char> buffer(4096);
  const auto got = file->Read(absl::MakeSpan(buffer));
  REQUIRE(got.ok());
  const std::string record(buffer.data(), *got);
  CHECK(
      record.starts_with("Page allocated via order 2, mask "
                         "0xcc0(GFP_KERNEL), pid 0, "));
  CHECK(record.ends_with("\n\n"));
  CHECK(file->Write("x").status().message() ==
        "EACCES: the file can only be read");
}

TEST_CASE("SimFiles: page_owner seeks by pfn, from the start or from here",
          "[sim][files]") {
  // page-ext-owner-depot.md 6.1.
  Machine machine = BootMachine("page_owner=on");
  ExecutionContext context = machine.ContextOf(machine.boot_task());
  Page* page = machine.AllocPages(context, gfp::kKernel, Order(2));
  REQUIRE(page != nullptr);
  const auto pfn = static_cast<int64_t>(machine.memory().PfnOf(page).value());
  const auto file = Open(machine, "/sys/kernel/debug/page_owner");
  std::vector<char> buffer(4096);
  const auto read = [&] {
    const auto got = file->Read(absl::MakeSpan(buffer));
    REQUIRE(got.ok());
    return std::string(buffer.data(), *got);
  };
  CHECK(file->Lseek(pfn, SeekWhence::kSet).value() == uint64_t(pfn));
  const std::string record = read();
  CHECK_THAT(record, ContainsText("Page allocated via order 2, "));
  // A read leaves the position behind the first page of what it gave.
  CHECK(file->position() == uint64_t(pfn) + 1);
  CHECK(file->Lseek(-1, SeekWhence::kCurrent).value() == uint64_t(pfn));
  CHECK(read() == record);
  // From a tail on, the block is not met again.
  CHECK(file->Lseek(pfn + 3, SeekWhence::kSet).ok());
  CHECK(read() != record);
  // Nothing is beyond the end, and asking is no mistake.
  const auto end = static_cast<int64_t>(machine.memory().max_pfn().value());
  for (const int64_t beyond : {end, end + 1, INT64_MAX, int64_t{-1}}) {
    CAPTURE(beyond);
    CHECK(file->Lseek(beyond, SeekWhence::kSet).ok());
    CHECK(read().empty());
    CHECK(file->position() == static_cast<uint64_t>(beyond));
  }
  CHECK(file->Lseek(0, SeekWhence::kSet).ok());
  CHECK_FALSE(read().empty());
  CHECK(file->Lseek(0, SeekWhence::kEnd).status().message() ==
        "EINVAL: page_owner knows SEEK_SET and SEEK_CUR");
}

TEST_CASE("SimFiles: other files seek by bytes", "[sim][files]") {
  Machine machine = BootMachine("");
  const auto file = Open(machine, "/proc/buddyinfo");
  const std::string text = DumpOf(*file);
  CHECK(file->Lseek(5, SeekWhence::kSet).value() == 5);
  CHECK(file->Lseek(2, SeekWhence::kCurrent).value() == 7);
  CHECK(ReadAll(*file) == text.substr(7));
  CHECK(file->Lseek(-1, SeekWhence::kSet).status().message() ==
        "EINVAL: the position would be before the start");
  CHECK_FALSE(file->Lseek(INT64_MAX, SeekWhence::kCurrent).ok());
  CHECK_THAT(std::string(file->Lseek(0, SeekWhence::kEnd).status().message()),
             ContainsText("EINVAL: "));
}

TEST_CASE("SimFiles: the files of handles exist on request", "[sim][files]") {
  const std::string directory = "/sys/kernel/debug/page_owner_stacks/";
  Machine plain = BootMachine("page_owner=on");
  for (const char* name : {"show_handles", "show_stacks_handles"}) {
    CHECK(OpenError(plain, directory + name) ==
          directory + name +
              " does not exist in this kernel: it came in late 2025; give the "
              "machine \"extensions\": [\"page_owner_handles\"]");
  }
  MachineConfig config;
  config.memory_map = {{{0, uint64_t{256} << 20}, true}};
  config.extensions = {FileExtension::kPageOwnerHandles};
  config.command_line = "page_owner=on";
  absl::StatusOr<Machine> machine = Machine::Boot(config);
  REQUIRE(machine.ok());
  AllocOne(*machine);
  CHECK_THAT(DumpOf(*machine, directory + "show_handles"),
             ContainsText("nr_base_pages: 1\n\n"));
  CHECK_THAT(DumpOf(*machine, directory + "show_stacks_handles"),
             ContainsText("\nhandle: "));
}

TEST_CASE("SimFiles: the threshold of page_owner_stacks", "[sim][files]") {
  Machine machine = BootMachine("page_owner=on");
  AllocOne(machine);
  CHECK_FALSE(DumpOf(machine, "/sys/kernel/debug/page_owner_stacks/show_stacks")
                  .empty());
  const auto threshold =
      Open(machine, "/sys/kernel/debug/page_owner_stacks/count_threshold");
  CHECK(ReadAll(*threshold) == "0");
  CHECK(threshold->Write("1000000\n").value() == 8);
  REQUIRE(threshold->Seek(0).ok());
  CHECK(ReadAll(*threshold) == "1000000");
  CHECK(DumpOf(*threshold) == "1000000");
  CHECK(DumpOf(machine, "/sys/kernel/debug/page_owner_stacks/show_stacks")
            .empty());
  CHECK_FALSE(threshold->Write("many").ok());
}

TEST_CASE("SimFiles: flags words have the machine's layout", "[sim][files]") {
  MachineConfig config;
  config.memory_map = {{{0, uint64_t{256} << 20}, true}};
  config.command_line = "page_owner=on";
  config.page_flags = {.node_width = 0, .zone_width = 2, .lastcpupid_width = 0};
  absl::StatusOr<Machine> machine = Machine::Boot(config);
  REQUIRE(machine.ok());
  AllocOne(*machine);
  CHECK_THAT(DumpOf(*machine, "/sys/kernel/debug/page_owner"),
             ContainsText("Flags 0x4000000000000000(zone=1)\n"));
  ExecutionContext context = machine->ContextOf(machine->boot_task());
  machine->FreePages(context, machine->memory().PageAt(Pfn(0)), Order(0));
  CHECK_THAT(DumpOf(*machine, "dmesg"),
             ContainsText("flags: 0x2000(reserved|zone=0)\n"));
}

TEST_CASE("SimFiles: a file outlives the move of its machine's handle",
          "[sim][files]") {
  Machine machine = BootMachine("page_owner=on");
  AllocOne(machine);
  std::vector<std::unique_ptr<SimFile>> files;
  for (const std::string& path : Machine::FilePaths()) {
    if (!IsWriteOnly(path)) files.push_back(Open(machine, path));
  }
  const Machine moved = std::move(machine);
  for (const auto& file : files) CHECK_FALSE(ReadAll(*file).empty());
}

// What the log says about a free that no correct caller makes.
std::string ReportOf(Machine& machine, Page* page, Order order) {
  ExecutionContext context = machine.ContextOf(machine.boot_task());
  const size_t before = machine.dmesg().size();
  CHECK_FALSE(machine.FreePages(context, page, order));
  std::string text;
  for (size_t i = before; i < machine.dmesg().size(); ++i) {
    text += machine.dmesg()[i].substr(15) + "\n";
  }
  return text;
}

TEST_CASE("SimFiles: wrong frees are reported with what page_owner knows",
          "[sim][dump_page]") {
  Machine machine = BootMachine("page_owner=on");
  ExecutionContext context = machine.ContextOf(machine.boot_task());
  Page* page = machine.AllocPages(context, gfp::kKernel, Order(3));
  REQUIRE(page != nullptr);

  const std::string wrong_order = ReportOf(machine, page, Order(2));
  CHECK(wrong_order.starts_with("BUG: Bad page state in process swapper  "));
  CHECK_THAT(wrong_order, ContainsText("page dumped because: VM_BUG_ON_PAGE("));
  CHECK_THAT(wrong_order,
             ContainsText("\npage_owner tracks the page as allocated\n"
                          "page last allocated via order 3, migratetype "
                          "Unmovable, gfp_mask 0xcc0(GFP_KERNEL), pid 0, "));

  const std::string tail = ReportOf(machine, page + 1, Order(0));
  CHECK_THAT(tail, ContainsText("page: refcount:-1 "));
  CHECK_THAT(tail, ContainsText("page dumped because: nonzero _refcount\n"));

  REQUIRE(machine.FreePages(context, page, Order(3)));
  const std::string twice = ReportOf(machine, page, Order(3));
  CHECK_THAT(twice, ContainsText("page dumped because: nonzero _refcount\n"
                                 "page_owner tracks the page as freed\n"));

  REQUIRE(machine.memory().IsReserved(Pfn(0)));
  CHECK_THAT(ReportOf(machine, machine.memory().PageAt(Pfn(0)), Order(0)),
             ContainsText("PAGE_FLAGS_CHECK_AT_FREE flag(s) set\n"));
}

}  // namespace
}  // namespace pagelab

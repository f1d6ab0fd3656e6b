// Memory that comes and goes, through the kernel's own files.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "pagelab/alloc/stat_totals.h"
#include "pagelab/alloc/verify.h"
#include "pagelab/base/output_stream.h"
#include "pagelab/sim/machine.h"
#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;
using Findings = std::vector<std::string>;

// Three blocks of 128 MiB at boot, and room for three more, a hole between.
MachineConfig WithSlots(const std::string& command_line = "page_owner=on") {
  MachineConfig config;
  config.name = "slots";
  config.memory_map = {{.range = {kMiB, 384 * kMiB}}};
  config.hotplug = {{512 * kMiB, 896 * kMiB}};
  config.command_line = command_line;
  return config;
}

Machine Booted(const MachineConfig& config = WithSlots()) {
  absl::StatusOr<Machine> machine = Machine::Boot(config);
  INFO(machine.status().ToString());
  REQUIRE(machine.ok());
  return *std::move(machine);
}

std::string StatePath(int block) {
  return "/sys/devices/system/memory/memory" + std::to_string(block) + "/state";
}

std::string Text(Machine& machine, std::string_view path) {
  absl::StatusOr<std::unique_ptr<SimFile>> file = machine.File(path);
  INFO(file.status().ToString());
  REQUIRE(file.ok());
  StringOutput out;
  REQUIRE((*file)->Dump(out).ok());
  return out.text();
}

// Empty when the write did what it should.
std::string Write(Machine& machine, int block, std::string_view word) {
  absl::StatusOr<std::unique_ptr<SimFile>> file =
      machine.File(StatePath(block));
  REQUIRE(file.ok());
  const absl::StatusOr<size_t> written = (*file)->Write(word);
  if (!written.ok()) return std::string(written.status().message());
  CHECK(*written == word.size());
  return "";
}

uint64_t Vmstat(Machine& machine, const std::string& counter) {
  const std::string text = "\n" + Text(machine, "/proc/vmstat");
  const size_t at = text.find("\n" + counter + " ");
  REQUIRE(at != std::string::npos);
  return std::stoull(text.substr(at + counter.size() + 2));
}

std::string AllFiles(Machine& machine) {
  std::string all;
  for (const std::string& path : Machine::FilePaths()) {
    if (machine.File(path).ok()) all += path + "\n" + Text(machine, path);
  }
  return all;
}

constexpr Pfn kBlock4{4 * 32768};

}  // namespace

TEST_CASE("MemoryBlocks: a block is a file that says and takes its state",
          "[sim][hotplug]") {
  Machine machine = Booted();
  CHECK(Text(machine, "/sys/devices/system/memory/block_size_bytes") ==
        "8000000\n");
  for (const int block : {0, 1, 2}) {
    CHECK(Text(machine, StatePath(block)) == "online\n");
  }
  for (const int block : {4, 5, 6}) {
    CHECK(Text(machine, StatePath(block)) == "offline\n");
  }
  // A hole is no block, nor is what lies above all slots.
  const auto no_block = machine.File(StatePath(3));
  CHECK(no_block.status().message() ==
        "no memory block 3 in the simulated machine; stretches of blocks begin "
        "and end at 0, 2, 4, 6");
  CHECK_FALSE(machine.File(StatePath(7)).ok());
  CHECK_FALSE(machine.File("/sys/devices/system/memory/memory/state").ok());
  CHECK_FALSE(machine.File("/sys/devices/system/memory/memoryx/state").ok());

  CHECK(Write(machine, 4, "Online").find("EINVAL: a memory block takes") == 0);
  CHECK(Write(machine, 4, "offline") == "EINVAL: the block is offline already");
  CHECK(Write(machine, 4, "online\n") == "");
  CHECK(Text(machine, StatePath(4)) == "online\n");
  CHECK(Write(machine, 4, "online") == "EINVAL: the block is online already");
  CHECK(Write(machine, 4, "offline") == "");
  CHECK(Text(machine, StatePath(4)) == "offline\n");
}

TEST_CASE("MemoryBlocks: a table appears with a block and goes with it",
          "[sim][hotplug]") {
  Machine machine = Booted();
  const PageExt& ext = *machine.page_ext();
  const uint64_t boot_bytes = ext.total_bytes();
  const uint64_t total = TotalManaged(machine.state()).value();
  // 3 sections with page_owner's 576 pages each; struct page is boot memory.
  REQUIRE(Vmstat(machine, "nr_memmap_pages") == 3 * 576);
  REQUIRE(Vmstat(machine, "nr_memmap_boot_pages") == 3 * 512);
  CHECK_FALSE(machine.memory().IsValid(kBlock4));
  CHECK(ext.Peek(kBlock4) == nullptr);

  REQUIRE(Write(machine, 4, "online") == "");
  // 576 pages of page_ext, 512 of struct page.
  CHECK(Vmstat(machine, "nr_memmap_pages") == 4 * 576 + 512);
  CHECK(Vmstat(machine, "nr_memmap_boot_pages") == 3 * 512);
  CHECK(ext.Peek(kBlock4) != nullptr);
  CHECK(ext.total_bytes() == boot_bytes);
  CHECK(TotalManaged(machine.state()).value() == total + 32768);
  CHECK(machine.memory().IsValid(kBlock4));
  CHECK(Verify(machine.state()) == Findings());
  // Both were taken with a record of their own.
  const std::string dump = Text(machine, "/sys/kernel/debug/page_owner");
  CHECK(dump.find("init_section_page_ext") != std::string::npos);
  CHECK(dump.find("vmemmap_alloc_block") != std::string::npos);

  REQUIRE(Write(machine, 4, "offline") == "");
  CHECK(Vmstat(machine, "nr_memmap_pages") == 3 * 576);
  CHECK(ext.Peek(kBlock4) == nullptr);
  CHECK(ext.total_bytes() == boot_bytes);
  CHECK(TotalManaged(machine.state()).value() == total);
  CHECK_FALSE(machine.memory().IsValid(kBlock4));
  CHECK(Text(machine, "/sys/kernel/debug/page_owner")
            .find("init_section_page_ext") == std::string::npos);
  CHECK(Verify(machine.state()) == Findings());
}

TEST_CASE("MemoryBlocks: records of a block that comes back start at zero",
          "[sim][hotplug]") {
  Machine machine = Booted();
  REQUIRE(Write(machine, 4, "online") == "");
  Task& task = machine.NewTask("user", 7, 7);
  ExecutionContext context = machine.ContextOf(task);
  // Zone Normal is preferred, and all in block 4.
  Page* page = machine.AllocPages(context, gfp::kKernel, Order(3));
  REQUIRE(page != nullptr);
  const Pfn pfn = machine.memory().PfnOf(page);
  REQUIRE(pfn >= kBlock4);
  const auto entry = [&] { return machine.page_owner()->EntryAt(pfn); };
  CHECK(entry().allocated());
  CHECK(entry().record->comm_text() == "user");
  REQUIRE(machine.FreePages(context, page, Order(3)));
  REQUIRE(Write(machine, 4, "offline") == "");
  CHECK_FALSE(entry().record.has_value());
  REQUIRE(Write(machine, 4, "online") == "");
  REQUIRE(entry().record.has_value());
  CHECK_FALSE(entry().recorded());
  CHECK(entry().record->comm_text().empty());
  CHECK(entry().record->handle == 0);
  // What going online did is a free.
  CHECK(entry().record->free_handle != 0);
}

TEST_CASE("MemoryBlocks: a page in use keeps its block, and all is as before",
          "[sim][hotplug]") {
  Machine machine = Booted();
  REQUIRE(Write(machine, 4, "online") == "");
  ExecutionContext context = machine.ContextOf(machine.NewTask("user", 7, 7));
  Page* page = machine.AllocPages(context, gfp::kKernel, Order(0));
  REQUIRE(machine.memory().PfnOf(page) >= kBlock4);
  const uint64_t total = TotalManaged(machine.state()).value();
  const uint64_t memmap = Vmstat(machine, "nr_memmap_pages");
  const size_t log = machine.dmesg().size();

  CHECK(Write(machine, 4, "offline").find("EBUSY: pfns 0x20000 to 0x27fff") ==
        0);
  CHECK(Text(machine, StatePath(4)) == "online\n");
  CHECK(TotalManaged(machine.state()).value() == total);
  CHECK(Vmstat(machine, "nr_memmap_pages") == memmap);
  CHECK(machine.page_ext()->Peek(kBlock4) != nullptr);
  CHECK(Verify(machine.state()) == Findings());
  // The log names the page, and page_owner who has it.
  std::string said;
  for (size_t i = log; i < machine.dmesg().size(); ++i) {
    said += machine.dmesg()[i] + "\n";
  }
  CHECK(said.find("page dumped because: unmovable page") != std::string::npos);
  CHECK(said.find("page_owner tracks the page as allocated") !=
        std::string::npos);

  REQUIRE(machine.FreePages(context, page, Order(0)));
  CHECK(Write(machine, 4, "offline") == "");
  CHECK(Verify(machine.state()) == Findings());
}

TEST_CASE("MemoryBlocks: what describes a later block keeps an earlier one",
          "[sim][hotplug]") {
  Machine machine = Booted();
  REQUIRE(Write(machine, 4, "online") == "");
  REQUIRE(Write(machine, 5, "online") == "");
  CHECK(Vmstat(machine, "nr_memmap_pages") == 5 * 576 + 2 * 512);
  // Struct pages and table of block 5 lie in block 4.
  CHECK(Write(machine, 4, "offline").find("EBUSY") == 0);
  CHECK(Write(machine, 5, "offline") == "");
  CHECK(Write(machine, 4, "offline") == "");
  CHECK(Vmstat(machine, "nr_memmap_pages") == 3 * 576);
  CHECK(Verify(machine.state()) == Findings());
}

TEST_CASE("MemoryBlocks: boot memory can go as well", "[sim][hotplug]") {
  Machine machine = Booted();
  // Block 0 has the kernel; what boot took of block 2 is at its end.
  CHECK(Write(machine, 0, "offline").find("EINVAL") == 0);
  CHECK(Write(machine, 2, "offline").find("EBUSY") == 0);
  MachineConfig config = WithSlots();
  config.memory_map = {{.range = {kMiB, 640 * kMiB}}};
  config.hotplug = {{1024 * kMiB, 1152 * kMiB}};
  machine = Booted(config);
  REQUIRE(Vmstat(machine, "nr_memmap_pages") == 5 * 576);
  const uint64_t boot_bytes = machine.page_ext()->total_bytes();
  REQUIRE(Write(machine, 2, "offline") == "");
  CHECK(Vmstat(machine, "nr_memmap_pages") == 4 * 576);
  // Its struct pages are boot memory and stay.
  CHECK(Vmstat(machine, "nr_memmap_boot_pages") == 5 * 512);
  CHECK(machine.page_ext()->total_bytes() == boot_bytes);
  CHECK(Verify(machine.state()) == Findings());
  AllFiles(machine);
  // Back in the zone around it.
  REQUIRE(Write(machine, 2, "online") == "");
  CHECK(Vmstat(machine, "nr_memmap_pages") == 5 * 576);
  CHECK(machine.state().FindZone(Pfn(2 * 32768))->type == ZoneType::kDma32);
  CHECK(Verify(machine.state()) == Findings());
}

TEST_CASE("MemoryBlocks: a block without memory for its table stays offline",
          "[sim][hotplug]") {
  Machine machine = Booted();
  ExecutionContext context = machine.ContextOf(machine.NewTask("hog", 7, 7));
  std::vector<Page*> pages;
  for (;;) {
    Page* page = machine.AllocPages(context, gfp::kKernel, Order(0));
    if (page == nullptr) break;
    pages.push_back(page);
  }
  CHECK(Write(machine, 4, "online") ==
        "ENOMEM: no memory for the struct pages of the block");
  CHECK(Text(machine, StatePath(4)) == "offline\n");
  CHECK(Vmstat(machine, "nr_memmap_pages") == 3 * 576);
  CHECK(Verify(machine.state()) == Findings());
  // Soon there is enough for the struct pages, and not for the table.
  const std::string no_table =
      "ENOMEM: no memory for what the kernel keeps about the new pages";
  for (int i = 0; i < 20 && Write(machine, 4, "online") != no_table; ++i) {
    for (int freed = 0; freed < 100; ++freed) {
      REQUIRE(machine.FreePages(context, pages.back(), Order(0)));
      pages.pop_back();
    }
  }
  CHECK(Write(machine, 4, "online") == no_table);
  CHECK(Text(machine, StatePath(4)) == "offline\n");
  CHECK(Vmstat(machine, "nr_memmap_pages") == 3 * 576);
  CHECK(machine.page_ext()->Peek(kBlock4) == nullptr);
  CHECK(Verify(machine.state()) == Findings());
}

TEST_CASE("MemoryBlocks: a checkpoint goes back across online and offline",
          "[sim][hotplug]") {
  Machine machine = Booted();
  const std::string offline_files = AllFiles(machine);
  const Machine::CheckpointPtr offline = machine.Save();
  REQUIRE(Write(machine, 4, "online") == "");
  REQUIRE(Write(machine, 5, "online_movable") == "");
  const std::string online_files = AllFiles(machine);
  const Machine::CheckpointPtr online = machine.Save();
  CHECK(online_files != offline_files);

  machine.Restore(*offline);
  CHECK(AllFiles(machine) == offline_files);
  CHECK(Text(machine, StatePath(4)) == "offline\n");
  CHECK(Verify(machine.state()) == Findings());
  REQUIRE(Write(machine, 4, "online") == "");
  REQUIRE(Write(machine, 5, "online_movable") == "");
  CHECK(AllFiles(machine) == online_files);

  REQUIRE(Write(machine, 5, "offline") == "");
  REQUIRE(Write(machine, 4, "offline") == "");
  machine.Restore(*online);
  CHECK(AllFiles(machine) == online_files);
  CHECK(Text(machine, StatePath(5)) == "online\n");
  CHECK(Verify(machine.state()) == Findings());
  REQUIRE(Write(machine, 5, "offline") == "");
  REQUIRE(Write(machine, 4, "offline") == "");
  CHECK(Vmstat(machine, "nr_memmap_pages") == 3 * 576);
}

TEST_CASE("MemoryBlocks: a block takes its memory from its own node",
          "[sim][hotplug]") {
  MachineConfig config;
  config.name = "nodes";
  config.memory_map = {{.range = {kMiB, 512 * kMiB}}};
  config.nodes.resize(2);
  config.nodes[0].ranges = {{0, 256 * kMiB}};
  config.nodes[1].ranges = {{256 * kMiB, 2048 * kMiB}};
  for (NodeConfig& node : config.nodes) node.cpus = 1;
  config.cpus = 2;
  config.hotplug = {{1024 * kMiB, 1152 * kMiB}};
  config.command_line = "page_owner=on";
  Machine machine = Booted(config);
  const auto free_of = [&](int node) {
    int64_t pages = 0;
    for (const Zone& zone : machine.state().all_zones()) {
      if (zone.node != NodeId(node) || !zone.populated()) continue;
      pages += static_cast<int64_t>(zone.StatPages(ZoneStat::kFreePages));
      for (int cpu = 0; cpu < machine.state().nr_cpus; ++cpu) {
        pages += zone.pcp[cpu].count + zone.pcp[cpu].vm_stat_diff[0];
      }
    }
    return pages;
  };
  const int64_t first = free_of(0);
  const int64_t second = free_of(1);
  const size_t log = machine.dmesg().size();
  REQUIRE(Write(machine, 8, "online") == "");
  CHECK(machine.state().FindZone(Pfn(8 * 32768))->node == NodeId(1));
  CHECK(free_of(1) == second + 32768 - 512 - 576);
  // page_owner may need a page for its own.
  CHECK(first - free_of(0) <= 1);
  CHECK(machine.state().nodes[1].span.end == Pfn(9 * 32768));
  // Zone Normal is new: the kernel says so.
  REQUIRE(machine.dmesg().size() == log + 2);
  CHECK(machine.dmesg()[log].find(
            "Built 2 zonelists, mobility grouping on.  Total pages: ") !=
        std::string::npos);
  CHECK(machine.dmesg()[log + 1].find("Policy zone: Normal") !=
        std::string::npos);
  CHECK(Verify(machine.state()) == Findings());
  REQUIRE(Write(machine, 8, "offline") == "");
  CHECK(free_of(1) == second);
  CHECK(machine.state().nodes[1].span.end == Pfn(4 * 32768));
  CHECK(Verify(machine.state()) == Findings());
}

TEST_CASE("MemoryBlocks: without page_owner a block has no table",
          "[sim][hotplug]") {
  Machine machine = Booted(WithSlots("page_owner=off"));
  CHECK(Vmstat(machine, "nr_memmap_pages") == 0);
  REQUIRE(Write(machine, 4, "online") == "");
  CHECK(Vmstat(machine, "nr_memmap_pages") == 512);
  REQUIRE(Write(machine, 4, "offline") == "");
  CHECK(Vmstat(machine, "nr_memmap_pages") == 0);
  CHECK(Verify(machine.state()) == Findings());
}

TEST_CASE("MemoryBlocks: slots must be whole sections without memory",
          "[sim][hotplug]") {
  const auto error = [](const MachineConfig& config) {
    return std::string(Machine::Boot(config).status().message());
  };
  MachineConfig config = WithSlots();
  config.hotplug = {{512 * kMiB, 600 * kMiB}};
  CHECK(error(config) ==
        "machine 'slots': hotplug [0x20000000, 0x25800000) must be whole "
        "sections: multiples of 0x8000000");
  config.hotplug = {{256 * kMiB, 512 * kMiB}};
  CHECK(error(config) ==
        "machine 'slots': hotplug [0x10000000, 0x20000000): the section at "
        "0x10000000 has memory of memory_map");
  config.hotplug = {{512 * kMiB, 640 * kMiB}};
  config.geometry.section_order = 9;
  CHECK(error(config).find("hotplug needs sections of at least 1024 pages") !=
        std::string::npos);
}

}  // namespace pagelab

// Compaction, contiguous memory and the owner record, in a whole machine.

#include <algorithm>
#include <string>

#include "pagelab/alloc/lru.h"
#include "pagelab/alloc/verify.h"
#include "pagelab/base/output_stream.h"
#include "pagelab/sim/machine.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/fake_page_users.h"

namespace pagelab {
namespace {

using Findings = std::vector<std::string>;

constexpr uint64_t kMiB = uint64_t{1} << 20;
constexpr std::string_view kCompactMemory = "/proc/sys/vm/compact_memory";

absl::StatusOr<Machine> Boot(const std::string& command_line) {
  MachineConfig config;
  config.name = "small";
  config.memory_map = {{.range = {kMiB, 64 * kMiB}}};
  config.command_line = command_line;
  return Machine::Boot(config);
}

Machine Booted(const std::string& command_line) {
  absl::StatusOr<Machine> machine = Boot(command_line);
  INFO(machine.status().ToString());
  REQUIRE(machine.ok());
  return *std::move(machine);
}

std::string TextOf(Machine& machine, std::string_view path) {
  absl::StatusOr<std::unique_ptr<SimFile>> file = machine.File(path);
  REQUIRE(file.ok());
  StringOutput out;
  REQUIRE((*file)->Dump(out).ok());
  return out.text();
}

absl::Status Write(Machine& machine, std::string_view path,
                   std::string_view text) {
  absl::StatusOr<std::unique_ptr<SimFile>> file = machine.File(path);
  REQUIRE(file.ok());
  return (*file)->Write(text).status();
}

// A page of user memory, asked for by a function of that name.
Page* AllocUser(Machine& machine, const std::string& function) {
  ExecutionContext context = machine.ContextOf(machine.boot_task());
  const absl::StatusOr<SimAddress> frame =
      machine.symbols().InternFrame(function + "+0x10/0x20");
  REQUIRE(frame.ok());
  context.frames = absl::MakeConstSpan(&*frame, 1);
  Page* page = machine.AllocPages(context, gfp::kHighuserMovable, Order(0));
  REQUIRE(page != nullptr);
  page->flags =
      page->flags.With(page_flag::kUptodate).With(page_flag::kSwapbacked);
  AddToLru(machine.state(), *page, PageCount(1));
  return page;
}

// The record of a frame in the page_owner file.
std::string RecordOf(const std::string& dump, Pfn pfn) {
  const size_t line = dump.find("\nPFN 0x" + [&] {
    std::string text;
    char buffer[17];
    std::snprintf(buffer, sizeof buffer, "%lx",
                  static_cast<unsigned long>(pfn.value()));
    return text + buffer + " ";
  }());
  if (line == std::string::npos) return "";
  const size_t begin = dump.rfind("Page allocated via", line);
  return dump.substr(begin, dump.find("\n\n", line) - begin);
}

TEST_CASE("Compaction: a moved page keeps its owner and says that it moved",
          "[sim][compaction]") {
  Machine machine = Booted("page_owner=on");
  FakePageUsers users(machine.state());
  // Holes among them, for pages to move to.
  std::vector<Page*> pages;
  for (int i = 0; i < 3000; ++i) {
    pages.push_back(AllocUser(machine, "shmem_fallocate"));
  }
  ExecutionContext context = machine.ContextOf(machine.boot_task());
  for (int i = 0; i < 3000; ++i) {
    if (i % 3 == 0) continue;
    RemoveFromLru(machine.state(), *pages[static_cast<size_t>(i)],
                  PageCount(1));
    machine.FreePages(context, pages[static_cast<size_t>(i)], Order(0));
  }
  const size_t allocated = [&] {
    const std::string dump = TextOf(machine, "/sys/kernel/debug/page_owner");
    size_t count = 0;
    for (size_t at = dump.find("shmem_fallocate"); at != std::string::npos;
         at = dump.find("shmem_fallocate", at + 1)) {
      ++count;
    }
    return count;
  }();
  CHECK(allocated == 1000);
  REQUIRE(Write(machine, kCompactMemory, "1\n").ok());
  REQUIRE(!users.moves.empty());
  const std::string dump = TextOf(machine, "/sys/kernel/debug/page_owner");
  for (const auto& [from, to] : users.moves) {
    const std::string record = RecordOf(dump, Pfn(to));
    CAPTURE(from, to, record);
    CHECK(record.find("Page allocated via order 0, mask "
                      "0x100cca(GFP_HIGHUSER_MOVABLE)") == 0);
    CHECK(record.find(" shmem_fallocate+0x10/0x20\n") != std::string::npos);
    CHECK(record.find("Page has been migrated, last migrate reason: "
                      "compaction") != std::string::npos);
    // The old place is free, or somebody else moved there.
    CHECK(RecordOf(dump, Pfn(from)).find("compaction_alloc") ==
          std::string::npos);
  }
  CHECK(TextOf(machine, "/proc/vmstat")
            .find("pgmigrate_success " + std::to_string(users.moves.size()) +
                  "\n") != std::string::npos);
  CHECK(Verify(machine.state()) == Findings());
}

TEST_CASE("Compaction: compact_memory takes a 1 and nothing else",
          "[sim][compaction]") {
  Machine machine = Booted("");
  CHECK(Write(machine, kCompactMemory, "1").ok());
  for (const char* text : {"0", "2", "", "yes"}) {
    CAPTURE(text);
    CHECK(std::string(Write(machine, kCompactMemory, text).message()) ==
          "EINVAL: compact_memory takes 1, got \"" + std::string(text) + "\"");
  }
  absl::StatusOr<std::unique_ptr<SimFile>> file = machine.File(kCompactMemory);
  REQUIRE(file.ok());
  std::array<char, 8> buffer{};
  CHECK(std::string((*file)->Read(absl::MakeSpan(buffer)).status().message()) ==
        "EACCES: compact_memory can only be written: a 1 compacts all memory");
}

TEST_CASE("Cma: boot sets memory apart and hands it over as CMA",
          "[sim][cma]") {
  Machine machine = Booted("page_owner=on cma=8M");
  CmaArea* cma = machine.cma();
  REQUIRE(cma != nullptr);
  CHECK(cma->frames().size() == PageCount(2048));
  CHECK(cma->frames().begin.IsAlignedTo(Order(9)));
  CHECK(machine.state().PageblockType(cma->frames().begin) ==
        Migratetype::kCma);
  const std::vector<std::string>& log = machine.dmesg();
  CHECK(std::any_of(log.begin(), log.end(), [](const std::string& line) {
    return line.find("cma: Reserved 8 MiB at 0x00000000") != std::string::npos;
  }));
  CHECK(TextOf(machine, "/proc/meminfo").find("CmaTotal:           8192 kB") !=
        std::string::npos);
  CHECK(Verify(machine.state()) == Findings());
  // Managed all the same.
  Machine other = Booted("page_owner=on");
  CHECK(other.cma() == nullptr);
  const auto managed = [](Machine& m) {
    uint64_t pages = 0;
    for (const Zone& zone : m.state().all_zones()) {
      pages += zone.managed.value();
    }
    return pages;
  };
  CHECK(managed(machine) == managed(other));
}

TEST_CASE("Cma: sizes are rounded up to pageblocks, and refused if too large",
          "[sim][cma]") {
  CHECK(Booted("cma=1K").cma()->frames().size() == PageCount(512));
  CHECK(Booted("cma=0").cma() == nullptr);
  const absl::Status status = Boot("cma=1G").status();
  CHECK(std::string(status.message()) ==
        "machine 'small': no room in memory for 'cma', 1073741824 bytes");
}

TEST_CASE("Cma: what is taken survives a checkpoint, and shows its owner",
          "[sim][cma]") {
  Machine machine = Booted("page_owner=on cma=8M");
  ExecutionContext context = machine.ContextOf(machine.boot_task());
  const absl::StatusOr<SimAddress> frame =
      machine.symbols().InternFrame("__cma_alloc+0x12e/0x430");
  REQUIRE(frame.ok());
  context.frames = absl::MakeConstSpan(&*frame, 1);
  const Machine::CheckpointPtr before = machine.Save();
  const CmaResult result = machine.cma()->Alloc(context, PageCount(300));
  REQUIRE(result.ok());
  const std::string record =
      RecordOf(TextOf(machine, "/sys/kernel/debug/page_owner"),
               result.begin + PageCount(299));
  CAPTURE(record);
  CHECK(record.find("order 0, mask 0xcc0(GFP_KERNEL)") != std::string::npos);
  CHECK(record.find(" __cma_alloc+0x12e/0x430") != std::string::npos);
  const Machine::CheckpointPtr after = machine.Save();
  machine.Restore(*before);
  CHECK(machine.cma()->used() == PageCount(0));
  CHECK(Verify(machine.state()) == Findings());
  machine.Restore(*after);
  CHECK(machine.cma()->used() == PageCount(300));
  CHECK(machine.cma()->Release(context,
                               {result.begin, result.begin + PageCount(300)}));
  CHECK(Verify(machine.state()) == Findings());
}

}  // namespace
}  // namespace pagelab

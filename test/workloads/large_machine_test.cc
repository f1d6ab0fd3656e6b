// What machines larger than the host take of it.

#include <vector>

#include "pagelab/sim/machine.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/workloads/library.h"

namespace pagelab {
namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;

Machine BootWithoutOwner(std::string_view name) {
  absl::StatusOr<MachineConfig> config = LoadMachine(name);
  REQUIRE(config.ok());
  config->command_line = "page_owner=off";
  absl::StatusOr<Machine> machine = Machine::Boot(*config);
  INFO(machine.status().ToString());
  REQUIRE(machine.ok());
  return *std::move(machine);
}

TEST_CASE(
    "Large machine: 64 TiB of addresses boot in little memory and serve "
    "their last section",
    "[workloads][large_machine]") {
  Machine machine = BootWithoutOwner("sparse-64t");
  CHECK(machine.resident_bytes() < 256 * kMiB);
  PhysicalMemory& memory = machine.memory();
  const Pfn end(uint64_t{1} << (46 - kPageShift));
  REQUIRE(memory.max_pfn() == end);
  const uint64_t last = memory.SectionOf(Pfn(end.value() - 1));
  CHECK(memory.IsPresent(last));
  CHECK(memory.nr_present_sections() < 600);

  ExecutionContext context = machine.ContextOf(machine.boot_task());
  std::vector<Page*> blocks;
  bool found = false;
  while (!found) {
    Page* page = machine.AllocPages(context, gfp::kHighuserMovable,
                                    Order(kMaxPageOrder));
    REQUIRE(page != nullptr);
    blocks.push_back(page);
    found = memory.SectionOf(memory.PfnOf(page)) == last;
  }
  *memory.Frame(memory.PfnOf(blocks.back())) = std::byte{1};
  for (Page* page : blocks) {
    CHECK(machine.FreePages(context, page, Order(kMaxPageOrder)));
  }
}

TEST_CASE(
    "Large machine: pages cost what they take of the descriptor array "
    "once they were used, and nothing before",
    "[workloads][large_machine]") {
  Machine machine = BootWithoutOwner("pc-64g");
  const uint64_t booted = machine.resident_bytes();
  CHECK(booted < kMiB);

  ExecutionContext context = machine.ContextOf(machine.boot_task());
  constexpr uint64_t kPages = uint64_t{1} << 18;
  for (uint64_t i = 0; i < kPages; ++i) {
    REQUIRE(machine.AllocPages(context, gfp::kHighuserMovable, Order(0)) !=
            nullptr);
  }
  CHECK(machine.resident_bytes() - booted <= 40 * kPages);
}

}  // namespace
}  // namespace pagelab

#include "pagelab/workloads/migrate_steps.h"

#include <cstddef>
#include <string>

#include "pagelab/alloc/verify.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/workloads/run_support.h"

namespace pagelab {
namespace {

MachineConfig WithKernel(const std::string& kernel) {
  MachineConfig config = SmallMachine();
  config.memory_map = {{.range = {0x100000, 0x4000000}, .usable = true}};
  config.kernel = kernel;
  return config;
}

std::string MoveOne(const std::string& reason) {
  return R"({"tasks": [{"name": "app", "steps": [
      {"alloc": {"gfp": "GFP_HIGHUSER_MOVABLE", "as": "heap"}},
      {"migrate": {"handle": "heap", "reason": ")" +
         reason + R"("}}]}]})";
}

TEST_CASE("Migrate step: each kernel knows its own reasons",
          "[workloads][migrate]") {
  struct Known {
    const char* kernel;
    int reasons;
    const char* seventh;
  };
  for (const Known& known :
       {Known{"4.7", 7, "cma"}, Known{"4.8", 7, "cma"},
        Known{"5.10", 7, "contig_range"}, Known{"6.3", 9, "contig_range"},
        Known{"6.12", 10, "contig_range"}}) {
    CAPTURE(known.kernel);
    for (int i = 0; i < kMigrateReasons; ++i) {
      const std::string reason(ToString(static_cast<MigrateReason>(i)));
      CAPTURE(reason);
      RunWorld world(WithKernel(known.kernel));
      const absl::Status status = world.Run(MoveOne(reason));
      CHECK(status.ok() == (i < known.reasons));
      if (!status.ok()) {
        CHECK_THAT(std::string(status.message()),
                   ContainsText(std::string("Linux ") + known.kernel +
                                " does not migrate for \"" + reason + "\""));
        continue;
      }
      const std::string shown = i == 6 ? known.seventh : reason;
      CHECK_THAT(world.Dump(),
                 ContainsText("\nPage has been migrated, last migrate "
                              "reason: " +
                              shown + "\n\n"));
    }
  }
}

TEST_CASE("Migrate step: before 4.6 nobody notices", "[workloads][migrate]") {
  for (const char* kernel : {"3.19", "4.5"}) {
    CAPTURE(kernel);
    RunWorld world(WithKernel(kernel));
    REQUIRE(world.Run(MoveOne("compaction")).ok());
    CHECK(world.Dump().find("migrated") == std::string::npos);
  }
}

TEST_CASE("Migrate step: blocks move, are freed by name, and leave no trace",
          "[workloads][migrate]") {
  RunWorld world(WithKernel("6.12"));
  world.MustRun(R"({"tasks": [{"name": "app", "steps": [
      {"alloc": {"gfp": "GFP_HIGHUSER_MOVABLE", "count": 20, "as": "heap"}},
      {"alloc": {"gfp": "GFP_KERNEL", "count": 3, "as": "kernel"}},
      {"migrate": {"handle": "heap", "count": 5}},
      {"migrate": {"handle": "kernel"}},
      {"capture": "moved"}]}]})");
  const std::string dump = world.Dump();
  size_t moved = 0;
  for (size_t at = 0;
       (at = dump.find("has been migrated", at)) != std::string::npos; ++at) {
    ++moved;
  }
  // Kernel memory stays where it is.
  CHECK(moved == 5);
  CHECK(world.report().counts.failures == 0);
  CHECK(Verify(world.machine().state()).empty());

  RunWorld freed(WithKernel("6.12"));
  freed.MustRun(R"({"tasks": [{"name": "app", "steps": [
      {"alloc": {"gfp": "GFP_HIGHUSER_MOVABLE", "count": 20, "as": "heap"}},
      {"migrate": {"handle": "heap"}},
      {"free": "heap"}]}]})");
  CHECK(freed.report().counts.frees == 20);
  CHECK(freed.Dump().find("GFP_HIGHUSER_MOVABLE") == std::string::npos);
}

TEST_CASE("Migrate step: a node that is not there", "[workloads][migrate]") {
  RunWorld world(WithKernel("6.12"));
  const absl::Status status = world.Run(R"({"tasks": [{"name": "app",
      "steps": [{"alloc": {"as": "heap"}},
                {"migrate": {"handle": "heap", "node": 1}}]}]})");
  REQUIRE_FALSE(status.ok());
  CHECK_THAT(std::string(status.message()),
             ContainsText("node 1, but the machine has nodes 0 to 0"));
}

// The frame of the only record whose mask is that of user memory.
Pfn UserFrame(const std::string& dump) {
  const size_t record = dump.find("(GFP_HIGHUSER_MOVABLE)");
  REQUIRE(record != std::string::npos);
  const size_t pfn = dump.find("\nPFN 0x", record) + 7;
  return Pfn(std::stoull(dump.substr(pfn, 16), nullptr, 16));
}

TEST_CASE("Migrate step: contents, charge and mappings go along",
          "[workloads][migrate]") {
  MachineConfig config = WithKernel("6.12");
  config.command_line = "page_owner=on page_table_check=on page_poison=1";
  RunWorld world(config);
  world.MustRun(R"({"tasks": [{"name": "app", "memcg": "app.slice", "steps": [
      {"alloc": {"gfp": "GFP_HIGHUSER_MOVABLE", "as": "heap"}},
      {"access": {"handle": "heap", "write": true, "offset": 100, "value": 66}},
      {"map": {"handle": "heap", "as": "anon"}},
      {"migrate": {"handle": "heap", "reason": "numa_misplaced"}}]}]})");
  const std::string dump = world.Dump();
  const Pfn moved = UserFrame(dump);
  CHECK_THAT(dump, ContainsText("last migrate reason: numa_misplaced\n"
                                "Charged to memcg app.slice\n"));
  Machine& machine = world.machine();
  CHECK(machine.memory().ByteAt(moved, 100) == std::byte{66});
  // What was never written reads as poison, here as there.
  CHECK(machine.memory().ByteAt(moved, 0) == std::byte{0xaa});
  CHECK_FALSE(machine.memory().HoldsKernelData(moved));
  // Its own mapping and the other one.
  CHECK(machine.page_table_check().CountsOf(moved).anon == 2);
  CHECK(page_pte::OtherMappings(machine.memory().PageAt(moved)->pte) == 1);
  CHECK(Verify(machine.state()).empty());
  for (const std::string& line : machine.dmesg()) {
    CHECK(line.find("BUG") == std::string::npos);
  }
}

TEST_CASE("Migrate step: idle pages stay idle", "[workloads][migrate]") {
  RunWorld world(WithKernel("6.12"));
  world.MustRun(R"({"tasks": [{"name": "app", "steps": [
      {"alloc": {"gfp": "GFP_HIGHUSER_MOVABLE", "as": "heap"}},
      {"write": {"path": "/sys/kernel/mm/page_idle/bitmap",
                 "hex": "ffffffffffffffff", "times": 256}},
      {"migrate": {"handle": "heap"}}]}]})");
  const Pfn moved = UserFrame(world.Dump());
  CHECK(world.machine().page_idle().IsIdle(moved));
}

TEST_CASE("Migrate step: a stale handle moves nobody's memory",
          "[workloads][migrate]") {
  RunWorld world(WithKernel("6.12"));
  world.MustRun(R"({"tasks": [{"name": "app", "steps": [
      {"alloc": {"gfp": "GFP_HIGHUSER_MOVABLE", "as": "heap"}},
      {"free": {"handle": "heap", "dangling": "stale"}},
      {"alloc": {"gfp": "GFP_HIGHUSER_MOVABLE", "as": "next"}},
      {"migrate": {"handle": "stale"}},
      {"free": "next"}]}]})");
  CHECK(world.report().counts.frees == 2);
  CHECK(world.Dump().find("migrated") == std::string::npos);
}

}  // namespace
}  // namespace pagelab

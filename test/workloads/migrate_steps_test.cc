#include "pagelab/workloads/migrate_steps.h"

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

}  // namespace
}  // namespace pagelab

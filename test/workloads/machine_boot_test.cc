// The built-in machines boot to the lists that the recorded kernel had.

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "pagelab/sim/machine.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/recorded_snapshot.h"
#include "pagelab/workloads/library.h"

namespace pagelab {
namespace {

struct Recorded {
  std::string machine;
  std::string recording;
};

MachineConfig ConfigOf(const std::string& name) {
  absl::StatusOr<MachineConfig> config = LoadMachine(name);
  REQUIRE(config.ok());
  return *std::move(config);
}

// The lists after each step of boot.
std::map<std::string, std::vector<std::string>> BootSteps(
    const std::string& machine) {
  std::map<std::string, std::vector<std::string>> steps;
  const absl::StatusOr<Machine> booted =
      Machine::Boot(ConfigOf(machine),
                    [&](std::string_view step, const AllocatorState& state) {
                      steps[std::string(step)] = SimulatedLists(state);
                    });
  INFO(booted.status().ToString());
  REQUIRE(booted.ok());
  return steps;
}

std::vector<std::string> RecordedStep(const std::string& recording,
                                      const std::string& step) {
  return ReadRecordedLists(std::string(PAGELAB_TEST_DATA_DIR) + "/boot/" +
                           recording + "-" + step + ".txt.xz");
}

// Lines of one that the other does not have, short enough to read.
std::vector<std::string> Differences(const std::vector<std::string>& simulated,
                                     const std::vector<std::string>& recorded) {
  std::vector<std::string> differences;
  const size_t lines = std::max(simulated.size(), recorded.size());
  for (size_t i = 0; i < lines; ++i) {
    const std::string ours = i < simulated.size() ? simulated[i] : "nothing";
    const std::string theirs = i < recorded.size() ? recorded[i] : "nothing";
    if (ours == theirs) continue;
    differences.push_back("simulated " + ours.substr(0, 200) + " | recorded " +
                          theirs.substr(0, 200));
  }
  return differences;
}

TEST_CASE("Machine: boot hands memory over as the recorded kernel did",
          "[workloads][machine]") {
  const auto recorded =
      GENERATE(Recorded{"qemu-2g", "boot"}, Recorded{"qemu-4g", "small4g"},
               Recorded{"qemu-2g-2cpu", "smp2"});
  CAPTURE(recorded.machine);
  auto steps = BootSteps(recorded.machine);
  // Right after memblock and the vmalloc page tables; before and after
  // page_ext.
  const std::vector<std::string> none;
  CHECK(Differences(steps["vmalloc page tables"],
                    RecordedStep(recorded.recording, "early0")) == none);
  CHECK(Differences(steps["slab"],
                    RecordedStep(recorded.recording, "early1")) == none);
  CHECK(Differences(steps["page_ext"],
                    RecordedStep(recorded.recording, "early3")) == none);
}

}  // namespace
}  // namespace pagelab

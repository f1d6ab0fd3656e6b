#include "pagelab/test/workloads/run_support.h"

#include "pagelab/base/output_stream.h"
#include "pagelab/base/text.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/workloads/scenario_language.h"

namespace pagelab {

MachineConfig SmallMachine() {
  MachineConfig config;
  config.name = "small";
  config.memory_map = {{.range = {0x100000, 0x1100000}}};
  config.policy.thp_enabled = false;
  config.policy.watermark_boost_factor = 0;
  config.command_line = "page_owner=on";
  return config;
}

RunWorld::RunWorld() : RunWorld(SmallMachine()) {}

RunWorld::RunWorld(const MachineConfig& config) {
  auto machine = Machine::Boot(config);
  INFO(machine.status().ToString());
  REQUIRE(machine.ok());
  machine_ = *std::move(machine);
}

absl::Status RunWorld::Run(std::string_view text, const RunOptions& options) {
  auto scenario = ParseScenario("test.json", text);
  INFO(scenario.status().ToString());
  REQUIRE(scenario.ok());
  auto report = RunScenario(*machine_, *scenario, options);
  if (!report.ok()) return report.status();
  report_ = *std::move(report);
  return absl::OkStatus();
}

RunReport RunWorld::MustRun(std::string_view text, const RunOptions& options) {
  const absl::Status status = Run(text, options);
  INFO(status.ToString());
  REQUIRE(status.ok());
  return report_;
}

std::string RunWorld::Dump() {
  return KernelFile(*machine_, "/sys/kernel/debug/page_owner");
}

std::string KernelFile(Machine& machine, std::string_view path) {
  auto file = machine.File(path);
  INFO(file.status().ToString());
  REQUIRE(file.ok());
  StringOutput out;
  REQUIRE((*file)->Dump(out).ok());
  return out.text();
}

size_t RecordsWith(std::string_view dump, std::string_view text) {
  size_t count = 0;
  while (!dump.empty()) {
    size_t end = dump.find("\n\n");
    if (end == std::string_view::npos) end = dump.size();
    count += dump.substr(0, end).find(text) != std::string_view::npos ? 1 : 0;
    dump.remove_prefix(std::min(dump.size(), end + 2));
  }
  return count;
}

}  // namespace pagelab

#include "pagelab/bench/bench_machine.h"

#include <array>
#include <utility>

#include "pagelab/base/check.h"
#include "pagelab/workloads/library.h"

namespace pagelab {

Machine BootForBench(std::string_view name, std::string_view command_line) {
  absl::StatusOr<MachineConfig> config = LoadMachine(name);
  PAGELAB_CHECK(config.ok());
  config->command_line = command_line;
  absl::StatusOr<Machine> machine = Machine::Boot(*config);
  PAGELAB_CHECK(machine.ok());
  return *std::move(machine);
}

absl::Span<const SimAddress> DriverStack(Machine& machine) {
  static constexpr std::array<std::string_view, 8> kFrames = {
      "alloc_pages_mpol_noprof+0x8a/0x1d0",
      "nic_alloc_rx_page+0x3c/0xa0 [nic]",
      "nic_refill_rx_ring+0x91/0x1c0 [nic]",
      "nic_poll+0x2b4/0x7e0 [nic]",
      "__napi_poll+0x2b/0x1b0",
      "net_rx_action+0x2f1/0x3a0",
      "handle_softirqs+0xd6/0x2c0",
      "do_softirq+0x3d/0x50"};
  static std::array<SimAddress, kFrames.size()> frames;
  for (size_t i = 0; i < kFrames.size(); ++i) {
    const absl::StatusOr<SimAddress> frame =
        machine.symbols().InternFrame(kFrames[i]);
    PAGELAB_CHECK(frame.ok());
    frames[i] = *frame;
  }
  return frames;
}

}  // namespace pagelab

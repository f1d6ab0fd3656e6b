#include "pagelab/test/workloads/replay_support.h"

#include <fmt/format.h>

#include "pagelab/alloc/zone.h"
#include "pagelab/base/input_stream.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/workloads/library.h"

namespace pagelab {

TraceText& TraceText::Cpu(int cpu) {
  cpu_ = cpu;
  return *this;
}
TraceText& TraceText::Task(std::string_view comm, int pid) {
  comm_ = comm;
  pid_ = pid;
  return *this;
}
TraceText& TraceText::Flags(std::string_view flags) {
  flags_ = flags;
  return *this;
}

TraceText& TraceText::Line(std::string_view text) {
  ++now_;
  text_ += fmt::format("{:>16}-{:<7} [{:03}] {} {:5}.{:06}: {}\n", comm_, pid_,
                       cpu_, flags_, now_ / 1000, now_ % 1000 * 1000, text);
  return *this;
}

TraceText& TraceText::Alloc(uint64_t pfn, int order, std::string_view gfp) {
  return Line(fmt::format(
      "mm_page_alloc: page={:016x} pfn={:#x} order={} migratetype=0 "
      "gfp_flags={}",
      0xffffea0000000000 + pfn * 64, pfn, order, gfp));
}

TraceText& TraceText::Free(uint64_t pfn, int order) {
  return Line(fmt::format("mm_page_free: page={:016x} pfn={:#x} order={}",
                          0xffffea0000000000 + pfn * 64, pfn, order));
}

TraceText& TraceText::FailedAlloc(int order) {
  return Line(fmt::format(
      "mm_page_alloc: page=0000000000000000 pfn=0x0 order={} migratetype=0 "
      "gfp_flags=GFP_NOWAIT",
      order));
}

TraceText& TraceText::Stack(std::string_view frames) {
  Line("<stack trace>");
  text_ += frames;
  return *this;
}

Machine BootBuiltin(std::string_view name, std::string_view words) {
  absl::StatusOr<MachineConfig> config = LoadMachine(name);
  INFO(config.status());
  REQUIRE(config.ok());
  config->command_line += ' ';
  config->command_line += words;
  absl::StatusOr<Machine> machine = Machine::Boot(*config);
  INFO(machine.status());
  REQUIRE(machine.ok());
  return *std::move(machine);
}

ReplayReport Replay(Machine& machine, const TraceText& trace,
                    const RedriveOptions& options) {
  auto input = InputStream::FromString("here/trace.txt", trace.text());
  REQUIRE(input.ok());
  ReplayOptions replay;
  replay.redrive = options;
  absl::StatusOr<ReplayReport> report = ReplayTrace(machine, **input, replay);
  INFO(report.status());
  REQUIRE(report.ok());
  CHECK(report->trace.unreadable_lines == 0);
  return *std::move(report);
}

uint64_t UnusedFrames(const Machine& machine) {
  int64_t frames = 0;
  const AllocatorState& state = machine.state();
  for (int i = 0; i < state.nr_zones; ++i) {
    const Zone& zone = state.zones[i];
    if (zone.managed.value() == 0) continue;
    // The counter of free pages lags by the CPUs' deltas; the lists do not.
    for (int order = 0; order < kNrPageOrders; ++order) {
      frames += static_cast<int64_t>(zone.free_area[order].nr_free << order);
    }
    for (int cpu = 0; cpu < state.nr_cpus; ++cpu) frames += zone.pcp[cpu].count;
  }
  return static_cast<uint64_t>(frames);
}

}  // namespace pagelab

// Probes: what exact replay must know and no tracepoint shows
// (page-allocator.md 25.1).

#include <string>
#include <vector>

#include "fmt/format.h"
#include "pagelab/alloc/hook_keys.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/tiny_machine.h"

namespace pagelab {
namespace {

class ProbeLines : public TraceSink {
 public:
  void OnProbe(const ExecutionContext& context,
               const DecayPcpHighProbe& probe) override {
    lines.push_back(fmt::format("[{}] decay zone {} cpu {} high {}",
                                context.cpu.value(), probe.zone,
                                probe.cpu.value(), probe.high));
  }
  void OnProbe(const ExecutionContext& context,
               const DrainPagesZoneProbe& probe) override {
    lines.push_back(fmt::format("[{}] full zone {} cpu {}", context.cpu.value(),
                                probe.zone, probe.cpu.value()));
  }
  void OnProbe(const ExecutionContext& context,
               const DrainZonePagesProbe& probe) override {
    lines.push_back(fmt::format("[{}] expired zone {} cpu {}",
                                context.cpu.value(), probe.zone,
                                probe.cpu.value()));
  }
  void OnProbe(const ExecutionContext&, const BulkAllocProbe& probe) override {
    lines.push_back(fmt::format("bulk {:x} mt {} gfp {:x}", probe.pfn.value(),
                                Index(probe.migratetype), probe.gfp.value()));
  }

  std::vector<std::string> lines;
};

using Lines = std::vector<std::string>;

// Two CPUs on two nodes, a zone each.
class ProbeWorld {
 public:
  ProbeWorld()
      : machine(
            {.nodes = {
                 {.memory = {{Pfn(0x1000), Pfn(0x9000)}}, .nr_cpus = 1},
                 {.memory = {{Pfn(0x9000), Pfn(0x11000)}}, .nr_cpus = 1}}}) {
    REQUIRE(AttachTrace(*machine.state, sink).ok());
  }
  ~ProbeWorld() { DetachTrace(*machine.state); }

  TinyMachine machine;
  ProbeLines sink;
};

TEST_CASE("Probes: a full drain is the work of the CPU that asks for it",
          "[alloc][pcp]") {
  ProbeWorld world;
  TinyMachine& machine = world.machine;
  Zone& zone = machine.zone(ZoneType::kDma32, 1);
  for (int cpu : {0, 1}) zone.pcp[cpu].stat_threshold = 100;
  Page& page = *machine.page(0xa000);
  page.state = PageState::kPcp;
  page.zone = zone.id;
  zone.pcp[1].lists[1].PushFront(page);
  zone.pcp[1].count = 1;
  machine.allocator->DrainAllPages(machine.context);
  // CPU 0 has nothing anywhere; zones of a CPU that has are all visited.
  CHECK(world.sink.lines ==
        Lines{"[0] full zone 1 cpu 1", "[0] full zone 5 cpu 1"});
  CHECK(zone.pcp[0].vm_stat_diff[0] == 1);
  CHECK(zone.pcp[1].vm_stat_diff[0] == 0);
}

TEST_CASE("Probes: a tick shows each zone's high before its decay, and expiry",
          "[alloc][pcp]") {
  ProbeWorld world;
  TinyMachine& machine = world.machine;
  Zone& remote = machine.zone(ZoneType::kDma32, 1);
  Page& page = *machine.page(0xa000);
  page.state = PageState::kPcp;
  page.zone = remote.id;
  remote.pcp[0].lists[1].PushFront(page);
  remote.pcp[0].count = 1;
  remote.pcp[0].high = 80;
  remote.pcp[0].expire = 1;
  machine.allocator->VmstatUpdate(machine.context, CpuId(0));
  CHECK(world.sink.lines == Lines{"[0] decay zone 1 cpu 0 high 0",
                                  "[0] decay zone 5 cpu 0 high 80",
                                  "[0] expired zone 5 cpu 0"});
}

TEST_CASE("Probes: each page of a bulk allocation shows once", "[alloc][pcp]") {
  ProbeWorld world;
  TinyMachine& machine = world.machine;
  machine.PutFree(3, Migratetype::kMovable, {0x2000});
  std::vector<Page*> pages(2);
  REQUIRE(machine.allocator->AllocPagesBulk(machine.context,
                                            {.gfp = gfp::kHighuserMovable},
                                            absl::MakeSpan(pages)) == 2);
  CHECK(world.sink.lines ==
        Lines{"bulk 2000 mt 1 gfp 100cca", "bulk 2001 mt 1 gfp 100cca"});
}

}  // namespace
}  // namespace pagelab

#include "pagelab/test/workloads/kernel_world_support.h"

#include "pagelab/alloc/lru.h"
#include "pagelab/alloc/stat_totals.h"
#include "pagelab/alloc/verify.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/workloads/run_support.h"

namespace pagelab {
namespace {

MachineConfig PlainMachine() {
  MachineConfig config = SmallMachine();
  config.memory_map = {{.range = {0x100000, 0x4100000}}};
  config.command_line = "";
  return config;
}

// What the pages of files add up to.
struct Recount {
  uint64_t files = 0;
  uint64_t shmem = 0;
  uint64_t dirty = 0;
  uint64_t writeback = 0;
  // Both, by the number of the zone.
  std::array<uint64_t, kMaxNrZones> pending{};
  std::array<uint64_t, kNrLruLists> lists{};
};

Recount CountPages(Machine& machine, KernelWorld& world) {
  Recount sum;
  PfnRange span = machine.state().nodes[0].span;
  for (Pfn pfn = span.begin; pfn < span.end; ++pfn) {
    const Page* page = machine.memory().PageAt(pfn);
    if (page == nullptr || page->state != PageState::kAllocated) continue;
    const uint64_t pages = page->order().pages();
    if (page->flags.Has(page_flag::kLru)) {
      sum.lists[static_cast<size_t>(Index(LruListOf(page->flags)))] += pages;
    }
    const FolioKind kind = world.frames().Get(pfn).kind;
    if (kind == FolioKind::kShmem) sum.shmem += pages;
    if (kind == FolioKind::kShmem || kind == FolioKind::kPageCache) {
      sum.files += pages;
    }
    if (kind != FolioKind::kPageCache) continue;
    for (const PageFlags flag : {page_flag::kDirty, page_flag::kWriteback}) {
      if (!page->flags.Has(flag)) continue;
      (flag == page_flag::kDirty ? sum.dirty : sum.writeback) += pages;
      sum.pending[page->zone % kMaxNrZones] += pages;
    }
  }
  return sum;
}

}  // namespace

TestKernel::TestKernel() : TestKernel(PlainMachine()) {}

TestKernel::TestKernel(const MachineConfig& config) {
  auto machine = Machine::Boot(config);
  INFO(machine.status().ToString());
  REQUIRE(machine.ok());
  machine_ = *std::move(machine);
  world_.emplace(*machine_);
  process_ = &world_->NewProcess(machine_->NewTask("app", 100, 100), CpuId(0));
}

void TestKernel::RunUntil(Nanoseconds time) {
  Daemons& daemons = world().daemons();
  for (;;) {
    const Nanoseconds now = world().now();
    const std::optional<Nanoseconds> due = daemons.NextDue(now);
    if (!due.has_value() || *due > std::max(now, time)) break;
    machine().clock().AdvanceTo(std::max(*due, now));
    daemons.RunDue(world().now());
  }
  machine().clock().AdvanceTo(std::max(time, world().now()));
}

void TestKernel::RunFor(Nanoseconds duration) {
  RunUntil(world().now() + duration);
}

uint64_t TestKernel::Node(NodeStat stat) { return TotalOf(state(), stat); }
uint64_t TestKernel::Zone(ZoneLruStat stat) { return TotalOf(state(), stat); }

Eviction TestKernel::Reclaim(Pfn pfn) {
  Page& page = PageAt(pfn);
  RemoveFromLru(state(), page, PageCount(1));
  ExecutionContext context = world().ContextOf(process());
  const Eviction eviction = world().Evict(context, page);
  if (eviction == Eviction::kFreed) {
    machine().FreePages(context, &page, Order(0));
  } else {
    AddToLru(state(), page, PageCount(1));
  }
  return eviction;
}

std::string TestKernel::Check() {
  std::string wrong;
  for (const std::string& finding : Verify(state())) wrong += finding + "\n";
  const Recount sum = CountPages(machine(), world());
  const auto expect = [&wrong](std::string_view name, uint64_t counter,
                               uint64_t counted) {
    if (counter == counted) return;
    wrong += std::string(name) + " is " + std::to_string(counter) + ", but " +
             std::to_string(counted) + " are there\n";
  };
  expect("nr_file_pages", Node(NodeStat::kFilePages), sum.files);
  expect("nr_shmem", Node(NodeStat::kShmem), sum.shmem);
  expect("nr_dirty", Node(NodeStat::kDirty), sum.dirty);
  expect("nr_writeback", Node(NodeStat::kWriteback), sum.writeback);
  for (const pagelab::Zone& zone : state().all_zones()) {
    expect("nr_zone_write_pending", StatOf(zone, ZoneLruStat::kWritePending),
           sum.pending[zone.id % kMaxNrZones]);
  }
  for (int i = 0; i < kNrLruLists; ++i) {
    const auto stat = static_cast<NodeStat>(i);
    expect(ToString(stat), Node(stat), sum.lists[static_cast<size_t>(i)]);
  }
  return wrong;
}

}  // namespace pagelab

#include <algorithm>
#include <deque>
#include <memory>
#include <string>

#include "pagelab/alloc/limits.h"
#include "pagelab/base/random.h"
#include "pagelab/test/support/allocator_duel.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/tiny_machine.h"

namespace pagelab {
namespace {

using Memory = TinyMachineOptions::Memory;

constexpr MemoryGeometry kSmallBlocks{.section_order = 10,
                                      .pageblock_order = 5};

// 16 MiB in one zone, pageblocks of 32 pages: everything runs out soon.
TinyMachineOptions OneSmallZone() {
  return {.memory = Memory::kBlocks,
          .nodes = {{.memory = {{Pfn(0x1000), Pfn(0x2000)}}}},
          .geometry = kSmallBlocks};
}

// So little that blocks of all types soon lie side by side.
TinyMachineOptions OneTinyZone() {
  return {.memory = Memory::kBlocks,
          .nodes = {{.memory = {{Pfn(0x1000), Pfn(0x1400)}}}},
          .geometry = kSmallBlocks,
          .policy = {.cma = false}};
}

// Two nodes with two CPUs each: zones DMA32 and Normal on the first, which
// therefore avoids fragmentation, and Normal and Movable on the second.
TinyMachineOptions TwoNodes() {
  return {.memory = Memory::kRuns,
          .nodes = {{.memory = {{Pfn(0x1000), Pfn(0x1800)},
                                {Pfn(0x100000), Pfn(0x100400)}},
                     .nr_cpus = 2},
                    {.memory = {{Pfn(0x100400), Pfn(0x101400)}}, .nr_cpus = 2}},
          .geometry = kSmallBlocks,
          .movablecore = PageCount(0x800)};
}

void SetLimits(TinyMachine& machine, Random& random) {
  InitPerZoneWatermarks(*machine.state);
  const int batch = static_cast<int>(random.UniformBetween(1, 40));
  const int high_min = static_cast<int>(random.Uniform(100));
  machine.SetTuning(batch, high_min,
                    high_min + static_cast<int>(random.Uniform(3) * 200));
  for (Zone& zone : machine.state->all_zones()) {
    for (int cpu = 0; zone.populated() && cpu < machine.state->nr_cpus; ++cpu) {
      zone.pcp[cpu].flags =
          static_cast<uint8_t>(random.Uniform(2) * kPcpFreeHighBatch);
    }
  }
}

// Some pageblocks at the end of the first zone become CMA, as at boot.
void AddCma(TinyMachine& machine) {
  Zone& zone = machine.zone();
  const AllocControl ac =
      ControlFor(*machine.state, machine.context,
                 {.gfp = gfp::kKernel, .order = Order(10)}, gfp::kKernel);
  for (int i = 0; i < 2; ++i) {
    Page* page = machine.allocator->GetPageFromFreelist(
        machine.context, ac, alloc_flag::kNoWatermarks);
    const Pfn pfn = machine.memory->PfnOf(page);
    for (uint64_t at = 0; at < kMaxOrderNrPages;
         at += machine.memory->pageblock_order().pages()) {
      machine.SetType((pfn + PageCount(at)).value(), Migratetype::kCma);
    }
    machine.allocator->FreePages(machine.context, page, Order(10));
  }
  REQUIRE(zone.StatPages(ZoneStat::kFreeCma) == 2 * kMaxOrderNrPages);
}

// Runs one seed; returns what it met, or fails.
AllocatorDuel::Tally RunSeed(const TinyMachineOptions& options, uint64_t seed,
                             int steps) {
  CAPTURE(seed);
  TinyMachine machine(options);
  Random random(seed);
  SetLimits(machine, random);
  if (options.policy.cma) AddCma(machine);
  AllocatorDuel duel(machine, seed % 2 == 0 ? AllocatorDuel::Watch::kYes
                                            : AllocatorDuel::Watch::kNo);
  std::deque<std::string> history;
  AllocatorDuel::Mood mood;
  const auto check = [&](const std::string& difference) {
    if (difference.empty()) return;
    std::string text;
    for (const std::string& line : history) text += line + "\n";
    FAIL("after\n" << text << difference);
  };
  for (int step = 0; step < steps; ++step) {
    if (step % 50 == 0) {
      constexpr double kGreeds[] = {0.3, 0.5, 0.8, 0.95};
      constexpr int kLargestOrders[] = {0, 2, kMaxPageOrder};
      mood = {.greed = kGreeds[random.Uniform(std::size(kGreeds))],
              .largest_order =
                  kLargestOrders[random.Uniform(std::size(kLargestOrders))]};
    }
    const Operation operation = duel.Next(random, mood);
    history.push_back(ToString(operation));
    if (history.size() > 10) history.pop_front();
    check(duel.Perform(operation));
  }
  check(duel.FreeEverything());
  // Conservation: what was free at the start is free again.
  for (const Zone& zone : machine.state->all_zones()) {
    if (!zone.populated()) continue;
    int64_t free = zone.vm_stat[0];
    for (int cpu = 0; cpu < machine.state->nr_cpus; ++cpu) {
      free += zone.pcp[cpu].vm_stat_diff[0];
    }
    REQUIRE(free == static_cast<int64_t>(zone.managed.value()));
  }
  return duel.tally();
}

AllocatorDuel::Tally RunSeeds(const TinyMachineOptions& options,
                              uint64_t first_seed, int seeds, int steps = 300) {
  AllocatorDuel::Tally tally;
  for (int i = 0; i < seeds; ++i) {
    tally += RunSeed(options, first_seed + static_cast<uint64_t>(i), steps);
  }
  REQUIRE(tally.allocations > 0);
  REQUIRE(tally.drains > 0);
  return tally;
}

TEST_CASE("PageAllocator: random traffic in one zone matches the reference",
          "[alloc][page_allocator][property]") {
  TinyMachineOptions options = OneSmallZone();
  options.policy.cma = false;
  const AllocatorDuel::Tally tally = RunSeeds(options, 1000, 20);
  CHECK(tally.failures > 0);
  CHECK(tally.whole_claims > 0);
  CHECK(tally.highatomic > 0);
}

TEST_CASE("PageAllocator: random traffic in fragmented memory matches",
          "[alloc][page_allocator][property]") {
  const AllocatorDuel::Tally tally = RunSeeds(OneTinyZone(), 1500, 12, 600);
  CHECK(tally.failures > 0);
  CHECK(tally.claims > 0);
  CHECK(tally.steals > 0);
  CHECK(tally.boosts > 0);
}

TEST_CASE("PageAllocator: random traffic by the early 6.12 policy matches",
          "[alloc][page_allocator][property]") {
  TinyMachineOptions options = OneTinyZone();
  options.policy.fallback = FallbackPolicy::kEarly612;
  const AllocatorDuel::Tally tally = RunSeeds(options, 2000, 12, 600);
  CHECK(tally.failures > 0);
  CHECK(tally.claims > 0);
  CHECK(tally.steals > 0);
}

TEST_CASE("PageAllocator: random traffic with CMA matches the reference",
          "[alloc][page_allocator][property]") {
  TinyMachineOptions options = OneSmallZone();
  options.policy.cma = true;
  const AllocatorDuel::Tally tally = RunSeeds(options, 3000, 15);
  CHECK(tally.cma > 0);
  CHECK(tally.failures > 0);
}

TEST_CASE("PageAllocator: random traffic on two nodes matches the reference",
          "[alloc][page_allocator][property]") {
  TinyMachineOptions options = TwoNodes();
  options.policy.cma = false;
  const TinyMachine machine(options);
  REQUIRE((machine.state->nodes[0].routes[0].alloc_flags &
           alloc_flag::kNofragment.value()) != 0);
  REQUIRE(machine.state->zones[kMaxNrZones + Index(ZoneType::kMovable)]
              .populated());
  const AllocatorDuel::Tally tally = RunSeeds(options, 4000, 12, 500);
  CHECK(tally.failures > 0);
  CHECK(tally.whole_claims > 0);
}

TEST_CASE("PageAllocator: random traffic on runs matches single blocks",
          "[alloc][page_allocator][property]") {
  // Pageblocks of the usual size, 96 MiB that nobody touched.
  const TinyMachineOptions options{
      .memory = Memory::kRuns,
      .nodes = {{.memory = {{Pfn(0x1003), Pfn(0x3000)},
                            {Pfn(0x3100), Pfn(0x7003)}}}},
      .geometry = {},
      .policy = {.cma = false}};
  const AllocatorDuel::Tally tally = RunSeeds(options, 5000, 6);
  CHECK(tally.whole_claims > 0);
}

TEST_CASE("PageAllocator: random traffic without mobility grouping matches",
          "[alloc][page_allocator][property]") {
  // Fewer pages than six pageblocks of 512.
  const TinyMachineOptions options{
      .memory = Memory::kRuns,
      .nodes = {{.memory = {{Pfn(0x1000), Pfn(0x1b00)}}}},
      .geometry = {},
      .policy = {.cma = false}};
  const AllocatorDuel::Tally tally = RunSeeds(options, 6000, 8);
  CHECK(tally.failures > 0);
  CHECK(tally.whole_claims > 0);
}

TEST_CASE("PageAllocator: random traffic without huge per-cpu lists matches",
          "[alloc][page_allocator][property]") {
  TinyMachineOptions options = OneSmallZone();
  options.policy.cma = false;
  options.policy.thp_pcp_lists = false;
  CHECK(RunSeeds(options, 7000, 6).failures > 0);
}

}  // namespace
}  // namespace pagelab

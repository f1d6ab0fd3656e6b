// Refills and drains that move neighbours at once leave what they would leave
// one by one: somebody who looks on makes the allocator go step by step.

#include <algorithm>
#include <vector>

#include "pagelab/alloc/limits.h"
#include "pagelab/alloc/verify.h"
#include "pagelab/base/random.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/reference_allocator.h"
#include "pagelab/test/support/tiny_machine.h"

namespace pagelab {
namespace {

// Two zones, DMA32 and Normal, small enough to run out.
TinyMachineOptions Options(bool cma) {
  TinyMachineOptions options;
  options.memory = TinyMachineOptions::Memory::kRuns;
  options.nodes = {{.memory = {{Pfn(0xff000), Pfn(0x101000)}}}};
  options.policy.cma = cma;
  return options;
}

// Runs of pages out and back, in their order, reversed or shuffled, among
// blocks of other orders. Frame numbers of what it got.
Pfns Traffic(TinyMachine& machine, uint64_t seed) {
  PageAllocator& allocator = *machine.allocator;
  Random random(seed);
  std::vector<PageAllocator::Folio> live;
  Pfns pfns;
  const auto get = [&](Order order, Gfp gfp) {
    Page* page = allocator.AllocPages(
        machine.context, {.gfp = gfp.With(gfp::kNowarn), .order = order});
    if (page == nullptr) return false;
    pfns.push_back(machine.memory->PfnOf(page).value());
    live.push_back({page, order});
    return true;
  };
  const auto put = [&] {
    allocator.FreePages(machine.context, live.back().page, live.back().order);
    live.pop_back();
  };
  constexpr Gfp kMasks[] = {gfp::kKernel, gfp::kHighuserMovable,
                            gfp::kKernel.With(gfp::kReclaimable)};
  for (int round = 0; round < 60; ++round) {
    const Gfp gfp = kMasks[random.Uniform(std::size(kMasks))];
    const uint64_t pages = random.Uniform(1500);
    for (uint64_t i = 0; i < pages && get(Order(0), gfp); ++i) {
      if (random.Bernoulli(0.02)) {
        get(Order(static_cast<int>(random.Uniform(10))), gfp);
      }
    }
    if (random.Bernoulli(0.5)) std::reverse(live.begin(), live.end());
    for (uint64_t i = 0; i < live.size() && random.Bernoulli(0.3); ++i) {
      std::swap(live[i], live[random.Uniform(live.size())]);
    }
    const uint64_t kept = random.Uniform(live.size() + 1);
    while (live.size() > kept) put();
    if (random.Bernoulli(0.3)) {
      // Lower than a differential, too, as where memory goes away.
      const auto threshold = static_cast<int16_t>(random.Uniform(64));
      for (Zone& zone : machine.state->all_zones()) {
        if (zone.pcp != nullptr) zone.pcp[0].stat_threshold = threshold;
      }
    }
    if (random.Bernoulli(0.2)) {
      allocator.VmstatUpdate(machine.context, machine.context.cpu);
    }
  }
  return pfns;
}

TEST_CASE("Per-cpu lists: together is as one by one", "[property][pcp]") {
  const uint64_t seed = GENERATE(range(1, 25));
  CAPTURE(seed);
  const auto prepare = [seed](TinyMachine& machine) {
    InitPerZoneWatermarks(*machine.state);
    Random random(seed * 31);
    const int batch = 1 + static_cast<int>(random.Uniform(63));
    machine.SetTuning(batch, batch * 2,
                      batch * static_cast<int>(2 + random.Uniform(20)));
    for (Zone& zone : machine.state->all_zones()) {
      for (int cpu = 0; zone.pcp != nullptr && cpu < machine.state->nr_cpus;
           ++cpu) {
        zone.pcp[cpu].stat_threshold = static_cast<int16_t>(random.Uniform(64));
      }
    }
  };
  const bool cma = seed % 2 == 0;
  TinyMachine together(Options(cma));
  prepare(together);
  const Pfns pfns = Traffic(together, seed);
  CHECK(pfns.size() > 5000);

  TinyMachine one_by_one(Options(cma));
  prepare(one_by_one);
  one_by_one.Record();
  CHECK(Traffic(one_by_one, seed) == pfns);
  CHECK(ReferenceAllocator(*one_by_one.state).Difference(*together.state) ==
        "");
  // Differentials that a lowered threshold left too large.
  together.allocator->VmstatUpdate(together.context, together.context.cpu);
  CHECK(Verify(*together.state).empty());
}

}  // namespace
}  // namespace pagelab

// Exact replay of recordings and snapshots that were damaged at random: each
// ends in an error that says where, or in a report.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "pagelab/base/input_stream.h"
#include "pagelab/base/random.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/exact_support.h"
#include "pagelab/test/support/interrupted_kernel.h"
#include "pagelab/workloads/snapshot/simulated_addresses.h"
#include "pagelab/workloads/snapshot/snapshot_machine.h"

namespace pagelab {
namespace {

constexpr Migratetype kU = Migratetype::kUnmovable;
constexpr Migratetype kM = Migratetype::kMovable;
// DMA32 among the zones of a machine.
constexpr int kDma32 = 1;

TinyMachineOptions SmallMachine() {
  return {.nodes = {{.memory = {{Pfn(0x1000), Pfn(0x8000)}}, .nr_cpus = 2}}};
}

std::string StructPage(const char* key, uint64_t pfn) {
  return fmt::format("{}={:#x}", key, SimulatedPageAddress(Pfn(pfn)));
}

void PutMemory(ExactScene& scene) {
  TinyMachine& machine = scene.machine;
  machine.PutFree(10, kM, {0x4000, 0x4400});
  machine.PutFreeTyped(5, kU, {0x2000});
  machine.PutFreeTyped(9, Migratetype::kCma, {0x5000});
  machine.PutFreeTyped(4, Migratetype::kHighAtomic, {0x6010});
  machine.PutPcp(1, {0x7001}, 0);
  machine.PutPcp(1, {0x7003}, 1);
  machine.zone().nr_reserved_highatomic = 1024;
}

// Something of everything that a recording can have.
HandTrace Everything() {
  HandTrace trace;
  trace.Alloc(0x7001).Locked({0x4000, 0x4001, 0x4002, 0x4003});
  trace.Softirq().Free(0x7100).Task().Alloc(0x4000);
  trace.Free({0x7200, 0x7202}).Batched(0x7200);
  trace.Softirq().Free(0x7104).Task().Batched(0x7202);
  trace.On(1).Task(200, "other").Alloc(0x7003).On(0);
  trace.Task(9, "kworker/0:0").DecayProbe(kDma32, 104);
  trace.Task().Locked(0x2000, 5, kU);
  trace.Alloc(0x2000, {.order = 5, .gfp = gfp::kKernel});
  trace.Extfrag(0x4400, {.from_order = 10, .change_ownership = true});
  trace.Locked({0x4401, 0x4402, 0x4403}, 0, kU);
  trace.Alloc(0x4400, {.order = 0, .gfp = gfp::kKernel});
  trace.Task(32, "kswapd0").Event("mm_vmscan_kswapd_wake", "nid=0 order=0");
  trace.Free(0x7300).Event("mm_vmscan_kswapd_sleep", "nid=0");
  trace.Task();
  trace.Event("mm_vmscan_direct_reclaim_begin", "order=0 gfp_flags=GFP_KERNEL");
  trace.Event("mm_vmscan_direct_reclaim_end", "nr_reclaimed=5");
  trace.FullDrainProbe(kDma32, 1);
  trace.Event("mm_compaction_try_to_compact_pages",
              "order=9 gfp_mask=GFP_KERNEL priority=1");
  trace.IsolateProbe(0x4200, 9, 512, "compaction_alloc+0x3f1/0xa20");
  trace.Event("mm_compaction_end", "zone_start=0x1000 status=complete");
  trace.Event("putback_isolated_page", "(__putback_isolated_page+0x4/0x80) " +
                                           StructPage("page", 0x4200) +
                                           " order=9 mt=1");
  trace.Event("compaction_free",
              "(compaction_free+0x4/0xa0) " + StructPage("folio", 0x7400));
  trace.Free(0x7400);
  trace.Task(300, "cma").FullDrainProbe(kDma32, 1);
  trace.Event("mm_alloc_contig_migrate_range_info",
              "start=0x5000 end=0x5200 migratetype=0 nr_migrated=4 "
              "nr_reclaimed=0 nr_mapped=0");
  trace.IsolateProbe(0x5000, 9, 512, "isolate_freepages_range+0x9c/0x150");
  trace.Task().Event("mark_victim", "pid=100 comm=test total-vm=1kB");
  trace.Raw("CPU:1 [LOST 3 EVENTS]");
  trace.Task().Alloc(0x7300).ExpiredDrainProbe(kDma32);
  return trace;
}

class Damage {
 public:
  explicit Damage(uint64_t seed) : random_(seed) {}

  // One to eight changes.
  std::string Of(const std::string& text) {
    std::vector<std::string> lines;
    for (size_t at = 0; at < text.size();) {
      const size_t end = text.find('\n', at) + 1;
      lines.push_back(text.substr(at, end - at));
      at = end;
    }
    for (uint64_t left = random_.UniformBetween(1, 8); left > 0; --left) {
      ChangeOne(lines);
    }
    std::string damaged;
    for (const std::string& line : lines) damaged += line;
    if (random_.Uniform(10) == 0)
      damaged.resize(random_.Uniform(damaged.size() + 1));
    return damaged;
  }

 private:
  void ChangeOne(std::vector<std::string>& lines) {
    if (lines.size() < 2) return;
    const size_t at = random_.Uniform(lines.size() - 1);
    const auto it = lines.begin() + static_cast<ptrdiff_t>(at);
    switch (random_.Uniform(8)) {
      case 0:
        lines.erase(it);
        break;
      case 1:
        std::swap(lines[at], lines[at + 1]);
        break;
      case 2:
        std::swap(lines[at], lines[random_.Uniform(lines.size())]);
        break;
      case 3:
        lines.insert(it, lines[random_.Uniform(lines.size())]);
        break;
      case 4:
        ChangeCharacter(lines[at], "0123456789abcdef");
        break;
      case 5:
        ChangeCharacter(lines[at], "\x01\xff .=-:xs[]\n9");
        break;
      case 6:
        lines[at].resize(random_.Uniform(lines[at].size() + 1));
        break;
      default:
        ChangeDigit(lines[at]);
        break;
    }
  }

  void ChangeCharacter(std::string& line, std::string_view choice) {
    if (line.empty()) return;
    line[random_.Uniform(line.size())] = choice[random_.Uniform(choice.size())];
  }

  // Of a number behind a '=' or a blank, which is where it hurts.
  void ChangeDigit(std::string& line) {
    std::vector<size_t> places;
    for (size_t i = 0; i < line.size(); ++i) {
      if (line[i] >= '0' && line[i] <= '9') places.push_back(i);
    }
    if (places.empty()) return;
    const size_t at = places[random_.Uniform(places.size())];
    if (random_.Uniform(4) == 0) {
      line.insert(at, random_.Uniform(2) == 0 ? "9" : "99999999999");
    } else {
      line[at] = static_cast<char>('0' + random_.Uniform(10));
    }
  }

  Random random_;
};

struct Outcomes {
  int exact = 0;
  int not_exact = 0;
  int refused = 0;
};

// An error that says where, or a report.
void Note(const absl::StatusOr<ExactReport>& report, Outcomes& outcomes) {
  if (!report.ok()) {
    CHECK(report.status().code() == absl::StatusCode::kInvalidArgument);
    CHECK_FALSE(report.status().message().empty());
    ++outcomes.refused;
    return;
  }
  CHECK_FALSE(ExactText(*report).empty());
  CHECK(ExactJson(*report).front() == '{');
  CHECK(report->counts.exact <= report->counts.allocations);
  ++(report->exact() ? outcomes.exact : outcomes.not_exact);
}

ExactOptions OptionsOf(uint64_t seed) {
  return {.infer = seed % 4 == 1, .resync = seed % 2 == 0};
}

}  // namespace

TEST_CASE("Exact replay: something of everything is exact",
          "[workloads][exact]") {
  ExactScene scene(SmallMachine());
  PutMemory(scene);
  const ExactReport report = scene.Replay(Everything());
  INFO(ExactText(report));
  CHECK(report.divergence.has_value());
  // Only the expired list, at the end, was not recorded.
  CHECK(report.divergence->recorded == "drain_zone_pages");
}

TEST_CASE("Exact replay: damaged recordings end in a report or an error",
          "[workloads][exact][damage]") {
  ExactScene scene(SmallMachine());
  PutMemory(scene);
  const AllocatorSnapshot from = scene.From();
  const AllocatorSnapshot expect = SnapshotT1(scene.machine);
  const std::string text = Everything().Text();
  Outcomes outcomes;
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    CAPTURE(seed);
    Note(ReplayText(Damage(seed).Of(text), from,
                    seed % 3 == 0 ? &expect : nullptr, OptionsOf(seed)),
         outcomes);
  }
  CHECK(outcomes.not_exact > 300);
}

TEST_CASE("Exact replay: damaged recordings of a busy machine end well",
          "[workloads][exact][damage]") {
  TinyMachine machine(
      {.memory = TinyMachineOptions::Memory::kBlocks,
       .nodes = {{.memory = {{Pfn(0x1000), Pfn(0x4000)}}, .nr_cpus = 1}}});
  machine.SetTuning(/*batch=*/15, /*high_min=*/60, /*high_max=*/400);
  const AllocatorSnapshot from = SnapshotOf(*machine.state, {.label = "T0"});
  InterruptedKernel kernel(machine, /*seed=*/7, {});
  kernel.Run(400);
  const AllocatorSnapshot expect = SnapshotT1(machine);
  const std::string text = kernel.Text();
  Outcomes outcomes;
  Note(ReplayText(text, from, &expect, {}), outcomes);
  CHECK(outcomes.exact == 1);
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    CAPTURE(seed);
    Note(ReplayText(Damage(seed).Of(text), from, &expect, OptionsOf(seed)),
         outcomes);
  }
  CHECK(outcomes.not_exact > 50);
}

TEST_CASE("Exact replay: damaged snapshots end in a report or an error",
          "[workloads][exact][damage]") {
  ExactScene scene(SmallMachine());
  PutMemory(scene);
  const std::string text = SnapshotText(scene.From());
  const std::string trace = Everything().Text();
  Outcomes outcomes;
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    CAPTURE(seed);
    const auto input =
        InputStream::FromString("snap.txt", Damage(seed).Of(text));
    REQUIRE(input.ok());
    const absl::StatusOr<AllocatorSnapshot> damaged = ReadSnapshot(**input);
    if (!damaged.ok()) {
      CHECK_THAT(std::string(damaged.status().message()),
                 ContainsText("snap.txt"));
      ++outcomes.refused;
      continue;
    }
    const AllocatorSnapshot from = scene.From();
    Note(ReplayText(trace, *damaged, nullptr, OptionsOf(seed)), outcomes);
    Note(ReplayText(trace, from, &*damaged, OptionsOf(seed)), outcomes);
  }
  CHECK(outcomes.refused > 100);
}

}  // namespace pagelab

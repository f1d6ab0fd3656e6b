#include "pagelab/test/support/exact_support.h"

#include <utility>

#include "fmt/format.h"
#include "pagelab/base/check.h"
#include "pagelab/base/input_stream.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/workloads/snapshot/simulated_addresses.h"
#include "pagelab/workloads/snapshot/snapshot_machine.h"

namespace pagelab {
namespace {

constexpr int kPageblockOrder = 9;

std::string EventText(const char* name, uint64_t pfn, std::string_view rest) {
  return fmt::format("{}: page={:016x} pfn=0x{:x} {}", name,
                     SimulatedPageAddress(Pfn(pfn)), pfn, rest);
}

Migratetype TypeOf(Gfp gfp) {
  if (gfp.Has(gfp::kMovable)) return Migratetype::kMovable;
  return gfp.Has(gfp::kReclaimable) ? Migratetype::kReclaimable
                                    : Migratetype::kUnmovable;
}

Pfns Numbers(const std::vector<Pfn>& list) {
  Pfns pfns;
  for (const Pfn pfn : list) pfns.push_back(pfn.value());
  return pfns;
}

}  // namespace

HandTrace& HandTrace::Task(int pid, std::string_view comm) {
  pid_ = pid;
  comm_ = comm;
  level_ = '.';
  return *this;
}

HandTrace& HandTrace::On(int cpu) {
  cpu_ = cpu;
  return *this;
}

HandTrace& HandTrace::Softirq() {
  level_ = 's';
  return *this;
}

HandTrace& HandTrace::Hardirq() {
  level_ = 'h';
  return *this;
}

HandTrace& HandTrace::Alloc(uint64_t pfn, const Asked& asked) {
  Append(
      pid_, comm_,
      EventText("mm_page_alloc", pfn,
                fmt::format("order={} migratetype={} gfp_flags={}", asked.order,
                            Index(TypeOf(asked.gfp)), ToString(asked.gfp))));
  return *this;
}

HandTrace& HandTrace::AllocFailed(const Asked& asked) {
  Append(
      pid_, comm_,
      fmt::format("mm_page_alloc: page=0000000000000000 pfn=0x0 order={} "
                  "migratetype={} gfp_flags={}",
                  asked.order, Index(TypeOf(asked.gfp)), ToString(asked.gfp)));
  return *this;
}

HandTrace& HandTrace::Free(uint64_t pfn, int order) {
  Append(pid_, comm_,
         EventText("mm_page_free", pfn, fmt::format("order={}", order)));
  return *this;
}

HandTrace& HandTrace::Free(const Pfns& pfns, int order) {
  for (const uint64_t pfn : pfns) Free(pfn, order);
  return *this;
}

HandTrace& HandTrace::Batched(uint64_t pfn) {
  Append(pid_, comm_, EventText("mm_page_free_batched", pfn, "order=0"));
  return *this;
}

HandTrace& HandTrace::FreeBatch(const Pfns& pfns) {
  Free(pfns);
  for (const uint64_t pfn : pfns) Batched(pfn);
  return *this;
}

HandTrace& HandTrace::Locked(uint64_t pfn, int order, Migratetype type) {
  const bool refill = (order <= 3 || order == kPageblockOrder) &&
                      Index(type) < kMigratePcpTypes;
  Append(pid_, comm_,
         EventText("mm_page_alloc_zone_locked", pfn,
                   fmt::format("order={} migratetype={} percpu_refill={}",
                               order, Index(type), int{refill})));
  return *this;
}

HandTrace& HandTrace::Locked(const Pfns& pfns, int order, Migratetype type) {
  for (const uint64_t pfn : pfns) Locked(pfn, order, type);
  return *this;
}

HandTrace& HandTrace::Drain(uint64_t pfn, int order, Migratetype type) {
  Append(pid_, comm_,
         EventText("mm_page_pcpu_drain", pfn,
                   fmt::format("order={} migratetype={}", order, Index(type))));
  return *this;
}

HandTrace& HandTrace::Drain(const Pfns& pfns, int order, Migratetype type) {
  for (const uint64_t pfn : pfns) Drain(pfn, order, type);
  return *this;
}

HandTrace& HandTrace::Extfrag(uint64_t pfn, const Fallback& fallback) {
  Append(pid_, comm_,
         EventText(
             "mm_page_alloc_extfrag", pfn,
             fmt::format("alloc_order={} fallback_order={} "
                         "pageblock_order={} alloc_migratetype={} "
                         "fallback_migratetype={} fragmenting={} "
                         "change_ownership={}",
                         fallback.order, fallback.from_order, kPageblockOrder,
                         Index(fallback.type), Index(fallback.from_type),
                         int{fallback.from_order < kPageblockOrder},
                         int{fallback.change_ownership})));
  return *this;
}

HandTrace& HandTrace::Event(std::string_view name, std::string_view text) {
  Append(pid_, comm_, fmt::format("{}: {}", name, text));
  return *this;
}

HandTrace& HandTrace::DecayProbe(int zone, int high) {
  return Event("decay_pcp_high",
               fmt::format("(decay_pcp_high+0x4/0x90) zone={:#x} pcp={:#x} "
                           "high={}",
                           SimulatedZoneAddress(zone),
                           SimulatedPcpAddress(zone, CpuId(cpu_)), high));
}

HandTrace& HandTrace::FullDrainProbe(int zone, int cpu) {
  return Event("drain_pages_zone",
               fmt::format("(drain_pages_zone+0x0/0x70) cpu={} zone={:#x}", cpu,
                           SimulatedZoneAddress(zone)));
}

HandTrace& HandTrace::ExpiredDrainProbe(int zone) {
  return Event("drain_zone_pages",
               fmt::format("(drain_zone_pages+0x0/0x70) zone={:#x} pcp={:#x}",
                           SimulatedZoneAddress(zone),
                           SimulatedPcpAddress(zone, CpuId(cpu_))));
}

HandTrace& HandTrace::IsolateProbe(uint64_t pfn, int order, uint64_t returned,
                                   std::string_view caller) {
  Event("isolate_free_page",
        fmt::format("(__isolate_free_page+0x4/0x360) page={:#x} order={}",
                    SimulatedPageAddress(Pfn(pfn)), order));
  return Event(
      "isolate_free_page_ret",
      fmt::format("({} <- __isolate_free_page) ret={}", caller, returned));
}

HandTrace& HandTrace::Raw(std::string_view line) {
  text_ += fmt::format("{}\n", line);
  ++line_;
  return *this;
}

void HandTrace::Append(int pid, std::string_view comm, std::string_view event) {
  ++microseconds_;
  Raw(fmt::format("{:>16}-{:<7} [{:03}] ..{}..{:6}.{:06}: {}", comm, pid, cpu_,
                  level_, microseconds_ / 1'000'000, microseconds_ % 1'000'000,
                  event));
}

std::string HandTrace::Text() const {
  const auto marker = [](int slot) {
    return fmt::format(
        "     migration/0-19      [000] d..1.     1.000000: snap_stopped: "
        "pagelab snap slot={} label=T{}\n",
        slot, slot);
  };
  return "# tracer: nop\n" + marker(0) + text_ + marker(1);
}

ExactScene::ExactScene(const TinyMachineOptions& options) : machine(options) {
  machine.SetTuning(/*batch=*/4, /*high_min=*/100, /*high_max=*/400);
}

AllocatorSnapshot ExactScene::From() const {
  return SnapshotOf(*machine.state, {.label = "T0"});
}

ExactReport ExactScene::Replay(const HandTrace& trace,
                               const ExactOptions& options) const {
  absl::StatusOr<ExactReport> report =
      ReplayText(trace.Text(), From(), nullptr, options);
  INFO(report.status());
  REQUIRE(report.ok());
  return *std::move(report);
}

ExactReport ExactScene::Replay(const HandTrace& trace,
                               const AllocatorSnapshot& expect,
                               const ExactOptions& options) const {
  absl::StatusOr<ExactReport> report =
      ReplayText(trace.Text(), From(), &expect, options);
  INFO(report.status());
  REQUIRE(report.ok());
  return *std::move(report);
}

absl::StatusOr<ExactReport> ReplayText(const std::string& text,
                                       const AllocatorSnapshot& from,
                                       const AllocatorSnapshot* expect,
                                       const ExactOptions& options) {
  const auto trace = InputStream::FromString("trace.txt", text);
  PAGELAB_CHECK(trace.ok());
  return ReplayExactly(**trace, from, expect, options);
}

AllocatorSnapshot SnapshotT1(const TinyMachine& machine) {
  return SnapshotOf(*machine.state, {.label = "T1", .slot = 1});
}

void CheckExact(const ExactReport& report) {
  INFO(ExactText(report));
  CHECK(report.exact());
}

void CheckDiverges(const ExactReport& report, uint64_t line,
                   std::string_view recorded, std::string_view simulated) {
  INFO(ExactText(report));
  CHECK_FALSE(report.exact());
  REQUIRE(report.divergence.has_value());
  CHECK(report.divergence->line == line);
  CHECK(report.divergence->recorded == std::string(recorded));
  CHECK(report.divergence->simulated == std::string(simulated));
}

const SnapshotZone& EndZone(const ExactReport& report, int nr) {
  for (const SnapshotZone& zone : report.end.zones) {
    if (zone.populated && nr-- == 0) return zone;
  }
  PAGELAB_CHECK(false);
  __builtin_unreachable();
}

const SnapshotPcp& EndPcp(const ExactReport& report, int cpu, int nr) {
  for (const SnapshotPcp& pcp : EndZone(report, nr).pcps) {
    if (pcp.cpu == cpu) return pcp;
  }
  PAGELAB_CHECK(false);
  __builtin_unreachable();
}

Pfns EndFree(const ExactReport& report, int order, Migratetype type, int nr) {
  return Numbers(
      EndZone(report, nr)
          .free[static_cast<size_t>(order)][static_cast<size_t>(Index(type))]);
}

Pfns EndPcpList(const ExactReport& report, int list, int cpu, int nr) {
  return Numbers(EndPcp(report, cpu, nr).lists[static_cast<size_t>(list)]);
}

Migratetype EndType(const ExactReport& report, uint64_t pfn) {
  for (const SnapshotZone& zone : report.end.zones) {
    for (const SnapshotPageblocks& blocks : zone.pageblocks) {
      if (blocks.range.Contains(Pfn(pfn))) {
        return static_cast<Migratetype>(blocks.migratetype);
      }
    }
  }
  PAGELAB_CHECK(false);
  __builtin_unreachable();
}

}  // namespace pagelab

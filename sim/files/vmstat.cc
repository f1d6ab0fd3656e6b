#include "pagelab/sim/files/vmstat.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "absl/strings/ascii.h"
#include "pagelab/alloc/stat_totals.h"
#include "pagelab/base/text.h"
#include "pagelab/sim/files/printed_stats.h"

namespace pagelab {
namespace {

void AppendLine(std::string_view name, uint64_t value, std::string& out) {
  out += name;
  out += ' ';
  AppendDecimal(out, value);
  out += '\n';
}

void AppendCounters(const AllocatorState& state, std::string& out) {
  AppendLine("nr_free_pages", TotalOf(state, ZoneStat::kFreePages), out);
  for (int i = 0; i < kNrZoneLruStats; ++i) {
    const auto stat = static_cast<ZoneLruStat>(i);
    AppendLine(ToString(stat), TotalOf(state, stat), out);
  }
  AppendLine("nr_free_cma", TotalOf(state, ZoneStat::kFreeCma), out);
  for (int i = 0; i < kNrNumaStats; ++i) {
    const auto stat = static_cast<NumaStat>(i);
    AppendLine(ToString(stat), TotalOf(state, stat), out);
  }
  for (int i = 0; i < kNrNodeStats; ++i) {
    const auto stat = static_cast<NodeStat>(i);
    AppendLine(ToString(stat), PrintedValue(stat, TotalOf(state, stat)), out);
  }
}

// How many dirty pages make a writer wait, or writeback start, at the default
// vm.dirty_ratio and vm.dirty_background_ratio.
// Kernel counterpart: global_dirty_limits().
void AppendDirtyThresholds(const AllocatorState& state, std::string& out) {
  const uint64_t free = TotalOf(state, ZoneStat::kFreePages);
  const uint64_t reserve = static_cast<uint64_t>(state.totalreserve_pages);
  const uint64_t dirtyable = free - std::min(free, reserve) +
                             TotalOf(state, NodeStat::kInactiveFile) +
                             TotalOf(state, NodeStat::kActiveFile) + 1;
  const auto share = [dirtyable](uint64_t percent) {
    return percent * kPageSize / 100 * dirtyable / kPageSize;
  };
  AppendLine("nr_dirty_threshold", share(20), out);
  AppendLine("nr_dirty_background_threshold", share(10), out);
}

// One line for each zone type of the build: "pgalloc_dma", ...
void AppendByZone(std::string_view event,
                  const std::array<uint64_t, kMaxNrZones>& counts,
                  std::string& out) {
  for (int i = 0; i < kMaxNrZones; ++i) {
    std::string name(event);
    for (const char c : ToString(static_cast<ZoneType>(i))) {
      name += absl::ascii_tolower(static_cast<unsigned char>(c));
    }
    AppendLine(name, counts[i], out);
  }
}

void AppendEvents(const VmEvents& events, std::string& out) {
  const auto append = [&](int first, int end) {
    for (int i = first; i < end; ++i) {
      const auto event = static_cast<VmEvent>(i);
      AppendLine(ToString(event), events.count(event), out);
    }
  };
  constexpr int kFirstAfterZones = Index(VmEvent::kPgactivate);
  append(0, kFirstAfterZones);
  AppendByZone("pgalloc_", events.pgalloc, out);
  AppendByZone("allocstall_", events.allocstall, out);
  AppendByZone("pgskip_", {}, out);
  AppendLine("pgfree", events.pgfree, out);
  append(kFirstAfterZones, kNrVmEvents);
}

}  // namespace

void AppendVmstat(const AllocatorState& state, const FileInputs& inputs,
                  std::string& out) {
  AppendCounters(state, out);
  AppendDirtyThresholds(state, out);
  AppendLine("nr_memmap_pages", inputs.nr_memmap_pages.value(), out);
  AppendLine("nr_memmap_boot_pages", inputs.nr_memmap_boot_pages.value(), out);
  AppendEvents(state.events, out);
}

}  // namespace pagelab

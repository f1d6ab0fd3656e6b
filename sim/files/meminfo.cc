#include "pagelab/sim/files/meminfo.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>

#include "pagelab/alloc/stat_totals.h"

namespace pagelab {
namespace {

constexpr uint64_t kHugePageKilobytes = 2048;
// 32 TiB less a byte: the vmalloc area of x86-64 with four-level paging.
constexpr uint64_t kVmallocTotalKilobytes = 34359738367;

uint64_t Kilobytes(PageCount pages) { return pages.bytes() >> 10; }

// Lines of the file. Numbers without a unit of their own are pages.
class Lines {
 public:
  Lines(const AllocatorState& state, std::string& out)
      : state_(state), out_(out) {}

  void Kb(std::string_view label, uint64_t kilobytes) {
    fmt::format_to(std::back_inserter(out_), "{:<16}{:>8} kB\n", label,
                   kilobytes);
  }
  void Pages(std::string_view label, uint64_t pages) {
    Kb(label, Kilobytes(PageCount(pages)));
  }
  void Stat(std::string_view label, NodeStat stat) {
    Pages(label, TotalOf(state_, stat));
  }
  void HugePages(std::string_view label, uint64_t pages) {
    fmt::format_to(std::back_inserter(out_), "{:<19}{:>5}\n", label, pages);
  }

 private:
  const AllocatorState& state_;
  std::string& out_;
};

// What user space could have without swapping. Kernel counterpart:
// si_mem_available().
uint64_t AvailablePages(const AllocatorState& state) {
  int64_t low = 0;
  for (const Zone& zone : state.all_zones()) {
    low += zone.WatermarkPages(Watermark::kLow);
  }
  const auto total = [&state](NodeStat stat) {
    return static_cast<int64_t>(TotalOf(state, stat));
  };
  int64_t available =
      static_cast<int64_t>(TotalOf(state, ZoneStat::kFreePages)) -
      state.totalreserve_pages;
  const int64_t cache =
      total(NodeStat::kActiveFile) + total(NodeStat::kInactiveFile);
  available += cache - std::min(cache / 2, low);
  const int64_t reclaimable = total(NodeStat::kSlabReclaimable) +
                              total(NodeStat::kKernelMiscReclaimable);
  available += reclaimable - std::min(reclaimable / 2, low);
  return static_cast<uint64_t>(std::max<int64_t>(available, 0));
}

void AppendTotals(const AllocatorState& state, const FileInputs& inputs,
                  Lines& lines) {
  const uint64_t swap_cache = TotalOf(state, NodeStat::kSwapcached);
  const uint64_t file_pages = TotalOf(state, NodeStat::kFilePages);
  const uint64_t not_cached = swap_cache + inputs.buffers.value();
  lines.Pages("MemTotal:", TotalManaged(state).value());
  lines.Pages("MemFree:", TotalOf(state, ZoneStat::kFreePages));
  lines.Pages("MemAvailable:", AvailablePages(state));
  lines.Pages("Buffers:", inputs.buffers.value());
  lines.Pages("Cached:", file_pages - std::min(file_pages, not_cached));
  lines.Pages("SwapCached:", swap_cache);
}

void AppendLru(const AllocatorState& state, Lines& lines) {
  lines.Pages("Active:", TotalOf(state, NodeStat::kActiveAnon) +
                             TotalOf(state, NodeStat::kActiveFile));
  lines.Pages("Inactive:", TotalOf(state, NodeStat::kInactiveAnon) +
                               TotalOf(state, NodeStat::kInactiveFile));
  lines.Stat("Active(anon):", NodeStat::kActiveAnon);
  lines.Stat("Inactive(anon):", NodeStat::kInactiveAnon);
  lines.Stat("Active(file):", NodeStat::kActiveFile);
  lines.Stat("Inactive(file):", NodeStat::kInactiveFile);
  lines.Stat("Unevictable:", NodeStat::kUnevictable);
  lines.Pages("Mlocked:", TotalOf(state, ZoneLruStat::kMlock));
  lines.Kb("SwapTotal:", 0);
  lines.Kb("SwapFree:", 0);
}

void AppendUses(const AllocatorState& state, Lines& lines) {
  const uint64_t reclaimable = TotalOf(state, NodeStat::kSlabReclaimable);
  lines.Stat("Dirty:", NodeStat::kDirty);
  lines.Stat("Writeback:", NodeStat::kWriteback);
  lines.Stat("AnonPages:", NodeStat::kAnonPages);
  lines.Stat("Mapped:", NodeStat::kMapped);
  lines.Stat("Shmem:", NodeStat::kShmem);
  lines.Pages("KReclaimable:",
              reclaimable + TotalOf(state, NodeStat::kKernelMiscReclaimable));
  lines.Pages("Slab:",
              reclaimable + TotalOf(state, NodeStat::kSlabUnreclaimable));
  lines.Pages("SReclaimable:", reclaimable);
  lines.Stat("SUnreclaim:", NodeStat::kSlabUnreclaimable);
  lines.Kb("KernelStack:", TotalOf(state, NodeStat::kKernelStack));
  lines.Stat("PageTables:", NodeStat::kPageTablePages);
  lines.Stat("SecPageTables:", NodeStat::kSecPageTablePages);
  lines.Kb("NFS_Unstable:", 0);
  lines.Pages("Bounce:", TotalOf(state, ZoneLruStat::kBounce));
  lines.Stat("WritebackTmp:", NodeStat::kWritebackTemp);
}

void AppendVirtual(const AllocatorState& state, const FileInputs& inputs,
                   Lines& lines) {
  // vm.overcommit_ratio is 50, and there is no swap.
  lines.Pages("CommitLimit:", TotalManaged(state).value() / 2);
  lines.Pages("Committed_AS:", inputs.committed.value());
  lines.Kb("VmallocTotal:", kVmallocTotalKilobytes);
  lines.Pages("VmallocUsed:", inputs.vmalloc_used.value());
  lines.Kb("VmallocChunk:", 0);
  lines.Pages("Percpu:", inputs.percpu.value());
}

void AppendHuge(const AllocatorState& state, const HugetlbCounts& hugetlb,
                Lines& lines) {
  lines.Stat("AnonHugePages:", NodeStat::kAnonTransparentHugepages);
  lines.Stat("ShmemHugePages:", NodeStat::kShmemHugepages);
  lines.Stat("ShmemPmdMapped:", NodeStat::kShmemPmdmapped);
  lines.Stat("FileHugePages:", NodeStat::kFileHugepages);
  lines.Stat("FilePmdMapped:", NodeStat::kFilePmdmapped);
  if (state.policy.cma) {
    PageCount cma;
    for (const Zone& zone : state.all_zones()) cma += zone.cma;
    lines.Pages("CmaTotal:", cma.value());
    lines.Pages("CmaFree:", TotalOf(state, ZoneStat::kFreeCma));
  }
  lines.HugePages("HugePages_Total:", hugetlb.total);
  lines.HugePages("HugePages_Free:", hugetlb.free);
  lines.HugePages("HugePages_Rsvd:", hugetlb.reserved);
  lines.HugePages("HugePages_Surp:", hugetlb.surplus);
  lines.Kb("Hugepagesize:", kHugePageKilobytes);
  lines.Kb("Hugetlb:", hugetlb.total * kHugePageKilobytes);
}

}  // namespace

void AppendMeminfo(const AllocatorState& state, const FileInputs& inputs,
                   std::string& out) {
  Lines lines(state, out);
  AppendTotals(state, inputs, lines);
  AppendLru(state, lines);
  AppendUses(state, lines);
  AppendVirtual(state, inputs, lines);
  AppendHuge(state, inputs.hugetlb, lines);
  lines.Kb("DirectMap4k:", inputs.direct_map.by_4k >> 10);
  lines.Kb("DirectMap2M:", inputs.direct_map.by_2m >> 10);
  lines.Kb("DirectMap1G:", inputs.direct_map.by_1g >> 10);
}

}  // namespace pagelab

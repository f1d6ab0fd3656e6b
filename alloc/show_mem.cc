#include "pagelab/alloc/show_mem.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "pagelab/alloc/page_users.h"
#include "pagelab/alloc/reclaim/node_balance.h"
#include "pagelab/alloc/stat_totals.h"

namespace pagelab {
namespace {

uint64_t Kilobytes(uint64_t pages) { return pages << (kPageShift - 10); }

uint64_t PcpPages(const AllocatorState& state, const Zone& zone) {
  uint64_t sum = 0;
  for (int cpu = 0; cpu < state.nr_cpus; ++cpu) sum += zone.pcp[cpu].count;
  return sum;
}

// Prints formatted lines to a log.
class Printer {
 public:
  explicit Printer(KernelLog& log) : log_(log) {}
  template <typename... Args>
  void Line(fmt::format_string<Args...> format, Args&&... args) {
    log_.Printk(fmt::format(format, std::forward<Args>(args)...));
  }

 private:
  KernelLog& log_;
};

void ShowTotals(const AllocatorState& state, Printer& print) {
  const auto node = [&state](NodeStat stat) { return TotalOf(state, stat); };
  uint64_t free_pcp = 0;
  for (const Zone& zone : state.all_zones()) {
    if (zone.populated()) free_pcp += PcpPages(state, zone);
  }
  print.Line("Mem-Info:");
  print.Line("active_anon:{} inactive_anon:{} isolated_anon:{}",
             node(NodeStat::kActiveAnon), node(NodeStat::kInactiveAnon),
             node(NodeStat::kIsolatedAnon));
  print.Line(" active_file:{} inactive_file:{} isolated_file:{}",
             node(NodeStat::kActiveFile), node(NodeStat::kInactiveFile),
             node(NodeStat::kIsolatedFile));
  print.Line(" unevictable:{} dirty:{} writeback:{}",
             node(NodeStat::kUnevictable), node(NodeStat::kDirty),
             node(NodeStat::kWriteback));
  print.Line(" slab_reclaimable:{} slab_unreclaimable:{}",
             node(NodeStat::kSlabReclaimable),
             node(NodeStat::kSlabUnreclaimable));
  print.Line(" mapped:{} shmem:{} pagetables:{}", node(NodeStat::kMapped),
             node(NodeStat::kShmem), node(NodeStat::kPageTablePages));
  print.Line(" sec_pagetables:{} bounce:{}", node(NodeStat::kSecPageTablePages),
             TotalOf(state, ZoneLruStat::kBounce));
  print.Line(" kernel_misc_reclaimable:{}",
             node(NodeStat::kKernelMiscReclaimable));
  print.Line(" free:{} free_pcp:{} free_cma:{}",
             TotalOf(state, ZoneStat::kFreePages), free_pcp,
             TotalOf(state, ZoneStat::kFreeCma));
}

void ShowNode(const Node& node, Printer& print) {
  const auto kb = [&node](NodeStat stat) {
    return Kilobytes(StatOf(node, stat));
  };
  std::string line = fmt::format(
      "Node {} active_anon:{}kB inactive_anon:{}kB active_file:{}kB "
      "inactive_file:{}kB unevictable:{}kB isolated(anon):{}kB "
      "isolated(file):{}kB mapped:{}kB dirty:{}kB writeback:{}kB shmem:{}kB",
      node.id.value(), kb(NodeStat::kActiveAnon), kb(NodeStat::kInactiveAnon),
      kb(NodeStat::kActiveFile), kb(NodeStat::kInactiveFile),
      kb(NodeStat::kUnevictable), kb(NodeStat::kIsolatedAnon),
      kb(NodeStat::kIsolatedFile), kb(NodeStat::kMapped), kb(NodeStat::kDirty),
      kb(NodeStat::kWriteback), kb(NodeStat::kShmem));
  line += fmt::format(
      " shmem_thp:{}kB shmem_pmdmapped:{}kB anon_thp:{}kB writeback_tmp:{}kB "
      "kernel_stack:{}kB pagetables:{}kB sec_pagetables:{}kB "
      "all_unreclaimable? {}",
      kb(NodeStat::kShmemHugepages), kb(NodeStat::kShmemPmdmapped),
      kb(NodeStat::kAnonTransparentHugepages), kb(NodeStat::kWritebackTemp),
      StatOf(node, NodeStat::kKernelStack), kb(NodeStat::kPageTablePages),
      kb(NodeStat::kSecPageTablePages),
      node.kswapd.failures >= kMaxReclaimRetries ? "yes" : "no");
  print.Line("{}", line);
}

void ShowZone(const AllocatorState& state, const Zone& zone, CpuId cpu,
              Printer& print) {
  const auto mark = [&zone](Watermark which) {
    return Kilobytes(static_cast<uint64_t>(zone.WatermarkPages(which)));
  };
  const auto kb = [&zone](ZoneLruStat stat) {
    return Kilobytes(StatOf(zone, stat));
  };
  std::string line = fmt::format(
      "Node {} {} free:{}kB boost:{}kB min:{}kB low:{}kB high:{}kB "
      "reserved_highatomic:{}KB active_anon:{}kB inactive_anon:{}kB "
      "active_file:{}kB inactive_file:{}kB unevictable:{}kB writepending:{}kB",
      zone.node.value(), ToString(zone.type),
      Kilobytes(zone.StatPages(ZoneStat::kFreePages)),
      Kilobytes(static_cast<uint64_t>(zone.watermark_boost)),
      mark(Watermark::kMin), mark(Watermark::kLow), mark(Watermark::kHigh),
      Kilobytes(static_cast<uint64_t>(zone.nr_reserved_highatomic)),
      kb(ZoneLruStat::kActiveAnon), kb(ZoneLruStat::kInactiveAnon),
      kb(ZoneLruStat::kActiveFile), kb(ZoneLruStat::kInactiveFile),
      kb(ZoneLruStat::kUnevictable), kb(ZoneLruStat::kWritePending));
  line += fmt::format(
      " present:{}kB managed:{}kB mlocked:{}kB bounce:{}kB free_pcp:{}kB "
      "local_pcp:{}kB free_cma:{}kB",
      Kilobytes(zone.present.value()), Kilobytes(zone.managed.value()),
      kb(ZoneLruStat::kMlock), kb(ZoneLruStat::kBounce),
      Kilobytes(PcpPages(state, zone)),
      Kilobytes(static_cast<uint64_t>(zone.pcp[cpu.value()].count)),
      Kilobytes(zone.StatPages(ZoneStat::kFreeCma)));
  print.Line("{}", line);

  line = "lowmem_reserve[]:";
  for (const int64_t pages : zone.lowmem_reserve) {
    line += fmt::format(" {}", pages);
  }
  print.Line("{}", line);
}

void ShowFreeLists(const Zone& zone, Printer& print) {
  static constexpr std::string_view kTypeLetters = "UMEHCI";
  std::string line =
      fmt::format("Node {} {}: ", zone.node.value(), ToString(zone.type));
  uint64_t total = 0;
  for (int order = 0; order < kNrPageOrders; ++order) {
    const FreeArea& area = zone.free_area[order];
    const uint64_t block = Kilobytes(Order(order).pages());
    total += area.nr_free * block;
    line += fmt::format("{}*{}kB ", area.nr_free, block);
    if (area.nr_free == 0) continue;
    line += '(';
    for (int type = 0; type < kMigrateTypes; ++type) {
      if (!area.lists[type].empty()) line += kTypeLetters[type];
    }
    line += ") ";
  }
  print.Line("{}= {}kB", line, total);
}

void ShowTail(const AllocatorState& state, Printer& print) {
  const PageCount present = TotalPresent(state);
  uint64_t cma = 0;
  for (const Zone& zone : state.all_zones()) cma += zone.cma.value();
  print.Line("{} total pagecache pages", TotalOf(state, NodeStat::kFilePages));
  print.Line("{} pages in swap cache", TotalOf(state, NodeStat::kSwapcached));
  const SwapSpace swap =
      state.users == nullptr ? SwapSpace() : state.users->Swap();
  print.Line("Free swap  = {}kB", Kilobytes(swap.free.value()));
  print.Line("Total swap = {}kB", Kilobytes(swap.total.value()));
  print.Line("{} pages RAM", present.value());
  print.Line("0 pages HighMem/MovableOnly");
  print.Line("{} pages reserved", (present - TotalManaged(state)).value());
  if (state.policy.cma) print.Line("{} pages cma reserved", cma);
}

}  // namespace

void ShowMem(const AllocatorState& state, CpuId cpu, KernelLog& log) {
  Printer print(log);
  ShowTotals(state, print);
  for (const Node& node : state.all_nodes()) ShowNode(node, print);
  for (const Zone& zone : state.all_zones()) {
    if (zone.populated()) ShowZone(state, zone, cpu, print);
  }
  for (const Zone& zone : state.all_zones()) {
    if (zone.populated()) ShowFreeLists(zone, print);
  }
  for (const Node& node : state.all_nodes()) {
    for (const int size : {1048576, 2048}) {
      print.Line(
          "Node {} hugepages_total=0 hugepages_free=0 hugepages_surp=0 "
          "hugepages_size={}kB",
          node.id.value(), size);
    }
  }
  ShowTail(state, print);
}

}  // namespace pagelab

#include "pagelab/workloads/snapshot/snapshot.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "fmt/format.h"
#include "pagelab/base/text.h"

namespace pagelab {
namespace {

void AppendFields(std::string& out, const SnapshotFields& fields) {
  for (const auto& [key, value] : fields) {
    absl::StrAppend(&out, " ", key, "=", value);
  }
}

void AppendWords(std::string& out, const std::vector<std::string>& words) {
  for (const std::string& word : words) absl::StrAppend(&out, " ", word);
  out += '\n';
}

void AppendNumbers(std::string& out, const std::vector<int64_t>& numbers) {
  for (const int64_t number : numbers) absl::StrAppend(&out, " ", number);
  out += '\n';
}

void AppendPfns(std::string& out, const std::vector<Pfn>& pfns) {
  for (const Pfn pfn : pfns) {
    out += ' ';
    AppendHex(out, pfn.value());
  }
  out += '\n';
}

void AppendHeader(std::string& out, const AllocatorSnapshot& snapshot) {
  absl::StrAppend(&out, "pagelab-snapshot 1\nlabel ", snapshot.label, "\nslot ",
                  snapshot.slot, "\nsched_clock_ns ", snapshot.sched_clock_ns,
                  "\nlocal_clock_ns ", snapshot.local_clock_ns, "\ncpu ",
                  snapshot.cpu, " online_cpus ", snapshot.online_cpus,
                  "\ntrace_action ", snapshot.trace_action, "\n");
  out += fmt::format("vmemmap {:#x} sizeof_struct_page {}\nvm",
                     snapshot.vmemmap, snapshot.sizeof_struct_page);
  AppendFields(out, snapshot.vm);
  out += "\nmigratetypes";
  AppendWords(out, snapshot.migratetypes);
  out += "zone_vm_stat_items";
  AppendWords(out, snapshot.zone_stat_items);
}

void AppendPcp(std::string& out, const SnapshotPcp& pcp, int nr_lists) {
  out += fmt::format(
      "pcp cpu={} count={} high={} high_min={} high_max={} batch={} flags={} "
      "alloc_factor={} expire={} free_count={} locked=0\n",
      pcp.cpu, pcp.count, pcp.high, pcp.high_min, pcp.high_max, pcp.batch,
      int{pcp.flags}, int{pcp.alloc_factor}, pcp.expire, pcp.free_count);
  for (int list = 0; list < nr_lists; ++list) {
    constexpr int kHugePageOrder = 9;
    const int order =
        list < kNrLoworderPcpLists ? list / kMigratePcpTypes : kHugePageOrder;
    absl::StrAppend(&out, "pcplist cpu=", pcp.cpu, " idx=", list,
                    " order=", order, ":");
    AppendPfns(out, pcp.lists[static_cast<size_t>(list)]);
  }
  if (pcp.vm_stat_diff.empty()) return;
  absl::StrAppend(&out, "pcpstat cpu=", pcp.cpu,
                  " stat_threshold=", pcp.stat_threshold, " vm_stat_diff");
  AppendNumbers(out, pcp.vm_stat_diff);
}

void AppendFree(std::string& out, const SnapshotZone& zone) {
  for (size_t order = 0; order < zone.free.size(); ++order) {
    for (size_t type = 0; type < zone.free[order].size(); ++type) {
      if (zone.free[order][type].empty()) continue;
      absl::StrAppend(&out, "free order=", order, " mt=", type, ":");
      AppendPfns(out, zone.free[order][type]);
    }
    absl::StrAppend(&out, "nr_free order=", order, " ", zone.nr_free[order],
                    "\n");
  }
  absl::StrAppend(&out, "listed_free_pages ", ListedFreePages(zone), "\n");
}

void AppendState(std::string& out, const SnapshotZone& zone) {
  out += fmt::format("watermark min={} low={} high={} promo={} boost={}\n",
                     zone.watermark[0], zone.watermark[1], zone.watermark[2],
                     zone.watermark[3], zone.watermark_boost);
  out += fmt::format(
      "state nr_reserved_highatomic={} nr_free_highatomic={} flags={:#x}",
      zone.nr_reserved_highatomic, zone.nr_free_highatomic, zone.flags);
  AppendFields(out, zone.other_state);
  out += fmt::format(
      " pageset_high_min={} pageset_high_max={} pageset_batch={} "
      "nr_isolate_pageblock={}\n",
      zone.pageset_high_min, zone.pageset_high_max, zone.pageset_batch,
      zone.nr_isolate_pageblock);
  if (!zone.compact.empty()) {
    out += "compact";
    AppendFields(out, zone.compact);
    out += '\n';
  }
  out += "vm_stat";
  AppendNumbers(out, zone.vm_stat);
  out += "lock locked=0\n";
}

void AppendZone(std::string& out, const SnapshotZone& zone, int nr_pcp_lists) {
  out += fmt::format(
      "zone node={} idx={} name={} populated={} zone_start_pfn={:#x} "
      "spanned={} present={} managed={} cma={} present_early={}\n",
      zone.node.value(), zone.index, zone.name, zone.populated ? 1 : 0,
      zone.span.begin.value(), zone.span.size().value(), zone.present.value(),
      zone.managed.value(), zone.cma.value(), zone.present_early.value());
  out += "lowmem_reserve";
  AppendNumbers(out, zone.lowmem_reserve);
  if (zone.populated) {
    AppendState(out, zone);
    for (const SnapshotPcp& pcp : zone.pcps) AppendPcp(out, pcp, nr_pcp_lists);
    AppendFree(out, zone);
    for (const SnapshotPageblocks& blocks : zone.pageblocks) {
      out +=
          fmt::format("pageblock {:#x} {:#x} {}\n", blocks.range.begin.value(),
                      blocks.range.end.value(), blocks.migratetype);
    }
    if (!zone.pageblock_skip.empty()) {
      out += "pageblock_skip:";
      AppendPfns(out, zone.pageblock_skip);
    }
  }
  out += "endzone\n";
}

void AppendNode(std::string& out, const AllocatorSnapshot& snapshot,
                const SnapshotNode& node) {
  out += fmt::format("node {} start_pfn={:#x} spanned={} present={}",
                     node.node.value(), node.span.begin.value(),
                     node.span.size().value(), node.present.value());
  AppendFields(out, node.other);
  out += '\n';
  for (const SnapshotZonelist& list : snapshot.zonelists) {
    if (list.of_node != node.node) continue;
    absl::StrAppend(&out, "zonelist highest=", list.highest_zoneidx, ":");
    for (const auto& [of, name] : list.zones) {
      absl::StrAppend(&out, " ", of.value(), "/", name);
    }
    out += '\n';
  }
}

}  // namespace

int64_t AllocatorSnapshot::VmValue(const std::string& key,
                                   int64_t otherwise) const {
  for (const auto& [name, value] : vm) {
    int64_t number = 0;
    if (name == key && absl::SimpleAtoi(value, &number)) return number;
  }
  return otherwise;
}

uint64_t ListedFreePages(const SnapshotZone& zone) {
  uint64_t pages = 0;
  for (size_t order = 0; order < zone.free.size(); ++order) {
    for (const std::vector<Pfn>& list : zone.free[order]) {
      pages += list.size() << order;
    }
  }
  return pages;
}

std::string SnapshotText(const AllocatorSnapshot& snapshot) {
  const auto nr_pcp_lists = static_cast<int>(
      std::clamp<int64_t>(snapshot.VmValue("NR_PCP_LISTS", kNrPcpLists),
                          kNrLoworderPcpLists, kNrPcpLists));
  std::string out;
  AppendHeader(out, snapshot);
  for (const SnapshotNode& node : snapshot.nodes) {
    AppendNode(out, snapshot, node);
    for (const SnapshotZone& zone : snapshot.zones) {
      if (zone.node == node.node) AppendZone(out, zone, nr_pcp_lists);
    }
  }
  out += "errors 0 overflow 0\nend\n";
  return out;
}

}  // namespace pagelab

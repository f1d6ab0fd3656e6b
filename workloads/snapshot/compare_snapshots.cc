// Two snapshots of what should be the same moment, list by list.

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "fmt/format.h"
#include "pagelab/base/text.h"
#include "pagelab/workloads/snapshot/snapshot_layout.h"
#include "pagelab/workloads/snapshot/snapshot_machine.h"

namespace pagelab {
namespace {

constexpr size_t kMostLines = 100;

using Pfns = std::vector<Pfn>;

std::string At(const Pfns& list, size_t index) {
  return index < list.size() ? fmt::format("{:x}", list[index].value())
                             : "the end";
}

class Comparison {
 public:
  void List(const std::string& name, Order order, const Pfns& expected,
            const Pfns& actual);
  void Field(const std::string& name, int64_t expected, int64_t actual);
  // What no recording shows; for information.
  void Undecided(const std::string& name, int64_t expected, int64_t actual);
  void Text(const std::string& name, const std::string& expected,
            const std::string& actual);

  SnapshotDifference result;

 private:
  void Line(std::string line) {
    if (result.lines.size() < kMostLines) {
      result.lines.push_back(std::move(line));
    }
  }
};

void Comparison::List(const std::string& name, Order order,
                      const Pfns& expected, const Pfns& actual) {
  ++result.lists_compared;
  if (expected == actual) return;
  ++result.lists_differing;
  const size_t common = std::min(expected.size(), actual.size());
  size_t head = 0;
  while (head < common && expected[head] == actual[head]) ++head;
  size_t tail = 0;
  while (tail < common - head && expected[expected.size() - 1 - tail] ==
                                     actual[actual.size() - 1 - tail]) {
    ++tail;
  }
  // What stands between an equal beginning and an equal end.
  const size_t between = std::max(expected.size(), actual.size()) - head - tail;
  result.pages_differing += between * order.pages();
  const std::string index =
      fmt::format("first difference at index {}: expected {}, have {}", head,
                  At(expected, head), At(actual, head));
  if (expected.size() == actual.size()) {
    Line(fmt::format("{}: {} blocks, {} differ; {}", name, expected.size(),
                     between, index));
  } else {
    Line(fmt::format("{}: expected {} blocks, have {}; {}", name,
                     expected.size(), actual.size(), index));
  }
}

void Comparison::Field(const std::string& name, int64_t expected,
                       int64_t actual) {
  ++result.fields_compared;
  if (expected == actual) return;
  ++result.fields_differing;
  Line(fmt::format("{}: expected {}, have {}", name, expected, actual));
}

void Comparison::Undecided(const std::string& name, int64_t expected,
                           int64_t actual) {
  if (expected == actual) return;
  result.undecided.push_back(
      fmt::format("{}: expected {}, have {}", name, expected, actual));
}

void Comparison::Text(const std::string& name, const std::string& expected,
                      const std::string& actual) {
  ++result.fields_compared;
  if (expected == actual) return;
  ++result.fields_differing;
  Line(absl::StrCat(name, ": expected ", expected, ", have ", actual));
}

int64_t At(const std::vector<int64_t>& items, std::optional<size_t> index) {
  return index.has_value() && *index < items.size() ? items[*index] : 0;
}

// The counter with all differentials.
int64_t Total(const SnapshotZone& zone, std::optional<size_t> index) {
  int64_t total = At(zone.vm_stat, index);
  for (const SnapshotPcp& pcp : zone.pcps) {
    total += At(pcp.vm_stat_diff, index);
  }
  return total;
}

// "DMA32", with the node where there are several.
std::string ShortName(const AllocatorSnapshot& snapshot,
                      const SnapshotZone& zone) {
  if (snapshot.nodes.size() == 1) return zone.name;
  return absl::StrCat("node ", zone.node.value(), " ", zone.name);
}

void ComparePcp(const std::string& zone, const SnapshotLayout& layout,
                const SnapshotPcp& expected, const SnapshotPcp& actual,
                Comparison& comparison) {
  const std::string name = absl::StrCat(zone, " pcp cpu=", expected.cpu);
  for (size_t list = 0; list < expected.lists.size(); ++list) {
    constexpr int kHugePageOrder = 9;
    const int order = list < kNrLoworderPcpLists
                          ? static_cast<int>(list) / kMigratePcpTypes
                          : kHugePageOrder;
    comparison.List(absl::StrCat(name, " idx=", list), Order(order),
                    expected.lists[list], actual.lists[list]);
  }
  const auto field = [&](const char* key, int64_t wanted, int64_t found) {
    comparison.Field(absl::StrCat(name, " ", key), wanted, found);
  };
  field("count", expected.count, actual.count);
  field("high", expected.high, actual.high);
  field("high_min", expected.high_min, actual.high_min);
  field("high_max", expected.high_max, actual.high_max);
  field("batch", expected.batch, actual.batch);
  field("flags", expected.flags, actual.flags);
  field("alloc_factor", expected.alloc_factor, actual.alloc_factor);
  field("free_count", expected.free_count, actual.free_count);
  field("stat_threshold", expected.stat_threshold, actual.stat_threshold);
  // A CPU that goes idle folds its differentials, without an event
  // (page-allocator.md 20.2).
  for (const ZoneStat stat : {ZoneStat::kFreePages, ZoneStat::kFreeCma}) {
    const std::optional<size_t> index = layout.IndexOf(stat);
    comparison.Undecided(absl::StrCat(name, stat == ZoneStat::kFreePages
                                                ? " nr_free_pages differential"
                                                : " nr_free_cma differential"),
                         At(expected.vm_stat_diff, index),
                         At(actual.vm_stat_diff, index));
  }
  comparison.Undecided(name + " expire", expected.expire, actual.expire);
}

int TypeAt(const SnapshotZone& zone, Pfn pfn) {
  for (const SnapshotPageblocks& run : zone.pageblocks) {
    if (run.range.Contains(pfn)) return run.migratetype;
  }
  return -1;
}

// Where one of the two starts a new run of pageblocks, ascending.
std::vector<Pfn> RunBegins(const SnapshotZone& a, const SnapshotZone& b) {
  std::vector<Pfn> begins;
  for (const SnapshotZone* zone : {&a, &b}) {
    for (const SnapshotPageblocks& run : zone->pageblocks) {
      begins.push_back(run.range.begin);
    }
  }
  std::sort(begins.begin(), begins.end());
  begins.erase(std::unique(begins.begin(), begins.end()), begins.end());
  return begins;
}

void ComparePageblocks(const std::string& zone, const SnapshotZone& expected,
                       const SnapshotZone& actual, Comparison& comparison) {
  for (const Pfn begin : RunBegins(expected, actual)) {
    comparison.Field(
        fmt::format("{} type of the pageblocks from {:x}", zone, begin.value()),
        TypeAt(expected, begin), TypeAt(actual, begin));
  }
}

void CompareFree(const std::string& zone, const SnapshotZone& expected,
                 const SnapshotZone& actual, Comparison& comparison) {
  for (int order = 0; order < kNrPageOrders; ++order) {
    const auto index = static_cast<size_t>(order);
    for (int type = 0; type < kMigrateTypes; ++type) {
      const auto number = static_cast<size_t>(type);
      comparison.List(fmt::format("{} free order={} mt={}", zone, order, type),
                      Order(order), expected.free[index][number],
                      actual.free[index][number]);
    }
    comparison.Field(fmt::format("{} nr_free order={}", zone, order),
                     static_cast<int64_t>(expected.nr_free[index]),
                     static_cast<int64_t>(actual.nr_free[index]));
  }
}

void CompareNumbers(const std::string& zone, const SnapshotLayout& layout,
                    const SnapshotZone& expected, const SnapshotZone& actual,
                    Comparison& comparison) {
  const auto field = [&](const char* key, int64_t wanted, int64_t found) {
    comparison.Field(absl::StrCat(zone, " ", key), wanted, found);
  };
  constexpr std::array<const char*, kNrWatermarks> kMarks = {
      "watermark min", "watermark low", "watermark high", "watermark promo"};
  for (size_t mark = 0; mark < kMarks.size(); ++mark) {
    field(kMarks[mark], expected.watermark[mark], actual.watermark[mark]);
  }
  field("boost", expected.watermark_boost, actual.watermark_boost);
  for (size_t i = 0; i < expected.lowmem_reserve.size(); ++i) {
    field("lowmem_reserve", expected.lowmem_reserve[i],
          i < actual.lowmem_reserve.size() ? actual.lowmem_reserve[i] : 0);
  }
  field("flags", expected.flags, actual.flags);
  field("nr_reserved_highatomic", expected.nr_reserved_highatomic,
        actual.nr_reserved_highatomic);
  field("nr_free_highatomic", expected.nr_free_highatomic,
        actual.nr_free_highatomic);
  field("nr_isolate_pageblock", expected.nr_isolate_pageblock,
        actual.nr_isolate_pageblock);
  field("managed", static_cast<int64_t>(expected.managed.value()),
        static_cast<int64_t>(actual.managed.value()));
  for (const ZoneStat stat : {ZoneStat::kFreePages, ZoneStat::kFreeCma}) {
    const std::optional<size_t> index = layout.IndexOf(stat);
    field(stat == ZoneStat::kFreePages ? "nr_free_pages, all CPUs"
                                       : "nr_free_cma, all CPUs",
          Total(expected, index), Total(actual, index));
  }
}

void CompareZone(const std::string& name, const SnapshotLayout& layout,
                 const SnapshotZone& expected, const SnapshotZone& actual,
                 Comparison& comparison) {
  comparison.Field(name + " start",
                   static_cast<int64_t>(expected.span.begin.value()),
                   static_cast<int64_t>(actual.span.begin.value()));
  comparison.Field(name + " spanned",
                   static_cast<int64_t>(expected.span.size().value()),
                   static_cast<int64_t>(actual.span.size().value()));
  CompareNumbers(name, layout, expected, actual, comparison);
  for (const SnapshotPcp& pcp : expected.pcps) {
    const auto same = std::find_if(
        actual.pcps.begin(), actual.pcps.end(),
        [&pcp](const SnapshotPcp& other) { return other.cpu == pcp.cpu; });
    if (same == actual.pcps.end()) {
      comparison.Text(absl::StrCat(name, " pcp cpu=", pcp.cpu), "a cpu",
                      "none");
    } else {
      ComparePcp(name, layout, pcp, *same, comparison);
    }
  }
  CompareFree(name, expected, actual, comparison);
  ComparePageblocks(name, expected, actual, comparison);
}

}  // namespace

SnapshotDifference CompareSnapshots(const AllocatorSnapshot& expected,
                                    const AllocatorSnapshot& actual) {
  Comparison comparison;
  const absl::StatusOr<SnapshotLayout> layout =
      SnapshotLayout::Create(expected);
  comparison.Text("migratetypes", absl::StrJoin(expected.migratetypes, " "),
                  absl::StrJoin(actual.migratetypes, " "));
  comparison.Text("zone_vm_stat_items",
                  absl::StrJoin(expected.zone_stat_items, " "),
                  absl::StrJoin(actual.zone_stat_items, " "));
  if (!layout.ok() || !comparison.result.empty()) return comparison.result;
  for (const SnapshotZone& zone : expected.zones) {
    if (!zone.populated) continue;
    const std::string name = ShortName(expected, zone);
    const auto same = std::find_if(actual.zones.begin(), actual.zones.end(),
                                   [&zone](const SnapshotZone& other) {
                                     return other.node == zone.node &&
                                            other.index == zone.index &&
                                            other.populated;
                                   });
    if (same == actual.zones.end()) {
      comparison.Text(name, "a zone", "none");
    } else {
      CompareZone(name, *layout, zone, *same, comparison);
    }
  }
  for (const SnapshotZone& zone : actual.zones) {
    const auto known = std::find_if(
        expected.zones.begin(), expected.zones.end(),
        [&zone](const SnapshotZone& other) {
          return other.node == zone.node && other.index == zone.index;
        });
    if (zone.populated &&
        (known == expected.zones.end() || !known->populated)) {
      comparison.Text(ShortName(actual, zone), "no zone", "a zone");
    }
  }
  return comparison.result;
}

}  // namespace pagelab

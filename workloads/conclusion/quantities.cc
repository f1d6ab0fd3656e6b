#include "pagelab/workloads/conclusion/quantities.h"

#include <algorithm>
#include <functional>
#include <vector>

#include "pagelab/alloc/fragmentation_index.h"
#include "pagelab/alloc/memcg_word.h"
#include "pagelab/alloc/page_walk.h"
#include "pagelab/alloc/stat_totals.h"
#include "pagelab/base/output_stream.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/owner/mixed_blocks.h"
#include "pagelab/owner/owner_walk.h"
#include "pagelab/workloads/top_owners.h"

namespace pagelab {
namespace {

constexpr std::string_view kVmstat = "vmstat.";

struct Asked {
  Machine& machine;
  const RunReport& report;
  const QuantityName& name;

  int number() const {
    return static_cast<int>(std::get<double>(name.arguments[0]));
  }
  const std::string& text() const {
    return std::get<std::string>(name.arguments[0]);
  }
};

FreeBlockCounts FreeBlocks(const AllocatorState& state) {
  FreeBlockCounts blocks;
  for (const Zone& zone : state.all_zones()) blocks += FreeBlockCounts(zone);
  return blocks;
}

// The share of free memory in blocks that are too small; finer than the
// kernel's index.
double Unusable(const FreeBlockCounts& blocks, Order order) {
  const auto all = static_cast<double>(blocks.pages().value());
  const auto usable =
      static_cast<double>(blocks.SuitableBlocks(order) * order.pages());
  return all == 0 ? 0 : 1 - usable / all;
}

absl::StatusOr<Quantum> PageblocksOf(const Asked& asked) {
  const AllocatorState& state = asked.machine.state();
  double blocks = 0;
  const PageCount step(state.memory->pageblock_order().pages());
  for (const Zone& zone : state.all_zones()) {
    if (!zone.populated()) continue;
    for (Pfn pfn = zone.span.begin; pfn < zone.span.end;
         pfn = AlignDown(pfn, state.memory->pageblock_order()) + step) {
      if (ToString(state.PageblockType(pfn)) == asked.text()) ++blocks;
    }
  }
  return blocks;
}

double MixedBlocks(const Asked& asked) {
  const PageOwner* owner = asked.machine.page_owner();
  if (owner == nullptr) return 0;
  double blocks = 0;
  for (const Zone& zone : asked.machine.state().all_zones()) {
    if (!zone.populated()) continue;
    for (const uint64_t count : CountMixedBlocks(*owner, zone)) {
      blocks += static_cast<double>(count);
    }
  }
  return blocks;
}

double PagesOf(const Asked& asked) {
  double pages = 0;
  for (const TopOwner& owner : SummarizeOwners(asked.machine, SIZE_MAX).top) {
    const bool calls = std::any_of(
        owner.stack.begin(), owner.stack.end(), [&](const std::string& frame) {
          return frame.compare(0, asked.text().size() + 1,
                               asked.text() + "+") == 0;
        });
    if (calls) pages += static_cast<double>(owner.pages.value());
  }
  return pages;
}

// fn(item) for every record of page_owner.
void ForEachRecord(Machine& machine,
                   const std::function<void(const OwnerWalk::Item&)>& fn) {
  if (machine.page_owner() == nullptr) return;
  OwnerWalk walk(*machine.page_owner());
  for (std::optional<OwnerWalk::Item> item = walk.Find(Pfn(0)); item;
       item = walk.Find(OwnerWalk::After(*item))) {
    fn(*item);
  }
}

double MigratedFor(const Asked& asked) {
  double pages = 0;
  ForEachRecord(asked.machine, [&](const OwnerWalk::Item& item) {
    const int reason = item.record.last_migrate_reason;
    if (reason < 0 || reason >= kMigrateReasons) return;
    if (ToString(static_cast<MigrateReason>(reason)) != asked.text()) return;
    pages += static_cast<double>(Order(item.record.order).pages());
  });
  return pages;
}

double ChargedTo(const Asked& asked) {
  Machine& machine = asked.machine;
  double pages = 0;
  for (Pfn pfn(0); pfn < machine.memory().max_pfn();) {
    const FrameExtent extent = ExtentAt(machine.state(), pfn);
    pfn = extent.range.end;
    if (extent.kind != FrameExtent::Kind::kAllocated) continue;
    const MemcgWord word = machine.memory().PageAt(extent.range.begin)->memcg();
    if (!word.charged()) continue;
    if (machine.memcgs().Memcg(word.memcg()).name == asked.text()) {
      pages += static_cast<double>(extent.range.size().value());
    }
  }
  return pages;
}

double NodePages(const Asked& asked, bool free) {
  double pages = 0;
  for (const Zone& zone : asked.machine.state().all_zones()) {
    if (zone.node != NodeId(asked.number())) continue;
    pages += free ? static_cast<double>(zone.StatPages(ZoneStat::kFreePages))
                  : static_cast<double>(zone.managed.value());
  }
  return pages;
}

Quantum LastLine(const Asked& asked) {
  const std::vector<std::string>& lines = asked.machine.dmesg();
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
    if (line->find(asked.text()) == std::string::npos) continue;
    const size_t stamp = line->find("] ");
    return stamp == std::string::npos ? *line : line->substr(stamp + 2);
  }
  return std::string("(no such line)");
}

double FailuresOf(const Asked& asked) {
  double failures = 0;
  for (const RunReport::Failure& failure : asked.report.failures) {
    if (failure.order.value() == asked.number()) {
      failures += static_cast<double>(failure.count);
    }
  }
  return failures;
}

struct QuantityEntry {
  QuantityInfo info;
  absl::StatusOr<Quantum> (*value)(const Asked& asked);
};

constexpr QuantityEntry kQuantities[] = {
    {{"vmstat.NAME", "", "the line NAME of /proc/vmstat"}, nullptr},
    {{"free", "order", "free blocks of the order, on all lists"},
     [](const Asked& asked) -> absl::StatusOr<Quantum> {
       return static_cast<double>(
           FreeBlocks(asked.machine.state()).blocks(Order(asked.number())));
     }},
    {{"free_from", "order",
      "how many blocks of the order the free lists could give"},
     [](const Asked& asked) -> absl::StatusOr<Quantum> {
       return static_cast<double>(FreeBlocks(asked.machine.state())
                                      .SuitableBlocks(Order(asked.number())));
     }},
    {{"unusable", "order",
      "the share of free memory in blocks below the order, 0 to 1"},
     [](const Asked& asked) -> absl::StatusOr<Quantum> {
       return Unusable(FreeBlocks(asked.machine.state()),
                       Order(asked.number()));
     }},
    {{"pageblocks", "'type'", "pageblocks of the migratetype"}, &PageblocksOf},
    {{"mixed_blocks", "",
      "pageblocks that hold a page of another type (page_owner)"},
     [](const Asked& asked) -> absl::StatusOr<Quantum> {
       return MixedBlocks(asked);
     }},
    {{"managed", "", "pages of the machine that the allocator has"},
     [](const Asked& asked) -> absl::StatusOr<Quantum> {
       return static_cast<double>(TotalManaged(asked.machine.state()).value());
     }},
    {{"node_free", "node", "free pages of the node"},
     [](const Asked& asked) -> absl::StatusOr<Quantum> {
       return NodePages(asked, /*free=*/true);
     }},
    {{"node_managed", "node", "pages of the node"},
     [](const Asked& asked) -> absl::StatusOr<Quantum> {
       return NodePages(asked, /*free=*/false);
     }},
    {{"pages_of", "'function'",
      "pages that came through the function (page_owner)"},
     [](const Asked& asked) -> absl::StatusOr<Quantum> {
       return PagesOf(asked);
     }},
    {{"early_pages", "", "pages that were allocated before page_owner started"},
     [](const Asked& asked) -> absl::StatusOr<Quantum> {
       return static_cast<double>(
           SummarizeOwners(asked.machine, 0).early_pages.value());
     }},
    {{"migrated", "'reason'",
      "pages whose last migration was for the reason (page_owner)"},
     [](const Asked& asked) -> absl::StatusOr<Quantum> {
       return MigratedFor(asked);
     }},
    {{"charged", "'memcg'", "pages charged to the memory cgroup"},
     [](const Asked& asked) -> absl::StatusOr<Quantum> {
       return ChargedTo(asked);
     }},
    {{"failures", "order", "allocations of the order that failed"},
     [](const Asked& asked) -> absl::StatusOr<Quantum> {
       return FailuresOf(asked);
     }},
    {{"all_failures", "", "allocations that failed"},
     [](const Asked& asked) -> absl::StatusOr<Quantum> {
       return static_cast<double>(asked.report.counts.failures);
     }},
    {{"milliseconds", "", "simulated time since the tasks started"},
     [](const Asked& asked) -> absl::StatusOr<Quantum> {
       return static_cast<double>(asked.machine.clock().now().value() -
                                  asked.report.begin.value()) /
              1e6;
     }},
    {{"last_refusal", "",
      "what the kernel answered to the last write that it refused; not a "
      "number"},
     [](const Asked& asked) -> absl::StatusOr<Quantum> {
       return asked.report.refusals.empty()
                  ? std::string("(none)")
                  : asked.report.refusals.back().message;
     }},
    {{"last_line", "'text'",
      "the last line of the kernel's log with the text; not a number"},
     [](const Asked& asked) -> absl::StatusOr<Quantum> {
       return LastLine(asked);
     }},
};

const QuantityEntry* FindQuantity(std::string_view name) {
  for (const QuantityEntry& entry : kQuantities) {
    if (entry.value != nullptr && entry.info.name == name) return &entry;
  }
  return nullptr;
}

bool IsVmstat(const QuantityName& name) {
  return name.name.starts_with(kVmstat);
}

absl::StatusOr<Quantum> VmstatLine(Machine& machine,
                                   const QuantityName& asked) {
  const std::string_view name =
      std::string_view(asked.name).substr(kVmstat.size());
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<SimFile> file,
                           machine.File("/proc/vmstat"));
  StringOutput out;
  PAGELAB_RETURN_IF_ERROR(file->Dump(out));
  const std::string& text = out.text();
  std::vector<std::string_view> names;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    const size_t space = line.find(' ');
    names.push_back(line.substr(0, space));
    if (names.back() != name) continue;
    PAGELAB_ASSIGN_OR_RETURN(const uint64_t value,
                             ParseUint64(line.substr(space + 1)));
    return static_cast<double>(value);
  }
  return InvalidInput("/proc/vmstat has no line \"" + std::string(name) + "\"" +
                      DidYouMean(name, names));
}

}  // namespace

absl::Span<const QuantityInfo> QuantityInfos() {
  static const auto* const infos = [] {
    auto* result = new std::vector<QuantityInfo>;
    for (const QuantityEntry& entry : kQuantities) {
      result->push_back(entry.info);
    }
    return result;
  }();
  return *infos;
}

absl::Status CheckQuantity(const QuantityName& name) {
  if (IsVmstat(name)) return absl::OkStatus();
  const QuantityEntry* entry = FindQuantity(name.name);
  if (entry == nullptr) {
    std::vector<std::string_view> names;
    for (const QuantityInfo& info : QuantityInfos()) names.push_back(info.name);
    return InvalidInput("no quantity \"" + name.name + "\"" +
                        DidYouMean(name.name, names));
  }
  const bool wants_text =
      !entry->info.argument.empty() && entry->info.argument[0] == '\'';
  const size_t wanted = entry->info.argument.empty() ? 0 : 1;
  const bool fits = name.arguments.size() == wanted &&
                    (wanted == 0 || std::holds_alternative<std::string>(
                                        name.arguments[0]) == wants_text);
  if (!fits) {
    return InvalidInput("\"" + name.text() + "\": " + name.name + " takes " +
                        (wanted == 0
                             ? "no argument"
                             : "(" + std::string(entry->info.argument) + ")"));
  }
  if (entry->info.argument == "order" &&
      std::get<double>(name.arguments[0]) > kMaxPageOrder) {
    return InvalidInput("\"" + name.text() + "\": orders are 0 to " +
                        std::to_string(kMaxPageOrder));
  }
  return absl::OkStatus();
}

absl::Status CheckOnMachine(Machine& machine, const QuantityName& name) {
  if (!IsVmstat(name)) return absl::OkStatus();
  return VmstatLine(machine, name).status();
}

absl::StatusOr<Quantum> ValueOf(Machine& machine, const RunReport& report,
                                const QuantityName& name) {
  if (IsVmstat(name)) return VmstatLine(machine, name);
  return FindQuantity(name.name)->value(Asked{machine, report, name});
}

}  // namespace pagelab

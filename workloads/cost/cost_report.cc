// The cost of tracking as text and as JSON.

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "pagelab/base/text.h"
#include "pagelab/workloads/cost/tracking_cost.h"
#include "pagelab/workloads/top_owners.h"

namespace pagelab {
namespace {

constexpr uint64_t kHundred = 100;

// The newest kernel whose records hold their stacks.
const TrackingCost* InlineOf(const CostReport& report) {
  const TrackingCost* found = nullptr;
  for (const TrackingCost& cost : report.kernels) {
    if (cost.inline_stacks) found = &cost;
  }
  return found;
}

// In whole percent, the rest cut off; nothing where there is none.
std::optional<int64_t> Saving(const TrackingCost* inline_stacks,
                              const TrackingCost& cost) {
  if (inline_stacks == nullptr || cost.inline_stacks) {
    return std::nullopt;
  }
  const auto before = static_cast<int64_t>(inline_stacks->total().bytes());
  const auto now = static_cast<int64_t>(cost.total().bytes());
  return (before - now) * static_cast<int64_t>(kHundred) / before;
}

double PercentOf(PageCount part, PageCount whole) {
  return static_cast<double>(part.value()) * kHundred /
         static_cast<double>(whole.value());
}

std::string PerStack(const TrackingCost& cost) {
  return cost.stacks == 0
             ? "-"
             : fmt::format("{:.1f}", static_cast<double>(cost.record_bytes) /
                                         static_cast<double>(cost.stacks));
}

std::string HashTable(const TrackingCost& cost) {
  if (cost.hash_table_bytes == 0) return "-";
  return Grouped(cost.hash_table_bytes) +
         (cost.hash_table_in_image ? " in the image" : " at boot");
}

}  // namespace

std::string CostText(const CostReport& report) {
  constexpr std::string_view kRow =
      "{:>6}  {:>10}  {:>13}  {:>8}  {:>8}  {:>9}  {:>13}  {:>9}  {:>13}  "
      "{:>8}  {:>6}  {}\n";
  const TrackingCost* inline_stacks = InlineOf(report);
  std::string text = fmt::format(
      "page_owner on {}: {} pages of memory, after {}\n\n", report.machine,
      Grouped(report.memory.value()), report.workload);
  text += fmt::format(fmt::runtime(kRow), "kernel", "bytes/page", "static",
                      "pages", "stacks", "per stack", "depot", "list", "total",
                      "% memory", "saved", "hash table, not in the total");
  for (const TrackingCost& cost : report.kernels) {
    const std::optional<int64_t> saving = Saving(inline_stacks, cost);
    text += fmt::format(
        fmt::runtime(kRow), cost.kernel, cost.entry_bytes,
        Grouped(cost.page_ext.bytes()), Grouped(cost.page_ext.value()),
        cost.stacks == 0 ? "-" : Grouped(cost.stacks), PerStack(cost),
        cost.hash_table_bytes == 0 ? "-" : Grouped(cost.depot.bytes()),
        cost.stack_list.value() == 0 ? "-" : Grouped(cost.stack_list.bytes()),
        Grouped(cost.total().bytes()),
        fmt::format("{:.3f}", PercentOf(cost.total(), report.memory)),
        saving.has_value() ? fmt::format("{} %", *saving) : "-",
        HashTable(cost));
  }
  text += "\nBytes, counted from the frames that the simulated kernels took.";
  if (inline_stacks != nullptr) {
    text += fmt::format(" Saved: against {}, whose records hold their stacks.",
                        inline_stacks->kernel);
  }
  text += '\n';
  return text;
}

std::string CostJson(const CostReport& report) {
  nlohmann::ordered_json json;
  json["machine"] = report.machine;
  json["workload"] = report.workload;
  json["memory_pages"] = report.memory.value();
  const TrackingCost* inline_stacks = InlineOf(report);
  for (const TrackingCost& cost : report.kernels) {
    nlohmann::ordered_json item;
    item["kernel"] = cost.kernel;
    item["page_ext_entry_bytes"] = cost.entry_bytes;
    item["page_ext_pages"] = cost.page_ext.value();
    item["page_ext_bytes"] = cost.page_ext.bytes();
    item["stacks"] = cost.stacks;
    item["stack_record_bytes"] = cost.record_bytes;
    item["depot_pages"] = cost.depot.value();
    item["depot_bytes"] = cost.depot.bytes();
    item["stack_list_bytes"] = cost.stack_list.bytes();
    item["total_bytes"] = cost.total().bytes();
    item["percent_of_memory"] = PercentOf(cost.total(), report.memory);
    item["hash_table_bytes"] = cost.hash_table_bytes;
    item["hash_table_in_image"] = cost.hash_table_in_image;
    item["missing_after_boot_pages"] = cost.missing_after_boot.value();
    if (const auto saving = Saving(inline_stacks, cost); saving.has_value()) {
      item["saved_percent"] = *saving;
    }
    json["kernels"].push_back(std::move(item));
  }
  return json.dump(2) + "\n";
}

}  // namespace pagelab

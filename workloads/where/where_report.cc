// The sheet as a table and as JSON.

#include <iterator>
#include <nlohmann/json.hpp>
#include <string_view>

#include "fmt/format.h"
#include "pagelab/base/text.h"
#include "pagelab/workloads/top_owners.h"
#include "pagelab/workloads/where/where_sheet.h"

namespace pagelab {
namespace {

using Json = nlohmann::ordered_json;

constexpr int64_t kKilobytesPerPage = 4;

// "1,234,567", "-21".
std::string Signed(int64_t value) {
  const auto magnitude = static_cast<uint64_t>(value < 0 ? -value : value);
  return (value < 0 ? "-" : "") + Grouped(magnitude);
}

// Tenths of a percent without floating point, rounded to the nearest.
std::string Percent(int64_t part, int64_t total) {
  if (total == 0) return "0.0";
  const int64_t magnitude = part < 0 ? -part : part;
  const int64_t tenths = (magnitude * 1000 + total / 2) / total;
  return fmt::format("{}{}.{}", part < 0 && tenths > 0 ? "-" : "", tenths / 10,
                     tenths % 10);
}

void AppendPart(const WherePart& part, int64_t total, std::string& out) {
  std::string recorded;
  if (part.recorded.has_value() && *part.recorded != part.pages) {
    recorded = "  (page_owner: " + Signed(*part.recorded) + ")";
  }
  fmt::format_to(std::back_inserter(out), "{:>12}  {:>14}  {:>5}  {}{}\n",
                 Signed(part.pages), Signed(part.pages * kKilobytesPerPage),
                 Percent(part.pages, total), part.what, recorded);
}

void AppendGroup(std::string_view heading, const std::vector<WherePart>& parts,
                 int64_t total, std::string& out) {
  if (parts.empty()) return;
  WherePart sum;
  for (const WherePart& part : parts) sum.pages += part.pages;
  out += '\n';
  sum.what = std::string(heading);
  AppendPart(sum, total, out);
  for (WherePart part : parts) {
    part.what = "  " + part.what;
    AppendPart(part, total, out);
  }
}

Json PartsJson(const std::vector<WherePart>& parts) {
  Json list = Json::array();
  for (const WherePart& part : parts) {
    Json entry = {{"what", part.what}, {"pages", part.pages}};
    if (part.recorded.has_value()) {
      entry["page_owner_pages"] = *part.recorded;
    }
    list.push_back(std::move(entry));
  }
  return list;
}

}  // namespace

std::string WhereText(const WhereSheet& sheet) {
  std::string text =
      fmt::format("{:>12}  {:>14}  {:>5}\n", "pages", "KiB", "%");
  AppendPart({"MemTotal", sheet.total, std::nullopt}, sheet.total, text);
  AppendGroup("free", sheet.free, sheet.total, text);
  AppendGroup("accounted for", sheet.accounted, sheet.total, text);
  AppendGroup("on no line of meminfo", sheet.on_no_line, sheet.total, text);
  text += fmt::format(
      "\nmeminfo alone leaves {} kB unexplained (kernel stacks {}).\n",
      sheet.unaccounted_kilobytes,
      sheet.stacks == StackMemory::kVmalloced ? "are in VmallocUsed"
                                              : "counted apart");
  return text;
}

std::string WhereJson(const WhereSheet& sheet) {
  const Json json = {
      {"total_pages", sheet.total},
      {"free", PartsJson(sheet.free)},
      {"accounted", PartsJson(sheet.accounted)},
      {"on_no_line", PartsJson(sheet.on_no_line)},
      {"owners", sheet.owners},
      {"has_page_owner", sheet.has_owners},
      {"kernel_stacks_vmalloced", sheet.stacks == StackMemory::kVmalloced},
      {"meminfo_unaccounted_kilobytes", sheet.unaccounted_kilobytes}};
  return json.dump(2) + "\n";
}

}  // namespace pagelab

#include "pagelab/workloads/summary.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "pagelab/base/text.h"
#include "pagelab/workloads/machine_language.h"
#include "pagelab/workloads/version.h"

namespace pagelab {
namespace {

using Json = nlohmann::ordered_json;

// Raised with every change that a reader of the file would notice.
constexpr int kSchemaVersion = 1;

std::string Hex(uint32_t value) {
  std::string text = "0x";
  AppendHex(text, value);
  return text;
}

Json GfpJson(Gfp gfp, const GfpEra& era = kGfpEra612) {
  return Json{{"mask", Hex(gfp.value())}, {"text", GfpText(era, gfp)}};
}

Json CountsJson(const std::vector<std::pair<std::string, uint64_t>>& counts) {
  Json json = Json::object();
  for (const auto& [name, value] : counts) json[name] = value;
  return json;
}

uint64_t FreePages(const Zone& zone) {
  return static_cast<uint64_t>(std::max<int64_t>(
      0, zone.vm_stat[static_cast<size_t>(ZoneStat::kFreePages)]));
}

Json ZonesJson(const AllocatorState& state) {
  Json zones = Json::array();
  for (const Zone& zone : state.all_zones()) {
    if (zone.present.value() == 0) continue;
    zones.push_back(
        Json{{"node", zone.node.value()},
             {"name", ToString(zone.type)},
             {"spanned_pages", (zone.span.end - zone.span.begin).value()},
             {"present_pages", zone.present.value()},
             {"managed_pages", zone.managed.value()},
             {"free_pages", FreePages(zone)}});
  }
  return zones;
}

// As they are in effect: the kernel computes some that nobody set.
Json SettingsJson(const Machine& machine) {
  MachineConfig config = machine.config();
  config.policy = machine.state().policy;
  return Json::parse(MachineSettings(config));
}

// What page_owner takes, in frames.
Json TrackingJson(Machine& machine) {
  Json json = Json::object();
  if (machine.page_ext() != nullptr) {
    json["page_ext_pages"] = machine.page_ext()->nr_memmap_pages().value();
  }
  if (machine.profile().depot.has_value()) {
    const StackDepot& depot = machine.stack_depot();
    json["depot_pages"] = depot.pages_held().value();
    json["depot_stacks"] = depot.state().persistent_count;
    json["depot_bytes"] = depot.state().persistent_bytes;
  }
  if (machine.page_owner() != nullptr) {
    json["stack_list_pages"] = machine.page_owner()->list_pages().value();
  }
  return json;
}

Json MachineJson(Machine& machine) {
  const MachineConfig& config = machine.config();
  uint64_t bytes = 0;
  for (const FirmwareRange& range : config.memory_map) {
    if (range.usable) bytes += range.range.end - range.range.begin;
  }
  return Json{{"name", config.name},
              {"kernel", config.kernel},
              {"memory_bytes", bytes},
              {"nodes", machine.state().nr_nodes},
              {"cpus", machine.state().nr_cpus},
              {"command_line", config.command_line},
              {"settings", SettingsJson(machine)},
              {"zones", ZonesJson(machine.state())}};
}

Json TasksJson(const std::vector<RunReport::TaskReport>& tasks) {
  Json json = Json::array();
  for (const RunReport::TaskReport& task : tasks) {
    Json entry = {{"name", task.name},
                  {"comm", task.comm},
                  {"pid", task.pid},
                  {"tgid", task.tgid}};
    entry.update(CountsJson(CountsOf(task.counts)));
    json.push_back(entry);
  }
  return json;
}

Json FailuresJson(const std::vector<RunReport::Failure>& failures) {
  Json json = Json::array();
  for (const RunReport::Failure& failure : failures) {
    json.push_back(Json{{"task", failure.task},
                        {"order", failure.order.value()},
                        {"gfp", GfpJson(failure.gfp)},
                        {"count", failure.count},
                        {"first_ns", failure.first.value()}});
  }
  return json;
}

Json CapturesJson(const std::vector<RunReport::Capture>& captures) {
  Json json = Json::array();
  for (const RunReport::Capture& capture : captures) {
    json.push_back(
        Json{{"name", capture.name}, {"time_ns", capture.when.value()}});
  }
  return json;
}

Json RefusalsJson(const std::vector<RunReport::Refusal>& refusals) {
  Json json = Json::array();
  for (const RunReport::Refusal& refusal : refusals) {
    json.push_back(Json{{"path", refusal.path},
                        {"message", refusal.message},
                        {"time_ns", refusal.when.value()}});
  }
  return json;
}

Json OwnersJson(const OwnerOverview& owners) {
  Json json = {{"tracked", owners.tracked}};
  if (!owners.tracked) return json;
  json["pages"] = owners.pages.value();
  json["records"] = owners.records;
  json["early_pages"] = owners.early_pages.value();
  json["owners"] = owners.owners;
  Json top = Json::array();
  for (const TopOwner& owner : owners.top) {
    top.push_back(Json{{"pages", owner.pages.value()},
                       {"times", owner.times},
                       {"order", owner.order.value()},
                       {"gfp", GfpJson(owner.gfp, *owners.gfp_era)},
                       {"comm", owner.comm},
                       {"own_frame", owner.frame},
                       {"stack", owner.stack}});
  }
  json["top"] = top;
  return json;
}

}  // namespace

std::vector<std::pair<std::string, uint64_t>> CountsOf(
    const RunReport::Counts& counts) {
  return {{"allocations", counts.allocations},
          {"pages_allocated", counts.pages_allocated},
          {"allocation_failures", counts.failures},
          {"frees", counts.frees},
          {"pages_freed", counts.pages_freed}};
}

std::vector<std::pair<std::string, uint64_t>> CountsOf(
    const RunReport& report) {
  std::vector<std::pair<std::string, uint64_t>> counts =
      CountsOf(report.counts);
  counts.emplace_back("use_after_frees", report.use_after_frees);
  return counts;
}

std::string HashOf(std::string_view text) {
  std::string hash;
  AppendHexZeroPadded(hash, XXH3_64bits(text.data(), text.size()), 16);
  return hash;
}

std::string SummaryJson(Machine& machine, const Summary& summary) {
  Json json = {{"schema_version", kSchemaVersion},
               {"pagelab_version", kVersion},
               {"kernel_model", kKernelModel},
               {"command", summary.command}};
  if (!summary.workload.empty()) {
    json["workload"] =
        Json{{"name", summary.workload}, {"hash", summary.workload_hash}};
    json["seed"] = summary.seed;
  }
  json["machine"] = MachineJson(machine);
  json["time_ns"] = machine.clock().now().value();
  json["counts"] = CountsJson(summary.counts);
  json["tasks"] = TasksJson(summary.tasks);
  json["failures"] = FailuresJson(summary.failures);
  json["captures"] = CapturesJson(summary.captures);
  if (!summary.refusals.empty()) {
    json["refused_writes"] = RefusalsJson(summary.refusals);
  }
  if (!summary.conclusion.empty()) json["conclusion"] = summary.conclusion;
  json["tracking_memory"] = TrackingJson(machine);
  json["page_owner"] = OwnersJson(summary.owners);
  // A comm or a name can hold any bytes.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace pagelab

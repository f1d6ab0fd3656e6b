#include "pagelab/workloads/compare/run_values.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

#include "pagelab/base/input_stream.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/workloads/kernel_copy.h"
#include "pagelab/workloads/outputs.h"
#include "pagelab/workloads/word_lines.h"

namespace pagelab {
namespace {

using Json = nlohmann::ordered_json;

// Counters of /proc/vmstat by the beginning of their names, and what they are
// about. The first that fits counts.
struct CounterKind {
  std::string_view prefix;
  std::string_view group;
};
constexpr std::string_view kReclaim = "reclaim";
constexpr std::string_view kCompaction = "compaction and migration";
constexpr std::string_view kTracking = "cost of tracking";
constexpr std::string_view kOtherCounters = "other counters of vmstat";
constexpr CounterKind kCounterKinds[] = {{"pgscan", kReclaim},
                                         {"pgsteal", kReclaim},
                                         {"allocstall", kReclaim},
                                         {"oom_kill", kReclaim},
                                         {"pgskip", kReclaim},
                                         {"pgrefill", kReclaim},
                                         {"pgactivate", kReclaim},
                                         {"pgdeactivate", kReclaim},
                                         {"pgrotated", kReclaim},
                                         {"pageoutrun", kReclaim},
                                         {"kswapd_", kReclaim},
                                         {"slabs_scanned", kReclaim},
                                         {"zone_reclaim_", kReclaim},
                                         {"workingset_", kReclaim},
                                         {"pswp", kReclaim},
                                         {"nr_vmscan_", kReclaim},
                                         {"drop_", kReclaim},
                                         {"compact_", kCompaction},
                                         {"pgmigrate_", kCompaction},
                                         {"thp_migration_", kCompaction},
                                         {"cma_alloc_", kCompaction},
                                         {"numa_pages_migrated", kCompaction},
                                         {"nr_memmap_pages", kTracking}};

std::string_view GroupOfCounter(std::string_view name) {
  for (const CounterKind& kind : kCounterKinds) {
    if (name.substr(0, kind.prefix.size()) == kind.prefix) return kind.group;
  }
  return kOtherCounters;
}

// The path of a file that a run writes.
absl::StatusOr<std::string> PathIn(const std::string& directory,
                                   std::string_view name) {
  std::string path = FindKernelCopy(directory, name);
  if (!path.empty()) return path;
  return InvalidInput(directory + ": no \"" + std::string(name) +
                      "\" in it; it must be a directory that \"pagelab run "
                      "SCENARIO -o DIR\" wrote");
}

absl::StatusOr<NamedText> TextIn(const std::string& directory,
                                 std::string_view name) {
  PAGELAB_ASSIGN_OR_RETURN(std::string path, PathIn(directory, name));
  PAGELAB_ASSIGN_OR_RETURN(std::string text, ReadWholeFile(path));
  return NamedText{.name = std::move(path), .text = std::move(text)};
}

class RunReader {
 public:
  absl::StatusOr<RunValues> Read(const std::string& directory);

 private:
  NamedValues& Group(std::string_view title);
  void AddCount(std::string_view group, std::string name, int64_t value,
                ValueForm form = ValueForm::kCount) {
    Group(group).push_back({std::move(name), value, form});
  }
  // Every leaf below `json`, objects only; lists as one text.
  void AddInputs(const std::string& path, const Json& json);
  // Every whole number of the object.
  void AddNumbers(std::string_view group, const std::string& prefix,
                  const Json& json);
  absl::Status AddSummary(const NamedText& file);
  void AddFailures(const Json& failures);
  void AddMachine(const Json& machine);
  void AddFreeMemory(const FreeMemory& free);
  absl::Status AddCounters(const NamedText& file);

  RunValues values_;
};

NamedValues& RunReader::Group(std::string_view title) {
  for (auto& [name, values] : values_.groups) {
    if (name == title) return values;
  }
  return values_.groups.emplace_back(std::string(title), NamedValues()).second;
}

void RunReader::AddInputs(const std::string& path, const Json& json) {
  if (!json.is_object()) {
    values_.inputs.emplace_back(path, json.dump());
    return;
  }
  for (const auto& [name, value] : json.items()) {
    AddInputs(path.empty() ? name : path + "." + name, value);
  }
}

void RunReader::AddNumbers(std::string_view group, const std::string& prefix,
                           const Json& json) {
  if (!json.is_object()) return;
  for (const auto& [name, value] : json.items()) {
    if (value.is_number_integer()) {
      AddCount(group, prefix + name, value.get<int64_t>());
    }
  }
}

void RunReader::AddFailures(const Json& failures) {
  if (!failures.is_array()) return;
  for (const Json& failure : failures) {
    if (!failure.is_object()) continue;
    const Json count = failure.value("count", Json());
    const Json gfp = failure.value("gfp", Json::object());
    if (!count.is_number_integer()) continue;
    AddCount("outcome",
             "failed: " + failure.value("task", Json("?")).dump() + " order " +
                 failure.value("order", Json("?")).dump() + " " +
                 (gfp.is_object() ? gfp.value("text", Json("?")).dump() : "?"),
             count.get<int64_t>());
  }
}

void RunReader::AddMachine(const Json& machine) {
  if (!machine.is_object()) return;
  for (const auto& [name, value] : machine.items()) {
    if (name == "settings") {
      AddInputs("", value);
    } else if (name != "zones") {
      AddInputs("machine." + name, value);
    }
  }
}

// What pagelab writes is a few levels deep; reading would recurse into more.
bool IsTooDeep(std::string_view json) {
  constexpr int kDeepest = 64;
  int depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (quoted && c == '\\') {
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && (c == '{' || c == '[')) {
      if (++depth > kDeepest) return true;
    } else if (!quoted && (c == '}' || c == ']')) {
      --depth;
    }
  }
  return false;
}

absl::Status RunReader::AddSummary(const NamedText& file) {
  if (IsTooDeep(file.text)) {
    return InvalidInput(file.name +
                        ": nested more than 64 deep: not a "
                        "summary.json of pagelab run");
  }
  const Json json = Json::parse(file.text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("schema_version") ||
      !json.contains("counts") || !json.contains("machine") ||
      !json["machine"].is_object()) {
    return InvalidInput(file.name +
                        ": not a whole summary.json of pagelab run");
  }
  for (const char* name :
       {"pagelab_version", "kernel_model", "command", "workload", "seed"}) {
    if (json.contains(name)) AddInputs(name, json[name]);
  }
  AddMachine(json["machine"]);
  AddNumbers("outcome", "", json["counts"]);
  AddFailures(json.value("failures", Json::array()));
  if (json.contains("time_ns") && json["time_ns"].is_number_integer()) {
    AddCount("outcome", "simulated time", json["time_ns"].get<int64_t>(),
             ValueForm::kNanoseconds);
  }
  const Json owner = json.value("page_owner", Json::object());
  AddNumbers(kTracking, "page_owner ", owner);
  AddNumbers(kTracking, "", json.value("tracking_memory", Json::object()));
  const Json machine_name = json["machine"].value("name", Json("?"));
  const Json workload = json.value("workload", Json::object());
  const Json name =
      workload.is_object() ? workload.value("name", Json()) : Json();
  values_.title =
      machine_name.is_string() ? machine_name.get<std::string>() : "?";
  if (name.is_string()) {
    values_.title = name.get<std::string>() + " on " + values_.title;
  }
  return absl::OkStatus();
}

void RunReader::AddFreeMemory(const FreeMemory& free) {
  constexpr std::string_view kGroup = "fragmentation";
  const FreeMemoryZone sum = free.Sum();
  AddCount(kGroup, "free pages", static_cast<int64_t>(sum.all.pages().value()));
  const auto add_orders = [&](std::string_view what, ValueForm form,
                              auto&& value_of) {
    for (int order = 0; order < kNrPageOrders; ++order) {
      AddCount(kGroup, std::string(what) + ", order " + std::to_string(order),
               static_cast<int64_t>(value_of(Order(order))), form);
    }
  };
  add_orders("free blocks", ValueForm::kCount,
             [&](Order order) { return sum.all.blocks(order); });
  add_orders("unusable index", ValueForm::kIndex,
             [&](Order order) { return sum.all.UnusableIndex(order); });
  add_orders("fragmentation index", ValueForm::kIndex,
             [&](Order order) { return sum.all.FragmentationIndex(order); });
  for (size_t i = 0; i < sum.pageblocks.size(); ++i) {
    AddCount("pageblocks", free.types[i],
             static_cast<int64_t>(sum.pageblocks[i]));
  }
  for (size_t i = 0; i < sum.mixed.size(); ++i) {
    AddCount("pageblocks", free.types[i] + ", mixed",
             static_cast<int64_t>(sum.mixed[i]));
  }
}

absl::Status RunReader::AddCounters(const NamedText& file) {
  if (file.text.empty() || file.text.back() != '\n') {
    return InvalidInput(file.name +
                        ": empty or cut off; it must be a whole copy of "
                        "/proc/vmstat");
  }
  // In this order, whatever the file has first.
  Group(kReclaim);
  Group(kCompaction);
  Group(kTracking);
  return ForEachWordLine(file.text, [&](const WordLine& line) -> absl::Status {
    const bool two = line.words.size() == 2;
    const bool negative = two && line.words[1].front() == '-';
    const absl::StatusOr<uint64_t> value =
        two ? ParseUint64(line.words[1].substr(negative ? 1 : 0))
            : InvalidInput("");
    if (!value.ok() || *value > INT64_MAX) {
      return ErrorInLine(file.name, line,
                         "not a line of /proc/vmstat: a name and a number");
    }
    const auto number = static_cast<int64_t>(*value);
    AddCount(GroupOfCounter(line.words[0]), std::string(line.words[0]),
             negative ? -number : number);
    return absl::OkStatus();
  });
}

absl::StatusOr<RunValues> RunReader::Read(const std::string& directory) {
  PAGELAB_ASSIGN_OR_RETURN(const NamedText summary,
                           TextIn(directory, kSummaryFile));
  PAGELAB_ASSIGN_OR_RETURN(const NamedText buddyinfo,
                           TextIn(directory, "buddyinfo"));
  PAGELAB_ASSIGN_OR_RETURN(const NamedText pagetypeinfo,
                           TextIn(directory, "pagetypeinfo"));
  PAGELAB_ASSIGN_OR_RETURN(const NamedText vmstat, TextIn(directory, "vmstat"));
  // In the order of the report.
  Group("outcome");
  PAGELAB_ASSIGN_OR_RETURN(const FreeMemory free,
                           ReadFreeMemory(buddyinfo, pagetypeinfo));
  AddFreeMemory(free);
  PAGELAB_RETURN_IF_ERROR(AddCounters(vmstat));
  PAGELAB_RETURN_IF_ERROR(AddSummary(summary));
  return std::move(values_);
}

}  // namespace

absl::StatusOr<RunValues> ReadRunValues(const std::string& directory) {
  return RunReader().Read(directory);
}

}  // namespace pagelab

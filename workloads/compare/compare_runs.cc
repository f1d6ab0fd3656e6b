#include "pagelab/workloads/compare/compare_runs.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "pagelab/base/input_stream.h"
#include "pagelab/base/status.h"
#include "pagelab/workloads/compare/run_values.h"
#include "pagelab/workloads/kernel_copy.h"
#include "pagelab/workloads/outputs.h"
#include "pagelab/workloads/snapshot/snapshot.h"
#include "pagelab/workloads/snapshot/snapshot_machine.h"

namespace pagelab {
namespace {

namespace fs = std::filesystem;

// Names of A in their order, then those that only B has.
template <typename T, typename NameOf>
std::vector<std::string> AllNames(const T& a, const T& b, NameOf&& name_of) {
  std::vector<std::string> names;
  std::set<std::string> seen;
  for (const T* values : {&a, &b}) {
    for (const auto& value : *values) {
      if (seen.insert(name_of(value)).second) names.push_back(name_of(value));
    }
  }
  return names;
}

std::vector<DifferentInput> CompareInputs(const RunValues& a,
                                          const RunValues& b) {
  const auto find = [](const RunValues& run, const std::string& name) {
    for (const auto& [key, value] : run.inputs) {
      if (key == name) return value;
    }
    return std::string();
  };
  std::vector<DifferentInput> different;
  for (const std::string& name : AllNames(
           a.inputs, b.inputs, [](const auto& input) { return input.first; })) {
    DifferentInput input{name, find(a, name), find(b, name)};
    if (input.a != input.b) different.push_back(std::move(input));
  }
  return different;
}

ValueGroup CompareGroup(std::string title, const NamedValues& a,
                        const NamedValues& b) {
  const auto find = [](const NamedValues& values, const std::string& name) {
    const auto at =
        std::find_if(values.begin(), values.end(),
                     [&name](const NamedValue& v) { return v.name == name; });
    return at == values.end() ? nullptr : &*at;
  };
  ValueGroup group;
  group.title = std::move(title);
  for (const std::string& name :
       AllNames(a, b, [](const NamedValue& value) { return value.name; })) {
    const NamedValue* left = find(a, name);
    const NamedValue* right = find(b, name);
    ComparedValue value;
    value.name = name;
    value.form = (left != nullptr ? left : right)->form;
    if (left != nullptr) value.a = left->value;
    if (right != nullptr) value.b = right->value;
    group.values.push_back(std::move(value));
  }
  return group;
}

std::vector<ValueGroup> CompareGroups(const RunValues& a, const RunValues& b) {
  const auto find = [](const RunValues& run, const std::string& title) {
    for (const auto& [name, values] : run.groups) {
      if (name == title) return values;
    }
    return NamedValues();
  };
  std::vector<ValueGroup> groups;
  for (const std::string& title : AllNames(
           a.groups, b.groups, [](const auto& group) { return group.first; })) {
    groups.push_back(CompareGroup(title, find(a, title), find(b, title)));
  }
  return groups;
}

// What the two traces have, beside the other figures.
ValueGroup CompareTotals(const TraceTotals& a, const TraceTotals& b) {
  ValueGroup group;
  group.title = "events of the traces";
  const auto add = [&group](std::string name, uint64_t left, uint64_t right) {
    group.values.push_back({.name = std::move(name),
                            .a = static_cast<int64_t>(left),
                            .b = static_cast<int64_t>(right)});
  };
  for (int kind = 0; kind < kNrKmemEventKinds; ++kind) {
    const auto at = static_cast<size_t>(kind);
    add(std::string(ToString(static_cast<TraceEventKind>(kind))), a.by_kind[at],
        b.by_kind[at]);
  }
  add("mm_page_alloc without a page", a.failed_allocations,
      b.failed_allocations);
  add("extfrag: fragmenting", a.fragmenting, b.fragmenting);
  add("extfrag: pageblocks that changed their type", a.change_ownership,
      b.change_ownership);
  add("all events", a.events, b.events);
  return group;
}

std::string TraceIn(const std::string& directory) {
  std::string text = FindKernelCopy(directory, "trace");
  if (!text.empty()) return text;
  return FindKernelCopy(directory, "trace.dat");
}

// Files below a directory, as paths relative to it; without summary.json and
// the trace, which are compared by what they mean.
absl::StatusOr<std::set<std::string>> FilesBelow(const std::string& directory) {
  std::set<std::string> names;
  std::error_code error;
  auto at = fs::recursive_directory_iterator(directory, error);
  const std::string trace = TraceIn(directory);
  for (; !error && at != fs::recursive_directory_iterator();
       at.increment(error)) {
    if (!at->is_regular_file()) continue;
    if (!trace.empty() && at->path() == fs::path(trace)) continue;
    std::string name = at->path().lexically_relative(directory).string();
    if (name != kSummaryFile) names.insert(std::move(name));
  }
  if (!error) return names;
  return SystemError(error.value(), directory, "cannot read the directory");
}

absl::StatusOr<bool> SameContents(const std::string& a, const std::string& b) {
  constexpr size_t kBuffer = size_t{64} << 10;
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<InputStream> left,
                           InputStream::Open(a));
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<InputStream> right,
                           InputStream::Open(b));
  // Of each, what the other has not reached yet.
  std::string ahead[2];
  InputStream* const inputs[2] = {left.get(), right.get()};
  bool ended[2] = {false, false};
  std::vector<char> buffer(kBuffer);
  while (true) {
    for (int i = 0; i < 2; ++i) {
      if (ended[i] || !ahead[i].empty()) continue;
      PAGELAB_ASSIGN_OR_RETURN(const size_t got,
                               inputs[i]->Read(absl::MakeSpan(buffer)));
      ended[i] = got == 0;
      ahead[i].assign(buffer.data(), got);
    }
    const size_t common = std::min(ahead[0].size(), ahead[1].size());
    if (common == 0) return ahead[0].empty() && ahead[1].empty();
    if (ahead[0].compare(0, common, ahead[1], 0, common) != 0) return false;
    for (std::string& text : ahead) text.erase(0, common);
  }
}

absl::StatusOr<AllocatorSnapshot> SnapshotIn(const std::string& path) {
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<InputStream> input,
                           InputStream::Open(path));
  return ReadSnapshot(*input);
}

// A snapshot names the settings of its machine; those are what went in.
absl::StatusOr<bool> SameFile(const std::string& name, const std::string& a,
                              const std::string& b) {
  PAGELAB_ASSIGN_OR_RETURN(const bool same, SameContents(a, b));
  if (same || name.rfind("snap_", 0) != 0) return same;
  PAGELAB_ASSIGN_OR_RETURN(const AllocatorSnapshot left, SnapshotIn(a));
  PAGELAB_ASSIGN_OR_RETURN(const AllocatorSnapshot right, SnapshotIn(b));
  if (left.zones.size() != right.zones.size() ||
      left.online_cpus != right.online_cpus ||
      left.migratetypes != right.migratetypes) {
    return false;
  }
  return CompareSnapshots(left, right).empty();
}

absl::Status CompareFiles(RunComparison& comparison) {
  using How = DifferentFile::How;
  const std::string& a = comparison.a.directory;
  const std::string& b = comparison.b.directory;
  PAGELAB_ASSIGN_OR_RETURN(const std::set<std::string> in_a, FilesBelow(a));
  PAGELAB_ASSIGN_OR_RETURN(const std::set<std::string> in_b, FilesBelow(b));
  std::set<std::string> all = in_a;
  all.insert(in_b.begin(), in_b.end());
  for (const std::string& name : all) {
    if (in_b.count(name) == 0) {
      comparison.files.push_back({name, How::kOnlyInA});
    } else if (in_a.count(name) == 0) {
      comparison.files.push_back({name, How::kOnlyInB});
    } else {
      ++comparison.files_compared;
      std::string left = a;
      std::string right = b;
      left.append("/").append(name);
      right.append("/").append(name);
      PAGELAB_ASSIGN_OR_RETURN(const bool same, SameFile(name, left, right));
      if (!same) comparison.files.push_back({name, How::kContents});
    }
  }
  return absl::OkStatus();
}

absl::Status CompareTracesOf(RunComparison& comparison) {
  const std::string a = TraceIn(comparison.a.directory);
  const std::string b = TraceIn(comparison.b.directory);
  comparison.a.has_trace = !a.empty();
  comparison.b.has_trace = !b.empty();
  if (a.empty() || b.empty()) return absl::OkStatus();
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<InputStream> left,
                           InputStream::Open(a));
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<InputStream> right,
                           InputStream::Open(b));
  PAGELAB_ASSIGN_OR_RETURN(comparison.trace, CompareTraces(*left, *right));
  comparison.groups.push_back(
      CompareTotals(comparison.trace->a_totals, comparison.trace->b_totals));
  return absl::OkStatus();
}

}  // namespace

size_t ValueGroup::nr_different() const {
  return static_cast<size_t>(std::count_if(
      values.begin(), values.end(),
      [](const ComparedValue& value) { return value.differs(); }));
}

bool RunComparison::same() const {
  const bool values_differ = std::any_of(
      groups.begin(), groups.end(),
      [](const ValueGroup& group) { return group.nr_different() > 0; });
  return !values_differ && files.empty() &&
         (!trace.has_value() || trace->same());
}

absl::StatusOr<RunComparison> CompareRuns(const std::string& a,
                                          const std::string& b) {
  RunComparison comparison;
  comparison.a.directory = a;
  comparison.b.directory = b;
  PAGELAB_ASSIGN_OR_RETURN(const RunValues left, ReadRunValues(a));
  PAGELAB_ASSIGN_OR_RETURN(const RunValues right, ReadRunValues(b));
  comparison.a.title = left.title;
  comparison.b.title = right.title;
  comparison.inputs = CompareInputs(left, right);
  comparison.groups = CompareGroups(left, right);
  PAGELAB_RETURN_IF_ERROR(CompareTracesOf(comparison));
  PAGELAB_RETURN_IF_ERROR(CompareFiles(comparison));
  return comparison;
}

}  // namespace pagelab

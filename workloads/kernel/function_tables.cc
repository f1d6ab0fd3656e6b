#include "pagelab/workloads/kernel/function_tables.h"

#include <algorithm>
#include <vector>

#include "pagelab/base/check.h"

namespace pagelab {
namespace {

template <class T>
std::vector<T> Joined(absl::Span<const T> FunctionTable::*part) {
  std::vector<T> all;
  for (const FunctionTable& table : FunctionTables()) {
    all.insert(all.end(), (table.*part).begin(), (table.*part).end());
  }
  return all;
}

}  // namespace

absl::Span<const FunctionTable> FunctionTables() {
  static const auto* const tables = new std::vector<FunctionTable>{
      {CoreFunctions(), CorePaths(), CorePlaces()},
      ProcessFunctions(),
      FileFunctions(),
      NetworkFunctions(),
      KernelMemoryFunctions(),
  };
  return *tables;
}

absl::Span<const KernelFunction> KernelFunctions() {
  static const auto* const all =
      new std::vector<KernelFunction>(Joined(&FunctionTable::functions));
  return *all;
}

absl::Span<const KernelPath> KernelPaths() {
  static const auto* const all = [] {
    auto* paths = new std::vector<KernelPath>(Joined(&FunctionTable::paths));
    std::sort(paths->begin(), paths->end(),
              [](const KernelPath& a, const KernelPath& b) {
                return a.name < b.name;
              });
    return paths;
  }();
  return *all;
}

const KernelPath* FindKernelPath(std::string_view name) {
  for (const KernelPath& path : KernelPaths()) {
    if (path.name == name) return &path;
  }
  return nullptr;
}

const KernelPath& KernelPathNamed(std::string_view name) {
  const KernelPath* path = FindKernelPath(name);
  PAGELAB_CHECK(path != nullptr);
  return *path;
}

absl::Span<const SourcePlace> KernelSourcePlaces() {
  static const auto* const all =
      new std::vector<SourcePlace>(Joined(&FunctionTable::places));
  return *all;
}

}  // namespace pagelab

#include "pagelab/owner/sort/sort_plan.h"

#include <algorithm>

namespace pagelab {
namespace {

template <typename T, typename Value>
bool Lists(const std::optional<std::vector<T>>& list, const Value& value) {
  return !list.has_value() ||
         std::find(list->begin(), list->end(), value) != list->end();
}

}  // namespace

bool SortFilters::TakesPid(int32_t pid) const { return Lists(pids, pid); }

bool SortFilters::TakesTgid(int32_t tgid) const { return Lists(tgids, tgid); }

bool SortFilters::TakesName(std::string_view name) const {
  return Lists(names, name);
}

bool SortPlan::sorts_by(SortBy by) const {
  return std::any_of(order.begin(), order.end(),
                     [by](const SortKey& key) { return key.by == by; });
}

bool SortPlan::keeps_ts() const {
  switch (generation) {
    case SortGeneration::kLinux319:
    case SortGeneration::kLinux517:
    case SortGeneration::kLinux63:
      return true;
    case SortGeneration::kLinux612:
    case SortGeneration::kPagelab:
      break;
  }
  return !order.empty() && order.front().by == SortBy::kAllocTs;
}

bool SortPlan::keeps_free_ts() const {
  return generation != SortGeneration::kPagelab ||
         (!order.empty() && order.front().by == SortBy::kFreeTs);
}

}  // namespace pagelab

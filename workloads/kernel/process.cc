#include "pagelab/workloads/kernel/process.h"

namespace pagelab {
namespace {

template <class Count>
int64_t SumOf(const Process& process, Count count) {
  int64_t sum = 0;
  for (const auto& [name, area] : process.areas) sum += count(*area);
  return sum;
}

}  // namespace

int64_t Process::resident_pages() const {
  return SumOf(*this, [](const MemoryArea& area) { return area.resident; });
}

int64_t Process::swap_entries() const {
  return SumOf(*this, [](const MemoryArea& area) { return area.swapped; });
}

int64_t Process::page_table_pages() const {
  return SumOf(*this, [](const MemoryArea& area) { return area.nr_tables; });
}

int64_t Process::total_pages() const {
  return SumOf(*this, [](const MemoryArea& area) {
    return static_cast<int64_t>(area.pages());
  });
}

}  // namespace pagelab

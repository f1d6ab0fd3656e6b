#include "pagelab/report/page/cost_rows.h"

#include "fmt/format.h"
#include "pagelab/base/text.h"
#include "pagelab/owner/page_owner.h"
#include "pagelab/pageext/page_ext.h"
#include "pagelab/stackdepot/stack_depot.h"

namespace pagelab {

std::vector<CostRow> CostOfMachine(Machine& machine) {
  std::vector<CostRow> rows;
  if (machine.page_owner() == nullptr || machine.page_ext() == nullptr) {
    return rows;
  }
  rows.push_back({"page_ext",
                  machine.page_ext()->nr_memmap_pages().value() * kPageSize,
                  fmt::format("{} bytes for every page frame, taken at boot",
                              machine.page_ext()->entry_size())});
  const auto& profile = machine.profile().depot;
  if (profile.has_value()) {
    const StackDepot& depot = machine.stack_depot();
    rows.push_back(
        {"stack depot", depot.pages_held().value() * kPageSize,
         fmt::format(
             "{}, {} of records; pools are taken as they are needed",
             Counted(static_cast<uint64_t>(depot.state().persistent_count),
                     "stack"),
             HumanSize(
                 static_cast<uint64_t>(depot.state().persistent_bytes)))});
    rows.push_back(
        {"hash table of the depot",
         depot.HashTableBytes(depot.state().table_entries),
         profile->hash_table == HashTableSource::kStatic
             ? "part of the kernel image, there without page_owner too"
             : "taken at boot"});
  }
  rows.push_back({"list of stacks",
                  machine.page_owner()->list_pages().value() * kPageSize,
                  "slab pages, for page_owner_stacks"});
  return rows;
}

std::vector<CostRow> CostOfDump(const std::vector<OwnerFacts>& owners) {
  std::vector<CostRow> rows;
  for (const OwnerFacts& owner : owners) {
    if (!owner.special || owner.name != "(page_owner itself)") continue;
    rows.push_back({"stack depot and lists", owner.pages * kPageSize,
                    "as page_owner recorded itself; page_ext is among the "
                    "pages from before it started"});
  }
  return rows;
}

}  // namespace pagelab

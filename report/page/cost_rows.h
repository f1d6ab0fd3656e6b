// What the tracking itself takes, for the page; internal to this folder.

#ifndef PAGELAB_REPORT_PAGE_COST_ROWS_H_
#define PAGELAB_REPORT_PAGE_COST_ROWS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "pagelab/report/page/owner_facts.h"
#include "pagelab/sim/machine.h"

namespace pagelab {

struct CostRow {
  std::string what;
  uint64_t bytes = 0;
  std::string note;
};

// Counted in the frames of a machine that runs here; empty with page_owner off.
std::vector<CostRow> CostOfMachine(Machine& machine);
// Of a dump: what page_owner has recorded of its own memory. Incomplete.
std::vector<CostRow> CostOfDump(const std::vector<OwnerFacts>& owners);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_PAGE_COST_ROWS_H_

// The key "from" of a scenario.

#ifndef PAGELAB_WORKLOADS_START_TABLE_H_
#define PAGELAB_WORKLOADS_START_TABLE_H_

#include "pagelab/workloads/language/field_table.h"
#include "pagelab/workloads/scenario.h"

namespace pagelab {

const ObjectTable<ScenarioStart>& StartTable();
void AddStartField(ObjectTable<Scenario>& table);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_START_TABLE_H_

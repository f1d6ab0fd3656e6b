// The step that moves blocks.

#ifndef PAGELAB_WORKLOADS_MIGRATE_STEPS_H_
#define PAGELAB_WORKLOADS_MIGRATE_STEPS_H_

#include "pagelab/workloads/language/field_types.h"
#include "pagelab/workloads/scenario.h"

namespace pagelab {

const ObjectTable<MigrateStep>& MigrateTable();
// "compaction", "memory_failure", ...
ValueType<MigrateReason> MigrateReasonType();

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_MIGRATE_STEPS_H_

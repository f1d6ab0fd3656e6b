// The field tables of machine files; for the language code only.

#ifndef PAGELAB_WORKLOADS_MACHINE_TABLES_H_
#define PAGELAB_WORKLOADS_MACHINE_TABLES_H_

#include "pagelab/sim/machine_config.h"
#include "pagelab/workloads/language/field_table.h"

namespace pagelab {

// A whole machine. Reading a "base" replaces everything that was there before.
const ObjectTable<MachineConfig>& MachineTable();

const LanguageInfo& MachineLanguage();

// Whether the parts of a machine fit together. Errors are about the parts of
// `object` that it came from, or about all of it for what a base brought in.
void CheckMachine(const JsonValue& object, const MachineConfig& config,
                  Reader& reader);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_MACHINE_TABLES_H_

#ifndef PAGELAB_WORKLOADS_MACHINE_BASE_H_
#define PAGELAB_WORKLOADS_MACHINE_BASE_H_

#include "pagelab/sim/machine_config.h"
#include "pagelab/workloads/language/json_value.h"
#include "pagelab/workloads/language/reader.h"

namespace pagelab {

// Makes `config` the machine that `value` names: a built-in one, or a machine
// file, seen from the file that is being read.
void ReadMachineBase(const JsonValue& value, MachineConfig& config,
                     Reader& reader);

// Reads `setting.value` as what the dotted key `setting.name` stands for:
// "policy.cma".
void ReadMachineSetting(const JsonMember& setting, MachineConfig& config,
                        Reader& reader);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_MACHINE_BASE_H_

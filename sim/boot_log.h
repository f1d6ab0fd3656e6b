#ifndef PAGELAB_SIM_BOOT_LOG_H_
#define PAGELAB_SIM_BOOT_LOG_H_

#include <string_view>
#include <vector>

#include "pagelab/alloc/memory_init.h"
#include "pagelab/sim/machine_impl.h"

namespace pagelab {

// What the kernel prints about the machine before its allocator runs
// (text-formats.md 14).
void LogFirmware(const MachineConfig& config, std::string_view release,
                 const KernelCommandLine& parsed, KernelLog& log);
void LogZones(Machine::Impl& machine,
              const std::vector<NodeTopology>& topology);

}  // namespace pagelab

#endif  // PAGELAB_SIM_BOOT_LOG_H_

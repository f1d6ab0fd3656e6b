#ifndef PAGELAB_SIM_FILES_MEMORY_BLOCK_FILES_H_
#define PAGELAB_SIM_FILES_MEMORY_BLOCK_FILES_H_

#include <memory>
#include <optional>
#include <string_view>

#include "pagelab/sim/machine.h"
#include "pagelab/sim/sim_file.h"

namespace pagelab {

inline constexpr std::string_view kMemoryDirectory =
    "/sys/devices/system/memory/";

// The block of "/sys/devices/system/memory/memory<n>/state"; nothing for
// another path.
std::optional<uint64_t> MemoryBlockOfPath(std::string_view path);

// The state of a block: reads "online" or "offline" and a newline, takes
// "online", "online_kernel", "online_movable" and "offline", with or without
// one. The kernel's errors: EINVAL for another word or the state it has
// already, EBUSY, ENOMEM. Kernel counterpart: state_show(), state_store() of
// drivers/base/memory.c.
std::unique_ptr<SimFile> OpenMemoryBlockState(Machine& machine, uint64_t block);

// The bytes of a block in hexadecimal. Kernel counterpart:
// block_size_bytes_show().
std::unique_ptr<SimFile> OpenMemoryBlockSize(Machine& machine);

}  // namespace pagelab

#endif  // PAGELAB_SIM_FILES_MEMORY_BLOCK_FILES_H_

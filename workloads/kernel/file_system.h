#ifndef PAGELAB_WORKLOADS_KERNEL_FILE_SYSTEM_H_
#define PAGELAB_WORKLOADS_KERNEL_FILE_SYSTEM_H_

#include <cstdint>

namespace pagelab {

// The file systems of the simulated kernel: one on a disk, one in memory.
enum class FileSystem : uint8_t { kExt4, kTmpfs };

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_KERNEL_FILE_SYSTEM_H_

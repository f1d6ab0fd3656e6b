#ifndef PAGELAB_WORKLOADS_KERNEL_FILE_RESULT_H_
#define PAGELAB_WORKLOADS_KERNEL_FILE_RESULT_H_

#include <cstdint>

namespace pagelab {

// How a system call on a file went.
enum class FileResult : uint8_t {
  kDone,
  kNoMemory,  // as far as memory went
  kKilled,    // the process is gone
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_KERNEL_FILE_RESULT_H_

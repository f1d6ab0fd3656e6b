#ifndef PAGELAB_WORKLOADS_KERNEL_IO_COSTS_H_
#define PAGELAB_WORKLOADS_KERNEL_IO_COSTS_H_

#include "pagelab/alloc/types.h"

namespace pagelab {

// What a page costs on the simulated disk, on simulated time: about 400 MB/s
// written behind the writer's back, and a read that somebody waits for.
inline constexpr Nanoseconds kWritePage{10'000};
inline constexpr Nanoseconds kReadPage{80'000};
// Each further page of one read request.
inline constexpr Nanoseconds kReadNextPage{10'000};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_KERNEL_IO_COSTS_H_

#ifndef PAGELAB_WORKLOADS_KERNEL_COPY_H_
#define PAGELAB_WORKLOADS_KERNEL_COPY_H_

#include <string>
#include <string_view>

namespace pagelab {

// The path of a copy of a kernel's file in a directory: with or without
// ".txt", compressed or not. Empty if there is none.
std::string FindKernelCopy(const std::string& directory, std::string_view name);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_KERNEL_COPY_H_

#ifndef PAGELAB_WORKLOADS_VERSION_H_
#define PAGELAB_WORKLOADS_VERSION_H_

#include <string_view>

namespace pagelab {

// The version of this program, as in CMakeLists.txt and `pagelab --version`.
extern const std::string_view kVersion;

// The kernel whose allocation policy, formats and text are modelled.
inline constexpr std::string_view kKernelModel = "Linux 6.12";

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_VERSION_H_

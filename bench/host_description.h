#ifndef PAGELAB_BENCH_HOST_DESCRIPTION_H_
#define PAGELAB_BENCH_HOST_DESCRIPTION_H_

#include <string>

namespace pagelab {

// On what, and built how, something was measured.
struct HostDescription {
  // As the kernel names the processor; "unknown" where it does not.
  std::string cpu;
  // That this process may run on.
  int cpus = 0;
  // "Linux 6.1.0".
  std::string os;
  // "g++ 12.2.0".
  std::string compiler;
  std::string build_type;
  // Of every source, separated by blanks.
  std::string flags;
};

HostDescription DescribeHost();

}  // namespace pagelab

#endif  // PAGELAB_BENCH_HOST_DESCRIPTION_H_

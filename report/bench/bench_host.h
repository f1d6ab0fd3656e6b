#ifndef PAGELAB_REPORT_BENCH_BENCH_HOST_H_
#define PAGELAB_REPORT_BENCH_BENCH_HOST_H_

#include <cstdint>
#include <string>

namespace pagelab {

// What was measured on, as the measuring program says it.
struct BenchHost {
  std::string cpu;
  uint64_t cpus = 0;
  std::string os;
  std::string compiler;
  std::string build_type;
  std::string flags;
};

// "AMD EPYC, 2 CPUs, Linux 6.1, g++ 12.2.0 -O2 -DNDEBUG".
std::string ToString(const BenchHost& host);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_BENCH_BENCH_HOST_H_

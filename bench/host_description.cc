#include "pagelab/bench/host_description.h"

#include <fmt/format.h>
#include <sched.h>
#include <sys/utsname.h>

#include <string_view>

#include "pagelab/base/input_stream.h"

namespace pagelab {
namespace {

std::string CpuName() {
  constexpr std::string_view kKey = "model name";
  const auto text = ReadWholeFile("/proc/cpuinfo");
  if (!text.ok()) return "unknown";
  const size_t line = text->find(kKey);
  const size_t colon = text->find(": ", line);
  if (line == std::string::npos || colon == std::string::npos) return "unknown";
  return text->substr(colon + 2, text->find('\n', colon) - colon - 2);
}

int NrCpus() {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  return sched_getaffinity(0, sizeof(cpus), &cpus) == 0 ? CPU_COUNT(&cpus) : 1;
}

std::string OsName() {
  utsname name = {};
  if (uname(&name) != 0) return "unknown";
  return fmt::format("{} {}", name.sysname, name.release);
}

std::string CompilerName() {
#if defined(__clang__)
  return fmt::format("clang++ {}.{}.{}", __clang_major__, __clang_minor__,
                     __clang_patchlevel__);
#else
  return fmt::format("g++ {}.{}.{}", __GNUC__, __GNUC_MINOR__,
                     __GNUC_PATCHLEVEL__);
#endif
}

}  // namespace

HostDescription DescribeHost() {
  return {.cpu = CpuName(),
          .cpus = NrCpus(),
          .os = OsName(),
          .compiler = CompilerName(),
          .build_type = PAGELAB_BUILD_TYPE,
          .flags = PAGELAB_BUILD_FLAGS};
}

}  // namespace pagelab

#ifndef PAGELAB_SIM_KERNEL_COMMAND_LINE_H_
#define PAGELAB_SIM_KERNEL_COMMAND_LINE_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pagelab/alloc/kernel_log.h"
#include "pagelab/alloc/types.h"
#include "pagelab/pageext/alloc_tagging.h"

namespace pagelab {

// What the simulated kernel understands of its command line.
struct KernelCommandLine {
  bool page_owner = false;
  bool stack_depot_disable = false;
  bool page_table_check = false;
  MemProfiling mem_profiling = MemProfiling::kNever;
  // Differs from Linux: 6.12 always uses its built-in limit.
  std::optional<uint32_t> stack_depot_max_pools;
  PageCount movablecore;
  // Parameters that nobody took, as written.
  std::vector<std::string> unknown;
  // Parameters that somebody took and whose value makes no sense.
  std::vector<std::string> malformed;
};

KernelCommandLine ParseKernelCommandLine(std::string_view text);

// The kernel's idea of a boolean: y, t, 1 and "on" are true, n, f, 0 and "off"
// false, whatever follows. Kernel counterpart: kstrtobool().
std::optional<bool> ParseKernelBool(std::string_view text);

// The kernel's size suffixes: a number, then K, M, G or T or nothing. Kernel
// counterpart: memparse().
std::optional<uint64_t> ParseKernelSize(std::string_view text);

}  // namespace pagelab

#endif  // PAGELAB_SIM_KERNEL_COMMAND_LINE_H_

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

// What a kernel version decides about parameters.
struct CommandLineRules {
  // page_owner= takes any boolean; otherwise the word "on" turns it on and
  // anything else does nothing.
  bool page_owner_takes_bool = true;
  bool has_stack_depot_disable = true;
  bool has_page_table_check = true;
  bool has_mem_profiling = true;
};

// What the simulated kernel understands of its command line.
struct KernelCommandLine {
  bool page_owner = false;
  bool debug_pagealloc = false;
  // 0: no guards.
  int debug_guardpage_minorder = 0;
  bool page_poison = false;
  bool stack_depot_disable = false;
  bool page_table_check = false;
  MemProfiling mem_profiling = MemProfiling::kNever;
  // Differs from Linux: 6.12 always uses its built-in limit.
  std::optional<uint32_t> stack_depot_max_pools;
  PageCount movablecore;
  // Bytes of the area that everybody may take contiguous memory from; 0: none.
  uint64_t cma = 0;
  // Parameters that nobody took, as written.
  std::vector<std::string> unknown;
  // Parameters that somebody took and whose value makes no sense.
  std::vector<std::string> malformed;
  // What parameters print while they are taken, in the order of the line.
  std::vector<std::string> messages;
};

KernelCommandLine ParseKernelCommandLine(std::string_view text,
                                         const CommandLineRules& rules = {});

// The kernel's idea of a boolean: y, t, 1 and "on" are true, n, f, 0 and "off"
// false, whatever follows. Kernel counterpart: kstrtobool().
std::optional<bool> ParseKernelBool(std::string_view text);

// The kernel's size suffixes: a number, then K, M, G or T or nothing. Kernel
// counterpart: memparse().
std::optional<uint64_t> ParseKernelSize(std::string_view text);

}  // namespace pagelab

#endif  // PAGELAB_SIM_KERNEL_COMMAND_LINE_H_

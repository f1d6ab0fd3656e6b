#include "pagelab/pageext/direct_map.h"

#include <string>

#include "pagelab/alloc/dump_page.h"
#include "pagelab/alloc/kernel_log.h"
#include "pagelab/base/text.h"

namespace pagelab {
namespace {

std::string Reason(const Task& task) {
  std::string reason = "used by ";
  reason += task.comm_text();
  reason += ", pid ";
  AppendSigned(reason, task.pid);
  return reason + ", while it is not mapped";
}

}  // namespace

void ReportDirectMapFault(const AllocatorState& state,
                          const ExecutionContext& context,
                          const DirectMapFault& fault) {
  if (state.log == nullptr) return;
  const bool write = fault.kind == AccessKind::kWrite;
  std::string line = "BUG: unable to handle page fault for address: ";
  AppendHexZeroPadded(line, DirectMapAddress(fault.pfn, fault.offset), 16);
  state.log->Printk(line);
  state.log->Printk(write ? "#PF: supervisor write access in kernel mode"
                          : "#PF: supervisor read access in kernel mode");
  state.log->Printk(write ? "#PF: error_code(0x0002) - not-present page"
                          : "#PF: error_code(0x0000) - not-present page");
  PrintLines(*state.log, DumpPage(state, fault.pfn, Reason(*context.task)));
}

}  // namespace pagelab

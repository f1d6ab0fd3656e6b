#include "pagelab/alloc/alloc_failure.h"

#include <fmt/format.h>

#include <string>

#include "pagelab/alloc/show_mem.h"

namespace pagelab {
namespace {

constexpr uint32_t kAllocFailureBurst = 1;
constexpr Nanoseconds kAllocFailureInterval(10'000'000'000);

bool AllocFailureAllowed(ReportLimit& limit, Nanoseconds now, KernelLog& log) {
  const bool first = limit.shown == 0 && limit.suppressed == 0;
  if (first || now > limit.window_end) {
    if (limit.suppressed != 0) {
      log.Printk(
          fmt::format("warn_alloc: {} callbacks suppressed", limit.suppressed));
    }
    limit = {.window_end = now + kAllocFailureInterval};
  }
  if (limit.shown == kAllocFailureBurst) {
    ++limit.suppressed;
    return false;
  }
  ++limit.shown;
  return true;
}

}  // namespace

std::string MemsAllowed(const AllocatorState& state) {
  if (state.nr_nodes == 1) return "0";
  return fmt::format("0-{}", state.nr_nodes - 1);
}

void ReportAllocFailure(AllocatorState& state, const ExecutionContext& context,
                        Gfp gfp, Order order) {
  if (state.log == nullptr || gfp.Has(gfp::kNowarn)) return;
  if (!AllocFailureAllowed(state.report_limits.alloc_failure, context.now,
                           *state.log)) {
    return;
  }
  state.log->Printk(
      fmt::format("{}: page allocation failure: order:{}, mode:{:#x}({}), "
                  "nodemask=(null),cpuset=/,mems_allowed={}",
                  context.task->comm_text(), order.value(), gfp.value(),
                  ToString(gfp), MemsAllowed(state)));
  ShowMem(state, context.cpu, *state.log);
}

}  // namespace pagelab

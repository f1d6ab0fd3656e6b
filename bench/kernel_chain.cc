#include "pagelab/bench/kernel_chain.h"

#include "pagelab/base/check.h"
#include "pagelab/base/random.h"
#include "pagelab/workloads/kernel/kernel_path.h"

namespace pagelab {

void RunBelowKernelChain(Machine& machine, ExecutionContext& context,
                         absl::FunctionRef<void()> work) {
  const KernelPath* path = FindKernelPath("nicdrv_alloc_rx_buffers");
  PAGELAB_CHECK(path != nullptr);
  const auto run_work = [work] {
    work();
    return true;
  };
  const absl::FunctionRef<bool()> instead = run_work;
  Random random(1);
  KernelRequest request{.machine = machine,
                        .context = context,
                        .random = random,
                        .gfp = path->gfp,
                        .order = path->order,
                        .node = NodeId(),
                        .blocks = {},
                        .instead = &instead};
  PAGELAB_CHECK(path->run(request));
}

}  // namespace pagelab

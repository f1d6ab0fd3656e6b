#include "pagelab/workloads/kernel/functions.h"

namespace pagelab::kernel {

PAGELAB_KERNEL_FUNCTION bool EntrySyscall64(KernelRequest& request,
                                            Syscall call) {
  return DoSyscall64(request, call);
}

PAGELAB_KERNEL_FUNCTION bool DoSyscall64(KernelRequest& request, Syscall call) {
  return call(request);
}

}  // namespace pagelab::kernel

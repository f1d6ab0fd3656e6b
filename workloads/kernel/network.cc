#include "pagelab/workloads/kernel/functions.h"

namespace pagelab::kernel {

PAGELAB_KERNEL_FUNCTION bool SysSendto(KernelRequest& request) {
  return SysSendtoInner(request);
}

PAGELAB_KERNEL_FUNCTION bool SysSendtoInner(KernelRequest& request) {
  if (request.branch == KernelRequest::Branch::kPageFrag) {
    return TcpSendmsg(request);
  }
  return UnixDgramSendmsg(request);
}

PAGELAB_KERNEL_FUNCTION bool UnixDgramSendmsg(KernelRequest& request) {
  return SockAllocSendPskb(request);
}

PAGELAB_KERNEL_FUNCTION bool SockAllocSendPskb(KernelRequest& request) {
  return AllocSkbWithFrags(request);
}

PAGELAB_KERNEL_FUNCTION bool AllocSkbWithFrags(KernelRequest& request) {
  return AllocSkb(request);
}

PAGELAB_KERNEL_FUNCTION bool AllocSkb(KernelRequest& request) {
  return KmallocReserve(request);
}

PAGELAB_KERNEL_FUNCTION bool KmallocReserve(KernelRequest& request) {
  return KmallocNodeTrackCaller(request,
                                {request.gfp, request.order, PageFlags()});
}

PAGELAB_KERNEL_FUNCTION bool TcpSendmsg(KernelRequest& request) {
  return TcpSendmsgLocked(request);
}

PAGELAB_KERNEL_FUNCTION bool TcpSendmsgLocked(KernelRequest& request) {
  return SkPageFragRefill(request);
}

PAGELAB_KERNEL_FUNCTION bool SkPageFragRefill(KernelRequest& request) {
  return SkbPageFragRefill(request);
}

PAGELAB_KERNEL_FUNCTION bool SkbPageFragRefill(KernelRequest& request) {
  return AllocPagesMpol(request, {request.gfp, request.order, PageFlags()});
}

// The receive path of a network card, in the softirq thread of its CPU.

PAGELAB_KERNEL_FUNCTION bool RetFromForkAsm(KernelRequest& request) {
  return RetFromFork(request);
}

PAGELAB_KERNEL_FUNCTION bool RetFromFork(KernelRequest& request) {
  return Kthread(request);
}

PAGELAB_KERNEL_FUNCTION bool Kthread(KernelRequest& request) {
  return SmpbootThreadFn(request);
}

PAGELAB_KERNEL_FUNCTION bool SmpbootThreadFn(KernelRequest& request) {
  return RunKsoftirqd(request);
}

PAGELAB_KERNEL_FUNCTION bool RunKsoftirqd(KernelRequest& request) {
  return HandleSoftirqs(request);
}

PAGELAB_KERNEL_FUNCTION bool HandleSoftirqs(KernelRequest& request) {
  const InterruptLevel before = request.context.level;
  request.context.level = InterruptLevel::kSoftirq;
  const bool got = NetRxAction(request);
  request.context.level = before;
  return got;
}

PAGELAB_KERNEL_FUNCTION bool NetRxAction(KernelRequest& request) {
  return NapiPoll(request);
}

PAGELAB_KERNEL_FUNCTION bool NapiPoll(KernelRequest& request) {
  return NicdrvPoll(request);
}

PAGELAB_KERNEL_FUNCTION bool NicdrvPoll(KernelRequest& request) {
  if (request.branch == KernelRequest::Branch::kPageFrag) {
    return NicdrvReceive(request);
  }
  return NicdrvAllocRxBuffers(request);
}

PAGELAB_KERNEL_FUNCTION bool NicdrvReceive(KernelRequest& request) {
  return NapiAllocSkb(request);
}

PAGELAB_KERNEL_FUNCTION bool NapiAllocSkb(KernelRequest& request) {
  return PageFragAllocAlign(request);
}

PAGELAB_KERNEL_FUNCTION bool PageFragAllocAlign(KernelRequest& request) {
  return AllocPagesMpol(request, {request.gfp, request.order, PageFlags()});
}

PAGELAB_KERNEL_FUNCTION bool NicdrvAllocRxBuffers(KernelRequest& request) {
  return AllocPagesMpol(request, {request.gfp, request.order, PageFlags()});
}

}  // namespace pagelab::kernel

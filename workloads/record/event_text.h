#ifndef PAGELAB_WORKLOADS_RECORD_EVENT_TEXT_H_
#define PAGELAB_WORKLOADS_RECORD_EVENT_TEXT_H_

#include <string>

#include "pagelab/alloc/tracepoints.h"
#include "pagelab/alloc/types.h"

namespace pagelab {

// What stands behind the name of a kmem event in the kernel's trace
// (text-formats.md 11).
std::string KmemText(const MmPageAlloc& event);
std::string KmemText(const MmPageFree& event);
std::string KmemText(const MmPageFreeBatched& event);
std::string KmemText(const MmPageAllocZoneLocked& event);
std::string KmemText(const MmPagePcpuDrain& event);
std::string KmemText(const MmPageAllocExtfrag& event, Order pageblock_order);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_RECORD_EVENT_TEXT_H_

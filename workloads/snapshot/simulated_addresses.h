#ifndef PAGELAB_WORKLOADS_SNAPSHOT_SIMULATED_ADDRESSES_H_
#define PAGELAB_WORKLOADS_SNAPSHOT_SIMULATED_ADDRESSES_H_

#include <cstdint>

#include "pagelab/alloc/types.h"

namespace pagelab {

// Addresses that snapshots and traces of the simulated kernel print. Nothing
// lies there; each names one thing.

inline constexpr uint64_t kSimulatedVmemmap = 0xffffea0000000000;
inline constexpr uint64_t kSimulatedStructPage = 64;

constexpr uint64_t SimulatedPageAddress(Pfn pfn) {
  return kSimulatedVmemmap + pfn.value() * kSimulatedStructPage;
}

// `zone` is an index in AllocatorState::zones; addresses ascend with it.
constexpr uint64_t SimulatedZoneAddress(int zone) {
  constexpr uint64_t kBase = 0xffff88807ff00000;
  constexpr uint64_t kStride = 0x680;
  return kBase + static_cast<uint64_t>(zone) * kStride;
}

constexpr uint64_t SimulatedPcpAddress(int zone, CpuId cpu) {
  constexpr uint64_t kBase = 0xffff88807002f140;
  constexpr uint64_t kCpuStride = 0x80000;
  constexpr uint64_t kZoneStride = 0x140;
  return kBase + static_cast<uint64_t>(cpu.value()) * kCpuStride +
         static_cast<uint64_t>(zone) * kZoneStride;
}

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_SNAPSHOT_SIMULATED_ADDRESSES_H_

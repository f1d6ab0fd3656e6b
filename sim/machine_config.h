#ifndef PAGELAB_SIM_MACHINE_CONFIG_H_
#define PAGELAB_SIM_MACHINE_CONFIG_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pagelab/alloc/gfp.h"
#include "pagelab/alloc/memblock.h"
#include "pagelab/alloc/physical_memory.h"
#include "pagelab/alloc/policy.h"
#include "pagelab/alloc/types.h"
#include "pagelab/pageext/page_idle.h"

namespace pagelab {

class InitialMemory;

// One line of the firmware's memory map (e820).
struct FirmwareRange {
  AddressRange range;
  bool usable = true;
};

// One NUMA node. Without any, everything is node 0.
struct NodeConfig {
  std::vector<AddressRange> ranges;
  int cpus = 0;
  // To every node, itself included; empty: 10 to itself, 20 to the others.
  std::vector<int> distances;
};

// Boot memory that is taken before the page allocator starts: at a place that
// is known (recorded or fixed by the firmware), or, without one, wherever
// memblock puts it, top down.
struct BootReservation {
  std::string what;
  std::optional<uint64_t> address;
  uint64_t bytes = 0;
  uint64_t align = 64;
};

// When boot memory goes to the page allocator after all (page-allocator.md
// 5.5): the limits of per-cpu lists, the watermarks and the reserves are
// computed between these stages and know only what came before.
enum class BootStage : uint8_t {
  // After the per-cpu lists got their limits, before the first watermarks.
  kBeforeWatermarks,
  // Between the watermarks and khugepaged's larger min_free_kbytes.
  kBeforeKhugepaged,
  // After both.
  kLate,
};

struct BootFree {
  BootStage stage = BootStage::kLate;
  // As in the kernel's log line: "initrd", "unused kernel image (initmem)".
  std::string what;
  AddressRange range;
};

// Pages that boot code takes from the page allocator before page_ext exists.
struct EarlyAllocation {
  std::string what;
  uint64_t count = 0;
  Order order;
  Gfp gfp = gfp::kKernel;
};

// Files of kernels after 6.12, which a machine has only on request.
enum class FileExtension : uint8_t {
  // page_owner_stacks/show_handles and show_stacks_handles, of late 2025.
  kPageOwnerHandles,
};

// Everything that makes a machine: its memory, its kernel build, its boot.
// The defaults are a small PC; a machine file names what differs.
struct MachineConfig {
  std::string name;
  std::string description;
  // Printed as "Differs from Linux" where a teaching machine forces something
  // that the kernel would not choose.
  std::string differs_from_linux;

  // The kernel profile, by version (kernel_profile.h).
  std::string kernel = "6.12";

  std::vector<FirmwareRange> memory_map;
  // Slots for memory that is not there at boot, in whole sections.
  std::vector<AddressRange> hotplug;
  std::vector<NodeConfig> nodes;
  int cpus = 1;

  MemoryGeometry geometry;
  AllocatorPolicy policy;
  PageFlagsLayout page_flags;
  // Where the build keeps Idle and Young of a page.
  PageIdleForm page_idle = PageIdleForm::kPageFlags;

  std::vector<BootReservation> reserved;
  // Book-keeping that grows with memory is reserved too: 64 bytes of struct
  // page per frame, hash tables, per-cpu areas. Off where `reserved` already
  // has them.
  bool reserve_memmap = true;
  std::vector<EarlyAllocation> early_allocations;
  std::vector<BootFree> boot_frees;
  std::vector<FileExtension> extensions;
  // The kernel's command line, "page_owner=on" and the like.
  std::string command_line;

  // What is in use when the machine starts, besides what its boot takes: null
  // where that is all.
  std::shared_ptr<const InitialMemory> initial;

  // Simulated duration of one allocator call.
  Nanoseconds call_duration{1000};
};

}  // namespace pagelab

#endif  // PAGELAB_SIM_MACHINE_CONFIG_H_

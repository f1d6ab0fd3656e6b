#ifndef PAGELAB_SIM_MEMORY_BLOCKS_H_
#define PAGELAB_SIM_MEMORY_BLOCKS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pagelab/alloc/kernel_log.h"
#include "pagelab/alloc/memory_hotplug.h"
#include "pagelab/alloc/page_allocator.h"
#include "pagelab/pageext/page_ext.h"
#include "pagelab/sim/machine_config.h"
#include "pagelab/stackdepot/symbol_table.h"

namespace pagelab {

// The node that has `address`; node 0 where none says so.
NodeId NodeOf(const MachineConfig& config, uint64_t address);

// Memory as the kernel's users see it: block by block, one section each, which
// go online and offline. Blocks of MachineConfig::hotplug start out offline.
//
//  B1  An offline block has no valid frame, no zone, no entry of page_ext.
//  B2  nr_memmap_pages() counts the descriptors of blocks that went online
//      here; those of boot memory stay where they are.
//
// Differs from Linux: plugging memory in and bringing it online are one step,
// so that the descriptors come with the block and go with it; a block that
// has none is as if it were not there.
//
// Kernel counterpart: drivers/base/memory.c, add_memory(), remove_memory().
class MemoryBlocks {
 public:
  // All outlive it.
  struct Dependencies {
    const MachineConfig& config;
    PageAllocator& allocator;
    PageExt& page_ext;
    SymbolTable& symbols;
    KernelLog& log;
    std::vector<NodeTopology> topology;
  };
  // REQUIRES: sections of boot memory are present.
  static absl::StatusOr<std::unique_ptr<MemoryBlocks>> Create(
      Dependencies dependencies);

  // Bytes of a block.
  uint64_t block_bytes() const;
  // Ascending: those of boot memory and those that can be plugged in.
  std::vector<uint64_t> blocks() const;
  bool Exists(uint64_t block) const;
  bool IsOnline(uint64_t block) const;

  // Errors begin with what the kernel answers: EINVAL where the block is in
  // that state already, ENOMEM, EBUSY. Nothing has changed then but what
  // MemoryHotplug says. `context` gets call stacks of their own.
  // REQUIRES: Exists(block).
  absl::Status Online(ExecutionContext& context, uint64_t block,
                      OnlineType type);
  absl::Status Offline(ExecutionContext& context, uint64_t block);

  // Pages of struct page that came from the page allocator, and from boot
  // memory: part of nr_memmap_pages, and nr_memmap_boot_pages of /proc/vmstat.
  PageCount nr_memmap_pages() const;
  PageCount nr_memmap_boot_pages() const;

  // What going online and offline changes here.
  struct Memmap {
    Pfn head;
    Order order;
  };
  using State = std::map<uint64_t, std::vector<Memmap>>;
  State Save() const { return memmaps_; }
  void Restore(const State& state) { memmaps_ = state; }

 private:
  explicit MemoryBlocks(Dependencies dependencies);
  PfnRange FramesOf(uint64_t block) const;
  bool IsBootMemory(uint64_t block) const { return boot_[block]; }
  PageCount memmap_pages() const;
  bool AllocMemmap(ExecutionContext& context, uint64_t block, NodeId node);
  void FreeMemmap(ExecutionContext& context, uint64_t block);

  const MachineConfig& config_;
  PageAllocator& allocator_;
  AllocatorState& state_;
  KernelLog& log_;
  MemoryHotplug hotplug_;
  // By block: what was there at boot, and what can be plugged in.
  std::vector<bool> boot_;
  std::vector<bool> slot_;
  // Who allocates, innermost frame first: for descriptors, for everything else.
  std::vector<SimAddress> memmap_stack_;
  std::vector<SimAddress> online_stack_;
  // The descriptors of blocks that went online.
  State memmaps_;
};

}  // namespace pagelab

#endif  // PAGELAB_SIM_MEMORY_BLOCKS_H_

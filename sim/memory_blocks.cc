#include "pagelab/sim/memory_blocks.h"

#include <string>
#include <string_view>
#include <utility>

#include "absl/types/span.h"
#include "fmt/format.h"
#include "pagelab/base/status.h"

namespace pagelab {
namespace {

constexpr uint64_t kStructPageSize = 64;

// The mask of blocks of struct page.
constexpr Gfp kMemmapGfp =
    gfp::kKernel.With(gfp::kRetryMayfail).With(gfp::kNowarn);

// Not recorded: how a block comes to its struct pages and its page_ext table,
// innermost frame first.
constexpr std::string_view kMemmapFrames[] = {
    "vmemmap_alloc_block",
    "vmemmap_populate_hugepages",
    "__populate_section_memmap",
    "sparse_add_section",
    "__add_pages",
    "arch_add_memory",
    "add_memory_resource",
    "__add_memory",
};
constexpr std::string_view kOnlineFrames[] = {
    "init_section_page_ext",
    "page_ext_callback",
    "notifier_call_chain",
    "online_pages",
    "memory_block_online",
    "memory_subsys_online",
    "device_online",
    "state_store",
    "kernfs_fop_write_iter",
    "vfs_write",
    "ksys_write",
};

absl::StatusOr<std::vector<SimAddress>> Intern(
    SymbolTable& symbols, absl::Span<const std::string_view> names) {
  std::vector<SimAddress> frames;
  for (const std::string_view name : names) {
    PAGELAB_ASSIGN_OR_RETURN(const SimAddress frame, symbols.InternFrame(name));
    frames.push_back(frame);
  }
  return frames;
}

}  // namespace

NodeId NodeOf(const MachineConfig& config, uint64_t address) {
  for (size_t n = 0; n < config.nodes.size(); ++n) {
    for (const AddressRange& range : config.nodes[n].ranges) {
      if (range.begin <= address && address < range.end) {
        return NodeId(static_cast<int>(n));
      }
    }
  }
  return NodeId(0);
}

absl::StatusOr<std::unique_ptr<MemoryBlocks>> MemoryBlocks::Create(
    Dependencies dependencies) {
  SymbolTable& symbols = dependencies.symbols;
  const MachineConfig& config = dependencies.config;
  std::unique_ptr<MemoryBlocks> blocks(
      new MemoryBlocks(std::move(dependencies)));
  if (config.hotplug.empty()) return blocks;
  if (config.geometry.section_order < kMaxPageOrder) {
    return absl::InvalidArgumentError(fmt::format(
        "machine '{}': hotplug needs sections of at least {} pages, so that no "
        "block of memory lies in two; set geometry.section_order to {} or more",
        config.name, kMaxOrderNrPages, kMaxPageOrder));
  }
  for (const AddressRange& range : config.hotplug) {
    const uint64_t bytes = blocks->block_bytes();
    if (range.begin % bytes != 0 || range.end % bytes != 0 ||
        range.begin >= range.end) {
      return absl::InvalidArgumentError(fmt::format(
          "machine '{}': hotplug [{:#x}, {:#x}) must be whole sections: "
          "multiples of {:#x}",
          config.name, range.begin, range.end, bytes));
    }
    for (uint64_t block = range.begin / bytes; block < range.end / bytes;
         ++block) {
      if (blocks->boot_[block]) {
        return absl::InvalidArgumentError(fmt::format(
            "machine '{}': hotplug [{:#x}, {:#x}): the section at {:#x} has "
            "memory of memory_map",
            config.name, range.begin, range.end, block * bytes));
      }
      blocks->slot_[block] = true;
    }
  }
  PAGELAB_ASSIGN_OR_RETURN(blocks->memmap_stack_,
                           Intern(symbols, kMemmapFrames));
  PAGELAB_ASSIGN_OR_RETURN(blocks->online_stack_,
                           Intern(symbols, kOnlineFrames));
  return blocks;
}

MemoryBlocks::MemoryBlocks(Dependencies dependencies)
    : config_(dependencies.config),
      allocator_(dependencies.allocator),
      state_(dependencies.allocator.state()),
      log_(dependencies.log),
      hotplug_({.allocator = dependencies.allocator,
                .notifier = &dependencies.page_ext,
                .topology = std::move(dependencies.topology)}),
      boot_(state_.memory->nr_sections()),
      slot_(state_.memory->nr_sections()) {
  for (uint64_t block = 0; block < boot_.size(); ++block) {
    boot_[block] = state_.memory->IsPresent(block);
  }
}

uint64_t MemoryBlocks::block_bytes() const {
  return state_.memory->pages_per_section().bytes();
}

std::vector<uint64_t> MemoryBlocks::blocks() const {
  std::vector<uint64_t> result;
  for (uint64_t block = 0; block < boot_.size(); ++block) {
    if (Exists(block)) result.push_back(block);
  }
  return result;
}

bool MemoryBlocks::Exists(uint64_t block) const {
  return block < boot_.size() && (boot_[block] || slot_[block]);
}

bool MemoryBlocks::IsOnline(uint64_t block) const {
  return state_.memory->IsPresent(block);
}

PfnRange MemoryBlocks::FramesOf(uint64_t block) const {
  const PageCount size = state_.memory->pages_per_section();
  const Pfn begin(block * size.value());
  return {begin, begin + size};
}

PageCount MemoryBlocks::memmap_pages() const {
  const uint64_t bytes =
      state_.memory->pages_per_section().value() * kStructPageSize;
  return PageCount((bytes + kPageSize - 1) >> kPageShift);
}

PageCount MemoryBlocks::nr_memmap_pages() const {
  return PageCount(memmaps_.size() * memmap_pages().value());
}

PageCount MemoryBlocks::nr_memmap_boot_pages() const {
  uint64_t blocks = 0;
  for (const bool boot : boot_) blocks += boot ? 1 : 0;
  return PageCount(
      (blocks * state_.memory->pages_per_section().value() * kStructPageSize) >>
      kPageShift);
}

// One block that a huge page maps, else page by page. Kernel counterpart:
// vmemmap_populate_hugepages().
bool MemoryBlocks::AllocMemmap(ExecutionContext& context, uint64_t block,
                               NodeId node) {
  const PageCount pages = memmap_pages();
  int order = 0;
  while (Order(order).pages() < pages.value()) ++order;
  std::vector<Memmap> memmap;
  if (Order(order).pages() == pages.value() && order <= kMaxPageOrder) {
    const std::optional<Pfn> head =
        allocator_.AllocBlock(context, kMemmapGfp, Order(order), node);
    if (head.has_value()) memmap.push_back({*head, Order(order)});
  }
  if (memmap.empty()) {
    for (uint64_t i = 0; i < pages.value(); ++i) {
      const std::optional<Pfn> page =
          allocator_.AllocBlock(context, kMemmapGfp, Order(0), node);
      if (!page.has_value()) {
        for (const Memmap& taken : memmap) {
          allocator_.FreeBlock(context, taken.head, taken.order);
        }
        return false;
      }
      memmap.push_back({*page, Order(0)});
    }
  }
  memmaps_[block] = std::move(memmap);
  return true;
}

void MemoryBlocks::FreeMemmap(ExecutionContext& context, uint64_t block) {
  const auto found = memmaps_.find(block);
  if (found == memmaps_.end()) return;
  for (const Memmap& taken : found->second) {
    allocator_.FreeBlock(context, taken.head, taken.order);
  }
  memmaps_.erase(found);
}

absl::Status MemoryBlocks::Online(ExecutionContext& context, uint64_t block,
                                  OnlineType type) {
  if (IsOnline(block)) {
    return absl::InvalidArgumentError("EINVAL: the block is online already");
  }
  const PfnRange range = FramesOf(block);
  const NodeId node = NodeOf(config_, range.begin.address());
  context.frames = memmap_stack_;
  const bool has_memmap = boot_[block] || AllocMemmap(context, block, node);
  context.frames = online_stack_;
  if (!has_memmap) {
    return absl::ResourceExhaustedError(
        "ENOMEM: no memory for the struct pages of the block");
  }
  absl::Status status =
      hotplug_.Online(context, range, hotplug_.ZoneFor(node, range, type));
  if (!status.ok()) FreeMemmap(context, block);
  return status;
}

absl::Status MemoryBlocks::Offline(ExecutionContext& context, uint64_t block) {
  if (!IsOnline(block)) {
    return absl::InvalidArgumentError("EINVAL: the block is offline already");
  }
  context.frames = online_stack_;
  PAGELAB_RETURN_IF_ERROR(hotplug_.Offline(context, FramesOf(block)));
  FreeMemmap(context, block);
  return absl::OkStatus();
}

}  // namespace pagelab

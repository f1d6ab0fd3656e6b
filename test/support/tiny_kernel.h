// A machine by hand for tests below sim/: frames, one zone a node, and a page
// source that is simple enough to predict. Not the page allocator.

#ifndef PAGELAB_TEST_SUPPORT_TINY_KERNEL_H_
#define PAGELAB_TEST_SUPPORT_TINY_KERNEL_H_

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pagelab/alloc/allocator_state.h"
#include "pagelab/alloc/arena.h"
#include "pagelab/alloc/page_source.h"
#include "pagelab/alloc/physical_memory.h"
#include "pagelab/base/check.h"
#include "pagelab/test/support/log_lines.h"

namespace pagelab {

struct TinyKernelOptions {
  int section_order = 15;
  int pageblock_order = 9;
  // Sections of each node, one node after the other.
  std::vector<uint64_t> node_sections = {2};
  // The first frames of memory, which belong to nobody.
  uint64_t reserved = 1024;
};

// Blocks are taken off the end of a node's memory, or are the last freed one
// of that order. Calls the hooks where the allocator would.
class TinyKernel : public PageSource {
 public:
  explicit TinyKernel(const TinyKernelOptions& options = {})
      : options_(options), arena_(MakeMapping()) {
    uint64_t sections = 0;
    for (uint64_t n : options.node_sections) sections += n;
    const uint64_t pages = sections << options.section_order;
    memory.emplace(arena_,
                   MemoryGeometry{.section_order = options.section_order,
                                  .pageblock_order = options.pageblock_order},
                   Pfn(pages));
    memory->MarkPresent({Pfn(0), Pfn(pages)});
    memory->set_min_low_pfn(Pfn(1));
    memory->reserved().Add({Pfn(0), Pfn(options.reserved)});
    state.memory = &*memory;
    state.log = &log;
    state.nr_pageblocks = pages >> options.pageblock_order;
    state.pageblock_type = arena_.ReserveArray<uint8_t>(state.nr_pageblocks);
    for (uint64_t i = 0; i < state.nr_pageblocks; ++i) {
      state.pageblock_type[i] = static_cast<uint8_t>(Migratetype::kMovable);
    }
    MakeNodes();
    task.pid = 0;
    task.set_comm("swapper");
    context.task = &task;
  }

  std::optional<Pfn> AllocBlock(ExecutionContext& from, Gfp gfp, Order order,
                                NodeId node) override {
    requests.push_back({gfp, order, node});
    const std::optional<Pfn> head = Take(order, node);
    if (!head.has_value()) return std::nullopt;
    Page& page = *memory->PageAt(*head);
    page.state = PageState::kAllocated;
    page.order_value = static_cast<uint8_t>(order.value());
    page.zone = ZoneIdOf(*head);
    if (gfp.Has(gfp::kZero)) {
      memory->ZeroFrames(*head, PageCount(order.pages()));
    }
    if (state.hooks != nullptr) state.hooks->OnAlloc(from, *head, order, gfp);
    return head;
  }

  void FreeBlock(ExecutionContext& from, Pfn head, Order order) override {
    Page& page = *memory->PageAt(head);
    PAGELAB_CHECK(page.state == PageState::kAllocated);
    PAGELAB_CHECK(page.order() == order);
    if (state.hooks != nullptr) state.hooks->OnFree(from, head, order);
    page.flags = PageFlags();
    page.state = free_to_pcp ? PageState::kPcp : PageState::kBuddy;
    freed_.push_back({head, order});
  }

  std::optional<Pfn> AllocExact(ExecutionContext& from, Gfp gfp,
                                PageCount pages, NodeId node) override {
    int order = 0;
    while ((uint64_t{1} << order) < pages.value()) ++order;
    if (order > kMaxPageOrder || fail_exact) return std::nullopt;
    const std::optional<Pfn> head = AllocBlock(from, gfp, Order(order), node);
    if (!head.has_value()) return std::nullopt;
    Split(*head, Order(order));
    for (uint64_t i = pages.value(); i < uint64_t{1} << order; ++i) {
      FreeBlock(from, *head + PageCount(i), Order(0));
    }
    return head;
  }

  // An allocated block becomes pages.
  void Split(Pfn head, Order order) {
    if (state.hooks != nullptr) state.hooks->OnSplit(head, order, Order(0));
    for (uint64_t i = 0; i < order.pages(); ++i) {
      Page& page = *memory->PageAt(head + PageCount(i));
      page.state = PageState::kAllocated;
      page.order_value = 0;
      page.zone = ZoneIdOf(head);
    }
  }

  struct Request {
    Gfp gfp;
    Order order;
    NodeId node;
  };

  LogLines log;
  std::optional<PhysicalMemory> memory;
  AllocatorState state;
  Task task;
  ExecutionContext context;
  std::vector<Request> requests;
  bool fail_exact = false;
  bool free_to_pcp = false;
  // Blocks that may still be had; then memory is short.
  uint64_t allowance = UINT64_MAX;

 private:
  struct Block {
    Pfn head;
    Order order;
  };

  static HostMapping MakeMapping() {
    absl::StatusOr<HostMapping> mapping =
        HostMapping::Create(uint64_t{64} << 20);
    PAGELAB_CHECK(mapping.ok());
    return *std::move(mapping);
  }

  void MakeNodes() {
    state.nr_nodes = static_cast<int>(options_.node_sections.size());
    state.nodes = new (arena_.Reserve(sizeof(Node) * 8)) Node[8];
    state.nr_zones = state.nr_nodes * kMaxNrZones;
    state.zones = static_cast<Zone*>(
        arena_.Reserve(sizeof(Zone) * static_cast<size_t>(state.nr_zones)));
    uint64_t section = 0;
    for (int i = 0; i < state.nr_zones; ++i) {
      Zone& zone = *new (&state.zones[i]) Zone;
      zone.node = NodeId(i / kMaxNrZones);
      zone.id = static_cast<uint8_t>(i);
      zone.type = static_cast<ZoneType>(i % kMaxNrZones);
      if (zone.type != ZoneType::kDma32) continue;
      Node& node = state.nodes[i / kMaxNrZones];
      const uint64_t end =
          section +
          options_.node_sections[static_cast<size_t>(zone.node.value())];
      node.id = zone.node;
      node.span = {
          Pfn(std::max<uint64_t>(section << options_.section_order, 1)),
          Pfn(end << options_.section_order)};
      node.present = node.span.size();
      zone.span = node.span;
      zone.present = node.present;
      limits_[static_cast<size_t>(zone.node.value())] = node.span.end;
      section = end;
    }
  }

  uint8_t ZoneIdOf(Pfn pfn) const { return state.FindZone(pfn)->id; }

  std::optional<Pfn> Take(Order order, NodeId node) {
    if (allowance == 0) return std::nullopt;
    --allowance;
    for (size_t i = freed_.size(); i > 0; --i) {
      if (freed_[i - 1].order != order) continue;
      const Pfn head = freed_[i - 1].head;
      freed_.erase(freed_.begin() + static_cast<ptrdiff_t>(i - 1));
      return head;
    }
    Pfn& limit = limits_[node.valid() ? static_cast<size_t>(node.value()) : 0];
    limit = AlignDown(limit - PageCount(order.pages()), order);
    PAGELAB_CHECK(limit.value() >= options_.reserved);
    return limit;
  }

  TinyKernelOptions options_;
  Arena arena_;
  std::array<Pfn, 8> limits_;
  std::vector<Block> freed_;
};

}  // namespace pagelab

#endif  // PAGELAB_TEST_SUPPORT_TINY_KERNEL_H_

// A stack depot on a small memory, with a page source that can run dry.

#ifndef PAGELAB_TEST_STACKDEPOT_DEPOT_WORLD_H_
#define PAGELAB_TEST_STACKDEPOT_DEPOT_WORLD_H_

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pagelab/alloc/arena.h"
#include "pagelab/alloc/execution_context.h"
#include "pagelab/alloc/kernel_log.h"
#include "pagelab/alloc/page_source.h"
#include "pagelab/alloc/physical_memory.h"
#include "pagelab/stackdepot/stack_depot.h"

namespace pagelab {

class RecordingLog : public KernelLog {
 public:
  void Printk(std::string_view line) override { lines.emplace_back(line); }
  std::vector<std::string> lines;
};

// Hands out blocks upwards and never the same twice.
class FakePageSource : public PageSource {
 public:
  struct Request {
    Gfp gfp;
    Order order;
  };

  explicit FakePageSource(Pfn first) : next_(first) {}

  std::optional<Pfn> AllocBlock(ExecutionContext&, Gfp gfp, Order order,
                                NodeId) override {
    requests.push_back({gfp, order});
    if (on_alloc) on_alloc();
    if (blocks_left == 0) return std::nullopt;
    --blocks_left;
    const Pfn head = AlignUp(next_, order);
    next_ = head + PageCount(order.pages());
    return head;
  }
  void FreeBlock(ExecutionContext&, Pfn head, Order) override {
    freed.push_back(head);
  }
  std::optional<Pfn> AllocExact(ExecutionContext&, Gfp, PageCount,
                                NodeId) override {
    return std::nullopt;
  }

  std::vector<Request> requests;
  std::vector<Pfn> freed;
  int blocks_left = 1000;
  // Runs inside the next requests.
  std::function<void()> on_alloc;

 private:
  Pfn next_;
};

// 128 MiB: the hash table of 4096 buckets at 1 MiB, pools from 16 MiB up.
struct DepotWorld {
  static constexpr uint64_t kTableAddress = 0x100000;
  static constexpr uint64_t kTableEntries = 4096;

  explicit DepotWorld(const StackDepotOptions& options = {})
      : arena(*HostMapping::Create(uint64_t{4} << 20)),
        memory(arena, MemoryGeometry(), Pfn(32768)),
        source(Pfn(4096)),
        depot(memory, source, log, options) {
    memory.MarkPresent({.begin = Pfn(0), .end = Pfn(32768)});
    context.task = &task;
    if (!options.disabled) depot.UseHashTable(kTableAddress, kTableEntries);
  }

  StackHandle Save(const std::vector<SimAddress>& frames,
                   Gfp gfp = gfp::kKernel,
                   SaveFlags flags = SaveFlags::kCanAlloc) {
    return depot.Save(context, frames, gfp, flags);
  }

  Arena arena;
  PhysicalMemory memory;
  FakePageSource source;
  RecordingLog log;
  StackDepot depot;
  Task task;
  ExecutionContext context;
};

// `depth` frames that no other `number` gives.
inline std::vector<SimAddress> Stack(uint64_t number, size_t depth = 16) {
  std::vector<SimAddress> frames;
  for (size_t i = 0; i < depth; ++i) {
    frames.push_back(kKernelText.begin + 0x1000 * number + 16 * i + 1);
  }
  return frames;
}

inline std::vector<SimAddress> Fetched(const StackDepot& depot,
                                       StackHandle handle) {
  const absl::Span<const SimAddress> frames = depot.Fetch(handle);
  return {frames.begin(), frames.end()};
}

}  // namespace pagelab

#endif  // PAGELAB_TEST_STACKDEPOT_DEPOT_WORLD_H_

#include "pagelab/workloads/kernel/page_frags.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <utility>

#include "pagelab/base/check.h"
#include "pagelab/workloads/kernel/world.h"

namespace pagelab {
namespace {

// What a packet needs besides its bytes: NET_SKB_PAD in front, and the struct
// skb_shared_info behind; both parts begin at cache lines.
constexpr uint64_t kHeadroom = 64;
constexpr uint64_t kSharedInfo = 320;
constexpr uint64_t kCacheLine = 64;
// The least that sk_page_frag_refill() wants.
constexpr uint64_t kLeastOfMessage = 32;

uint64_t Aligned(uint64_t bytes) {
  return (bytes + kCacheLine - 1) / kCacheLine * kCacheLine;
}

// As the driver's own request, where there is no block of order 3.
constexpr Gfp kReceivePage = gfp::kAtomic.With(gfp::kNowarn);

}  // namespace

// Where blocks come from; and the mask for single pages where there is no
// larger block, unless only that will do.
struct PageFrags::Source {
  const KernelPath& path;
  std::optional<Gfp> single_pages;
};

PageFrags::PageFrags(KernelWorld& world)
    : world_(world),
      unix_(KernelPathNamed("unix_dgram_sendmsg")),
      tcp_(KernelPathNamed("skb_page_frag_refill")),
      receive_(KernelPathNamed("__page_frag_alloc_align")) {}

void PageFrags::Put(ExecutionContext& context, Pfn block) {
  const auto found = references_.find(block.value());
  PAGELAB_CHECK(found != references_.end());
  if (--found->second > 0) return;
  references_.erase(found);
  world_.Release(context, block);
}

void PageFrags::Hold(Pfn block, Message& message) {
  ++references_[block.value()];
  message.blocks.push_back(block);
}

bool PageFrags::Refill(Process& process, FragCache& cache, uint64_t bytes,
                       const Source& source) {
  if (cache.offset + bytes <= cache.size) return true;
  if (cache.size >= bytes && references_.at(cache.head.value()) == 1) {
    // All that was cut from it has been freed.
    cache.offset = 0;
    return true;
  }
  if (cache.size > 0) {
    ExecutionContext context = world_.ContextOf(process);
    Put(context, cache.head);
    cache = FragCache();
  }
  auto blocks = world_.Enter(process, source.path,
                             {.gfp = source.path.gfp,
                              .order = source.path.order,
                              .optional = source.single_pages.has_value()});
  if (blocks.empty() && source.single_pages.has_value() && process.alive) {
    blocks = world_.Enter(process, source.path,
                          {.gfp = *source.single_pages, .order = Order(0)});
  }
  if (blocks.empty()) return false;
  if (!process.alive) {
    world_.Discard(process, blocks[0]);
    return false;
  }
  cache.head = world_.machine().memory().PfnOf(blocks[0].page);
  cache.size = blocks[0].order.pages() * kPageSize;
  world_.Adopt(process, blocks[0], FolioUse());
  references_[cache.head.value()] = 1;
  return bytes <= cache.size;
}

bool PageFrags::Send(Process& process, const std::string& queue, Kind kind,
                     uint64_t bytes) {
  Message message;
  bool sent = true;
  if (kind == Kind::kUnix) {
    const uint64_t object = std::bit_ceil(bytes + kSharedInfo);
    FragCache& cache = of_slab_[object];
    sent = Refill(process, cache, object, {unix_, std::nullopt});
    if (sent) {
      cache.offset += object;
      Hold(cache.head, message);
    }
  } else {
    FragCache& cache = of_process_[&process];
    uint64_t left = std::max(bytes, uint64_t{1});
    while (sent && left > 0) {
      sent = Refill(process, cache, std::min(left, kLeastOfMessage),
                    {tcp_, gfp::kKernel});
      if (!sent) break;
      const uint64_t part = std::min(left, cache.size - cache.offset);
      cache.offset += part;
      left -= part;
      Hold(cache.head, message);
    }
  }
  // As much as there was memory for is sent.
  if (!message.blocks.empty()) queues_[queue].push_back(std::move(message));
  return sent;
}

bool PageFrags::Receive(Process& process, const std::string& queue,
                        uint64_t bytes) {
  const uint64_t fragment = Aligned(bytes + kHeadroom) + Aligned(kSharedInfo);
  FragCache& cache = of_cpu_[process.cpu.value()];
  if (!Refill(process, cache, fragment, {receive_, kReceivePage})) return false;
  cache.offset += fragment;
  Message message;
  Hold(cache.head, message);
  queues_[queue].push_back(std::move(message));
  return true;
}

bool PageFrags::Consume(Process& process, const std::string& queue) {
  const auto found = queues_.find(queue);
  if (found == queues_.end() || found->second.empty()) return false;
  ExecutionContext context = world_.ContextOf(process);
  for (const Pfn block : found->second.front().blocks) Put(context, block);
  found->second.pop_front();
  return true;
}

void PageFrags::Leak(const std::string& queue) {
  // Its blocks keep their references.
  queues_[queue].pop_back();
}

uint64_t PageFrags::QueueLength(const std::string& queue) const {
  const auto found = queues_.find(queue);
  return found == queues_.end() ? 0 : found->second.size();
}

void PageFrags::OnExit(Process& process) {
  const auto found = of_process_.find(&process);
  if (found == of_process_.end()) return;
  if (found->second.size > 0) {
    ExecutionContext context = world_.ContextOf(process);
    Put(context, found->second.head);
  }
  of_process_.erase(found);
}

}  // namespace pagelab

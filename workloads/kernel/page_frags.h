#ifndef PAGELAB_WORKLOADS_KERNEL_PAGE_FRAGS_H_
#define PAGELAB_WORKLOADS_KERNEL_PAGE_FRAGS_H_

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "pagelab/alloc/execution_context.h"
#include "pagelab/alloc/types.h"
#include "pagelab/workloads/kernel/kernel_path.h"

namespace pagelab {

class KernelWorld;
struct Process;

// The block that fragments are cut from just now.
// Kernel counterparts: struct page_frag, struct page_frag_cache.
struct FragCache {
  Pfn head;
  // In bytes; 0: there is none.
  uint64_t size = 0;
  uint64_t offset = 0;
};

// A packet or message that waits for who reads it: the blocks that hold parts
// of it, each as often as it does.
struct Message {
  std::vector<Pfn> blocks;
};

// Sockets and the receive side of a network driver: packets and messages lie
// in fragments of larger blocks, and a block is freed when the last of its
// fragments is: a packet of 1.5 KiB that nobody frees keeps 32 KiB.
//
//  N1  A block has as many references as messages hold fragments of it, and
//      one more while fragments are cut from it.
//
// Simplified: UNIX datagrams lie in slabs of order 3 whose free objects are
// not used again before all of them are free; heads of packets (struct
// sk_buff) are not there; nothing limits a queue.
//
// Kernel counterparts: net/core/sock.c, net/core/skbuff.c, page_frag of
// mm/page_alloc.c.
class PageFrags {
 public:
  explicit PageFrags(KernelWorld& world);

  enum class Kind : uint8_t { kUnix, kTcp };
  // The largest datagram of a UNIX socket here: an object of kmalloc-8k.
  static constexpr uint64_t kMaxDatagram = 8192 - 320;
  // What a page is large enough for besides what a packet needs anyway.
  static constexpr uint64_t kMaxPacket = 4096 - 320 - 64;

  // Sends a message into the queue; false: memory is out.
  // Kernel counterparts: tcp_sendmsg(), unix_dgram_sendmsg().
  // REQUIRES: a datagram of at most kMaxDatagram.
  bool Send(Process& process, const std::string& queue, Kind kind,
            uint64_t bytes);
  // The driver receives a packet into the queue; false: memory is out, and the
  // packet dropped. Kernel counterpart: napi_alloc_skb().
  // REQUIRES: at most kMaxPacket.
  bool Receive(Process& process, const std::string& queue, uint64_t bytes);
  // The oldest of the queue is read, and freed; false: there is none.
  bool Consume(Process& process, const std::string& queue);
  // The newest of the queue is forgotten: nobody will ever free it.
  void Leak(const std::string& queue);
  uint64_t QueueLength(const std::string& queue) const;
  bool HasQueue(const std::string& queue) const {
    return queues_.count(queue) > 0;
  }

  // The process gives up the block that it sends from.
  void OnExit(Process& process);

 private:
  struct Source;
  // Room in the cache's block, or in a new one; false: memory is out.
  bool Refill(Process& process, FragCache& cache, uint64_t bytes,
              const Source& source);
  void Hold(Pfn block, Message& message);
  void Put(ExecutionContext& context, Pfn block);

  KernelWorld& world_;
  // By name: a socket, a driver's queue.
  std::map<std::string, std::deque<Message>> queues_;
  // References by head. Never walked, nor are those of processes.
  absl::flat_hash_map<uint64_t, uint64_t> references_;
  absl::flat_hash_map<const Process*, FragCache> of_process_;
  // By CPU, and by the size of objects.
  std::map<int, FragCache> of_cpu_;
  std::map<uint64_t, FragCache> of_slab_;
  const KernelPath& unix_;
  const KernelPath& tcp_;
  const KernelPath& receive_;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_KERNEL_PAGE_FRAGS_H_

// Functions and ways in that page fragments need. Only what lies below
// sendto(2) and the network driver; nothing of it is recorded.

#include <array>

#include "pagelab/workloads/kernel/function_tables.h"
#include "pagelab/workloads/kernel/functions.h"

namespace pagelab {
namespace {

using namespace kernel;  // NOLINT(google-build-using-namespace)

using Call = std::array<KernelCall, 1>;

constexpr Call kTcpSendmsgCalls = {{{"tcp_sendmsg_locked", 0x2b}}};
constexpr Call kTcpSendmsgLockedCalls = {{{"sk_page_frag_refill", 0x4e6}}};
constexpr Call kSkPageFragRefillCalls = {{{"skb_page_frag_refill", 0x1c}}};
constexpr Call kSkbPageFragRefillCalls = {{{"alloc_pages_mpol_noprof", 0x6f}}};
constexpr Call kNicdrvReceiveCalls = {{{"napi_alloc_skb", 0x8d}}};
constexpr Call kNapiAllocSkbCalls = {{{"__page_frag_alloc_align", 0x126}}};
constexpr Call kPageFragAllocAlignCalls = {{{"alloc_pages_mpol_noprof", 0x6a}}};

using Branch = KernelRequest::Branch;

constexpr KernelPath kPaths[] = {
    {"__page_frag_alloc_align",
     "a network driver receives a packet: a block for fragments",
     gfp::kAtomic.With(gfp::kNowarn)
         .Without(gfp::kDirectReclaim)
         .With(gfp::kComp)
         .With(gfp::kNoretry)
         .With(gfp::kNomemalloc),
     Order(3),
     [](KernelRequest& request) {
       request.branch = Branch::kPageFrag;
       return RetFromForkAsm(request);
     }},
    {"skb_page_frag_refill", "sendto(2) on a TCP socket: a block for fragments",
     gfp::kKernel.Without(gfp::kDirectReclaim)
         .With(gfp::kComp)
         .With(gfp::kNowarn)
         .With(gfp::kNoretry),
     Order(3),
     [](KernelRequest& request) {
       request.branch = Branch::kPageFrag;
       return EntrySyscall64(request, &SysSendto);
     }},
};

constexpr SourcePlace kPlaces[] = {
    {"tcp_sendmsg", "net/ipv4/tcp.c", 1360},
    {"tcp_sendmsg_locked", "net/ipv4/tcp.c", 1190},
    {"sk_page_frag_refill", "net/core/sock.c", 2960},
    {"skb_page_frag_refill", "net/core/sock.c", 2930},
    {"nicdrv_receive", "drivers/net/ethernet/nicdrv/nicdrv.c", 220, "nicdrv"},
    {"napi_alloc_skb", "net/core/skbuff.c", 830},
    {"__page_frag_alloc_align", "mm/page_alloc.c", 4880},
};

}  // namespace

FunctionTable NetworkFunctions() {
  static const KernelFunction functions[] = {
      {.name = "tcp_sendmsg",
       .host = HostAddress(&TcpSendmsg),
       .size = 0x40,
       .allocator_call = 0x2b,
       .calls = kTcpSendmsgCalls},
      {.name = "tcp_sendmsg_locked",
       .host = HostAddress(&TcpSendmsgLocked),
       .size = 0xf80,
       .allocator_call = 0x4e6,
       .calls = kTcpSendmsgLockedCalls},
      {.name = "sk_page_frag_refill",
       .host = HostAddress(&SkPageFragRefill),
       .size = 0x60,
       .allocator_call = 0x1c,
       .calls = kSkPageFragRefillCalls},
      {.name = "skb_page_frag_refill",
       .host = HostAddress(&SkbPageFragRefill),
       .size = 0x120,
       .allocator_call = 0x6f,
       .calls = kSkbPageFragRefillCalls},
      {.name = "nicdrv_receive",
       .host = HostAddress(&NicdrvReceive),
       .size = 0x2c0,
       .allocator_call = 0x8d,
       .calls = kNicdrvReceiveCalls,
       .module = "nicdrv"},
      {.name = "napi_alloc_skb",
       .host = HostAddress(&NapiAllocSkb),
       .size = 0x210,
       .allocator_call = 0x126,
       .calls = kNapiAllocSkbCalls},
      {.name = "__page_frag_alloc_align",
       .host = HostAddress(&PageFragAllocAlign),
       .size = 0x160,
       .allocator_call = 0x6a,
       .calls = kPageFragAllocAlignCalls},
  };
  return {.functions = functions, .paths = kPaths, .places = kPlaces};
}

}  // namespace pagelab

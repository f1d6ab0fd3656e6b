// Functions and ways in that processes need: swapping in, fork(2).

#include <array>

#include "pagelab/workloads/kernel/function_tables.h"
#include "pagelab/workloads/kernel/functions.h"

namespace pagelab {
namespace {

using namespace kernel;  // NOLINT(google-build-using-namespace)

using Call = std::array<KernelCall, 1>;

// As recorded.
constexpr Call kDoSwapPageCalls = {{{"swapin_readahead", 0x6a4}}};
constexpr Call kSwapinReadaheadCalls = {{{"swap_cluster_readahead", 0x85}}};
constexpr Call kSwapClusterReadaheadCalls = {
    {{"__read_swap_cache_async", 0x185}}};
constexpr Call kReadSwapCacheAsyncCalls = {
    {{"folio_alloc_mpol_noprof", 0x195}}};

constexpr Gfp kUserPage = gfp::kHighuserMovable.With(gfp::kComp);

constexpr KernelPath kPaths[] = {
    {"copy_page_range", "fork(2): a page table", gfp::kKernelAccount, Order(0),
     [](KernelRequest& request) {
       return EntrySyscall64(request, &SysCloneTable);
     }},
    {"copy_process",
     "fork(2): a kernel stack and a top-level page table; the task comes from "
     "a slab that has one",
     gfp::kKernel.With(gfp::kHighmem).With(gfp::kNowarn).With(gfp::kZero),
     Order(0),
     [](KernelRequest& request) {
       return EntrySyscall64(request, &SysCloneProcess);
     }},
    {"do_swap_page", "page fault: a page comes back from swap", kUserPage,
     Order(0),
     [](KernelRequest& request) {
       return AsmExcPageFault(request, FaultKind::kSwap);
     }},
};

constexpr SourcePlace kPlaces[] = {
    {"do_swap_page", "mm/memory.c", 4080},
    {"swapin_readahead", "mm/swap_state.c", 860},
    {"swap_cluster_readahead", "mm/swap_state.c", 600},
    {"__read_swap_cache_async", "mm/swap_state.c", 430},
};

}  // namespace

FunctionTable ProcessFunctions() {
  static const KernelFunction functions[] = {
      {.name = "do_swap_page",
       .host = HostAddress(&DoSwapPage),
       .size = 0x1410,
       .allocator_call = 0x6a4,
       .calls = kDoSwapPageCalls},
      {.name = "swapin_readahead",
       .host = HostAddress(&SwapinReadahead),
       .size = 0x430,
       .allocator_call = 0x85,
       .calls = kSwapinReadaheadCalls},
      {.name = "swap_cluster_readahead",
       .host = HostAddress(&SwapClusterReadahead),
       .size = 0x2f0,
       .allocator_call = 0x185,
       .calls = kSwapClusterReadaheadCalls},
      {.name = "__read_swap_cache_async",
       .host = HostAddress(&ReadSwapCacheAsync),
       .size = 0x240,
       .allocator_call = 0x195,
       .calls = kReadSwapCacheAsyncCalls},
  };
  return {.functions = functions, .paths = kPaths, .places = kPlaces};
}

}  // namespace pagelab

#ifndef PAGELAB_WORKLOADS_KERNEL_KERNEL_PATH_H_
#define PAGELAB_WORKLOADS_KERNEL_KERNEL_PATH_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/types/span.h"
#include "pagelab/alloc/execution_context.h"
#include "pagelab/alloc/gfp.h"
#include "pagelab/alloc/page_flags.h"
#include "pagelab/alloc/types.h"
#include "pagelab/base/random.h"
#include "pagelab/sim/machine.h"
#include "pagelab/stackdepot/kernel_function.h"
#include "pagelab/workloads/kernel/page_use.h"

namespace pagelab {

// What new_slab() asks for where no slab of the cache's order is to be had.
struct SlabFallback {
  Gfp gfp;
  Order order;
};

// One way into the simulated kernel, on behalf of a task. Collects what the
// functions on the way down allocate.
struct KernelRequest {
  struct Allocated {
    Page* page = nullptr;
    Order order;
    // What the kernel makes of the head frame.
    PageFlags flags;
    Gfp gfp;
    PageUse use = PageUse::kUncounted;
  };

  Machine& machine;
  // Its stack is the host's.
  ExecutionContext& context;
  // The task's generator.
  Random& random;
  // What to ask for where the path leaves it open; a path that needs more
  // than one thing has masks of its own for the rest.
  Gfp gfp;
  Order order;
  NodeId node;
  // Which way is taken where a function has more than one.
  enum class Branch : uint8_t { kUsual, kFromSwap, kPageFrag };
  Branch branch = Branch::kUsual;
  using Blocks = std::vector<Allocated>;
  Blocks blocks;
  // Of how many pages; only vmalloc and alloc_pages_exact() look at it.
  PageCount count{1};
  const SlabFallback* slab_fallback = nullptr;
  // What a function does that several ways lead on from; null: what it does
  // for the paths of CorePaths().
  bool (*leaf)(KernelRequest&) = nullptr;
  // Where set, runs at the end of the call chain in the allocator's place, and
  // answers whether there was memory.
  const absl::FunctionRef<bool()>* instead = nullptr;
};

// A way through simulated kernel functions down to the page allocator that a
// scenario can `call`, under the name of the function that it is about. The
// functions really call each other, and the recorded stack is their real call
// chain.
struct KernelPath {
  std::string_view name;
  std::string_view summary;
  // What it asks for unless the scenario says otherwise.
  Gfp gfp;
  Order order;
  // False: memory is out, and nothing stays allocated.
  bool (*run)(KernelRequest& request);
};

// In the order of their names.
absl::Span<const KernelPath> KernelPaths();
// REQUIRES: there is one of that name.
const KernelPath& KernelPathNamed(std::string_view name);
// Null if there is none.
const KernelPath* FindKernelPath(std::string_view name);

// All functions, with their sizes and call sites, for the symbol table.
absl::Span<const KernelFunction> KernelFunctions();

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_KERNEL_KERNEL_PATH_H_

// Functions and ways in that files in tmpfs need: fallocate(2), swapping in.

#include <array>

#include "pagelab/workloads/kernel/function_tables.h"
#include "pagelab/workloads/kernel/functions.h"

namespace pagelab {
namespace {

using namespace kernel;  // NOLINT(google-build-using-namespace)

using Call = std::array<KernelCall, 1>;

// As recorded.
constexpr Call kShmemSwapinFolioCalls = {{{"swap_cluster_readahead", 0x76b}}};
constexpr Call kShmemFileReadIterCalls = {{{"shmem_get_folio_gfp", 0x149}}};
// Not recorded.
constexpr Call kSysFallocateCalls = {{{"vfs_fallocate", 0x44}}};
constexpr Call kVfsFallocateCalls = {{{"shmem_fallocate", 0x14f}}};
constexpr Call kShmemFallocateCalls = {{{"shmem_get_folio_gfp", 0x1fd}}};

constexpr Gfp kUserPage = gfp::kHighuserMovable.With(gfp::kComp);

constexpr KernelPath kPaths[] = {
    {"shmem_fallocate", "fallocate(2) of a file in tmpfs", kUserPage, Order(0),
     [](KernelRequest& request) {
       return EntrySyscall64(request, &SysFallocate);
     }},
    {"shmem_file_read_iter",
     "read(2) of a file in tmpfs: a page comes back from swap", kUserPage,
     Order(0),
     [](KernelRequest& request) {
       request.branch = KernelRequest::Branch::kFromSwap;
       return EntrySyscall64(request, &KsysReadTmpfs);
     }},
    {"shmem_swapin_folio",
     "write(2) to a file in tmpfs: a page comes back from swap", kUserPage,
     Order(0),
     [](KernelRequest& request) {
       request.branch = KernelRequest::Branch::kFromSwap;
       return EntrySyscall64(request, &KsysWriteTmpfs);
     }},
};

constexpr SourcePlace kPlaces[] = {
    {"__x64_sys_fallocate", "fs/open.c", 360},
    {"vfs_fallocate", "fs/open.c", 330},
    {"shmem_fallocate", "mm/shmem.c", 3390},
    {"shmem_file_read_iter", "mm/shmem.c", 3110},
    {"shmem_swapin_folio", "mm/shmem.c", 2060},
};

}  // namespace

FunctionTable FileFunctions() {
  static const KernelFunction functions[] = {
      {.name = "shmem_swapin_folio",
       .host = HostAddress(&ShmemSwapinFolio),
       .size = 0x960,
       .allocator_call = 0x76b,
       .calls = kShmemSwapinFolioCalls},
      {.name = "shmem_file_read_iter",
       .host = HostAddress(&ShmemFileReadIter),
       .size = 0x370,
       .allocator_call = 0x149,
       .calls = kShmemFileReadIterCalls},
      // Not recorded from here on.
      {.name = "__x64_sys_fallocate",
       .host = HostAddress(&SysFallocate),
       .size = 0x80,
       .allocator_call = 0x44,
       .calls = kSysFallocateCalls},
      {.name = "vfs_fallocate",
       .host = HostAddress(&VfsFallocate),
       .size = 0x2a0,
       .allocator_call = 0x14f,
       .calls = kVfsFallocateCalls},
      {.name = "shmem_fallocate",
       .host = HostAddress(&ShmemFallocate),
       .size = 0x470,
       .allocator_call = 0x1fd,
       .calls = kShmemFallocateCalls},
  };
  return {.functions = functions, .paths = kPaths, .places = kPlaces};
}

}  // namespace pagelab

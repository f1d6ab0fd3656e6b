#ifndef PAGELAB_WORKLOADS_KERNEL_DRIVER_MEMORY_H_
#define PAGELAB_WORKLOADS_KERNEL_DRIVER_MEMORY_H_

#include <cstdint>
#include <string_view>

#include "pagelab/alloc/gfp.h"
#include "pagelab/alloc/types.h"
#include "pagelab/base/random.h"
#include "pagelab/workloads/kernel/kernel_path.h"
#include "pagelab/workloads/kernel/named_items.h"
#include "pagelab/workloads/kernel/process.h"

namespace pagelab {

class KernelWorld;

// Whole pages that drivers hold: blocks, exact numbers of pages, buffers for
// devices, large kmalloc(). Kernel counterparts: alloc_pages(),
// alloc_pages_exact(), dma_alloc_coherent(), kmalloc_large().
class DriverMemory {
 public:
  explicit DriverMemory(KernelWorld& world) : world_(world) {}

  struct Wish {
    const KernelPath* path = nullptr;
    Gfp gfp;
    Order order;
    // For paths that count pages.
    PageCount count{1};
  };
  // False: memory is out.
  bool Alloc(Process& process, std::string_view name, const Wish& wish);
  // Gives one back, page by page where it came so; false when there is none.
  bool Free(Process& process, std::string_view name, ItemPick pick,
            Random& random);

  struct Piece {
    Pfn head;
    // Blocks of their own, one behind the other.
    uint64_t blocks = 1;
  };
  // There will be some of that name, if memory allows.
  void Declare(std::string_view name) { pieces_.Declare(name); }
  const NamedItems<Piece>& pieces() const { return pieces_; }

 private:
  KernelWorld& world_;
  NamedItems<Piece> pieces_;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_KERNEL_DRIVER_MEMORY_H_

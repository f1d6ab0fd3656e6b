#ifndef PAGELAB_WORKLOADS_KERNEL_CMA_USERS_H_
#define PAGELAB_WORKLOADS_KERNEL_CMA_USERS_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "pagelab/alloc/types.h"
#include "pagelab/base/random.h"
#include "pagelab/workloads/kernel/cma_provider.h"
#include "pagelab/workloads/kernel/named_items.h"
#include "pagelab/workloads/kernel/process.h"

namespace pagelab {

class KernelWorld;

// Drivers that take contiguous memory from a CMA area, and what they are told
// when it is not to be had: the log names the page in the way, and who owns it.
class CmaUsers {
 public:
  explicit CmaUsers(KernelWorld& world) : world_(world) {}

  // Null: the machine has no CMA area. Outlives the world.
  void Connect(CmaProvider* provider) { provider_ = provider; }
  bool connected() const { return provider_ != nullptr; }

  // REQUIRES: connected(). False: not to be had, which the log says.
  bool Alloc(Process& process, std::string_view name,
             const CmaProvider::Request& request);
  // False when there is none of that name.
  bool Release(Process& process, std::string_view name, ItemPick pick,
               Random& random);

  struct Stretch {
    Pfn head;
    PageCount pages;
  };
  // There will be some of that name, if memory allows.
  void Declare(std::string_view name) { stretches_.Declare(name); }
  const NamedItems<Stretch>& stretches() const { return stretches_; }

 private:
  void LogBlocker(const CmaProvider::Result& result);

  KernelWorld& world_;
  CmaProvider* provider_ = nullptr;
  NamedItems<Stretch> stretches_;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_KERNEL_CMA_USERS_H_

#ifndef PAGELAB_ALLOC_RECLAIM_MEMALLOC_SCOPE_H_
#define PAGELAB_ALLOC_RECLAIM_MEMALLOC_SCOPE_H_

#include "pagelab/alloc/execution_context.h"

namespace pagelab {

// Who makes memory may use the reserves meanwhile, and does not reclaim.
// Kernel counterpart: memalloc_noreclaim_save().
class MemallocScope {
 public:
  explicit MemallocScope(Task& task) : task_(task), before_(task.memalloc) {
    task.memalloc = true;
  }
  ~MemallocScope() { task_.memalloc = before_; }
  MemallocScope(const MemallocScope&) = delete;
  MemallocScope& operator=(const MemallocScope&) = delete;

 private:
  Task& task_;
  bool before_;
};

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_RECLAIM_MEMALLOC_SCOPE_H_

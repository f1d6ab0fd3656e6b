#ifndef PAGELAB_WORKLOADS_KERNEL_FOLIO_USER_H_
#define PAGELAB_WORKLOADS_KERNEL_FOLIO_USER_H_

#include "pagelab/alloc/execution_context.h"
#include "pagelab/alloc/page.h"
#include "pagelab/alloc/page_users.h"
#include "pagelab/workloads/kernel/frame_table.h"

namespace pagelab {

// What the world asks the subsystem whose folio it is, on behalf of reclaim and
// migration. See PageUsers for what the calls mean.
class FolioUser {
 public:
  virtual ~FolioUser() = default;

  virtual int TakeReferences(Page& /*folio*/, const FolioUse& /*use*/) {
    return 0;
  }
  // kFreed: the subsystem has forgotten the folio; the world does the rest.
  virtual Eviction Evict(ExecutionContext& /*context*/, Page& /*folio*/,
                         const FolioUse& /*use*/) {
    return Eviction::kBusy;
  }
  // Everything that led to `from` leads to `to` afterwards. The world moves the
  // FolioUse. False: not now.
  virtual bool Move(Page& /*from*/, Page& /*to*/, const FolioUse& /*use*/) {
    return false;
  }
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_KERNEL_FOLIO_USER_H_

#include "pagelab/alloc/migrate_reason.h"

#include "pagelab/base/check.h"

namespace pagelab {

std::string_view ToString(MigrateReason reason) {
  const auto index = static_cast<size_t>(reason);
  PAGELAB_CHECK_LT(index, kMigrateReasonNames.size());
  return kMigrateReasonNames[index];
}

}  // namespace pagelab

#include "pagelab/workloads/version.h"

namespace pagelab {

const std::string_view kVersion = PAGELAB_VERSION;

}  // namespace pagelab

#ifndef PAGELAB_BASE_TEMPORARY_FILE_H_
#define PAGELAB_BASE_TEMPORARY_FILE_H_

#include "absl/status/statusor.h"

namespace pagelab {

// An open, nameless file in $TMPDIR, else /tmp: gone when it is closed.
absl::StatusOr<int> OpenTemporaryFile();

}  // namespace pagelab

#endif  // PAGELAB_BASE_TEMPORARY_FILE_H_

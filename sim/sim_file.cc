#include "pagelab/sim/sim_file.h"

#include "pagelab/base/status.h"

namespace pagelab {

absl::StatusOr<size_t> SimFile::Write(std::string_view) {
  return InvalidInput("EACCES: the file can only be read");
}

}  // namespace pagelab

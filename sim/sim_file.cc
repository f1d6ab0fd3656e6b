#include "pagelab/sim/sim_file.h"

#include "pagelab/base/status.h"

namespace pagelab {

absl::StatusOr<size_t> SimFile::Write(std::string_view) {
  return InvalidInput("EACCES: the file can only be read");
}

absl::StatusOr<uint64_t> SimFile::Lseek(int64_t offset, SeekWhence whence) {
  if (whence == SeekWhence::kEnd) {
    return InvalidInput(
        "EINVAL: the file has no end to seek from; use SEEK_SET or SEEK_CUR");
  }
  int64_t target = offset;
  if (whence == SeekWhence::kCurrent &&
      __builtin_add_overflow(static_cast<int64_t>(position()), offset,
                             &target)) {
    target = -1;
  }
  if (target < 0) {
    return InvalidInput("EINVAL: the position would be before the start");
  }
  PAGELAB_RETURN_IF_ERROR(Seek(static_cast<uint64_t>(target)));
  return position();
}

}  // namespace pagelab

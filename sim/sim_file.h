#ifndef PAGELAB_SIM_SIM_FILE_H_
#define PAGELAB_SIM_SIM_FILE_H_

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pagelab/base/output_stream.h"

namespace pagelab {

// Where an offset of lseek() counts from.
enum class SeekWhence : uint8_t {
  kSet,      // SEEK_SET
  kCurrent,  // SEEK_CUR
  kEnd,      // SEEK_END
};

// An open file of the simulated kernel, as a process in the machine would have
// it: reads and writes have the kernel's sizes, errors and side effects.
class SimFile {
 public:
  virtual ~SimFile() = default;

  // At most `buffer.size()` bytes from the file's position on; 0 at the end.
  // page_owner answers with one record a read.
  virtual absl::StatusOr<size_t> Read(absl::Span<char> buffer) = 0;
  // Errors where the kernel's file cannot be written.
  virtual absl::StatusOr<size_t> Write(std::string_view data);
  // SEEK_SET. For page_owner a position is a pfn.
  virtual absl::Status Seek(uint64_t position) = 0;
  virtual uint64_t position() const = 0;
  // The new position. Positions before the start, and SEEK_END, are refused
  // as EINVAL. Kernel counterpart: seq_lseek().
  virtual absl::StatusOr<uint64_t> Lseek(int64_t offset, SeekWhence whence);

  // The whole file from the start into `out`, without disturbing the machine:
  // the same bytes as reads would give, none of their side effects.
  virtual absl::Status Dump(OutputStream& out) = 0;
};

}  // namespace pagelab

#endif  // PAGELAB_SIM_SIM_FILE_H_

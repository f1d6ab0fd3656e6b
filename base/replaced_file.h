#ifndef PAGELAB_BASE_REPLACED_FILE_H_
#define PAGELAB_BASE_REPLACED_FILE_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace pagelab {

// A file that somebody else writes by its path, for libraries that open files
// themselves. As with OpenOutput() it appears under its name on Commit() and
// not before; destroyed uncommitted, or interrupted, it leaves nothing behind.
class ReplacedFile {
 public:
  // Makes an empty temporary beside `path`. Refuses what is no regular file.
  static absl::StatusOr<std::unique_ptr<ReplacedFile>> Create(
      const std::string& path);

  virtual ~ReplacedFile() = default;
  ReplacedFile(const ReplacedFile&) = delete;
  ReplacedFile& operator=(const ReplacedFile&) = delete;

  // Where it is until then.
  virtual const std::string& temporary_path() const = 0;
  // REQUIRES: nobody has it open for writing any more.
  virtual absl::Status Commit() = 0;

 protected:
  ReplacedFile() = default;
};

}  // namespace pagelab

#endif  // PAGELAB_BASE_REPLACED_FILE_H_

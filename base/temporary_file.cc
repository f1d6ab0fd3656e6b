#include "pagelab/base/temporary_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>

#include "pagelab/base/status.h"

namespace pagelab {

absl::StatusOr<int> OpenTemporaryFile() {
  const char* variable = std::getenv("TMPDIR");
  const std::string folder =
      variable != nullptr && *variable != '\0' ? variable : "/tmp";
  int file =
      open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (file >= 0) return file;
  // Not every file system has nameless files.
  std::string path = folder + "/pagelab-XXXXXX";
  file = mkostemp(path.data(), O_CLOEXEC);
  if (file < 0) {
    return SystemError(errno, folder, "cannot make a temporary file");
  }
  unlink(path.c_str());
  return file;
}

}  // namespace pagelab

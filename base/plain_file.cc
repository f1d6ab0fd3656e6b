#include "pagelab/base/plain_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

#include "pagelab/base/decompressor.h"
#include "pagelab/base/status.h"

namespace pagelab {

absl::StatusOr<std::unique_ptr<PlainFile>> PlainFile::OpenIfPlain(
    const std::string& path) {
  if (path == "-") return std::unique_ptr<PlainFile>();
  // Opening a pipe would wait for its writer.
  struct stat status;
  if (stat(path.c_str(), &status) != 0) {
    return SystemError(errno, path, "cannot open");
  }
  // Files of /proc and debugfs say that they are empty.
  if (!S_ISREG(status.st_mode) || status.st_size == 0) {
    return std::unique_ptr<PlainFile>();
  }
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return SystemError(errno, path, "cannot open");
  std::unique_ptr<PlainFile> file(
      new PlainFile(path, descriptor, static_cast<uint64_t>(status.st_size)));
  std::array<char, kCompressionMagicSize> head;
  PAGELAB_ASSIGN_OR_RETURN(const size_t got,
                           file->ReadAt(0, absl::MakeSpan(head)));
  if (LooksCompressed(std::string_view(head.data(), got))) {
    return std::unique_ptr<PlainFile>();
  }
  return file;
}

PlainFile::~PlainFile() { close(descriptor_); }

absl::StatusOr<size_t> PlainFile::ReadAt(uint64_t offset,
                                         absl::Span<char> out) const {
  size_t filled = 0;
  while (filled < out.size()) {
    const ssize_t got =
        pread(descriptor_, out.data() + filled, out.size() - filled,
              static_cast<off_t>(offset + filled));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return SystemError(errno, path_, "cannot read");
    if (got == 0) break;
    filled += static_cast<size_t>(got);
  }
  return filled;
}

}  // namespace pagelab

#include "pagelab/workloads/record/text_spool.h"

#include <unistd.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "pagelab/base/status.h"
#include "pagelab/base/temporary_file.h"

namespace pagelab {
namespace {

constexpr std::string_view kName = "the recording's temporary file";

}  // namespace

absl::StatusOr<TextSpool> TextSpool::Create() {
  PAGELAB_ASSIGN_OR_RETURN(const int file, OpenTemporaryFile());
  return TextSpool(file);
}

TextSpool::TextSpool(TextSpool&& other) noexcept
    : file_(std::exchange(other.file_, -1)),
      written_(other.written_),
      text_(std::move(other.text_)),
      status_(std::move(other.status_)) {}

TextSpool::~TextSpool() {
  if (file_ >= 0) close(file_);
}

void TextSpool::WriteAway() {
  std::string_view rest = text_;
  while (status_.ok() && !rest.empty()) {
    const ssize_t done = write(file_, rest.data(), rest.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) {
      status_ = SystemError(errno, kName, "cannot write");
      break;
    }
    rest.remove_prefix(static_cast<size_t>(done));
    written_ += static_cast<uint64_t>(done);
  }
  text_.clear();
}

absl::Status TextSpool::CopyTo(OutputStream& out) {
  PAGELAB_RETURN_IF_ERROR(status_);
  std::vector<char> buffer(kMostInMemory);
  for (uint64_t at = 0; at < written_ && out.ok();) {
    const ssize_t got =
        pread(file_, buffer.data(), buffer.size(), static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return SystemError(errno, kName, "cannot read");
    out.Append({buffer.data(), static_cast<size_t>(got)});
    at += static_cast<uint64_t>(got);
  }
  out.Append(text_);
  return out.status();
}

}  // namespace pagelab

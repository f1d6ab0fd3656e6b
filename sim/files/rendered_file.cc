#include "pagelab/sim/files/rendered_file.h"

#include <algorithm>
#include <cstring>

#include "pagelab/base/status.h"

namespace pagelab {

absl::StatusOr<size_t> RenderedFile::Read(absl::Span<char> buffer) {
  if (buffer.empty()) return 0;
  if (position_ == 0 || !fresh_) {
    PAGELAB_ASSIGN_OR_RETURN(text_, renderer_(RenderFor::kRead));
    fresh_ = true;
  }
  if (position_ >= text_.size()) return 0;
  const size_t size = std::min<size_t>(buffer.size(), text_.size() - position_);
  std::memcpy(buffer.data(), text_.data() + position_, size);
  position_ += size;
  return size;
}

absl::Status RenderedFile::Seek(uint64_t position) {
  position_ = position;
  fresh_ = false;
  return absl::OkStatus();
}

absl::Status RenderedFile::Dump(OutputStream& out) {
  PAGELAB_ASSIGN_OR_RETURN(const std::string text, renderer_(RenderFor::kDump));
  out.Append(text);
  return out.status();
}

}  // namespace pagelab

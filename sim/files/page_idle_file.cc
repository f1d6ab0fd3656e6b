#include "pagelab/sim/files/page_idle_file.h"

#include <algorithm>

#include "pagelab/alloc/types.h"
#include "pagelab/base/status.h"

namespace pagelab {
namespace {

class PageIdleBitmap final : public SimFile {
 public:
  explicit PageIdleBitmap(PageIdle& idle) : idle_(idle) {}

  absl::StatusOr<size_t> Read(absl::Span<char> buffer) override {
    PAGELAB_ASSIGN_OR_RETURN(
        const size_t size,
        idle_.ReadBitmap(position_,
                         buffer.first(std::min(buffer.size(), kMost))));
    position_ += size;
    return size;
  }
  absl::StatusOr<size_t> Write(std::string_view data) override {
    PAGELAB_ASSIGN_OR_RETURN(
        const size_t size, idle_.WriteBitmap(position_, data.substr(0, kMost)));
    position_ += size;
    return size;
  }
  absl::Status Seek(uint64_t position) override {
    position_ = position;
    return absl::OkStatus();
  }
  uint64_t position() const override { return position_; }
  absl::Status Dump(OutputStream& out) override {
    return idle_.DumpBitmap(out);
  }

 private:
  static constexpr size_t kMost = kPageSize;

  PageIdle& idle_;
  uint64_t position_ = 0;
};

}  // namespace

std::unique_ptr<SimFile> OpenPageIdleBitmap(PageIdle& idle) {
  return std::make_unique<PageIdleBitmap>(idle);
}

}  // namespace pagelab
